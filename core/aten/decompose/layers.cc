// Layers and image helpers.
#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

// ---- images and signals

/// Coordinates from -1 to 1 along one dimension: of the pixels' centres, or of the outermost pixels.
Arg coordinates(Composer& c, const Expr& size, bool align, DType dtype) {
  const Arg steps = c.cast(c.arange(size), dtype);
  const Arg twice = c.binary("mul", steps, {2.0});
  if (align) return c.binary("sub", c.binary("div", twice, c.size(max(size - 1, 1))), {1.0});
  return c.binary("sub", c.binary("div", c.binary("add", twice, {1.0}), c.size(size)), {1.0});
}

void affine_grid(Composer& c) {
  const Type theta = c.type("theta");
  const std::vector<Expr> size = c.integers("size");
  const std::size_t n = size.size() - 2;
  if (c.failed() || theta.rank() != 3 || size.size() < 4 || size.size() > 5)
    return c.fail("needs matrices and sizes of images or volumes");
  const Shape space(size.begin() + 2, size.end());
  std::vector<Arg> axes;  // x first, then y, z, and 1 for the translation
  for (std::size_t i = n; i-- > 0;) {
    Shape own(n, Expr(1));
    own[i] = space[i];
    const Arg line = coordinates(c, space[i], c.flag("align_corners"), theta.dtype);
    axes.push_back(c.call("aten::expand", {{"self", c.reshape(line, own)}, {"size", c.sizes(space)}}));
  }
  axes.push_back(c.call("aten::ones_like", {{"self", axes.front()}}));
  const Arg base = c.call("aten::stack", {{"tensors", {axes}}, {"dim", {std::int64_t{-1}}}});
  const Arg points = c.reshape(base, {product(space), static_cast<std::int64_t>(n + 1)});
  const Arg moved = c.binary("matmul", points, c.permute(c.given_arg("theta"), {0, 2, 1}));
  Shape out = {size[0]};
  out.insert(out.end(), space.begin(), space.end());
  out.push_back(static_cast<std::int64_t>(n));
  c.result(c.reshape(moved, out));
}

void conv_tbc(Composer& c) {
  const Arg x = c.permute(c.given_arg("self"), {1, 2, 0});
  const Arg out = c.call("aten::conv1d", {{"input", x},
                                          {"weight", c.permute(c.given_arg("weight"), {2, 1, 0})},
                                          {"bias", c.given_arg("bias")},
                                          {"padding", Composer::ints({c.static_int("pad", 0)})}});
  c.result(c.permute(out, {2, 0, 1}));
}

constexpr Decomposition kRows[] = {
    {"aten::affine_grid_generator", affine_grid},
    {"aten::conv_tbc", conv_tbc},
};
}  // namespace

DecompositionTable layer_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
