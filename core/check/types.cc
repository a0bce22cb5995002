#include "check/types.h"

#include <algorithm>
#include <array>

#include "check/ops/schema.h"

namespace modelexport::check {
namespace {

constexpr ElemType kMostTypes = 31;

constexpr Rule kDeclared{
    .id = "ME-GRAPH-030",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A value is declared with another type than its operator produces.",
    .why = "ONNX Runtime infers types and refuses the model when the declaration differs.",
    .fix = "correct the element type of the output or value_info; export the model again",
    .example = "y = Identity(x) with x float and y declared int64",
};
constexpr Rule kNotTaken{
    .id = "ME-OP-010",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An operator is given a type that it does not take.",
    .why =
        "Each operator lists the element types of its inputs; ONNX Runtime checks them when it loads the "
        "model.",
    .fix = "cast the input to a type that the operator takes; export the model again",
    .example = "MatMul of strings",
};
constexpr Rule kUnequal{
    .id = "ME-OP-011",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "Inputs that must have the same type have different ones.",
    .why = "Operators do not convert between types: both sides of an Add are of one type.",
    .fix = "cast one of the inputs; export the model again",
    .example = "Add(float, int64)",
};
constexpr Rule kInitializerDiffers{
    .id = "ME-GRAPH-031",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An initializer does not fit the input of the same name.",
    .why = "The initializer is the input's default value, so type and shape must agree.",
    .fix = "correct the input's type and shape; export the model again",
    .example = "input W float[4,4], initializer W float[2,2]",
};
constexpr Rule kNoSuchType{
    .id = "ME-OP-013",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A Cast is to a type that does not exist.",
    .why = "The attribute to is a TensorProto.DataType; ONNX Runtime refuses other numbers.",
    .fix = "set to to the number of the wanted type; export the model again",
    .example = "Cast with to = 0",
};
constexpr const Rule* kRules[] = {&kNoSuchType, &kDeclared, &kNotTaken, &kUnequal, &kInitializerDiffers};

std::string type_text(ElemType type) {
  if (type >= kOtherKind) return "a sequence, map or optional";
  const std::string_view name = onnx::data_type_name(type);
  return name.empty() ? "type " + std::to_string(type) : std::string(name);
}

bool allows(const ParamRow& param, ElemType type) {
  if (type >= kOtherKind) return param.types >> kMostTypes != 0;
  return type <= 0 || type >= kMostTypes || (param.types & 1U << type) != 0;
}

/// The only element type of a parameter; 0 if there are several.
ElemType only_type(const ParamRow& param) {
  if (param.types == 0 || (param.types & (param.types - 1)) != 0) return 0;
  if (param.types >> kMostTypes != 0) return kOtherKind;
  ElemType type = 0;
  while ((param.types >> type & 1U) == 0) ++type;
  return type;
}

/// Kinds other than tensors are not told apart.
bool same_type(ElemType a, ElemType b) { return a == b || (a >= kOtherKind && b >= kOtherKind); }

const onnx::AttributeView* find_attribute(const onnx::NodeView& node, std::string_view name) {
  for (const onnx::AttributeView& attribute : node.attributes)
    if (attribute.name == name && attribute.ref_attr_name.empty()) return &attribute;
  return nullptr;
}

ElemType tensor_type(const onnx::ModelView& model, const onnx::AttributeView& attribute) {
  if (attribute.tensors.empty()) return 0;
  const auto tensor = model.tensor(attribute.tensors.front());
  return tensor ? tensor->data_type : 0;
}

/// Types that an attribute decides; 0 where nothing is known.
ElemType type_by_attribute(const onnx::ModelView& model, const onnx::NodeView& node) {
  if (node.op_type == "Cast") {
    const auto* to = find_attribute(node, "to");
    return to && to->i > 0 && to->i < kMostTypes ? static_cast<ElemType>(to->i) : 0;
  }
  if (node.op_type == "Constant") {
    const auto* value = find_attribute(node, "value");
    return value ? tensor_type(model, *value) : 0;
  }
  // Without a zero point nothing else says it.
  if (node.op_type == "QuantizeLinear" && (node.inputs.size() < 3 || node.inputs[2].empty())) {
    const auto* type = find_attribute(node, "output_dtype");
    if (type == nullptr || type->i == 0) return 2;
    return type->i > 0 && type->i < kMostTypes ? static_cast<ElemType>(type->i) : 0;
  }
  if (node.op_type == "ConstantOfShape") {
    const auto* value = find_attribute(node, "value");
    return value ? tensor_type(model, *value) : node.attributes.empty() ? 1 : 0;
  }
  return 0;
}

bool shapes_differ(const std::vector<onnx::Dim>& declared, const std::vector<std::int64_t>& dims) {
  if (declared.size() != dims.size()) return true;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto* fixed = std::get_if<std::int64_t>(&declared[i]);
    if (fixed && *fixed >= 0 && *fixed != dims[i]) return true;
  }
  return false;
}

}  // namespace

const Group kTypesGroup{.rules = kRules};

ElemType type_of(const onnx::ValueView& value) {
  switch (value.kind) {
    case onnx::ValueKind::tensor:
      return value.elem_type;
    case onnx::ValueKind::sequence:
    case onnx::ValueKind::map:
    case onnx::ValueKind::optional:
      return kOtherKind;
    default:
      return 0;
  }
}

void Types::input(const onnx::ValueView& value) {
  if (value.kind == onnx::ValueKind::tensor) inputs_.insert_or_assign(value.name, value);
}

void Types::initializer(const onnx::TensorView& tensor, const Place& place) {
  const auto found = inputs_.find(tensor.name);
  if (found == inputs_.end()) return;
  const onnx::ValueView& input = found->second;
  const bool type_differs = input.elem_type != 0 && input.elem_type != tensor.data_type;
  if (!type_differs && !(input.has_shape && shapes_differ(input.shape, tensor.dims))) return;
  graph_.model.report(kInitializerDiffers,
                      "initializer " + in_quotes(tensor.name) + " has another " +
                          (type_differs ? "type" : "shape") + " than the input of that name",
                      place, tensor.message.offset);
}

void Types::set(const std::string& name, ElemType type) {
  if (Definition* own = scope_.own(name)) own->type = type;
}

void Types::node(const NodeContext& context) {
  const onnx::NodeView& node = context.node;
  const std::int64_t* version = graph_.opsets.find(node.domain);
  if (graph_.model.functions.count(function_key(node.domain, node.op_type, node.overload)) != 0) return;
  const OpRow* op = version ? find_op(node.domain, node.op_type, *version, Reader::ort) : nullptr;
  if (op == nullptr) return;
  if (node.op_type == "Cast" && is_default_domain(node.domain) && *version >= 6) {
    const auto* to = find_attribute(node, "to");
    if (to != nullptr && to->type == 2 &&
        (to->i <= 0 ||
         onnx::data_type_name(static_cast<std::int32_t>(std::min<std::int64_t>(to->i, kMostTypes))).empty()))
      context.report(kNoSuchType,
                     node_text(node) + " is to type " + std::to_string(to->i) + ", which does not exist");
  }
  std::array<ElemType, 256> bound{};
  const auto inputs = inputs_of(*op);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ParamRow* param = param_at(inputs, i);
    const Definition* value = scope_.find(node.inputs[i]);
    if (param == nullptr || value == nullptr || value->type <= 0 || !param->homogeneous) continue;
    if (!allows(*param, value->type)) {
      context.report(kNotTaken, node_text(node) + " does not take " + type_text(value->type) + " as input " +
                                    std::to_string(i));
      return;
    }
    if (param->variable == kNoVariable) continue;
    ElemType& type = bound[param->variable];
    if (type != 0 && !same_type(type, value->type)) {
      context.report(kUnequal, node_text(node) + " is given " + type_text(type) + " and " +
                                   type_text(value->type) + " where both must be the same");
      return;
    }
    type = value->type;
  }
  const auto outputs = outputs_of(*op);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ParamRow* param = param_at(outputs, i);
    if (param == nullptr || !param->homogeneous) continue;
    ElemType type = param->variable == kNoVariable ? 0 : bound[param->variable];
    if (type == 0) type = only_type(*param);
    if (type == 0) type = type_by_attribute(graph_.model.model, node);
    set(node.outputs[i], type);
    Definition* own = scope_.own(node.outputs[i]);
    if (own != nullptr) own->constant = becomes_initializer(context);
  }
}

void Types::declared(const onnx::ValueView& value, const Place& place, ValueRole role) {
  if (value.name.empty()) return;
  if (role == ValueRole::output) outputs_.insert(value.name);
  // ONNX Runtime does not look at a value_info of a graph output.
  if (role == ValueRole::value_info && outputs_.count(value.name) != 0) return;
  const Definition* own = scope_.own(value.name);
  const ElemType type = type_of(value);
  if (own == nullptr || own->kind != Definition::Kind::node || own->type <= 0 || type <= 0) return;
  if (own->constant || same_type(own->type, type)) return;
  graph_.model.report(kDeclared,
                      in_quotes(value.name) + " is declared as " + type_text(type) + ", its operator makes " +
                          type_text(own->type),
                      place, value.message.offset);
}

}  // namespace modelexport::check
