// What earlier exporters left behind, and what cures it. `migrate` applies the same fixes and more.
#include <map>

#include "check/ops/schema.h"
#include "check/rules/groups.h"
#include "hierarchy/node_forms.h"
#include "modelexport/hierarchy.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kTagAttribute{
    .id = "ME-LEGACY-001",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "Nodes carry their module in an attribute called hierarchy_tag.",
    .why =
        "The predecessor wrote the tags as node attributes, which no operator has: every reader refuses the "
        "file. "
        "The same tags are harmless in the nodes' metadata.",
    .fix = "modelexport check --fix MODEL.onnx -o NEW.onnx moves the tags to the nodes' metadata",
    .example = "node { op_type: \"MatMul\" attribute { name: \"hierarchy_tag\" s: \"/BertModel\" } }",
    .fixable = true,
};
constexpr Rule kTagInDoc{
    .id = "ME-LEGACY-002",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "Nodes carry their module as JSON in doc_string.",
    .why = "An old form of the predecessor; no viewer reads it.",
    .fix = "modelexport check --fix MODEL.onnx -o NEW.onnx moves the tags to the nodes' metadata",
    .example = "doc_string: {\"hierarchy_tags\": [\"/BertModel\"]}",
    .fixable = true,
};
constexpr Rule kForeignTag{
    .id = "ME-LEGACY-003",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Nodes carry their module in another program's form.",
    .why =
        "winml.hierarchy.tag and the metadata of torch's exporter are read by inspect, but not by other "
        "tools "
        "that look for hierarchy_tag.",
    .fix = "modelexport migrate MODEL.onnx -o NEW.onnx adds the current form",
    .example = "node metadata_props winml.hierarchy.tag",
};
constexpr Rule kStaticAxes{
    .id = "ME-LEGACY-004",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The model was exported for one batch and one sequence length.",
    .why =
        "All inputs have fixed shapes, as the predecessor and torch.onnx.export without dynamic_axes write "
        "them: "
        "other sizes are refused when the model runs.",
    .fix = "export the model again with modelexport export; sizes cannot be freed safely afterwards",
    .example = "input_ids int64[2,16]",
};

constexpr const Rule* kRules[] = {&kTagAttribute, &kTagInDoc, &kForeignTag, &kStaticAxes};

onnx::MetadataOwner owner_of(const NodeContext& context) {
  return {onnx::MetadataOwner::Kind::node, context.node.message, context.place.text()};
}

bool has_entry(const onnx::NodeView& node, std::string_view key) {
  for (const onnx::MetadataEntry& entry : node.metadata)
    if (entry.key == key) return true;
  return false;
}

/// Who has a schema for the node's operator, and so refuses attributes that are not in it.
Readers readers_of(const onnx::NodeView& node) {
  if (is_standard_domain(node.domain)) return kBoth;
  return has_table(node.domain) ? Readers(Reader::ort) : Readers();
}

void check_tag_attribute(NodeContext& context, const onnx::AttributeView& attribute, std::size_t index) {
  const Place place{&context.place, "attribute", index};
  Finding& finding = context.report(
      kTagAttribute,
      node_text(context.node) + " carries the tag " + in_quotes(attribute.s) + " as an attribute", place,
      attribute.message.offset);
  // Names that start with two underscores are nobody's business.
  finding.refused_by = attribute.name.starts_with("__") ? Readers() : readers_of(context.node);
  // Tags that the node's metadata have already win; an empty one is no tag.
  const bool keep = !attribute.s.empty() && !has_entry(context.node, hierarchy::kTagKey);
  finding.fixes.push_back({attribute.message.field(),
                           [owner = owner_of(context), message = attribute.message, at = place.text(),
                            name = attribute.name, value = attribute.s, keep](onnx::EditBuilder& edit) {
                             edit.remove(owner.message, message, {at, name + " = " + value, {}});
                             if (keep) edit.set_metadata(owner, std::string(hierarchy::kTagKey), value);
                           }});
}

void check_doc(NodeContext& context) {
  const hierarchy::NodeForm form = hierarchy::read_node_form(context.node, context.model().options.limits);
  if (form.form == hierarchy::Form::winml || form.form == hierarchy::Form::dynamo) {
    if (!context.model().findings.has(kForeignTag))
      context.report(kForeignTag, node_text(context.node) + " carries its module in the form " +
                                      std::string(hierarchy::to_string(form.form)));
    return;
  }
  if (form.form != hierarchy::Form::doc_string) return;
  Finding& finding = context.report(
      kTagInDoc, node_text(context.node) + " carries the tag " + in_quotes(form.tag) + " in doc_string");
  // The doc_string itself is left: other JSON in it may matter. migrate clears what it understands fully.
  finding.fixes.push_back({{}, [owner = owner_of(context), tag = form.tag](onnx::EditBuilder& edit) {
                             edit.set_metadata(owner, std::string(hierarchy::kTagKey), tag);
                           }});
}

void check_node(NodeContext& context) {
  const auto& attributes = context.node.attributes;
  for (std::size_t i = 0; i < attributes.size(); ++i)
    if (attributes[i].name == hierarchy::kTagKey || attributes[i].name == "__hierarchy_tag")
      check_tag_attribute(context, attributes[i], i);
  if (!context.node.doc_string.empty() || !context.node.metadata.empty()) check_doc(context);
}

void check_axes(ModelContext& model) {
  const onnx::GraphView& graph = model.model.graph();
  std::size_t text_inputs = 0;
  for (const onnx::MessageRef& message : graph.inputs) {
    const auto value = model.model.value(message);
    if (!value || !value->has_shape) return;
    for (const onnx::Dim& dim : value->shape)
      if (!std::holds_alternative<std::int64_t>(dim)) return;
    text_inputs +=
        value->name == "input_ids" || value->name == "pixel_values" || value->name == "input_values";
  }
  if (text_inputs == 0) return;
  const Place place{nullptr, "graph"};
  model.report(kStaticAxes, "all inputs have fixed shapes", place, graph.inputs.front().offset);
}

}  // namespace

const Group kLegacyGroup{.rules = kRules, .model = check_axes, .node = check_node};

}  // namespace modelexport::check
