#include "check/package/component_files.h"

#include <algorithm>

#include "check/package/rules.h"
#include "components/allow_list.h"
#include "json/json.h"

namespace modelexport::check {
namespace {

constexpr std::uint64_t kMostParsed = 2ULL << 20;
constexpr std::uint64_t kMostRead = 64ULL << 20;

/// JSON objects beside config.json that tokenizers, processors and generation read.
constexpr std::string_view kObjects[] = {"tokenizer.json",
                                         "tokenizer_config.json",
                                         "special_tokens_map.json",
                                         "added_tokens.json",
                                         "preprocessor_config.json",
                                         "processor_config.json",
                                         "video_preprocessor_config.json",
                                         "generation_config.json",
                                         "vocab.json"};
constexpr std::string_view kTexts[] = {
    "vocab.txt",  "merges.txt",    "tokenizer.model",         "spiece.model",
    "source.spm", "target.spm",    "sentencepiece.bpe.model", "chat_template.jinja",
    "bpe.codes",  "tiktoken.model"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// What is wrong with a JSON file, or "".
std::string json_problem(std::string_view path, std::string_view text, const Limits& limits) {
  if (text.starts_with("\xEF\xBB\xBF")) return "begins with a byte order mark";
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return "is no JSON object";
  if (text.size() > kMostParsed) return "";
  const Result<json::Json> parsed = json::parse_python(text, limits, path);
  if (!parsed) return "is not valid JSON: " + parsed.error().message;
  if (!parsed->is_object()) return "is no JSON object";
  if (path == "tokenizer.json" && json::find(*parsed, "model") == nullptr) return "has no tokenizer model";
  return "";
}

}  // namespace

bool is_doubled_key(std::string_view problem) {
  return problem.find("occurs twice in one object") != std::string_view::npos;
}

void check_component_files(const components::SourceTree& tree, Findings& findings) {
  for (const components::FileEntry& file : tree.list()) {
    const bool object = contains(kObjects, file.path);
    // A pointer has less than a kilobyte.
    if (!object && !(contains(kTexts, file.path) && file.size < 1024)) continue;
    if (file.size > kMostRead) continue;
    const auto text = tree.read(file.path, kMostRead);
    if (!text) continue;
    const std::string problem = components::is_lfs_pointer(*text)
                                    ? "is a pointer of Git LFS, not the file itself"
                                : object ? json_problem(file.path, *text, findings.options().limits)
                                         : std::string();
    if (problem.empty()) continue;
    Finding& finding = findings.add(package_rules::kBadDocument, file.path + " " + problem);
    finding.where.path = tree.name() + "/" + file.path;
    if (is_doubled_key(problem)) finding.refused_by = {};
  }
}

}  // namespace modelexport::check
