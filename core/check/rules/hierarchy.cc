// Module tags of the current form: well-formed, on every node, naming modules that exist.
#include "modelexport/hierarchy.h"

#include "check/rules/groups.h"
#include "hierarchy/node_forms.h"
#include "json/json.h"

namespace modelexport::check {
namespace {

constexpr Rule kForm{
    .id = "ME-TAG-010",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A module tag is not well-formed.",
    .why =
        "A tag is a path of class names from the root, such as /BertModel/BertEncoder. inspect and diff "
        "ignore "
        "others.",
    .fix = "modelexport check --fix removes doubled and trailing slashes; else export the model again",
    .example = "hierarchy_tag = BertModel",
    .fixable = true,
};
constexpr Rule kCoverage{
    .id = "ME-TAG-011",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "Some nodes have a module tag and others have none.",
    .why = "Totals by module are then too small. Optimisers drop the metadata of nodes that they write.",
    .fix = "tag the model after it was optimised, or export it again",
    .example = "90 of 100 nodes with hierarchy_tag",
};
constexpr Rule kNoModule{
    .id = "ME-TAG-012",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A tag names a module that the file's list of modules does not have.",
    .why = "The graph's hierarchy_modules lists every module; tag and list come from different exports.",
    .fix = "export the model again",
    .example = "hierarchy_tag = /BertModel/Foo",
};
constexpr Rule kModules{
    .id = "ME-TAG-013",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The file's list of modules cannot be read.",
    .why = "hierarchy_modules is a JSON array of {path, class, tag, calls}.",
    .fix = "export the model again",
    .example = "hierarchy_modules = [",
};

constexpr const Rule* kRules[] = {&kForm, &kCoverage, &kNoModule, &kModules};

/// Tags of the list with all their prefixes; nothing when there is no list, or no readable one.
std::optional<std::unordered_map<std::string, bool>> listed(ModelContext& model) {
  const onnx::MetadataEntry* entry = nullptr;
  for (const onnx::MetadataEntry& item : model.model.graph().metadata)
    if (item.key == hierarchy::kModulesKey) entry = &item;
  if (entry == nullptr) return std::nullopt;
  const auto list = json::parse(entry->value, model.options.limits, hierarchy::kModulesKey);
  if (!list || !list->is_array()) {
    const Place graph{nullptr, "graph"};
    model.report(kModules, "hierarchy_modules is no JSON array", Place{&graph, "metadata_props"},
                 entry->message.offset);
    return std::nullopt;
  }
  std::unordered_map<std::string, bool> tags;
  for (const json::Json& item : json::elements(*list)) {
    const auto tag = json::find_string(item, "tag");
    if (tag) tags.emplace(std::string(*tag), true);
  }
  return tags;
}

class Tags {
 public:
  explicit Tags(ModelContext& model) : model_(model), listed_(listed(model)) {}

  void run() {
    const Place graph{nullptr, "graph"};
    nodes(model_.model.graph().nodes, graph, model_.options.limits.depth);
    if (tagged_ == 0 || untagged_ == 0) return;
    model_.report(kCoverage,
                  std::to_string(untagged_) + " of " + std::to_string(tagged_ + untagged_) +
                      " nodes have no module tag",
                  graph, first_untagged_);
  }

 private:
  void nodes(const std::vector<onnx::MessageRef>& messages, const Place& graph, unsigned depth) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto node = model_.model.node(messages[i]);
      if (!node) continue;
      one(*node, Place{&graph, "node", i});
      for (std::size_t k = 0; depth > 0 && k < node->attributes.size(); ++k) {
        const Place attribute{&graph, "node", i};
        for (const onnx::MessageRef& body : node->attributes[k].graphs) {
          const auto inner = model_.model.subgraph(body);
          if (inner) nodes(inner->nodes, Place{&attribute, "attribute", k}, depth - 1);
        }
      }
    }
  }

  void one(const onnx::NodeView& node, const Place& place) {
    const onnx::MetadataEntry* tag = nullptr;
    for (const onnx::MetadataEntry& entry : node.metadata)
      if (entry.key == hierarchy::kTagKey) tag = &entry;
    if (tag == nullptr) {
      if (untagged_++ == 0) first_untagged_ = node.message.offset;
      return;
    }
    ++tagged_;
    const std::string normal = hierarchy::normal_tag(tag->value, model_.options.limits);
    if (normal != tag->value) {
      Finding& finding = model_.report(kForm, "the tag " + in_quotes(tag->value) + " is not well-formed",
                                       place, tag->message.offset);
      finding.node = node.name;
      if (!normal.empty()) {
        const onnx::MetadataOwner owner{onnx::MetadataOwner::Kind::node, node.message, place.text()};
        finding.fixes.push_back({{}, [owner, normal](onnx::EditBuilder& edit) {
                                   edit.set_metadata(owner, std::string(hierarchy::kTagKey), normal);
                                 }});
      }
    } else if (listed_ && !listed_->empty() && listed_->find(normal) == listed_->end()) {
      Finding& finding =
          model_.report(kNoModule, "the tag " + in_quotes(normal) + " is not in the list of modules", place,
                        tag->message.offset);
      finding.node = node.name;
      finding.module = normal;
    }
  }

  ModelContext& model_;
  std::optional<std::unordered_map<std::string, bool>> listed_;
  std::uint64_t tagged_ = 0;
  std::uint64_t untagged_ = 0;
  std::uint64_t first_untagged_ = 0;
};

void check_model(ModelContext& model) { Tags(model).run(); }

}  // namespace

const Group kHierarchyGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
