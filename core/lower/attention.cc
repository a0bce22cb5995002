#include "lower/attention.h"

#include <limits>

namespace modelexport::lower {
namespace {

using aten::Type;

/// Key/value heads repeated for every query head of their group: (B, G, S, D) -> (B, G*n, S, D).
std::string repeat_heads(Lower& x, const std::string& value, const Type& from, const Expr& heads) {
  const std::size_t head = from.shape.size() - 3;
  const Expr groups = from.shape[head];
  if (groups == heads) return value;
  const Expr times = floor_div(heads, groups);
  Shape wide = from.shape, merged = from.shape;
  wide.insert(wide.begin() + static_cast<std::ptrdiff_t>(head) + 1, Expr(1));
  Shape repeated = wide;
  repeated[head + 1] = times;
  merged[head] = heads;
  const std::string open = x.unsqueeze(value, {static_cast<std::int64_t>(head) + 1});
  return x.reshape(x.expand(open, wide, repeated), repeated, merged);
}

/// Scores where attention is not allowed become the lowest number.
std::string forbid(Lower& x, const std::string& scores, const std::string& allowed, DType dtype) {
  return x.emit("Where", {allowed, scores, x.scalar(dtype, -std::numeric_limits<double>::infinity())});
}

std::string causal_mask(Lower& x, const Attention& a) {
  const Expr& rows = a.query.shape[a.query.shape.size() - 2];
  const Expr& columns = a.key.shape[a.key.shape.size() - 2];
  const std::string zero = x.b.scalar_int(0);
  const std::string one = x.b.scalar_int(1);
  const std::string row = x.emit("Range", {zero, x.b.size_scalar(rows), one});
  const std::string column = x.emit("Range", {zero, x.b.size_scalar(columns), one});
  return x.emit("GreaterOrEqual", {x.unsqueeze(row, {1}), column});
}

}  // namespace

std::string lower_attention(Lower& x, const Attention& a) {
  const DType dtype = a.query.dtype;
  std::string key = x.tensor("key");
  std::string value = x.tensor("value");
  if (a.grouped) {
    const Expr& heads = a.query.shape[a.query.shape.size() - 3];
    key = repeat_heads(x, key, a.key, heads);
    value = repeat_heads(x, value, a.value, heads);
  }
  const std::size_t rank = a.grouped ? a.query.shape.size() : a.key.shape.size();
  std::vector<std::int64_t> perm(rank);
  for (std::size_t i = 0; i < rank; ++i) perm[i] = static_cast<std::int64_t>(i);
  std::swap(perm[rank - 1], perm[rank - 2]);
  std::string scores = x.emit("MatMul", {x.tensor("query"), x.transpose(key, perm)});
  if (a.scale != 1) scores = x.emit("Mul", {scores, x.scalar(dtype, a.scale)});
  bool may_be_empty = false;
  if (a.mask != nullptr) {
    if (x.type(a.mask).dtype == DType::boolean) {
      scores = forbid(x, scores, x.tensor(a.mask), dtype);
      may_be_empty = true;
    } else {
      scores = x.emit("Add", {scores, x.tensor(a.mask, dtype)});
    }
  }
  if (a.causal) scores = forbid(x, scores, causal_mask(x, a), dtype);
  std::string weights = x.emit("Softmax", {scores}, {attr("axis", std::int64_t{-1})});
  if (may_be_empty) {
    // A row that may attend to nothing gives zeros in PyTorch, NaN by the formula.
    const std::string nan = x.emit("IsNaN", {weights});
    weights = x.emit("Where", {nan, x.scalar(dtype, 0), weights});
  }
  return x.emit("MatMul", {weights, value});
}

}  // namespace modelexport::lower
