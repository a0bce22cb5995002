// Operators that order, join and cut dimensions by their attributes.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

void transpose(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  if (!node.has("perm")) return node.set(0, Dims(in->rbegin(), in->rend()));
  Dims out;
  std::vector<bool> seen(in->size(), false);
  for (const std::int64_t at : node.list("perm")) {
    if (at < 0 || at >= static_cast<std::int64_t>(in->size()) || seen[static_cast<std::size_t>(at)])
      return node.fail("perm is no order of the dimensions of " + dims_text(*in));
    seen[static_cast<std::size_t>(at)] = true;
    out.push_back((*in)[static_cast<std::size_t>(at)]);
  }
  if (!out.empty()) node.set(0, std::move(out));
}

void concat(ShapeNode& node) {
  const ShapeRef first = node.input(0);
  if (first == nullptr || !node.has("axis")) return;
  std::vector<ShapeRef> shapes;
  for (std::size_t i = 0; i < node.count(); ++i) {
    shapes.push_back(node.input(i));
    if (shapes.back() == nullptr) return;
  }
  const auto axis = node.axis(node.integer("axis", 0), first->size());
  if (!axis) return;
  Dims out = *first;
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    const Dims& shape = *shapes[i];
    if (shape.size() != out.size())
      return node.fail("inputs of " + std::to_string(out.size()) + " and " + std::to_string(shape.size()) +
                       " dimensions cannot be joined");
    for (std::size_t d = 0; d < out.size(); ++d) {
      if (d == *axis) {
        out[d] = out[d] < 0 || shape[d] < 0 ? -1 : out[d] + shape[d];
      } else if (out[d] < 0) {
        out[d] = shape[d];
      } else if (shape[d] >= 0 && shape[d] != out[d]) {
        return node.fail("inputs of the shapes " + dims_text(*first) + " and " + dims_text(shape) +
                         " cannot be joined along axis " + std::to_string(*axis));
      }
    }
  }
  node.set(0, std::move(out));
  if (first->size() != 1) return;
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < node.count(); ++i) {
    const auto* part = node.known_ints(i);
    if (part == nullptr || numbers.size() + part->size() > 64) return;
    numbers.insert(numbers.end(), part->begin(), part->end());
  }
  node.set_constant(std::make_shared<const std::vector<std::int64_t>>(std::move(numbers)));
}

void flatten(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto rank = static_cast<std::int64_t>(in->size());
  std::int64_t at = static_cast<std::int32_t>(node.integer("axis", 1));  // as readers do
  if (at > rank || at < (node.version() >= 11 ? -rank : 0))
    return node.fail("axis " + std::to_string(at) + " does not exist in " + std::to_string(rank) +
                     " dimensions");
  if (at < 0) at += rank;
  Dims out(2, 1);
  for (std::int64_t i = 0; i < rank; ++i) {
    std::int64_t& side = out[i < at ? 0 : 1];
    const std::int64_t dim = (*in)[static_cast<std::size_t>(i)];
    side = side < 0 || dim < 0 || (dim != 0 && side > (std::int64_t{1} << 40) / dim) ? -1 : side * dim;
  }
  node.set(0, std::move(out));
}

void gather(ShapeNode& node) {
  const ShapeRef data = node.input(0);
  const ShapeRef indices = node.input(1);
  if (data == nullptr || indices == nullptr) return;
  if (data->empty()) return node.fail("nothing can be gathered from a scalar");
  const auto axis = node.axis(node.integer("axis", 0), data->size());
  if (!axis) return;
  Dims out(data->begin(), data->begin() + static_cast<std::ptrdiff_t>(*axis));
  out.insert(out.end(), indices->begin(), indices->end());
  out.insert(out.end(), data->begin() + static_cast<std::ptrdiff_t>(*axis) + 1, data->end());
  node.set(0, std::move(out));
  const auto* from = node.known_ints(0);
  const auto* places = node.known_ints(1);
  if (from == nullptr || places == nullptr || data->size() != 1) return;
  std::vector<std::int64_t> numbers;
  const auto size = static_cast<std::int64_t>(from->size());
  for (const std::int64_t at : *places) {
    if (at < -size || at >= size) return;
    numbers.push_back((*from)[static_cast<std::size_t>(at < 0 ? at + size : at)]);
  }
  node.set_constant(std::make_shared<const std::vector<std::int64_t>>(std::move(numbers)));
}

/// The numbers stay when only dimensions of one come and go.
void keep_numbers(ShapeNode& node) {
  if (const auto* numbers = node.known_ints(0))
    node.set_constant(std::make_shared<const std::vector<std::int64_t>>(*numbers));
}

void gather_elements(ShapeNode& node) { node.set(0, node.input(1)); }

/// Axes of an attribute in old versions, of the second input in new ones; nothing if not known.
std::optional<std::vector<std::int64_t>> axes_of(ShapeNode& node, std::int64_t as_input) {
  if (node.version() < as_input) return node.list("axes");
  if (!node.has(1)) return std::vector<std::int64_t>{};
  const auto* ints = node.ints(1);
  return ints != nullptr ? std::optional(*ints) : std::nullopt;
}

void squeeze(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto axes = axes_of(node, 13);
  if (in == nullptr || !axes) return;
  const bool all = axes->empty();
  std::vector<bool> drop(in->size(), false);
  for (const std::int64_t at : *axes) {
    // Before version 13 readers let such axes pass.
    if (node.version() < 13 && at >= static_cast<std::int64_t>(in->size())) return;
    const auto axis = node.axis(at, in->size());
    if (!axis) return;
    drop[*axis] = true;
  }
  Dims out;
  for (std::size_t i = 0; i < in->size(); ++i) {
    const std::int64_t dim = (*in)[i];
    if (all && dim < 0) return;
    if (!(all ? dim == 1 : drop[i])) {
      out.push_back(dim);
    } else if (dim >= 0 && dim != 1) {
      return node.fail("dimension " + std::to_string(i) + " of " + dims_text(*in) + " is not 1");
    }
  }
  node.set(0, std::move(out));
  keep_numbers(node);
}

void unsqueeze(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const auto axes = axes_of(node, 13);
  if (in == nullptr || !axes || axes->empty()) return;
  Dims out(in->size() + axes->size(), -2);
  for (const std::int64_t at : *axes) {
    const auto axis = node.axis(at, out.size());
    if (!axis) return;
    if (out[*axis] == 1) return node.fail("the axes name one twice");
    out[*axis] = 1;
  }
  std::size_t next = 0;
  for (std::int64_t& dim : out)
    if (dim == -2) dim = (*in)[next++];
  node.set(0, std::move(out));
  keep_numbers(node);
}

void shape(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || node.has("start") || node.has("end")) return node.set(0, Dims{-1});
  node.set(0, Dims{static_cast<std::int64_t>(in->size())});
  if (std::none_of(in->begin(), in->end(), [](std::int64_t dim) { return dim < 0; }))
    node.set_constant(std::make_shared<const std::vector<std::int64_t>>(*in));
}

void size(ShapeNode& node) { node.set(0, Dims{}); }

constexpr std::array kRules = {
    ShapeRule{"Concat", 4, concat},       ShapeRule{"Flatten", 1, flatten},
    ShapeRule{"Gather", 1, gather},       ShapeRule{"GatherElements", 11, gather_elements},
    ShapeRule{"Shape", 1, shape},         ShapeRule{"Size", 1, size},
    ShapeRule{"Squeeze", 1, squeeze},     ShapeRule{"Transpose", 1, transpose},
    ShapeRule{"Unsqueeze", 1, unsqueeze},
};

}  // namespace

std::span<const ShapeRule> layout_shapes() { return kRules; }

}  // namespace modelexport::check
