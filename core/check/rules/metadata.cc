// Metadata: keys once, no secrets, no paths of somebody's machine.
#include <algorithm>
#include <unordered_set>

#include "check/rules/groups.h"
#include "components/leaks.h"

namespace modelexport::check {
namespace {

constexpr Rule kTwice{
    .id = "ME-META-010",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A metadata key is there more than once.",
    .why = "ONNX Runtime takes the last value, netron shows one of them, onnx.checker refuses the file.",
    .fix = "modelexport check --fix keeps the last, which ONNX Runtime takes",
    .example = "metadata_props \"author\" twice",
    .fixable = true,
};
constexpr Rule kPartTwice{
    .id = "ME-META-011",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A metadata key of a node, graph, function or tensor is there more than once.",
    .why = "The specification says that keys should be distinct; readers take different ones.",
    .fix = "modelexport check --fix keeps the last",
    .example = "node metadata_props \"namespace\" twice",
    .fixable = true,
};
constexpr Rule kEmptyKey{
    .id = "ME-META-012",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A metadata entry has no key.",
    .why = "Nothing can find the value.",
    .fix = "modelexport check --fix removes it",
    .example = "metadata_props { value: \"x\" }",
    .fixable = true,
};
constexpr Rule kSecret{
    .id = "ME-SEC-010",
    .severity = Severity::error,
    .refused_by = {},
    .title = "The metadata hold something that looks like an access token.",
    .why = "Models are given away; whoever has the file can use the token.",
    .fix = "revoke the token, then remove it: modelexport stamp MODEL.onnx --remove KEY --in-place",
    .example = "metadata_props { key: \"note\" value: \"hf_…\" }",
    .unsafe = true,
};
constexpr Rule kPath{
    .id = "ME-META-013",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The metadata hold a path of the machine that made the file.",
    .why = "The path is of no use elsewhere, and shows names of users and directories.",
    .fix = "modelexport stamp MODEL.onnx --remove KEY --in-place",
    .example = "metadata_props { key: \"source\" value: \"/home/me/model\" }",
};
constexpr Rule kSessionConfig{
    .id = "ME-SEC-011",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The metadata hold session options for ONNX Runtime.",
    .why =
        "With ORT_LOAD_CONFIG_FROM_MODEL=1 the runtime obeys options from the file, such as libraries and "
        "optimisation levels.",
    .fix = "modelexport stamp MODEL.onnx --remove ort_config --in-place",
    .example = "metadata_props { key: \"ort_config\" … }",
};

constexpr const Rule* kRules[] = {&kTwice, &kPartTwice, &kEmptyKey, &kSecret, &kPath, &kSessionConfig};

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

struct TokenForm {
  std::string_view prefix;
  std::size_t least;  ///< word characters after the prefix
};
constexpr TokenForm kTokens[] = {{"hf_", 30},         {"ghp_", 36},   {"gho_", 36},
                                 {"github_pat_", 20}, {"sk-", 32},    {"AKIA", 16},
                                 {"xoxb-", 20},       {"glpat-", 20}, {"api_org_", 30}};

bool has_token(std::string_view text) {
  for (const TokenForm& form : kTokens) {
    for (std::size_t at = text.find(form.prefix); at != std::string_view::npos;
         at = text.find(form.prefix, at + 1)) {
      if (at > 0 && is_word(text[at - 1])) continue;
      std::size_t length = 0;
      for (std::size_t i = at + form.prefix.size(); i < text.size() && (is_word(text[i]) || text[i] == '_');
           ++i)
        ++length;
      if (length >= form.least) return true;
    }
  }
  return text.find("-----BEGIN ") != std::string_view::npos &&
         text.find("PRIVATE KEY-----") != std::string_view::npos;
}

/// Home directories anywhere in a text; a model's own entries may be nothing but a path. (Module tags look
/// like absolute paths, so nodes are judged by the home directories only.)
bool shows_machine(std::string_view text, bool of_model) {
  if (components::names_home(text)) return true;
  return of_model && text.size() < 4096 && components::is_local_path(text);
}

/// Duplicate and empty keys of one list.
void check_keys(ModelContext& model, const std::vector<onnx::MetadataEntry>& entries,
                const onnx::MetadataOwner& owner, const Rule& twice) {
  if (entries.empty()) return;
  std::unordered_map<std::string_view, const onnx::MetadataEntry*> last;
  std::unordered_set<std::string_view> repeated;
  for (const onnx::MetadataEntry& entry : entries) {
    const auto [it, is_new] = last.emplace(entry.key, &entry);
    if (!is_new) repeated.insert(entry.key);
    it->second = &entry;
  }
  const auto report = [&](const Rule& rule, std::string message,
                          const onnx::MetadataEntry& entry) -> Finding& {
    Finding& finding = model.findings.add(rule, std::move(message), nullptr, entry.message.offset);
    finding.where.field = (owner.path.empty() ? "" : owner.path + ".") + "metadata_props[" + entry.key + "]";
    return finding;
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const onnx::MetadataEntry& entry = entries[i];
    if (repeated.erase(entry.key) == 0) continue;
    Finding& finding =
        report(twice, "the metadata key " + in_quotes(entry.key) + " is there more than once", entry);
    const onnx::MetadataEntry& kept = *last[entry.key];
    if (entry.key.empty()) continue;
    finding.fixes.push_back({{}, [owner, key = entry.key, value = kept.value](onnx::EditBuilder& edit) {
                               edit.set_metadata(owner, key, value);
                             }});
  }
  const auto empty = last.find("");
  if (empty == last.end()) return;
  report(kEmptyKey, "a metadata entry has no key", *empty->second)
      .fixes.push_back({{}, [owner](onnx::EditBuilder& edit) { edit.remove_metadata(owner, ""); }});
}

void check_content(ModelContext& model, const onnx::MetadataEntry& entry, const std::string& prefix) {
  const std::string field = prefix + "metadata_props[" + entry.key + "]";
  const auto report = [&](const Rule& rule, std::string message) {
    model.findings.add(rule, std::move(message), nullptr, entry.message.offset).where.field = field;
  };
  if (has_token(entry.value) || has_token(entry.key))
    report(kSecret, "the value of " + in_quotes(entry.key) + " looks like an access token");
  // Stamps keep a path only where the user asked for it (--keep-paths).
  if (entry.key != "hf_original_path" && shows_machine(entry.value, prefix.empty()))
    report(kPath, "the value of " + in_quotes(entry.key) + " has a path of the machine that made the file");
  if (prefix.empty() && entry.key == "ort_config")
    report(kSessionConfig, "the file brings session options for ONNX Runtime");
}

void check_model(ModelContext& model) {
  const auto& entries = model.model.header().metadata;
  check_keys(model, entries, {onnx::MetadataOwner::Kind::model, model.model.root(), ""}, kTwice);
  for (const onnx::MetadataEntry& entry : entries) check_content(model, entry, "");
}

void check_graph(GraphContext& graph) {
  const bool function = graph.kind == GraphKind::function;
  const auto& entries = function ? graph.function->metadata : graph.graph.metadata;
  const auto kind = function ? onnx::MetadataOwner::Kind::function : onnx::MetadataOwner::Kind::graph;
  if (entries.empty() || graph.graph.messages.size() != 1) return;
  check_keys(graph.model, entries, {kind, graph.message(), graph.place.text()}, kPartTwice);
}

void check_node(NodeContext& context) {
  if (context.node.metadata.empty()) return;
  check_keys(context.model(), context.node.metadata,
             {onnx::MetadataOwner::Kind::node, context.node.message, context.place.text()}, kPartTwice);
  for (const onnx::MetadataEntry& entry : context.node.metadata)
    check_content(context.model(), entry, context.place.text() + ".");
}

void check_tensor(TensorContext& context) {
  if (context.tensor.metadata.empty()) return;
  check_keys(context.model, context.tensor.metadata,
             {onnx::MetadataOwner::Kind::tensor, context.tensor.message, context.place.text()}, kPartTwice);
}

}  // namespace

const Group kMetadataGroup{
    .rules = kRules, .model = check_model, .graph = check_graph, .node = check_node, .tensor = check_tensor};

}  // namespace modelexport::check
