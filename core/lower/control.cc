// Branches and loops: a decided If is its branch, everything else an ONNX If or Loop.
#include <memory>

#include "aten/infer/content.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::ArgList;
using aten::Block;
using aten::Ref;
using aten::Type;

bool lower_block(Lower& x, const Block& block) {
  Diagnostics problems;
  lower_ops(x.b, block.ops, problems);
  x.b.set_call(x.op().call);
  if (problems.empty()) return true;
  x.fail("in its block: " + problems.front().message, problems.front().hint);
  return false;
}

/// A result that is just another value of the graph.
void forward(Lower& x, ValueId from, ValueId to) {
  const Type& type = x.value_type(from);
  if (const auto* names = x.b.list_of(from)) return x.b.bind_list(to, *names);
  if ((type.is_tensor() || type.kind == Type::Kind::number) && !type.content) x.b.bind(to, x.b.name_of(from));
}

/// Results that are nothing or known beforehand are no outputs of the node.
bool needed(const Type& type) {
  if (type.kind != Type::Kind::tensor && type.kind != Type::Kind::number) return false;
  return !type.content;
}

onnx::ValueInfo info(const std::string& name, const Type& type) {
  onnx::ValueInfo out;
  out.name = name;
  out.dtype = type.dtype;
  for (const Expr& size : type.shape) {
    if (auto value = size.constant())
      out.shape.emplace_back(*value);
    else
      out.shape.emplace_back(size.to_string());
  }
  return out;
}

/// A number whose symbol is read from this very value has content that only the run knows.
bool reads_itself(Lower& x, const Type& type, ValueId value) {
  if (!type.content || type.content->size() != 1) return false;
  const auto integer = type.integer();
  const auto name = integer ? integer->as_symbol() : std::nullopt;
  if (!name) return false;
  const auto& origins = x.b.types().origins;
  const auto origin = origins.find(*name);
  return origin != origins.end() && origin->second.value == value;
}
bool is_output(Lower& x, ValueId value) {
  const Type& type = x.value_type(value);
  return needed(type) || reads_itself(x, type, value);
}

std::shared_ptr<onnx::Graph> branch(Lower& x, const Block& block, const std::vector<std::size_t>& wanted) {
  x.b.open_scope();
  std::vector<onnx::ValueInfo> infos;
  std::vector<std::string> names;
  if (lower_block(x, block)) {
    for (const std::size_t i : wanted) {
      Type type = x.value_type(block.outputs[i]);
      type.dtype = x.result(i).dtype;
      names.push_back(x.value(Arg{Ref{block.outputs[i]}}, type.dtype));
      infos.push_back(info(names.back(), type));
    }
  }
  return std::make_shared<onnx::Graph>(x.b.close_scope({}, std::move(infos), names));
}

void lower_if(Lower& x) {
  const aten::Op& op = x.op();
  const Type& condition = x.type("cond");
  const auto taken = condition.content ? aten::truth(condition.content->front()) : std::nullopt;
  if (taken) {
    const Block& block = op.blocks[*taken ? 0 : 1];
    if (!lower_block(x, block)) return;
    for (std::size_t i = 0; i < op.outputs.size(); ++i) forward(x, block.outputs[i], op.outputs[i]);
    return;
  }
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < op.outputs.size(); ++i)
    if (is_output(x, op.outputs[i])) wanted.push_back(i);
  if (wanted.empty()) return;
  std::string test = x.tensor("cond", DType::boolean);
  if (condition.rank() > 0) test = x.emit("Reshape", {test, x.ints({})});
  Attributes attributes;
  attributes.push_back({"then_branch", branch(x, op.blocks[0], wanted)});
  attributes.push_back({"else_branch", branch(x, op.blocks[1], wanted)});
  if (x.failed()) return;
  const auto results = x.emit_n("If", {test}, std::move(attributes), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) x.set(results[i], wanted[i]);
}

/// The body as a graph: iteration, condition and carried values to condition and carried values.
std::shared_ptr<onnx::Graph> loop_body(Lower& x, const std::vector<std::size_t>& carried) {
  const Block& body = x.op().blocks[0];
  std::vector<onnx::ValueInfo> inputs;
  const auto add_input = [&](ValueId value) {
    const std::string name = x.b.new_value();
    x.b.bind(value, name);
    inputs.push_back(info(name, x.value_type(value)));
  };
  x.b.open_scope();
  add_input(body.inputs[0]);
  inputs.push_back(info(x.b.new_value(), Type::number(DType::boolean)));
  for (const std::size_t i : carried) add_input(body.inputs[i + 1]);
  std::vector<onnx::ValueInfo> outputs;
  std::vector<std::string> names;
  if (lower_block(x, body)) {
    names.push_back(x.value(Arg{Ref{body.outputs[0]}}, DType::boolean));
    outputs.push_back(info(names.back(), Type::number(DType::boolean)));
    for (const std::size_t i : carried) {
      Type type = x.value_type(body.inputs[i + 1]);
      names.push_back(x.value(Arg{Ref{body.outputs[i + 1]}}, type.dtype));
      outputs.push_back(info(names.back(), type));
    }
  }
  return std::make_shared<onnx::Graph>(x.b.close_scope(std::move(inputs), std::move(outputs), names));
}

void lower_loop(Lower& x) {
  const aten::Op& op = x.op();
  const Block& body = op.blocks[0];
  const ArgList& initial = *op.find("inputs")->get<ArgList>();
  std::vector<std::size_t> carried;
  for (std::size_t i = 0; i < initial.size(); ++i)
    if (is_output(x, body.inputs[i + 1])) carried.push_back(i);
  std::vector<std::string> inputs = {x.tensor("max_trip_count", DType::int64),
                                     x.tensor("cond", DType::boolean)};
  for (const std::size_t i : carried)
    inputs.push_back(x.value(initial[i], x.value_type(body.inputs[i + 1]).dtype));
  Attributes attributes;
  attributes.push_back({"body", loop_body(x, carried)});
  if (x.failed()) return;
  const auto results = x.emit_n("Loop", std::move(inputs), std::move(attributes), carried.size());
  for (std::size_t i = 0; i < carried.size(); ++i) x.set(results[i], carried[i]);
}

constexpr LowerRule kRules[] = {
    {"prim::If", lower_if},
    {"prim::Loop", lower_loop},
};
}  // namespace

RuleTable control_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
