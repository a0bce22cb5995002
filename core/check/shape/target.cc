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
  if (rest && *rest == 0)
    return node.fail("the target has sizes of 0 and leaves one open: " + dims_text(out));
  if (have && rest) {
    if (*have % *rest != 0) return node.fail(dims_text(in) + " cannot take the shape " + dims_text(out));
    out[open] = *have / *rest;
  }
  node.set(0, std::move(out));
}

void reshape(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto* target = node.ints(1);
  if (target == nullptr) {
    if (!node.problem().empty() || !node.rank(1, 1)) return;
    const ShapeRef wanted = node.input(1);
    if (wanted != nullptr && wanted->front() >= 0 && wanted->front() <= 64)
      node.set(0, Dims(static_cast<std::size_t>(wanted->front()), -1));
    return;
  }
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
  for (std::size_t i = 0; i < target->size(); ++i) {
    if ((*target)[target->size() - 1 - i] >= 0) continue;
    const std::int64_t dim = i < in->size() ? (*in)[in->size() - 1 - i] : 1;
    if (dim < 0 || dim == 1) return;
    return node.fail(dims_text(*in) + " cannot be expanded to a size of -1");
  }
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
  for (const std::int64_t count : *repeats)
    if (count < 0) return node.fail(std::to_string(count) + " repetitions");
  Dims out = *in;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = out[i] < 0 || out[i] > kMostElements || (*repeats)[i] < 0 || (*repeats)[i] > 1 << 20
                 ? -1
                 : out[i] * (*repeats)[i];
  node.set(0, std::move(out));
}

void constant_of_shape(ShapeNode& node) {
  if (const onnx::AttributeView* value = node.attribute("value");
      value != nullptr && !value->tensors.empty()) {
    const auto tensor = node.model().tensor(value->tensors.front());
    if (tensor && tensor->dims.size() != 1)
      return node.fail("the value has " + std::to_string(tensor->dims.size()) + " dimensions, and needs 1");
  }
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
  std::vector<std::size_t> axes(in->size());
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = i;
  if (node.input(3) != nullptr) {
    const auto* given = node.ints(3);
    if (given == nullptr) return;
    const auto checked = node.axes(*given, in->size());
    if (!checked) return;
    axes = *checked;
  }
  const auto* pads = node.ints(1);
  if (pads == nullptr || axes.empty()) return node.set(0, Dims(in->size(), -1));
  if (!node.rank(1, 1)) return;
  if (pads->size() != 2 * axes.size())
    return node.fail(std::to_string(pads->size()) + " pads for " + std::to_string(axes.size()) +
                     " dimensions");
  Dims out = *in;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::int64_t& size = out[axes[i]];
    const std::int64_t sum = (*pads)[i] + (*pads)[i + axes.size()];
    size = size < 0 || size + sum < 0 ? -1 : size + sum;
  }
  node.set(0, std::move(out));
}

/// Pads as an attribute.
void old_pad(ShapeNode& node) {
  if (node.version() >= 11) return pad(node);
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.has("pads")) return;
  const auto pads = node.list("pads");
  if (pads.size() != 2 * in->size())
    return node.fail(std::to_string(pads.size()) + " pads for " + std::to_string(in->size()) + " dimensions");
  node.set(0, Dims(in->size(), -1));
}

/// Starts and ends must be as many; sizes are left open where a cut is made.
void slice(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  if (node.version() < 10) {
    const auto first = node.list("starts");
    const std::size_t axes = node.list("axes").size();
    if (first.size() != node.list("ends").size()) return node.fail("starts and ends differ in number");
    if (node.has("axes") && axes != first.size()) return node.fail("starts and axes differ in number");
    return;
  }
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
  if (const auto* steps = node.ints(4))
    for (const std::int64_t step : *steps)
      if (step == 0) return node.fail("a step of 0");
  Dims out = *in;
  for (const std::int64_t at : axes) {
    const auto axis = node.axis(at, in->size());
    if (!axis) return;
    out[*axis] = -1;
  }
  node.set(0, std::move(out));
}

void one_hot(ShapeNode& node) {
  const ShapeRef indices = node.input(0);
  const ShapeRef depth = node.input(1);
  if (!node.rank(1, 0, 1) || !node.rank(2, 1)) return;
  if (depth != nullptr && depth->size() == 1 && depth->front() > 1)
    return node.fail("the depth has " + std::to_string(depth->front()) + " numbers");
  if (const ShapeRef values = node.input(2);
      values != nullptr && values->front() >= 0 && values->front() != 2)
    return node.fail("there must be two values, and there are " + std::to_string(values->front()));
  const auto* number = node.ints(1);
  const std::int64_t size = number != nullptr && !number->empty() ? number->front() : -1;
  if (number != nullptr && size < 0) return node.fail("the depth is " + std::to_string(size));
  if (indices == nullptr || !node.rank(0, 1, kNoEnd)) return;
  const auto axis = node.axis(node.integer("axis", -1), indices->size() + 1);
  if (!axis) return;
  Dims out = *indices;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(*axis), size);
  node.set(0, std::move(out));
}

/// Start, end and step are scalars: ONNX Runtime writes the operator out as a loop where it has no kernel.
void range(ShapeNode& node) {
  for (std::size_t i = 0; i < 3; ++i)
    if (node.type(i) == 16 && !node.rank(i, 0)) return;
  node.set(0, Dims{-1});
}

/// The shape is an attribute.
void random(ShapeNode& node) {
  if (!node.has("shape")) return;
  const auto shape = node.list("shape");
  for (const std::int64_t dim : shape)
    if (dim < 0) return node.fail("a size of " + std::to_string(dim));
  node.set(0, shape);
}

constexpr std::array kRules = {
    ShapeRule{"ConstantOfShape", 9, constant_of_shape},
    ShapeRule{"Expand", 8, expand},
    ShapeRule{"OneHot", 9, one_hot},
    ShapeRule{"Pad", 2, old_pad},
    ShapeRule{"RandomNormal", 1, random},
    ShapeRule{"RandomUniform", 1, random},
    ShapeRule{"Range", 11, range},
    ShapeRule{"Reshape", 5, reshape},
    ShapeRule{"Slice", 1, slice},
    ShapeRule{"Tile", 6, tile},
};

}  // namespace

std::span<const ShapeRule> target_shapes() { return kRules; }

}  // namespace modelexport::check
