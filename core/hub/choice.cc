#include "hub/choice.h"

#include <algorithm>
#include <array>

#include "components/allow_list.h"
#include "json/json.h"
#include "modelexport/components.h"

namespace modelexport::hub {
namespace {

constexpr std::array kAsked = {"generation_config.json", "tokenizer_config.json",
                               "tokenizer.json",         "special_tokens_map.json",
                               "added_tokens.json",      "preprocessor_config.json",
                               "processor_config.json",  "video_preprocessor_config.json",
                               "chat_template.jinja",    "chat_template.json"};

bool any(const std::set<std::string>& files, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return files.count(name) != 0; });
}

/// Present, or known to be absent.
bool known(const CachedFiles& files, const char* name) {
  return files.present.count(name) != 0 || files.absent.count(name) != 0;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool is_generative(std::string_view task) {
  return starts_with(task, "text-generation") || starts_with(task, "text2text") ||
         starts_with(task, "automatic-speech-recognition") || starts_with(task, "image-to-text") ||
         starts_with(task, "image-text-to-text");
}

/// Whatever reads sound has a feature extractor, beside the tokenizer of its text.
bool is_spoken(std::string_view task) {
  return starts_with(task, "automatic-speech-recognition") || starts_with(task, "audio-") ||
         starts_with(task, "text-to-audio");
}

std::string task_of(const std::string& config) {
  const auto parsed = json::parse_python(config, Limits());
  if (!parsed) return {};
  std::vector<std::string> architectures;
  if (const json::Json* list = json::find(*parsed, "architectures")) {
    for (const json::Json& item : json::elements(*list))
      if (item.is_string()) architectures.push_back(item.get<std::string>());
  }
  const std::string type(json::find_string(*parsed, "model_type").value_or(std::string_view{}));
  return components::task_from_config(type, architectures).task;
}

/// '*' stands for any characters, also '/', as in the patterns of the official client.
bool matches(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  if (path.substr(0, star) != pattern.substr(0, star)) return false;
  std::size_t at = star;
  std::string_view rest = pattern.substr(star + 1);
  while (true) {  // each part between two stars at its first place
    const std::size_t next = rest.find('*');
    const std::string_view part = rest.substr(0, next);
    if (next == std::string_view::npos)
      return path.size() >= at + part.size() && path.substr(path.size() - part.size()) == part;
    const std::size_t found = path.find(part, at);
    if (found == std::string_view::npos) return false;
    at = found + part.size();
    rest = rest.substr(next + 1);
  }
}

}  // namespace

std::vector<std::string> component_files(const Listing& listing) {
  std::vector<std::string> out;
  for (const RepoFile& file : listing)
    if (!components::component_group(file.path).empty()) out.push_back(file.path);
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<std::string>> named_files(const Listing& listing, const std::vector<std::string>& patterns,
                                             std::string_view model) {
  std::set<std::string> out;
  for (const std::string& pattern : patterns) {
    const std::size_t before = out.size();
    bool found = false;
    for (const RepoFile& file : listing) {
      if (!matches(pattern, file.path)) continue;
      out.insert(file.path);
      found = true;
    }
    if (found || out.size() > before) continue;
    return fail(ErrorCode::hub_file_not_found, std::string(model) + " has no file '" + pattern + "'",
                {.field = pattern}, "modelexport fetch " + std::string(model) + " '*' --dry-run");
  }
  return std::vector<std::string>(out.begin(), out.end());
}

bool has_all_components(const CachedFiles& files) {
  if (files.present.count("config.json") == 0) return false;
  // Nobody asks for .gitattributes by name: the whole snapshot was taken, and its largest files have come.
  if (files.present.count(".gitattributes") != 0 && has_weights(files.present)) return true;
  if (std::all_of(kAsked.begin(), kAsked.end(), [&](const char* name) { return known(files, name); }))
    return true;
  const bool tokenizer =
      files.present.count("tokenizer_config.json") != 0 &&
      any(files.present, {"tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model",
                          "sentencepiece.bpe.model", "spm.model", "tekken.json", "source.spm"});
  const bool processor = any(files.present, {"preprocessor_config.json", "processor_config.json"});
  if (!tokenizer && !processor) return false;
  if (tokenizer && !processor && files.config.find("vision_config") != std::string::npos) return false;
  const std::string task = task_of(files.config);
  if (!processor && is_spoken(task)) return false;
  if (tokenizer && processor && !known(files, "processor_config.json")) return false;
  return !is_generative(task) ||
         (known(files, "generation_config.json") && known(files, "chat_template.jinja"));
}

std::vector<std::string> absent_components(const Listing& listing) {
  std::vector<std::string> out;
  for (const char* name : kAsked)
    if (find(listing, name) == nullptr) out.emplace_back(name);
  return out;
}

bool has_weights(const std::set<std::string>& present) {
  return std::any_of(present.begin(), present.end(), [](const std::string& path) {
    constexpr std::string_view kEndings[] = {".safetensors", ".bin", ".h5", ".msgpack", ".onnx", ".gguf"};
    return std::any_of(std::begin(kEndings), std::end(kEndings), [&](std::string_view end) {
      return path.size() > end.size() && std::string_view(path).substr(path.size() - end.size()) == end;
    });
  });
}

}  // namespace modelexport::hub
