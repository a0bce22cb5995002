// Operators of the graph: constant folding of scalar arithmetic, arguments by schema, outputs as values.
#include <torch/csrc/jit/runtime/operator.h>

#include "failure.h"
#include "schemas.h"
#include "walker.h"

namespace modelexport::torchscript {
namespace {

// Arguments that do not change values (aten.h).
bool is_dropped(const std::string& name) {
  return name == "device" || name == "layout" || name == "memory_format" || name == "pin_memory" ||
         name == "non_blocking" || name == "generator";
}

bool is_dtype_argument(const c10::Argument& argument) {
  auto type = argument.real_type();
  if (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  return type->kind() == c10::TypeKind::ScalarTypeType || argument.name() == "dtype" ||
         argument.name() == "out_dtype";
}

bool is_scalar_kind(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::NumberType:
      return true;
    case c10::TypeKind::ListType:
      return is_scalar_kind(type->containedType(0));
    default:
      return false;
  }
}

bool only_text(const torch::jit::Node* node) {
  return node->outputs().size() == 1 && node->output()->type()->kind() == c10::TypeKind::StringType;
}

}  // namespace

void Walker::on_forget(Node* node) {
  for (const auto* output : node->outputs()) bind(output, none_symbol());
}

void Walker::on_pass(Node* node) { bind(node->output(), Symbol(at(node->input(0)))); }

void Walker::on_property(Node* node) {
  const std::string name = node->kind().toUnqualString();
  c10::IValue value;
  if (name == "device") value = c10::Device(c10::kCPU);
  if (name == "layout") value = static_cast<std::int64_t>(c10::kStrided);
  if (name == "is_cuda" || name == "is_sparse" || name == "is_quantized" || name == "requires_grad")
    value = false;
  bind(node->output(), value);
}

void Walker::on_identity_test(Node* node) {
  const Symbol& a = at(node->input(0));
  const Symbol& b = at(node->input(1));
  const bool none_a = is_none(a);
  const bool none_b = is_none(b);
  if (!none_a && !none_b && !fold(node)) return on_operator(node);
  if (!none_a && !none_b) return;
  const bool same = none_a && none_b;
  bind(node->output(), c10::IValue((node->kind() == c10::aten::__is__) == same));
}

void Walker::on_raise(Node* node) {
  unsupported(node, "The program always raises an exception here",
              "trace the model with inputs that it accepts");
}

bool Walker::fold(Node* node) {
  if (node->hasSideEffects() || node->outputs().size() != 1 || !is_scalar_kind(node->output()->type()))
    return false;
  torch::jit::Stack stack;
  for (const auto* input : node->inputs()) {
    const auto folded = fold_to_ivalue(at(input), input->type());
    if (!folded) return false;
    stack.push_back(*folded);
  }
  const auto* operation = node->maybeOperator();
  if (operation == nullptr) return false;
  try {
    operation->getOperation(node)(stack);
  } catch (const std::exception& error) {
    unsupported(node, std::string("The program fails on constants: ") + node->kind().toQualString());
  }
  if (stack.size() != 1) return false;
  bind(node->output(), import(stack[0]));
  return true;
}

void Walker::on_operator(Node* node) {
  if (fold(node)) return;
  if (only_text(node)) return bind(node->output(), c10::IValue(std::string()));  // serves messages only
  if (is_placeholder(node->kind().toQualString())) return on_placeholder(node);
  const c10::FunctionSchema* schema = node->maybeSchema();
  if (schema == nullptr || schema->is_vararg() || !node->blocks().empty())
    unsupported(node,
                std::string("TorchScript construct that cannot be exported: ") + node->kind().toQualString());
  std::vector<aten::NamedArg> args;
  for (std::size_t i = 0; i < node->inputs().size(); ++i) {
    const c10::Argument& argument = schema->arguments().at(i);
    const Symbol& symbol = at(node->input(i));
    if (is_dropped(argument.name()) || is_none(symbol)) continue;
    const Container* container = container_of(symbol);
    if (container != nullptr && argument.alias_info() != nullptr && argument.alias_info()->isWrite())
      unsupported(node, std::string("A list is changed in place by ") + node->kind().toQualString());
    if (container != nullptr && container->kind == Container::Kind::dict)
      unsupported(node, std::string("A dictionary is an argument of ") + node->kind().toQualString());
    args.push_back({argument.name(), to_arg(symbol, is_dtype_argument(argument))});
  }
  emit(node, std::move(args));
}

/// An operator without known signature: its operands keep what makes them alive.
void Walker::on_placeholder(Node* node) {
  std::vector<aten::NamedArg> args;
  for (std::size_t i = 0; i < node->inputs().size(); ++i)
    if (const auto* value = value_of(at(node->input(i))))
      args.push_back({"argument" + std::to_string(i), {aten::Ref{*value}}});
  emit(node, std::move(args));
}

aten::Arg Walker::to_arg(const Symbol& symbol, bool is_dtype) {
  if (const auto* value = value_of(symbol)) return {aten::Ref{*value}};
  if (const Container* container = container_of(symbol)) {
    aten::ArgList list;
    for (const Symbol& item : container->items) list.push_back(to_arg(item, false));
    return {std::move(list)};
  }
  const auto* constant = constant_of(symbol);
  if (constant != nullptr) {
    if (constant->isNone() || constant->isDevice()) return {};
    if (constant->isBool()) return {constant->toBool()};
    if (constant->isDouble()) return {constant->toDouble()};
    if (constant->isString()) return {constant->toStringRef()};
    if (constant->isInt() && !is_dtype) return {constant->toInt()};
    if (constant->isInt())
      if (const auto dtype = dtype_from_c10(constant->toInt())) return {*dtype};
  }
  // Packed weights of a quantised layer, or its dtype: the operator is reported as unsupported, with all
  // others.
  if (constant == nullptr || is_dtype) return {std::string("object")};
  throw Failure(
      ErrorCode::torchscript_unsupported,
      "An operator has an argument that cannot be exported (complex number, object or unknown dtype)",
      {.field = scope()});
}

std::uint32_t Walker::source_of(Node* node) {
  const std::string place = describe_place(node);
  if (place.empty()) return aten::Op{}.source;
  const auto [found, added] = sources_.emplace(place, static_cast<std::uint32_t>(graph_.sources.size()));
  if (added) graph_.sources.push_back(place);
  return found->second;
}

void Walker::emit(Node* node, std::vector<aten::NamedArg> args) {
  if (++emitted_ > Limits{}.nodes) unsupported(node, "The program has too many operators");
  aten::Op op;
  op.target = node->kind().toQualString();
  if (const auto* schema = node->maybeSchema()) op.overload = schema->overload_name();
  op.args = std::move(args);
  op.call = frame_->call;
  op.source = source_of(node);
  for (const auto* output : node->outputs()) {
    op.outputs.push_back(new_value(output->debugName()));
    bind(output, op.outputs.back());
  }
  note_rank(op);
  ops_->push_back(std::move(op));
}

}  // namespace modelexport::torchscript
