// Operators that are told their result's shape, or how to change one, by a constant.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

/// Nothing if a dimension is unknown or there are too many.
std::optional<std::int64_t> elements(const Dims& dims) {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || (dim != 0 && product > kMostElements / dim)) return std::nullopt;
    product *= dim;
  }
  return product;
}

/// The one size that -1 stands for.
void solve(ShapeNode& node, const Dims& in, Dims out, std::size_t open) {
  const auto have = elements(in);
  out[open] = 1;
  const auto rest = elements(out);
  out[open] = -1;
  if (have && rest && *rest != 0) {
    if (*have % *rest != 0) return node.fail(dims_text(in) + " cannot take the shape " + dims_text(out));
    out[open] = *have / *rest;
  }
  node.set(0, std::move(out));
}

void reshape(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto* target = node.ints(1);
  if (target == nullptr) return;
  Dims out;
  std::optional<std::size_t> open;
  const bool zero_copies = node.integer("allowzero", 0) == 0;
  for (std::size_t i = 0; i < target->size(); ++i) {
    std::int64_t dim = (*target)[i];
    if (dim < -1) return node.fail("the target has a size of " + std::to_string(dim));
    if (dim == 0 && zero_copies) {
      if (in == nullptr) {
        dim = -1;
      } else if (i >= in->size()) {
        return node.fail("the target copies dimension " + std::to_string(i) + " of " + dims_text(*in));
      } else {
        dim = (*in)[i];
      }
    } else if (dim == -1) {
      if (open) return node.fail("the target leaves two sizes open");
      open = i;
    }
    out.push_back(dim);
  }
  if (in == nullptr || !open) return node.set(0, std::move(out));
  solve(node, *in, std::move(out), *open);
}

void expand(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto* target = node.ints(1);
  if (in == nullptr || target == nullptr) return;
  if (std::any_of(target->begin(), target->end(), [](std::int64_t dim) { return dim < 0; })) return;
  auto out = broadcast({in.get(), target});
  if (!out) return node.fail(dims_text(*in) + " cannot be expanded to " + dims_text(*target));
  node.set(0, std::move(*out));
}

void tile(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto* repeats = node.ints(1);
  if (in == nullptr) return;
  if (repeats == nullptr) return node.set(0, Dims(in->size(), -1));
  if (repeats->size() != in->size())
    return node.fail(std::to_string(repeats->size()) + " repetitions for " + std::to_string(in->size()) +
                     " dimensions");
  Dims out = *in;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = out[i] < 0 || out[i] > kMostElements || (*repeats)[i] < 0 || (*repeats)[i] > 1 << 20
                 ? -1
                 : out[i] * (*repeats)[i];
  node.set(0, std::move(out));
}

void constant_of_shape(ShapeNode& node) {
  const auto* target = node.ints(0);
  if (target == nullptr) {
    const ShapeRef in = node.input(0);
    if (in != nullptr && in->size() == 1 && in->front() >= 0 && in->front() <= 64)
      node.set(0, Dims(static_cast<std::size_t>(in->front()), -1));
    return;
  }
  for (const std::int64_t dim : *target)
    if (dim < 0) return node.fail("a size of " + std::to_string(dim));
  node.set(0, *target);
}

void pad(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto* pads = node.ints(1);
  if (pads == nullptr || node.has(3)) return node.set(0, Dims(in->size(), -1));
  if (pads->size() != 2 * in->size())
    return node.fail(std::to_string(pads->size()) + " pads for " + std::to_string(in->size()) +
                     " dimensions");
  Dims out = *in;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t sum = (*pads)[i] + (*pads)[i + out.size()];
    out[i] = out[i] < 0 || out[i] + sum < 0 ? -1 : out[i] + sum;
  }
  node.set(0, std::move(out));
}

/// Starts and ends must be as many; sizes are left open where a cut is made.
void slice(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto* starts = node.ints(1);
  const auto* ends = node.ints(2);
  Dims open(in->size(), -1);
  if (starts == nullptr || ends == nullptr) return node.set(0, std::move(open));
  if (starts->size() != ends->size()) return node.fail("starts and ends differ in number");
  std::vector<std::int64_t> axes;
  if (!node.has(3)) {
    for (std::size_t i = 0; i < starts->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  } else if (const auto* given = node.ints(3)) {
    axes = *given;
    if (axes.size() != starts->size()) return node.fail("starts and axes differ in number");
  } else {
    return node.set(0, std::move(open));
  }
  Dims out = *in;
  for (const std::int64_t at : axes) {
    const auto axis = node.axis(at, in->size());
    if (!axis) return;
    out[*axis] = -1;
  }
  node.set(0, std::move(out));
}

/// One scale or size per dimension, unless only some axes are meant; sizes are left open.
void resize(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || node.has("axes")) return;
  node.set(0, Dims(in->size(), -1));
}

void one_hot(ShapeNode& node) {
  const ShapeRef indices = node.input(0);
  if (indices == nullptr) return;
  const auto axis = node.axis(node.integer("axis", -1), indices->size() + 1);
  if (!axis) return;
  Dims out = *indices;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(*axis), -1);
  node.set(0, std::move(out));
}

void range(ShapeNode& node) { node.set(0, Dims{-1}); }

constexpr std::array kRules = {
    ShapeRule{"ConstantOfShape", 9, constant_of_shape},
    ShapeRule{"Expand", 8, expand},
    ShapeRule{"OneHot", 9, one_hot},
    ShapeRule{"Pad", 11, pad},
    ShapeRule{"Range", 11, range},
    ShapeRule{"Reshape", 5, reshape},
    ShapeRule{"Resize", 10, resize},
    ShapeRule{"Slice", 10, slice},
    ShapeRule{"Tile", 6, tile},
};

}  // namespace

std::span<const ShapeRule> target_shapes() { return kRules; }

}  // namespace modelexport::check
