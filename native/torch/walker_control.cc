// Branches and loops: resolved where the condition is known, operators with blocks elsewhere.
#include <torch/csrc/jit/ir/constants.h>

#include "walker.h"

namespace modelexport::torchscript {
namespace {

constexpr std::int64_t kMaxUnrolledTrips = 10'000;

bool only_raises(const torch::jit::Block* block) {
  for (const torch::jit::Node* node : block->nodes())
    if (node->kind() == c10::prim::RaiseException) return true;
  return false;
}

bool is_number(const c10::IValue& value) { return value.isInt() || value.isDouble() || value.isBool(); }

bool same_constant(const c10::IValue& a, const c10::IValue& b) {
  if (a.isNone() || b.isNone()) return a.isNone() && b.isNone();
  if (a.isInt() && b.isInt()) return a.toInt() == b.toInt();
  if (a.isBool() && b.isBool()) return a.toBool() == b.toBool();
  if (a.isDouble() && b.isDouble()) return a.toDouble() == b.toDouble();
  return a.isString() && b.isString() && a.toStringRef() == b.toStringRef();
}

}  // namespace

std::vector<aten::Op> Walker::walk_aside(torch::jit::Block* block) {
  std::vector<aten::Op> ops;
  std::vector<aten::Op>* const outer = ops_;
  ops_ = &ops;
  ++block_depth_;
  walk(block);
  --block_depth_;
  ops_ = outer;
  return ops;
}

// A block's output must be a value: constants become prim::Constant (no argument: None).
aten::ValueId Walker::materialise(const Symbol& symbol, aten::Block& block) {
  if (const auto* value = value_of(symbol)) return *value;
  aten::Op op;
  op.target = "prim::Constant";
  op.call = frame_->call;
  if (!is_none(symbol)) op.args.push_back({"value", to_arg(symbol, false)});
  op.outputs.push_back(new_value("constant"));
  block.ops.push_back(std::move(op));
  return block.ops.back().outputs[0];
}

Symbol Walker::merge(const Symbol& a, const Symbol& b, aten::Op& op, const std::string& name) {
  const auto* constant_a = constant_of(a);
  const auto* constant_b = constant_of(b);
  if (constant_a && constant_b && same_constant(*constant_a, *constant_b)) return a;
  const Container* container_a = container_of(a);
  const Container* container_b = container_of(b);
  if (container_a && container_b && container_a->kind == container_b->kind &&
      container_a->items.size() == container_b->items.size()) {
    auto merged = new_container(container_a->kind);
    merged->keys = container_a->keys;
    merged->fields = container_a->fields;
    for (std::size_t i = 0; i < container_a->items.size(); ++i)
      merged->items.push_back(merge(container_a->items[i], container_b->items[i], op, name));
    return merged;
  }
  op.blocks[0].outputs.push_back(materialise(a, op.blocks[0]));
  op.blocks[1].outputs.push_back(materialise(b, op.blocks[1]));
  op.outputs.push_back(new_value(name));
  return op.outputs.back();
}

void Walker::on_if(Node* node) {
  torch::jit::Block* const branches[] = {node->blocks()[0], node->blocks()[1]};
  const auto* condition = constant_of(at(node->input()));
  int chosen = -1;
  if (condition != nullptr) chosen = condition->toBool() ? 0 : 1;
  if (condition == nullptr && only_raises(branches[0])) chosen = 1;  // an assertion
  if (condition == nullptr && only_raises(branches[1])) chosen = 0;
  if (chosen >= 0) {
    walk(branches[chosen]);
    for (std::size_t i = 0; i < node->outputs().size(); ++i)
      bind(node->output(i), Symbol(at(branches[chosen]->outputs()[i])));
    return;
  }
  aten::Op op;
  op.target = "prim::If";
  op.call = frame_->call;
  op.source = source_of(node);
  op.args.push_back({"cond", to_arg(at(node->input()), false)});
  op.blocks.resize(2);
  for (int i = 0; i < 2; ++i) op.blocks[i].ops = walk_aside(branches[i]);
  std::vector<Symbol> merged;
  for (std::size_t i = 0; i < node->outputs().size(); ++i) {
    const Symbol a = at(branches[0]->outputs()[i]);
    const Symbol b = at(branches[1]->outputs()[i]);
    merged.push_back(merge(a, b, op, node->output(i)->debugName()));
  }
  for (std::size_t i = 0; i < merged.size(); ++i) bind(node->output(i), merged[i]);
  ops_->push_back(std::move(op));
}

void Walker::unroll(Node* node, std::int64_t trips) {
  torch::jit::Block* const body = node->blocks()[0];
  std::vector<Symbol> carried;
  for (std::size_t i = 2; i < node->inputs().size(); ++i) carried.push_back(at(node->input(i)));
  for (std::int64_t trip = 0; trip < trips; ++trip) {
    bind(body->inputs()[0], c10::IValue(trip));
    for (std::size_t i = 0; i < carried.size(); ++i) bind(body->inputs()[i + 1], carried[i]);
    walk(body);
    for (std::size_t i = 0; i < carried.size(); ++i) carried[i] = at(body->outputs()[i + 1]);
  }
  for (std::size_t i = 0; i < carried.size(); ++i) bind(node->output(i), carried[i]);
}

Symbol Walker::for_each_leaf(const Symbol& symbol, const std::function<Symbol(const Symbol&)>& map) {
  const Container* container = container_of(symbol);
  if (container == nullptr) return map(symbol);
  auto result = std::make_shared<Container>(*container);
  for (Symbol& item : result->items) item = for_each_leaf(item, map);
  return result;
}

void Walker::on_loop(Node* node) {
  torch::jit::Block* const body = node->blocks()[0];
  const auto* trips = constant_of(at(node->input(0)));
  const auto* condition = constant_of(at(node->input(1)));
  const auto next = torch::jit::toIValue(body->outputs()[0]);  // constant true: a `for` loop without break
  if (trips && condition && trips->isInt() && condition->toBool() && next && next->isBool() &&
      next->toBool() && trips->toInt() <= kMaxUnrolledTrips)
    return unroll(node, trips->toInt());
  aten::Op op;
  op.target = "prim::Loop";
  op.call = frame_->call;
  op.source = source_of(node);
  op.args.push_back({"max_trip_count", to_arg(at(node->input(0)), false)});
  op.args.push_back({"cond", to_arg(at(node->input(1)), false)});
  op.blocks.resize(1);
  aten::Block& block = op.blocks[0];
  block.inputs.push_back(new_value(body->inputs()[0]->debugName()));
  bind(body->inputs()[0], block.inputs[0]);
  aten::ArgList initial;
  for (std::size_t i = 2; i < node->inputs().size(); ++i) {
    // Numbers and values are carried; everything else has to stay as it is.
    const auto carry = [&](const Symbol& leaf) -> Symbol {
      const auto* constant = constant_of(leaf);
      if (value_of(leaf) == nullptr && (constant == nullptr || !is_number(*constant))) return leaf;
      initial.push_back(to_arg(leaf, false));
      block.inputs.push_back(new_value(body->inputs()[i - 1]->debugName()));
      return block.inputs.back();
    };
    bind(body->inputs()[i - 1], for_each_leaf(at(node->input(i)), carry));
  }
  op.args.push_back({"inputs", aten::Arg{initial}});
  block.ops = walk_aside(body);
  block.outputs.push_back(materialise(at(body->outputs()[0]), block));
  for (std::size_t i = 0; i < node->outputs().size(); ++i) {
    const auto collect = [&](const Symbol& leaf) -> Symbol {
      const auto* constant = constant_of(leaf);
      if (value_of(leaf) == nullptr && (constant == nullptr || !is_number(*constant))) return leaf;
      block.outputs.push_back(materialise(leaf, block));
      op.outputs.push_back(new_value(node->output(i)->debugName()));
      return op.outputs.back();
    };
    bind(node->output(i), for_each_leaf(at(body->outputs()[i + 1]), collect));
  }
  if (block.outputs.size() != block.inputs.size())
    unsupported(node, "A loop changes the kind of a variable it carries");
  ops_->push_back(std::move(op));
}

}  // namespace modelexport::torchscript
