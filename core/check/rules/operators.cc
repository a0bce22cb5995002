// Operators: known, in an imported operator set, with the inputs, outputs and attributes of their schema.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "check/ops/schema.h"
#include "check/rules/groups.h"
#include "wire/writer.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kNoOperator{
    .id = "ME-OP-001",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A node names no operator.",
    .why = "Nobody can know what the node computes.",
    .fix = "export the model again",
    .example = "node { input: \"x\" output: \"y\" }",
};
constexpr Rule kNoDomain{
    .id = "ME-OP-002",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The operator set of a node is not imported.",
    .why =
        "The version says what the operator means. ONNX Runtime silently takes the newest, onnx.checker "
        "refuses "
        "the file.",
    .fix =
        "modelexport check --fix imports a domain that only functions of the model are in; else import the "
        "version that the exporter used",
    .example = "node { op_type: \"Scaler\" domain: \"ai.onnx.ml\" } without opset_import of ai.onnx.ml",
    .fixable = true,
};
constexpr Rule kUnknown{
    .id = "ME-OP-003",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An operator does not exist in the imported operator set.",
    .why = "The name is not in the set, or came with a later version, or was removed.",
    .fix = "import the operator set that has it, or export the model again: modelexport export … --opset N",
    .example = "Gelu with opset 17 (it came with 20)",
};
constexpr Rule kCustom{
    .id = "ME-RT-001",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "An operator belongs to a domain that only a custom library knows.",
    .why = "ONNX Runtime loads the model only where the library that implements the operator is registered.",
    .fix = "register the library in the session options, or export the model without custom operators",
    .example = "node { op_type: \"Foo\" domain: \"com.acme\" }",
};
constexpr Rule kInputs{
    .id = "ME-OP-004",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A node has too many or too few inputs or outputs.",
    .why = "The operator's schema says how many there are.",
    .fix = "the model was edited wrongly: export it again",
    .example = "Identity(x, x)",
};
constexpr Rule kEmptyInput{
    .id = "ME-OP-005",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A required input or output is left empty.",
    .why = "The empty name means 'omitted', which only optional ones may be.",
    .fix = "the model was edited wrongly: export it again",
    .example = "Relu(\"\")",
};
constexpr Rule kUnknownAttribute{
    .id = "ME-OP-006",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A node has an attribute that its operator does not have.",
    .why =
        "Readers refuse attributes that are not in the operator's schema, except those whose names start "
        "with "
        "two underscores. Tools' own marks belong into metadata_props.",
    .fix = "modelexport check --fix moves such marks to the node's metadata",
    .example = "MatMul with attribute pkg.torch.x",
    .fixable = true,
};
constexpr Rule kAttributeType{
    .id = "ME-OP-007",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An attribute has another type than the operator's schema says.",
    .why = "Readers compare the declared type, and whether the value is in the field of that type.",
    .fix = "export the model again",
    .example = "Softmax axis as FLOAT",
};
constexpr Rule kMissingAttribute{
    .id = "ME-OP-008",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A required attribute is missing.",
    .why = "The operator has no default for it.",
    .fix = "export the model again",
    .example = "Cast without to",
};
constexpr Rule kNothing{
    .id = "ME-OP-009",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A node has neither inputs nor outputs.",
    .why = "It can have no effect; onnx.checker refuses the file.",
    .fix = "modelexport check --fix removes it",
    .example = "node { op_type: \"Identity\" }",
    .fixable = true,
};

constexpr Rule kNoValue{
    .id = "ME-OP-014",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A Constant has no value, or not one output.",
    .why =
        "ONNX Runtime makes initializers of constants when it opens the file, and there is nothing to take.",
    .fix = "export the model again",
    .example = "node { op_type: \"Constant\" output: \"c\" }",
};

constexpr Rule kOtherVersion{
    .id = "ME-GRAPH-044",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A function uses an operator in another version than the model imports.",
    .why =
        "onnx.checker wants functions and model to mean the same operator: their imported sets may differ "
        "only "
        "where the operator does not.",
    .fix = "export the model again, with one operator set for everything",
    .example = "a function that imports opset 12 and uses Add, in a model of opset 17",
};

constexpr const Rule* kRules[] = {&kOtherVersion,  &kNoOperator,       &kNoDomain,   &kUnknown,
                                  &kCustom,        &kInputs,           &kEmptyInput, &kUnknownAttribute,
                                  &kAttributeType, &kMissingAttribute, &kNothing,    &kNoValue};

/// onnx.checker warns about these and goes on.
constexpr std::string_view kExperimental[] = {"ATen",
                                              "Affine",
                                              "ConstantFill",
                                              "Crop",
                                              "DynamicSlice",
                                              "GRUUnit",
                                              "GivenTensorFill",
                                              "ImageScaler",
                                              "ParametricSoftplus",
                                              "Scale",
                                              "ScaledTanh"};

bool is_experimental(const onnx::NodeView& node) {
  if (!is_default_domain(node.domain)) return false;
  for (const std::string_view name : kExperimental)
    if (node.op_type == name) return true;
  return false;
}

/// Runs `check` for each reader's own row; readers that have the same row share one run.
struct Schemas {
  const OpRow* ort = nullptr;
  const OpRow* onnx = nullptr;
  [[nodiscard]] Readers of(const OpRow* row) const {
    Readers readers;
    if (row == ort) readers = readers | Reader::ort;
    if (row == onnx) readers = readers | Reader::onnx;
    return readers;
  }
};

void check_count(const NodeContext& context, const OpRow& op, Readers readers, std::size_t count,
                 unsigned least, unsigned most, std::string_view what) {
  if (count >= least && count <= most) return;
  std::string range = most == 65535   ? "at least " + std::to_string(least)
                      : least == most ? std::to_string(least)
                                      : std::to_string(least) + " to " + std::to_string(most);
  context
      .report(kInputs, node_text(context.node) + " has " + std::to_string(count) + " " + std::string(what) +
                           ", the operator takes " + range)
      .refused_by = readers;
  (void)op;
}

void check_empty(const NodeContext& context, Readers readers, const std::vector<std::string>& names,
                 std::span<const ParamRow> params, std::string_view what) {
  for (std::size_t i = 0; i < names.size() && i < params.size(); ++i) {
    if (!names[i].empty() || params[i].option != kSingle) continue;
    context
        .report(kEmptyInput, std::string(what) + " " + std::to_string(i) + " of " + node_text(context.node) +
                                 " is required and empty")
        .refused_by = readers;
  }
}

/// The first of a list of equal inputs gives the type; the checker does not look.
void check_list(const NodeContext& context, const OpRow& op) {
  const auto params = inputs_of(op);
  if (params.empty() || params.back().option != kVariadic || !params.back().homogeneous) return;
  const auto& inputs = context.node.inputs;
  const std::size_t first = params.size() - 1;
  if (first >= inputs.size()) return;
  // A sequence is made of all of them.
  const bool all = name_of(op) == "SequenceConstruct";
  const auto empty = std::find(inputs.begin() + static_cast<std::ptrdiff_t>(first), inputs.end(), "");
  if (empty == inputs.end() || (!all && !inputs[first].empty())) return;
  context
      .report(kEmptyInput, "input " + std::to_string(empty - inputs.begin()) + " of " +
                               node_text(context.node) + " is part of a list and empty")
      .refused_by = Reader::ort;
}

/// Value fields of AttributeProto by AttributeType.
constexpr std::array<std::uint32_t, 15> kValueField = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 22, 23, 14, 15};

bool is_list(std::int32_t type) { return (type >= 6 && type <= 10) || type == 12 || type == 14; }

bool is_message(std::int32_t type) { return type == 4 || type == 5 || type == 11 || type == 13; }

bool has_value(const onnx::AttributeView& attribute, std::int32_t type) {
  if (is_list(type) || type <= 0 || type >= static_cast<std::int32_t>(kValueField.size())) return true;
  for (const std::uint32_t field : attribute.value_fields)
    if (field == kValueField[static_cast<std::size_t>(type)]) return true;
  return false;
}

const AttributeRow* find_row(std::span<const AttributeRow> rows, std::string_view name) {
  for (const AttributeRow& row : rows)
    if (name_of(row) == name) return &row;
  return nullptr;
}

/// A tool's own mark (dots and colons are in no operator's attribute) with a text moves to the metadata.
void offer_move(const NodeContext& context, const onnx::AttributeView& attribute, std::size_t index,
                Finding& finding) {
  const bool mark = attribute.name.find_first_of(".:") != std::string::npos;
  if (!mark || attribute.type != 3 || attribute.string.size == 0 || attribute.s.empty()) return;
  const Place place{&context.place, "attribute", index};
  finding.fixes.push_back(
      {attribute.message.field(),
       [node = context.node.message, message = attribute.message, path = context.place.text(),
        at = place.text(), name = attribute.name, value = attribute.s](onnx::EditBuilder& edit) {
         edit.remove(node, message, {at, name + " = " + value, {}});
         edit.set_metadata(onnx::MetadataOwner{onnx::MetadataOwner::Kind::node, node, path}, name, value);
       }});
}

/// The one schema that says of itself that its attributes are not checked.
bool tolerates_unknown(const OpRow& op) { return name_of(op) == "LayerNormalization" && op.since == 17; }

void check_attributes(const NodeContext& context, const OpRow& op, const Readers all_readers) {
  const auto rows = attributes_of(op);
  const auto& attributes = context.node.attributes;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const onnx::AttributeView& attribute = attributes[i];
    // The predecessor's tags have a rule of their own.
    if (attribute.name.empty() || attribute.name.starts_with("__") || attribute.name == "hierarchy_tag")
      continue;
    const Place place{&context.place, "attribute", i};
    const AttributeRow* row = find_row(rows, attribute.name);
    Readers readers = all_readers;
    if (row == nullptr) {
      if (tolerates_unknown(op)) continue;
      Finding& finding =
          context.report(kUnknownAttribute,
                         node_text(context.node) + " has the unknown attribute " + in_quotes(attribute.name),
                         place, attribute.message.offset);
      finding.refused_by = readers;
      offer_move(context, attribute, i, finding);
    } else if (attribute.type != 0 && attribute.type != row->type) {
      context
          .report(kAttributeType,
                  "attribute " + in_quotes(attribute.name) + " of " + node_text(context.node) + " has type " +
                      std::to_string(attribute.type) + ", the operator's is " + std::to_string(row->type),
                  place, attribute.message.offset)
          .refused_by = readers;
    } else if (attribute.ref_attr_name.empty() && attribute.type != 0 &&
               !has_value(attribute, attribute.type) &&
               (is_message(attribute.type) || attribute.name == "to")) {
      // A number or text that is not there is 0 or empty, which is no type to cast to.
      if (!is_message(attribute.type)) readers = readers & Readers(Reader::ort);
      context
          .report(
              kAttributeType,
              "attribute " + in_quotes(attribute.name) + " of " + node_text(context.node) + " has no value",
              place, attribute.message.offset)
          .refused_by = readers;
    }
  }
  for (const AttributeRow& row : rows) {
    if (!row.required) continue;
    bool found = false;
    for (const onnx::AttributeView& attribute : attributes) found = found || attribute.name == name_of(row);
    if (!found)
      context
          .report(kMissingAttribute,
                  node_text(context.node) + " lacks the attribute " + std::string(name_of(row)))
          .refused_by = all_readers;
  }
}

void check_schema(const NodeContext& context, const OpRow& op, Readers readers) {
  const onnx::NodeView& node = context.node;
  check_count(context, op, readers, node.inputs.size(), op.min_inputs, op.max_inputs, "inputs");
  check_count(context, op, readers, node.outputs.size(), op.min_outputs, op.max_outputs, "outputs");
  check_empty(context, readers, node.inputs, inputs_of(op), "input");
  if (readers.has(Reader::ort)) check_list(context, op);
  // Running statistics come in pairs.
  if (name_of(op) == "BatchNormalization" && op.since >= 14 && node.outputs.size() == 2)
    context.report(kInputs, node_text(node) + " has 2 outputs, the operator has 1 or 3").refused_by = readers;
  if (name_of(op) == "BatchNormalization" && op.since < 14 && node.outputs.size() > 1 &&
      node.outputs.size() != 5)
    context
        .report(kInputs, node_text(node) + " has " + std::to_string(node.outputs.size()) +
                             " outputs, the operator has 1 or 5")
        .refused_by = readers;
  check_empty(context, readers, node.outputs, outputs_of(op), "output");
  check_attributes(context, op, readers);
}

void report_unknown(const NodeContext& context, std::int64_t version, Readers readers, const OpRow* old) {
  const onnx::NodeView& node = context.node;
  const Reader reader = readers.has(Reader::ort) ? Reader::ort : Reader::onnx;
  const int first = first_version(node.domain, node.op_type, reader);
  std::string message = in_quotes(node.op_type) + " does not exist in version " + std::to_string(version) +
                        " of " + (is_default_domain(node.domain) ? "ai.onnx" : node.domain);
  if (old != nullptr && old->deprecated) {
    message += ": it was removed in version " + std::to_string(old->since);
  } else if (first > 0 && first > version) {
    message += ": it came with version " + std::to_string(first);
  }
  context.report(kUnknown, message).refused_by = readers;
}

/// A function's operator means the same under the model's own import.
void check_same_version(const NodeContext& context, const OpRow* own) {
  const onnx::NodeView& node = context.node;
  const std::int64_t* version = context.model().opsets.find(node.domain);
  if (context.graph.kind != GraphKind::function || own == nullptr || version == nullptr) return;
  const OpRow* models = find_op(node.domain, node.op_type, *version, Reader::onnx);
  if (models == nullptr || models->since == own->since) return;
  context.report(kOtherVersion, node_text(node) + " is that of version " + std::to_string(own->since) +
                                    ", in the model's operator set it is that of version " +
                                    std::to_string(models->since));
}

void check_known(const NodeContext& context, std::int64_t version) {
  const onnx::NodeView& node = context.node;
  const bool folded = becomes_initializer(context);
  if (folded && node.attributes.empty()) context.report(kNoValue, node_text(node) + " has no value");
  // ONNX Runtime keeps versions in 32 bits.
  Schemas schemas{find_op(node.domain, node.op_type, static_cast<std::int32_t>(version), Reader::ort),
                  find_op(node.domain, node.op_type, version, Reader::onnx)};
  check_same_version(context, schemas.onnx);
  Readers missing;
  if (schemas.ort == nullptr || schemas.ort->deprecated) missing = missing | Reader::ort;
  // The checker leaves domains alone that it has no table for.
  const bool checker_judges = is_standard_domain(node.domain) && !is_experimental(node);
  if (checker_judges && (schemas.onnx == nullptr || schemas.onnx->deprecated))
    missing = missing | Reader::onnx;
  const OpRow* old = schemas.ort != nullptr ? schemas.ort : schemas.onnx;
  if (!missing.empty()) report_unknown(context, version, missing, old);
  if (schemas.ort != nullptr && !missing.has(Reader::ort))
    check_schema(context, *schemas.ort,
                 schemas.of(schemas.ort) & (folded                  ? Readers(Reader::onnx)
                                            : is_experimental(node) ? Readers(Reader::ort)
                                                                    : kBoth));
  if (schemas.onnx != nullptr && schemas.onnx != schemas.ort && !missing.has(Reader::onnx) &&
      !is_experimental(node))
    check_schema(context, *schemas.onnx, Reader::onnx);
}

void report_not_imported(const NodeContext& context, bool is_function) {
  const onnx::NodeView& node = context.node;
  Finding& finding = context.report(
      kNoDomain, "operator set " + (is_default_domain(node.domain) ? "ai.onnx" : in_quotes(node.domain)) +
                     " of " + node_text(node) + " is not imported");
  // The newest version of a domain that ONNX Runtime has may still lack the operator.
  const OpRow* newest = find_op(node.domain, node.op_type, INT32_MAX, Reader::ort);
  if (context.graph.kind == GraphKind::function ||
      (!is_function && (newest == nullptr || newest->deprecated)))
    finding.refused_by = kBoth;
  if (!is_function || is_default_domain(node.domain) || context.graph.kind == GraphKind::function) return;
  std::string import;
  wire::put_bytes(import, 1, node.domain);
  wire::put_int(import, 2, 1);
  // Only the first finding of a domain: later ones would import it again.
  finding.fixes.push_back(
      {{0, 1}, [import, root = context.model().model.root(), domain = node.domain](onnx::EditBuilder& edit) {
         edit.insert(root, 8, import, {"opset_import", {}, domain + " version 1"});
       }});
}

void report_custom(const NodeContext& context) {
  Finding& finding =
      context.report(kCustom, "operator " + in_quotes(context.node.op_type) + " of domain " +
                                  in_quotes(context.node.domain) + " is known to custom libraries only");
  if (!context.model().options.ort_version.empty()) finding.refused_by = Reader::ort;
}

void check_node(NodeContext& context) {
  const onnx::NodeView& node = context.node;
  if (node.op_type.empty()) {
    context.report(kNoOperator, node_text(node) + " names no operator");
    return;
  }
  if (node.inputs.empty() && node.outputs.empty()) {
    Finding& finding = context.report(kNothing, node_text(node) + " has neither inputs nor outputs");
    if (context.graph.graph.messages.size() == 1) {
      finding.fixes.push_back(
          {node.message.field(), [parent = context.graph.message(), message = node.message,
                                  path = context.place.text()](onnx::EditBuilder& edit) {
             edit.remove(parent, message, {path, "a node without inputs and outputs", {}});
           }});
    }
  }
  const bool is_function =
      context.model().functions.count(function_key(node.domain, node.op_type, node.overload)) != 0;
  const std::int64_t* version = context.graph.opsets.find(node.domain);
  const bool experimental = is_experimental(node);
  if (version == nullptr && !experimental && context.model().ir >= 3)
    report_not_imported(context, is_function);
  // Its operators are in the set with the empty name, whatever the import calls it.
  if (node.domain == "ai.onnx" && version != nullptr && !is_function)
    context.report(kNoDomain, "the domain of " + node_text(node) +
                                  " is written as \"ai.onnx\": onnx.checker only knows the empty name");
  if (is_function) return;
  if (version == nullptr) {
    // ONNX Runtime takes the newest version of domains it has; the checker has complained already.
    if (!has_table(node.domain)) report_custom(context);
    return;
  }
  const bool known_to_ort = has_table(node.domain) || is_standard_domain(node.domain);
  if (!known_to_ort) return report_custom(context);
  if (!is_standard_domain(node.domain) &&
      find_op(node.domain, node.op_type, *version, Reader::ort) == nullptr) {
    const OpRow* row = find_op(node.domain, node.op_type, *version, Reader::onnx);
    if (row != nullptr && !row->deprecated) check_schema(context, *row, Reader::onnx);
    // Preview and vendor sets: other builds have more operators than the table.
    if (first_version(node.domain, node.op_type, Reader::onnx) == 0) report_custom(context);
    return;
  }
  check_known(context, *version);
}

}  // namespace

const Group kOperatorsGroup{.rules = kRules, .node = check_node};

}  // namespace modelexport::check
