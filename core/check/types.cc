#include "check/types.h"

#include <algorithm>
#include <array>

#include "check/ops/schema.h"
#include "wire/scanner.h"
#include "wire/window.h"

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
    .title = "A node is to make a type that does not exist.",
    .why = "The attribute (to, dtype) is a TensorProto.DataType; ONNX Runtime refuses other numbers.",
    .fix = "set the attribute to the number of the wanted type; export the model again",
    .example = "Cast with to = 99",
};
constexpr const Rule* kRules[] = {&kNoSuchType, &kDeclared, &kNotTaken, &kUnequal, &kInitializerDiffers};

bool allows(const ParamRow& param, ElemType type) {
  if (type >= kNested) return false;
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

/// A tensor type as the element of something; what is none stays unknown.
ElemType within(ElemType kind, ElemType type) {
  return type < kOtherKind ? kind + type : type < kSequence ? kOtherKind : kNested;
}
ElemType inside(ElemType type) { return type % 100; }
bool is_kind(ElemType type, ElemType kind) { return type >= kind && type < kind + 100; }

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

/// An attribute that holds the number of the result's element type.
struct TypeNumber {
  std::string_view op;
  std::string_view attribute;
  ElemType otherwise;  ///< where the attribute is missing; kAsInput: that of the first input
};
constexpr ElemType kAsInput = -1;
constexpr std::array kTypeNumbers = {
    TypeNumber{"Bernoulli", "dtype", kAsInput},
    TypeNumber{"BitCast", "to", 0},
    TypeNumber{"BlackmanWindow", "output_datatype", 1},
    TypeNumber{"Cast", "to", 0},
    TypeNumber{"EyeLike", "dtype", kAsInput},
    TypeNumber{"HammingWindow", "output_datatype", 1},
    TypeNumber{"HannWindow", "output_datatype", 1},
    TypeNumber{"MelWeightMatrix", "output_datatype", 1},
    TypeNumber{"Multinomial", "dtype", 6},
    TypeNumber{"RandomNormal", "dtype", 1},
    TypeNumber{"RandomNormalLike", "dtype", kAsInput},
    TypeNumber{"RandomUniform", "dtype", 1},
    TypeNumber{"RandomUniformLike", "dtype", kAsInput},
};

const TypeNumber* find_number(const onnx::NodeView& node) {
  if (!is_default_domain(node.domain)) return nullptr;
  for (const TypeNumber& row : kTypeNumbers)
    if (row.op == node.op_type) return &row;
  return nullptr;
}

/// Types that an attribute decides; 0 where nothing is known.
ElemType type_by_attribute(const onnx::ModelView& model, const onnx::NodeView& node, ElemType first_input) {
  if (const TypeNumber* row = find_number(node)) {
    const auto* number = find_attribute(node, row->attribute);
    if (number != nullptr)
      return number->i > 0 && number->i < kMostTypes ? static_cast<ElemType>(number->i) : 0;
    return row->otherwise == kAsInput ? first_input : row->otherwise;
  }
  if (node.op_type == "Constant") {
    if (node.attributes.size() != 1) return 0;
    const onnx::AttributeView& value = node.attributes.front();
    if (value.name == "value") return tensor_type(model, value);
    if (value.name.starts_with("value_float")) return 1;
    if (value.name.starts_with("value_int")) return 7;
    return value.name.starts_with("value_string") ? 8 : 0;
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

/// Types that come out of containers or go into them; 0 where the schema says enough.
ElemType type_by_container(const onnx::NodeView& node, ElemType first) {
  if (!is_default_domain(node.domain)) return 0;
  const std::string_view op = node.op_type;
  if (op == "SequenceEmpty") {
    const auto* number = find_attribute(node, "dtype");
    const std::int64_t type = number != nullptr ? number->i : 1;
    return type > 0 && type < kMostTypes ? kSequence + static_cast<ElemType>(type) : kSequence;
  }
  if (first == 0) return 0;
  if (op == "SequenceConstruct" || op == "SplitToSequence") return within(kSequence, first);
  if (op == "SequenceInsert" || op == "SequenceErase") return first;
  if (op == "SequenceAt" || op == "ConcatFromSequence") return is_kind(first, kSequence) ? inside(first) : 0;
  if (op == "Optional")
    return is_kind(first, kSequence) ? kOptionalSequence + inside(first) : within(kOptional, first);
  if (op == "OptionalGetElement") {
    if (is_kind(first, kOptional)) return inside(first);
    if (is_kind(first, kOptionalSequence)) return kSequence + inside(first);
    return first;
  }
  return 0;
}

/// The schemas' "anything else" means a sequence here, and an optional there.
bool wrong_kind(const onnx::NodeView& node, std::int64_t version, ElemType first) {
  if (first < kSequence || !is_default_domain(node.domain)) return false;
  const std::string_view op = node.op_type;
  if (op == "OptionalGetElement" || op == "OptionalHasElement")
    return version < 18 && is_kind(first, kSequence);
  return (op == "ConcatFromSequence" || op.starts_with("Sequence")) && op != "SequenceConstruct" &&
         op != "SequenceMap" && !is_kind(first, kSequence);
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

namespace {

constexpr unsigned kMostNesting = 8;

/// TypeProto: tensor 1, sequence 4, map 5, optional 9; of each, field 1 says what is inside.
ElemType read_type(wire::Window& window, ByteRange range, unsigned depth) {
  ElemType type = 0;
  wire::Scanner scanner(window, range);
  for (wire::Field field; depth < kMostNesting && scanner.next(field);) {
    if (!field.is_length() || field.number > 9 || field.number == 6 || field.number == 2) continue;
    if (field.number == 1) {
      wire::Scanner tensor(window, field.content());
      type = 0;
      for (wire::Field part; tensor.next(part);)
        if (part.number == 1 && !part.is_length()) type = static_cast<ElemType>(part.value);
      if (type < 0 || type >= kOtherKind) type = 0;
      continue;
    }
    type = kOtherKind;
    if (field.number != 4 && field.number != 9) continue;
    ElemType inner = 0;
    wire::Scanner container(window, field.content());
    for (wire::Field part; container.next(part);)
      if (part.number == 1 && part.is_length()) inner = read_type(window, part.content(), depth + 1);
    if (field.number == 4) {
      type = within(kSequence, inner);
    } else {
      type = is_kind(inner, kSequence) ? kOptionalSequence + inside(inner) : within(kOptional, inner);
    }
  }
  return type;
}

}  // namespace

ElemType type_of(const onnx::ModelView& model, const onnx::ValueView& value) {
  if (value.kind == onnx::ValueKind::tensor) return value.elem_type;
  if (value.kind == onnx::ValueKind::map) return kOtherKind;
  if (value.kind != onnx::ValueKind::sequence && value.kind != onnx::ValueKind::optional) return 0;
  ElemType type = 0;
  wire::Scanner scanner(model.window(), value.message.content());
  for (wire::Field field; scanner.next(field);)
    if (field.number == 2 && field.is_length()) type = read_type(model.window(), field.content(), 0);
  return type < kOtherKind ? kOtherKind : type;
}

bool same_type(ElemType a, ElemType b) {
  if (a == b) return true;
  if (a < kOtherKind || b < kOtherKind) return false;
  if (a == kOtherKind || b == kOtherKind) return true;
  return a / 100 == b / 100 && (inside(a) == 0 || inside(b) == 0);
}

std::string type_text(ElemType type) {
  if (type >= kNested) return "containers in a container";
  if (type >= kOtherKind) {
    const std::string_view kind = is_kind(type, kSequence)           ? "a sequence"
                                  : is_kind(type, kOptional)         ? "an optional"
                                  : is_kind(type, kOptionalSequence) ? "an optional sequence"
                                                                     : "a sequence, map or optional";
    const std::string_view element = onnx::data_type_name(inside(type));
    return std::string(kind) + (element.empty() || type < kSequence ? "" : " of " + std::string(element));
  }
  const std::string_view name = onnx::data_type_name(type);
  return name.empty() ? "type " + std::to_string(type) : std::string(name);
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

void Types::expect(const onnx::ValueView& value) {
  const ElemType type = type_of(graph_.model.model, value);
  if (type > 0) expected_.emplace(value.name, type);
}

/// A number that names no type. Nothing happens where it is 0 and the graph says the type.
void Types::check_number(const NodeContext& context, const std::string& output,
                         const onnx::AttributeView& number) {
  if (number.type != 2) return;
  const std::int64_t type = number.i;
  if (type > 0 && type < kOtherKind && !onnx::data_type_name(static_cast<std::int32_t>(type)).empty()) return;
  if (type == 0 && expected_.count(output) != 0) return;
  context.report(kNoSuchType,
                 node_text(context.node) + " is to type " + std::to_string(type) + ", which does not exist");
}

/// False after a report. `bound`: the types of the schema's variables.
bool Types::check_inputs(const NodeContext& context, const OpRow& op, std::vector<ElemType>& bound) {
  const onnx::NodeView& node = context.node;
  const auto inputs = inputs_of(op);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ParamRow* param = param_at(inputs, i);
    const Definition* value = scope_.find(node.inputs[i]);
    if (param == nullptr || value == nullptr || value->type <= 0 || !param->homogeneous) continue;
    if (!allows(*param, value->type)) {
      context.report(kNotTaken, node_text(node) + " does not take " + type_text(value->type) + " as input " +
                                    std::to_string(i));
      return false;
    }
    if (param->variable == kNoVariable) continue;
    ElemType& type = bound[param->variable];
    if (type != 0 && !same_type(type, value->type)) {
      context.report(kUnequal, node_text(node) + " is given " + type_text(type) + " and " +
                                   type_text(value->type) + " where both must be the same");
      return false;
    }
    type = value->type;
  }
  return true;
}

void Types::node(const NodeContext& context, const std::vector<Value>& results) {
  const onnx::NodeView& node = context.node;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const auto expected = expected_.find(node.outputs[i]);
    if (expected != expected_.end()) set(node.outputs[i], expected->second);
  }
  for (std::size_t i = 0; i < results.size() && i < node.outputs.size(); ++i)
    if (results[i].type > 0) set(node.outputs[i], results[i].type);
  const std::int64_t* version = graph_.opsets.find(node.domain);
  if (graph_.model.functions.count(function_key(node.domain, node.op_type, node.overload)) != 0) return;
  const OpRow* op = version ? find_op(node.domain, node.op_type, *version, Reader::ort) : nullptr;
  if (op == nullptr) return;
  if (const TypeNumber* row = find_number(node))
    if (const auto* number = find_attribute(node, row->attribute); number != nullptr && *version >= 6)
      check_number(context, node.outputs.empty() ? std::string() : node.outputs.front(), *number);
  std::vector<ElemType> bound(256);
  if (!check_inputs(context, *op, bound)) return;
  const Definition* first = node.inputs.empty() ? nullptr : scope_.find(node.inputs.front());
  const ElemType first_type = first != nullptr && first->type > 0 ? first->type : 0;
  if (wrong_kind(node, *version, first_type)) {
    context.report(kNotTaken, node_text(node) + " does not take " + type_text(first_type));
    return;
  }
  if (node.op_type == "SequenceInsert" && node.inputs.size() > 1) {
    const Definition* item = scope_.find(node.inputs[1]);
    if (item != nullptr && item->type > 0 && first_type != 0 &&
        !same_type(first_type, within(kSequence, item->type))) {
      context.report(kUnequal,
                     node_text(node) + " puts " + type_text(item->type) + " into " + type_text(first_type));
      return;
    }
  }
  const auto outputs = outputs_of(*op);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ParamRow* param = param_at(outputs, i);
    Definition* own = scope_.own(node.outputs[i]);
    if (own != nullptr) own->constant = becomes_initializer(context);
    if (param == nullptr || !param->homogeneous || i < results.size()) continue;
    ElemType type = i == 0 ? type_by_container(node, first_type) : 0;
    if (type == 0 && param->variable != kNoVariable) type = bound[param->variable];
    if (type == 0) type = only_type(*param);
    if (type == 0) type = type_by_attribute(graph_.model.model, node, first_type);
    if (type == 0) continue;
    if (!allows(*param, type))
      context.report(kNotTaken, node_text(node) + " does not make " + type_text(type));
    set(node.outputs[i], type);
  }
}

void Types::declared(const onnx::ValueView& value, const Place& place, ValueRole role) {
  if (value.name.empty()) return;
  if (role == ValueRole::output) outputs_.insert(value.name);
  // ONNX Runtime does not look at a value_info of a graph output.
  if (role == ValueRole::value_info && outputs_.count(value.name) != 0) return;
  const Definition* own = scope_.own(value.name);
  const ElemType type = type_of(graph_.model.model, value);
  if (own == nullptr || own->kind != Definition::Kind::node || own->type <= 0 || type <= 0) return;
  if (own->constant || same_type(own->type, type)) return;
  graph_.model.report(kDeclared,
                      in_quotes(value.name) + " is declared as " + type_text(type) + ", its operator makes " +
                          type_text(own->type),
                      place, value.message.offset);
}

}  // namespace modelexport::check
