#include "components/closure.h"

#include <algorithm>
#include <array>

#include "components/allow_list.h"

namespace modelexport::components {
namespace {

using json::Json;

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

void add_list(const Documents& documents, std::string_view file, std::string_view key,
              std::vector<Reference>& out) {
  const Json* list = find_in(documents, file, key);
  if (list == nullptr) return;
  for (const Json& item : json::elements(*list)) {
    if (item.is_string()) out.push_back({item.get_ref<const std::string&>(), std::string(file), true, false});
  }
}

/// Modules whose weights are applied after the network and so are in no ONNX file.
bool has_own_weights(std::string_view type) {
  return ends_with(type, ".Dense") || ends_with(type, ".StaticEmbedding") || ends_with(type, ".LayerNorm") ||
         ends_with(type, ".WeightedLayerPooling");
}

void add_sentence_module(const Json& module, const std::set<std::string>& paths,
                         std::vector<Reference>& out) {
  const std::string path(json::find_string(module, "path").value_or(std::string_view{}));
  const std::string type(json::find_string(module, "type").value_or(std::string_view{}));
  if (path.empty()) return;  // the network itself, at the root
  const std::string prefix = path + "/";
  if (!is_safe_path(path)) {
    out.push_back({prefix, "modules.json", true, false});
    return;
  }
  bool config = false;
  for (auto file = paths.lower_bound(prefix); file != paths.end() && file->substr(0, prefix.size()) == prefix;
       ++file) {
    const std::string name = file->substr(prefix.size());
    const bool weights = name == "model.safetensors" && has_own_weights(type);
    const bool listed = !component_group(name).empty() || ends_with(name, "_config.json");
    if (!listed && !weights) continue;
    config = config || name == "config.json";
    out.push_back({*file, "modules.json", true, weights});
  }
  const bool needs_none = ends_with(type, ".Normalize");
  if (!config && !needs_none) out.push_back({prefix + "config.json", "modules.json", true, false});
}

void add_side_files(const Documents& documents, const std::set<std::string>& paths,
                    std::vector<Reference>& out) {
  const std::string info = text_in(documents, "preprocessor_config.json", "class_info_file");
  if (!info.empty() && paths.count(info) != 0) out.push_back({info, "preprocessor_config.json", true, false});
  const bool with_lm =
      text_in(documents, "preprocessor_config.json", "processor_class") == "Wav2Vec2ProcessorWithLM" ||
      text_in(documents, "processor_config.json", "processor_class") == "Wav2Vec2ProcessorWithLM";
  for (const std::string& path : paths) {
    if (with_lm && glob_match("language_model/*", path)) {
      out.push_back({path, "Wav2Vec2ProcessorWithLM", true, true});
    }
    if (documents.count("speaker_embeddings_path.json") != 0 && path.substr(0, 19) == "speaker_embeddings/" &&
        ends_with(path, ".npy")) {
      out.push_back({path, "speaker_embeddings_path.json", true, false});
    }
  }
}

constexpr std::array kCodeKeys = {"AutoConfig",         "AutoTokenizer",        "AutoProcessor",
                                  "AutoImageProcessor", "AutoFeatureExtractor", "AutoVideoProcessor"};

void add_code(const Json& value, CodeReferences& out) {
  if (value.is_array() || value.is_object()) {
    for (const auto& item : value.items()) add_code(item.value(), out);
    return;
  }
  if (!value.is_string()) return;
  const std::string& text = value.get_ref<const std::string&>();
  if (text.find("--") != std::string::npos) {
    out.foreign.push_back(text);
  } else if (const std::size_t dot = text.find('.'); dot != std::string::npos && dot > 0) {
    out.modules.push_back(text.substr(0, dot) + ".py");
  }
}

void add_auto_map(const Json& object, CodeReferences& out) {
  const Json* map = json::find(object, "auto_map");
  if (map == nullptr) return;
  if (map->is_array()) add_code(*map, out);  // the old form of tokenizer_config.json
  for (const char* key : kCodeKeys) {
    if (const Json* value = json::find(*map, key)) add_code(*value, out);
  }
}

void sort_unique(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::string_view trim_left(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

}  // namespace

bool is_sentence_modules(const Json& document) {
  const auto& modules = json::elements(document);
  return !modules.empty() && std::all_of(modules.begin(), modules.end(), [](const Json& module) {
    return json::find_string(module, "type").has_value() && json::find_string(module, "path").has_value();
  });
}

bool is_module_list(const json::Json& value) {
  const auto& list = json::elements(value);
  return !list.empty() && std::all_of(list.begin(), list.end(), [](const Json& item) {
    const auto type = json::find_string(item, "type");
    return type && type->find('.') != std::string_view::npos && json::find_string(item, "path");
  });
}

std::vector<Reference> references(const Documents& documents, const std::set<std::string>& paths) {
  std::vector<Reference> out;
  add_list(documents, "config.json", "configuration_files", out);
  for (const auto& [path, document] : documents) {
    if (!ends_with(path, "tokenizer_config.json")) continue;
    const std::string directory =
        path.substr(0, path.size() - std::string_view("tokenizer_config.json").size());
    std::vector<Reference> files;
    add_list(documents, path, "fast_tokenizer_files", files);
    for (Reference& file : files) {
      file.path = directory + file.path;
      out.push_back(std::move(file));
    }
  }
  if (const auto modules = documents.find("modules.json"); modules != documents.end()) {
    for (const Json& module : json::elements(modules->second.value)) add_sentence_module(module, paths, out);
  }
  add_side_files(documents, paths, out);
  return out;
}

CodeReferences code_references(const Documents& documents) {
  CodeReferences out;
  for (const auto& [path, document] : documents) {
    add_auto_map(document.value, out);
    for (const auto& [key, value] : json::members(document.value)) {
      if (value.is_object())
        add_auto_map(value, out);  // processor_config.json nests image_processor and others
    }
  }
  sort_unique(out.modules);
  sort_unique(out.foreign);
  return out;
}

std::vector<std::string> relative_imports(std::string_view python) {
  std::vector<std::string> out;
  while (!python.empty()) {
    const std::size_t end = python.find('\n');
    std::string_view line = trim_left(python.substr(0, end));
    python = end == std::string_view::npos ? std::string_view{} : python.substr(end + 1);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view word = line.substr(0, space);
    line = trim_left(line.substr(space));
    if ((word != "from" && word != "import") || line.empty() || line.front() != '.') continue;
    line.remove_prefix(1);
    const std::string_view name = line.substr(0, line.find_first_of(" \t\r,;."));
    if (!name.empty()) out.push_back(std::string(name) + ".py");
  }
  sort_unique(out);
  return out;
}

}  // namespace modelexport::components
