// Attributes as such: named, typed, with one value, whatever the operator.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "check/rules/groups.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kNoName{
    .id = "ME-OP-020",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An attribute has no name.",
    .why = "Attributes are found by name.",
    .fix = "modelexport check --fix removes it",
    .example = "attribute { i: 1 type: INT }",
    .fixable = true,
};
constexpr Rule kNoType{
    .id = "ME-OP-021",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An attribute has no type.",
    .why = "From IR version 2 on the type must be set, because an empty value looks the same in every type.",
    .fix = "modelexport check --fix sets it where there is exactly one value",
    .example = "attribute { name: \"axis\" i: 1 }",
    .fixable = true,
};
constexpr Rule kTwice{
    .id = "ME-OP-022",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A node has an attribute twice.",
    .why = "Readers cannot know which of the values is meant.",
    .fix = "modelexport check --fix removes the second where both are equal; else export the model again",
    .example = "Softmax with axis = 1 and axis = 0",
    .fixable = true,
};
constexpr Rule kMismatch{
    .id = "ME-OP-023",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An attribute's value is not of its type.",
    .why = "The type says which field holds the value; here another field does, or several do.",
    .fix = "export the model again",
    .example = "attribute { name: \"axis\" type: FLOAT i: 1 }",
};
constexpr Rule kReference{
    .id = "ME-OP-024",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A reference to a function's attribute stands outside of a function.",
    .why =
        "ref_attr_name only has a meaning in the body of a model-local function; elsewhere readers silently "
        "use "
        "the operator's default.",
    .fix = "set the value itself; export the model again",
    .example = "attribute { name: \"axis\" ref_attr_name: \"axis\" type: INT } in the main graph",
};
constexpr Rule kReferenceAndValue{
    .id = "ME-OP-025",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "An attribute has a value and refers to another attribute.",
    .why = "Only one of the two can count.",
    .fix = "export the model again",
    .example = "attribute { name: \"axis\" ref_attr_name: \"axis\" i: 1 type: INT }",
};

constexpr const Rule* kRules[] = {&kNoName, &kNoType, &kTwice, &kMismatch, &kReference, &kReferenceAndValue};

/// AttributeType by number of the value's field in AttributeProto.
std::int32_t type_of_field(std::uint32_t field) {
  constexpr std::array<std::pair<std::uint32_t, std::int32_t>, 14> types = {{{2, 1},
                                                                             {3, 2},
                                                                             {4, 3},
                                                                             {5, 4},
                                                                             {6, 5},
                                                                             {7, 6},
                                                                             {8, 7},
                                                                             {9, 8},
                                                                             {10, 9},
                                                                             {11, 10},
                                                                             {22, 11},
                                                                             {23, 12},
                                                                             {14, 13},
                                                                             {15, 14}}};
  for (const auto& [number, type] : types)
    if (number == field) return type;
  return 0;
}

Fix removal(const AttributeContext& context) {
  return {context.attribute.message.field(),
          [node = context.node.node.message, message = context.attribute.message, path = context.place.text(),
           name = context.attribute.name](onnx::EditBuilder& edit) {
            edit.remove(node, message, {path, name.empty() ? "an attribute without name" : name, {}});
          }};
}

void report_no_type(const AttributeContext& context) {
  const onnx::AttributeView& attribute = context.attribute;
  Finding& finding = context.report(kNoType, "attribute " + in_quotes(attribute.name) + " of " +
                                                 node_text(context.node.node) + " has no type");
  if (attribute.value_fields.size() != 1) return;
  const std::int32_t type = type_of_field(attribute.value_fields.front());
  // Written as a whole field: `type` is a number, not a framed message.
  std::string field("\xA0\x01", 2);
  field.push_back(static_cast<char>(type));
  const std::uint64_t end = attribute.message.content().end();
  finding.fixes.push_back(
      {{},
       [message = attribute.message, end, field, type, path = context.place.text()](onnx::EditBuilder& edit) {
         edit.splice(message, {end, 0}, field, {path + ".type", {}, std::to_string(type)});
       }});
}

void check_value(const AttributeContext& context) {
  const onnx::AttributeView& attribute = context.attribute;
  const bool other = std::any_of(attribute.value_fields.begin(), attribute.value_fields.end(),
                                 [&](std::uint32_t f) { return type_of_field(f) != attribute.type; });
  if (attribute.type == 0 || (!other && attribute.value_fields.size() <= 1)) return;
  const bool several = attribute.value_fields.size() > 1;
  Finding& finding = context.report(
      kMismatch, "the value of attribute " + in_quotes(attribute.name) + " of " +
                     node_text(context.node.node) +
                     (several ? " is there in several types" : " is not of the declared type"));
  if (several && becomes_initializer(context.node)) finding.refused_by = Reader::onnx;
}

void check_attribute(AttributeContext& context) {
  const onnx::AttributeView& attribute = context.attribute;
  if (attribute.name.empty()) {
    Finding& finding =
        context.report(kNoName, "an attribute of " + node_text(context.node.node) + " has no name");
    if (becomes_initializer(context.node)) finding.refused_by = Reader::onnx;
    finding.fixes.push_back(removal(context));
    return;
  }
  if (attribute.type == 0 && context.node.model().ir >= 2) report_no_type(context);
  check_value(context);
  if (attribute.ref_attr_name.empty()) return;
  if (context.node.graph.kind == GraphKind::main || context.node.graph.kind == GraphKind::training)
    context.report(kReference, "attribute " + in_quotes(attribute.name) + " refers to " +
                                   in_quotes(attribute.ref_attr_name) + " outside of a function");
  if (!attribute.value_fields.empty() && context.node.graph.kind == GraphKind::function)
    context.report(kReferenceAndValue,
                   "attribute " + in_quotes(attribute.name) + " has a value and refers to another attribute");
}

bool equal_bytes(const onnx::ModelView& model, const onnx::MessageRef& a, const onnx::MessageRef& b) {
  if (a.size != b.size || a.size > 4096) return false;
  const auto first = model.content(a);
  const auto second = model.content(b);
  return first && second && *first == *second;
}

void check_node(NodeContext& context) {
  const auto& attributes = context.node.attributes;
  if (attributes.size() < 2) return;
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].name.empty()) continue;
    const auto [it, is_new] = seen.emplace(attributes[i].name, i);
    if (is_new) continue;
    const Place place{&context.place, "attribute", i};
    AttributeContext attribute{context, attributes[i], place};
    Finding& finding = attribute.report(
        kTwice, node_text(context.node) + " has the attribute " + in_quotes(attributes[i].name) + " twice");
    if (becomes_initializer(context)) finding.refused_by = Reader::onnx;
    if (equal_bytes(context.model().model, attributes[it->second].message, attributes[i].message))
      finding.fixes.push_back(removal(attribute));
  }
}

}  // namespace

const Group kAttributesGroup{.rules = kRules, .node = check_node, .attribute = check_attribute};

}  // namespace modelexport::check
