// Images and their patches: resampling, rearranging, cutting.
#include <array>
#include <limits>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

bool is_empty(const ShapeNode& node, std::size_t i) {
  const ShapeRef shape = node.input(i);
  return node.is_constant(i) && shape != nullptr && shape->size() == 1 && shape->front() == 0;
}

bool bad_policy(ShapeNode& node, bool scaled) {
  const onnx::AttributeView* policy = node.attribute("keep_aspect_ratio_policy");
  if (policy == nullptr || policy->s == "stretch") return false;
  if (policy->s != "not_larger" && policy->s != "not_smaller") {
    node.fail("keep_aspect_ratio_policy is unknown");
  } else if (scaled) {
    node.fail("scales do not go with a keep_aspect_ratio_policy");
  }
  return !node.problem().empty();
}

/// Scales or sizes, one per dimension or per axis that is meant.
void resize(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  Dims out(in->size(), -1);
  if (node.version() < 11) return node.set(0, std::move(out));
  const auto* sizes = node.ints(3);
  const bool sized = node.has(3) && !(sizes != nullptr && sizes->empty());
  const bool scaled = node.has(2) && !is_empty(node, 2);
  if (sizes == nullptr && !node.rank(3, 1)) return;
  if (node.version() >= 13 && sized == scaled)
    return node.fail(sized ? "scales and sizes are given" : "neither scales nor sizes are given");
  if (bad_policy(node, scaled)) return;
  std::size_t wanted = in->size();
  if (node.has("axes")) {
    const auto axes = node.axes(node.list("axes"), in->size());
    if (!axes) return;
    if (!axes->empty()) wanted = axes->size();
  }
  const std::size_t given = sized ? 3 : 2;
  const ShapeRef count = node.input(given);
  const bool known = sized ? sizes != nullptr : scaled && node.is_constant(2);
  if (known && count != nullptr && count->size() == 1 && count->front() >= 0 &&
      count->front() != static_cast<std::int64_t>(wanted))
    return node.fail(std::to_string(count->front()) + (sized ? " sizes for " : " scales for ") +
                     std::to_string(wanted) + " dimensions");
  if (sized && sizes != nullptr && !node.has("axes") && !node.has("keep_aspect_ratio_policy") &&
      sizes->size() == out.size())
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = (*sizes)[i] > 0 ? (*sizes)[i] : -1;
  node.set(0, std::move(out));
}

/// One scale per dimension; sizes are left open.
void upsample(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const ShapeRef count = node.input(1);
  if (node.is_constant(1) && count != nullptr && count->size() == 1 && count->front() >= 0 &&
      count->front() != static_cast<std::int64_t>(in->size()))
    return node.fail(std::to_string(count->front()) + " scales for " + std::to_string(in->size()) +
                     " dimensions");
  node.set(0, Dims(in->size(), -1));
}

void blocks(ShapeNode& node, bool to_space) {
  const ShapeRef in = node.input(0);
  const std::int64_t size = node.integer("blocksize", 0);
  if (size <= 0) return node.fail("a blocksize of " + std::to_string(size));
  if (in == nullptr || in->size() != 4 || size > std::numeric_limits<std::int32_t>::max()) return;
  Dims out = *in;
  const std::int64_t area = size * size;
  const auto times = [](std::int64_t dim, std::int64_t factor) {
    return dim < 0 || dim > std::numeric_limits<std::int64_t>::max() / factor ? -1 : dim * factor;
  };
  const auto by = [](std::int64_t dim, std::int64_t factor) { return dim < 0 ? -1 : dim / factor; };
  out[1] = to_space ? by(out[1], area) : times(out[1], area);
  for (const std::size_t i : {2U, 3U}) out[i] = to_space ? times(out[i], size) : by(out[i], size);
  node.set(0, std::move(out));
}
void depth_to_space(ShapeNode& node) { blocks(node, true); }
void space_to_depth(ShapeNode& node) { blocks(node, false); }

void grid_sample(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  const ShapeRef grid = node.input(1);
  if (in == nullptr || grid == nullptr || !node.rank(0, 3, kNoEnd)) return;
  const std::size_t rank = in->size();
  if (!node.rank(1, rank)) return;
  if (grid->back() >= 0 && grid->back() != static_cast<std::int64_t>(rank - 2))
    return node.fail("the grid has places of " + std::to_string(grid->back()) + " numbers, the input has " +
                     std::to_string(rank - 2) + " dimensions to look in");
  Dims out(rank, -1);
  if (!node.unify(out[0], 0, 0) || !node.unify(out[0], 1, 0)) return;
  out[1] = (*in)[1];
  for (std::size_t i = 2; i < rank; ++i) out[i] = (*grid)[i - 1];
  node.set(0, std::move(out));
}

void roi_align(ShapeNode& node) {
  std::int64_t regions = -1;
  std::int64_t corners = 4;
  // Its four corners are counted from version 22 on.
  if (node.version() >= 22 && !node.unify(corners, 1, 1)) return;
  if (!node.unify(regions, 1, 0) || !node.unify(regions, 2, 0)) return;
  const ShapeRef in = node.input(0);
  node.set(0, Dims{regions, in != nullptr && in->size() > 1 ? (*in)[1] : -1, node.integer("output_height", 1),
                   node.integer("output_width", 1)});
}

/// The image's sizes, the block's and the lists of attributes are for the same dimensions.
void col2im(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || node.input(1) == nullptr || node.input(2) == nullptr) return;
  std::int64_t spatial = -1;
  if (!node.rank(1, 1) || !node.rank(2, 1) || !node.unify(spatial, 1, 0) || !node.unify(spatial, 2, 0))
    return;
  const auto pads = node.list("pads");
  if (pads.size() % 2 != 0) return node.fail("an odd number of pads");
  if (node.has("pads") && !node.unify(spatial, static_cast<std::int64_t>(pads.size() / 2))) return;
  for (const std::string_view name : {"dilations", "strides"})
    if (node.has(name) && !node.unify(spatial, static_cast<std::int64_t>(node.list(name).size()))) return;
  if (!node.rank(0, 3)) return;
  if (const auto* block = node.ints(2))
    for (const std::int64_t size : *block)
      if (size <= 0) return node.fail("a block's size of " + std::to_string(size));
  if (spatial < 0 || spatial > 64) return;
  Dims out(static_cast<std::size_t>(spatial) + 2, -1);
  out[0] = (*in)[0];
  if (const auto* image = node.ints(1); image != nullptr && image->size() + 2 == out.size())
    for (std::size_t i = 0; i < image->size(); ++i) out[i + 2] = (*image)[i] < 0 ? -1 : (*image)[i];
  node.set(0, std::move(out));
}

void center_crop_pad(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  std::size_t wanted = in->size();
  if (node.has("axes")) {
    const auto axes = node.axes(node.list("axes"), in->size());
    if (!axes) return;
    wanted = axes->size();
  }
  const ShapeRef count = node.input(1);
  // What is not known yet is compared where ONNX Runtime writes the operator out, and not by all its
  // versions.
  if (count == nullptr || count->size() != 1 || node.ints(1) == nullptr) return;
  if (count->front() >= 0 && count->front() != static_cast<std::int64_t>(wanted))
    return node.fail(std::to_string(count->front()) + " sizes for " + std::to_string(wanted) + " dimensions");
  Dims out(in->size(), -1);
  if (const auto* sizes = node.ints(1); sizes != nullptr && wanted == in->size())
    for (std::size_t i = 0; i < wanted; ++i)
      out[i] = !node.has("axes") && (*sizes)[i] >= 0 ? (*sizes)[i] : -1;
  node.set(0, std::move(out));
}

void affine_grid(ShapeNode& node) {
  const ShapeRef size = node.input(1);
  if (!node.rank(1, 1) || size == nullptr) return;
  const std::int64_t count = size->front();
  if (count >= 0 && count != 4 && count != 5)
    return node.fail("a size of " + std::to_string(count) + " numbers: there are 4 or 5");
}

void decode_image(ShapeNode& node) {
  if (node.rank(0, 1)) node.set(0, Dims(3, -1));
}

constexpr std::array kRules = {
    ShapeRule{"AffineGrid", 20, affine_grid},
    ShapeRule{"CenterCropPad", 18, center_crop_pad},
    ShapeRule{"Col2Im", 18, col2im},
    ShapeRule{"DepthToSpace", 1, depth_to_space},
    ShapeRule{"GridSample", 16, grid_sample},
    ShapeRule{"ImageDecoder", 20, decode_image},
    ShapeRule{"Resize", 10, resize},
    ShapeRule{"RoiAlign", 10, roi_align},
    ShapeRule{"SpaceToDepth", 1, space_to_depth},
    ShapeRule{"Upsample", 9, upsample},
};

}  // namespace

std::span<const ShapeRule> patch_shapes() { return kRules; }

}  // namespace modelexport::check
