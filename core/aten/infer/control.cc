// Branches and loops. A branch whose condition is decided is the only one looked at; a loop's carried values
// get the type that holds before and after every trip.
#include <set>

#include "aten/infer/content.h"
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

constexpr int kMaxRounds = 16;

void collect_inner(const Block& block, std::set<ValueId>& out) {
  out.insert(block.inputs.begin(), block.inputs.end());
  for (const Op& op : block.ops) {
    out.insert(op.outputs.begin(), op.outputs.end());
    for (const Block& inner : op.blocks) collect_inner(inner, out);
  }
}

/// Finds the type that covers two values that meet in one: at the end of an If, or of a loop's trip.
class Merger {
 public:
  Merger(Infer& r, std::set<ValueId> inner) : r_(r), inner_(std::move(inner)) {}

  /// The common type; sizes and numbers that differ become symbols read from `value`.
  Type merge(const Type& a, const Type& b, ValueId value) {
    if (a.kind == b.kind && a.kind == Type::Kind::list) return merge_lists(a, b);
    const bool plain_a = a.is_tensor() || is_number(a);
    if (a.kind == b.kind && !plain_a) return a;
    if (!plain_a || !(b.is_tensor() || is_number(b))) return clash(a, b);
    Type out = a;
    if (b.is_tensor()) out.kind = Type::Kind::tensor;
    if (a.dtype != b.dtype) {
      if (a.is_tensor() && b.is_tensor()) return clash(a, b);
      out.dtype = promote(a.dtype, b.dtype);
    }
    out.wrapped = a.wrapped && b.wrapped;
    if (a.shape.size() != b.shape.size()) return clash(a, b);
    for (std::size_t i = 0; i < out.shape.size(); ++i)
      if (!(a.shape[i] == b.shape[i]) || local(a.shape[i]))
        out.shape[i] = fresh(value, static_cast<std::int32_t>(i));
    if (a.content != b.content || (a.content && any_local(*a.content))) out.content.reset();
    if (!out.content && is_number(out) && out.dtype == DType::int64)
      out.content = {Element(fresh(value, -1))};
    return out;
  }

 private:
  Type merge_lists(const Type& a, const Type& b) {
    if (a.items.size() != b.items.size()) return clash(a, b);
    for (std::size_t i = 0; i < a.items.size(); ++i)
      if (!a.items[i].content || a.items[i].content != b.items[i].content || any_local(*a.items[i].content))
        return clash(a, b);
    return a;
  }
  Type clash(const Type& a, const Type& b) {
    r_.fail("one value is " + a.to_string() + " on one way and " + b.to_string() + " on the other",
            "give both ways the same dtype and number of dimensions");
    return a;
  }
  /// A symbol that is read from a value inside of the block means nothing outside.
  bool local(const Expr& e) {
    for (const std::string& name : e.symbols())
      if (const SymbolOrigin* origin = r_.origin(name); origin != nullptr && inner_.count(origin->value) != 0)
        return true;
    return false;
  }
  bool any_local(const std::vector<Element>& elements) {
    for (const Element& element : elements)
      if (const Expr* e = std::get_if<Expr>(&element); e != nullptr && local(*e)) return true;
    return false;
  }
  Expr fresh(ValueId value, std::int32_t axis) { return r_.fresh_of(value, axis); }

  Infer& r_;
  std::set<ValueId> inner_;
};

void infer_if(Infer& r) {
  const Op& op = r.op();
  if (op.blocks.size() != 2) return r.fail("needs two blocks");
  const Type condition = r.type("cond");
  const auto taken = condition.content ? truth(condition.content->front()) : std::nullopt;
  if (taken) {
    const Block& block = op.blocks[*taken ? 0 : 1];
    if (!r.infer_block(block)) return;
    for (std::size_t i = 0; i < op.outputs.size(); ++i) r.set(r.value_type(block.outputs[i]), i);
    return;
  }
  std::set<ValueId> inner;
  for (const Block& block : op.blocks) {
    collect_inner(block, inner);
    if (!r.infer_block(block)) return;
  }
  Merger merger(r, std::move(inner));
  for (std::size_t i = 0; i < op.outputs.size() && !r.failed(); ++i) {
    const Type a = r.value_type(op.blocks[0].outputs[i]);
    const Type b = r.value_type(op.blocks[1].outputs[i]);
    r.set(merger.merge(a, b, op.outputs[i]), i);
  }
}

/// True if every difference is at a place where `before` already has a symbol read from the carried value
/// itself.
bool is_own(Infer& r, const Type& before, const Type& after, ValueId value) {
  const auto own = [&](const Expr& e) {
    const auto name = e.as_symbol();
    const SymbolOrigin* origin = name ? r.origin(*name) : nullptr;
    return origin != nullptr && origin->value == value;
  };
  if (before.dtype != after.dtype || before.shape.size() != after.shape.size()) return false;
  for (std::size_t i = 0; i < before.shape.size(); ++i)
    if (!(before.shape[i] == after.shape[i]) && !own(before.shape[i])) return false;
  if (before.content == after.content) return true;
  const auto integer = before.integer();
  return integer && own(*integer);
}

void infer_loop(Infer& r) {
  const Op& op = r.op();
  const Arg* carried = op.find("inputs");
  const ArgList* initial = carried == nullptr ? nullptr : carried->get<ArgList>();
  if (op.blocks.size() != 1 || initial == nullptr) return r.fail("needs one block and its initial values");
  const Block& body = op.blocks[0];
  if (body.inputs.size() != initial->size() + 1 || body.outputs.size() != body.inputs.size() ||
      op.outputs.size() != initial->size())
    return r.fail("its block does not fit its values");
  std::set<ValueId> inner;
  collect_inner(body, inner);
  for (const ValueId input : body.inputs) inner.erase(input);
  r.set_value(body.inputs[0], Type::number(DType::int64, Element(r.fresh_of(body.inputs[0], -1))));
  for (std::size_t i = 0; i < initial->size(); ++i) r.set_value(body.inputs[i + 1], r.type_of((*initial)[i]));
  Merger merger(r, inner);
  bool stable = false;
  for (int round = 0; round < kMaxRounds && !stable; ++round) {
    if (!r.infer_block(body)) return;
    stable = true;
    for (std::size_t i = 1; i < body.inputs.size() && !r.failed(); ++i) {
      const Type before = r.value_type(body.inputs[i]);
      Type after = merger.merge(before, r.value_type(body.outputs[i]), body.inputs[i]);
      if (before.shape == after.shape && before.content == after.content && before.dtype == after.dtype)
        continue;
      // What changes once may change in every trip: it keeps the symbol that it now has.
      if (is_own(r, before, after, body.inputs[i])) continue;
      stable = false;
      r.set_value(body.inputs[i], std::move(after));
    }
  }
  if (!stable && !r.failed()) return r.fail("the sizes of the values it carries cannot be determined");
  for (const ValueId input : body.inputs) inner.insert(input);
  Merger outside(r, std::move(inner));
  for (std::size_t i = 0; i < op.outputs.size() && !r.failed(); ++i) {
    const Type type = r.value_type(body.inputs[i + 1]);
    r.set(outside.merge(type, type, op.outputs[i]), i);
  }
}

constexpr InferRule kRules[] = {
    {"prim::If", infer_if},
    {"prim::Loop", infer_loop},
};
}  // namespace

InferTable infer_control_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
