// Shape arithmetic that several inference and lowering rules share.
#pragma once

#include <algorithm>

#include "aten/infer.h"

namespace modelexport::aten {

/// PyTorch's view/reshape sizes with one -1 resolved against the number of elements.
inline Shape resolve_view(const Shape& from, std::vector<Expr> sizes) {
  Expr known = 1;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i].is(-1))
      open = i;
    else
      known = known * sizes[i];
  }
  if (!open) return sizes;
  // Equal dimensions cancel first: exact even where the product has opaque factors.
  Expr total = 1;
  std::vector<Expr> rest;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (i != *open) rest.push_back(sizes[i]);
  for (const Expr& size : from) {
    const auto same =
        std::find_if(rest.begin(), rest.end(), [&](const Expr& e) { return e == size && !e.is(0); });
    if (same != rest.end())
      rest.erase(same);
    else
      total = total * size;
  }
  sizes[*open] = floor_div(total, product(rest));
  return sizes;
}

/// A slice bound after PyTorch's wrapping of negatives and clamping to [0, size].
inline Expr slice_bound(const Expr& bound, const Expr& size, bool is_start = false) {
  Expr value = bound;
  if (auto constant = bound.constant()) {
    if (*constant >= INT64_MAX / 2) return size;
    if (*constant <= INT64_MIN / 2) return 0;
    if (*constant < 0) value = bound + size;
  } else if ((-bound).known_non_negative()) {
    value = bound + size;  // "-n" with a symbolic n counts from the end; "size - n" bounds stay as they are
  }
  if (value.constant() && size.constant()) return max(min(value, size), 0);
  // A bound that is a size itself was inside in the run that was traced, and the model fails elsewhere if it
  // is not: `position_ids[:, :sequence_length]` of a 512-entry buffer has sequence_length entries.
  if (!value.constant() || is_start) return value;
  return min(value, size);
}

/// Start, end and length of a slice along one dimension; `length` is what inference and lowering agree on.
struct SliceRange {
  Expr start, end, length;
  bool whole = false;  ///< the slice is the whole dimension
};
inline SliceRange slice_range(const Expr& size, const Expr& start, const Expr& end, std::int64_t step) {
  SliceRange out;
  out.start = slice_bound(start, size, true);
  out.end = slice_bound(end, size);
  out.length = ceil_div(out.end - out.start, step);
  if (auto n = out.length.constant(); n && *n < 0) out.length = 0;
  out.whole = step == 1 && out.start.is(0) && out.end == size;
  return out;
}

/// Reads a slice operator's arguments against its input.
template <class Reader>
SliceRange read_slice(Reader& x, const Shape& shape, std::int64_t axis) {
  if (shape.empty()) {
    x.fail("cannot slice a rank-0 tensor");
    return {};
  }
  const Expr start = x.given("start") ? x.integer("start") : Expr(0);
  const Expr end = x.given("end") ? x.integer("end") : Expr(INT64_MAX);
  const std::int64_t step = x.static_int("step", 1);
  if (step < 1) {
    x.fail("a slice step must be positive");
    return {};
  }
  return slice_range(shape[static_cast<std::size_t>(axis)], start, end, step);
}

}  // namespace modelexport::aten

namespace modelexport::aten {

/// The permutation of movedim.
inline std::vector<std::int64_t> movedim_permutation(const std::vector<std::int64_t>& source,
                                                     const std::vector<std::int64_t>& destination,
                                                     std::int64_t rank) {
  std::vector<std::int64_t> perm(static_cast<std::size_t>(rank), -1);
  for (std::size_t i = 0; i < source.size() && i < destination.size(); ++i)
    perm[static_cast<std::size_t>(destination[i])] = source[i];
  std::int64_t next = 0;
  for (auto& p : perm) {
    if (p >= 0) continue;
    while (std::find(source.begin(), source.end(), next) != source.end()) ++next;
    p = next++;
  }
  return perm;
}

/// Dimensions that squeeze removes: given ones that are 1, or all that are.
inline std::vector<std::int64_t> squeeze_axes(OpReader& x, const Type& self) {
  std::vector<std::int64_t> asked;
  if (x.given("dim"))
    asked = x.dims("dim", self.rank());
  else
    for (std::int64_t i = 0; i < self.rank(); ++i) asked.push_back(i);
  std::vector<std::int64_t> out;
  for (std::int64_t i : asked)
    if (i < self.rank() && self.shape[static_cast<std::size_t>(i)].is(1)) out.push_back(i);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// cat's tensors without the rank-1 empty ones that PyTorch skips.
inline std::vector<Type> joined_items(OpReader& x) {
  std::vector<Type> items = x.types("tensors");
  const bool any_other = std::any_of(items.begin(), items.end(), [](const Type& t) { return t.rank() != 1; });
  if (any_other)
    items.erase(std::remove_if(items.begin(), items.end(),
                               [](const Type& t) { return t.rank() == 1 && t.shape[0].is(0); }),
                items.end());
  return items;
}

inline constexpr std::int64_t kMaxParts = 100'000;

/// How often `step` fits a size that is a multiple of it by its form: 4 for 4*batch and batch.
inline std::optional<std::int64_t> whole_parts(const Expr& size, const Expr& step) {
  constexpr std::int64_t kTried = 64;
  for (std::int64_t k = 1; k <= kTried; ++k)
    if (size == step * k) return k;
  return std::nullopt;
}

/// Sizes of the parts of split, split_with_sizes, chunk and tensor_split along a dimension of `size`.
inline std::vector<Expr> split_sizes(OpReader& x, const Expr& size) {
  const std::string& target = x.op().target;
  const std::size_t results = x.op().outputs.size();
  if (target == "aten::split_with_sizes") return x.integers("split_sizes");
  if (target == "aten::tensor_split") {
    std::vector<Expr> out;
    if (x.given("indices")) {
      Expr from = 0;
      for (const Expr& index : x.integers("indices")) {
        const Expr to = slice_bound(index, size);
        out.push_back(max(to - from, 0));
        from = to;
      }
      out.push_back(max(size - from, 0));
      return out;
    }
    const std::int64_t sections = x.static_int("sections");
    if (sections < 1 || sections > kMaxParts) {
      x.fail("cannot be split into " + std::to_string(sections) + " parts");
      return {};
    }
    for (std::int64_t i = 0; i < sections; ++i) out.push_back(floor_div(size + (sections - 1 - i), sections));
    return out;
  }
  Expr step;
  std::optional<std::int64_t> count;
  if (target.ends_with("chunk")) {
    const std::int64_t chunks = x.static_int("chunks");
    if (chunks < 1) {
      x.fail("chunks must be positive");
      return {};
    }
    step = ceil_div(size, chunks);
    if (!size.constant()) count = chunks;  // fewer only for sizes below the number of chunks
  } else {
    const char* name = x.op().find("split_size") != nullptr ? "split_size" : "split_sizes";
    const std::vector<Expr> given = x.integers(name);
    if (given.size() != 1 || x.type(name).kind == Type::Kind::list) return given;
    step = given[0];
  }
  if (!count) {
    if (auto exact = ceil_div(size, step).constant())
      count = *exact;
    else if (results > 1)
      count = static_cast<std::int64_t>(results);
    else
      count = whole_parts(size, step);
  }
  if (!count || *count < 0 || *count > kMaxParts) {
    x.fail("the number of parts depends on the size " + size.to_string());
    return {};
  }
  std::vector<Expr> out(static_cast<std::size_t>(*count > 0 ? *count : 1), step);
  out.back() = size - step * (static_cast<std::int64_t>(out.size()) - 1);
  return out;
}

}  // namespace modelexport::aten

namespace modelexport::aten {

/// An einsum equation without spaces and with its result side, and the shape of the result.
struct Einsum {
  std::string equation;
  Shape result;
};
std::optional<Einsum> parse_einsum(std::string_view equation, const std::vector<Type>& operands);

}  // namespace modelexport::aten
