// Convolutions, pooling and normalisation by channel.
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

/// A list attribute of the wrong length; empty lists count as missing.
bool wrong_list(ShapeNode& node, std::string_view name, std::size_t wanted) {
  if (!node.has(name)) return false;
  const std::size_t size = node.list(name).size();
  if (size == wanted) return false;
  node.fail(std::string(name) + " has " + std::to_string(size) + " numbers, the input needs " +
            std::to_string(wanted));
  return true;
}

/// Size of one dimension of the result; -1 if it cannot be known.
std::int64_t slide(std::int64_t in, std::int64_t kernel, std::int64_t pads, std::int64_t stride,
                   std::int64_t dilation, bool ceil) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  if (in < 0 || in > most || kernel <= 0 || kernel > most || stride <= 0 || dilation <= 0 ||
      dilation > most / kernel || pads < -most || pads > most)
    return -1;
  const std::int64_t rest = in + pads - ((kernel - 1) * dilation + 1);
  if (rest < 0) return -1;
  return ceil ? -1 : rest / stride + 1;
}

bool automatic_pads(const ShapeNode& node) {
  const onnx::AttributeView* mode = node.attribute("auto_pad");
  return mode != nullptr && mode->s != "NOTSET" && mode->s != "VALID";
}

/// `channels` of the result; the kernel from the attribute, else from the weight.
void windows(ShapeNode& node, const ShapeRef& weight, bool turned) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || (!node.has("kernel_shape") && weight == nullptr)) return;
  if (in->size() < 3)
    return node.fail("the input has " + std::to_string(in->size()) + " dimensions, and needs 3");
  const std::size_t spatial = in->size() - 2;
  for (const std::string_view name : {"dilations", "strides", "kernel_shape"})
    if (wrong_list(node, name, spatial)) return;
  if (wrong_list(node, "pads", 2 * spatial)) return;
  std::vector<std::int64_t> kernel = node.list("kernel_shape");
  if (kernel.empty() && weight != nullptr && weight->size() == in->size())
    kernel.assign(weight->begin() + 2, weight->end());
  Dims out(in->size(), -1);
  out[0] = (*in)[0];
  if (node.node().op_type.ends_with("Pool")) out[1] = (*in)[1];
  if (weight != nullptr && !turned && !weight->empty()) out[1] = weight->front();
  const auto strides = node.list("strides");
  const auto dilations = node.list("dilations");
  const auto pads = node.list("pads");
  for (std::size_t i = 0; i < spatial && !turned && !automatic_pads(node) && kernel.size() == spatial; ++i)
    out[i + 2] = slide((*in)[i + 2], kernel[i], pads.empty() ? 0 : pads[i] + pads[i + spatial],
                       strides.empty() ? 1 : strides[i], dilations.empty() ? 1 : dilations[i],
                       node.integer("ceil_mode", 0) != 0);
  node.set(0, std::move(out));
}

void conv(ShapeNode& node) { windows(node, node.input(1), false); }
void conv_transpose(ShapeNode& node) { windows(node, node.input(1), true); }
void pool(ShapeNode& node) { windows(node, nullptr, false); }

void global_pool(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || in->size() < 2) return;
  Dims out(in->size(), 1);
  out[0] = (*in)[0];
  out[1] = (*in)[1];
  node.set(0, std::move(out));
}

/// Scale, bias, mean and variance: one number per channel.
void batch_normalization(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  node.set(0, in);
  std::int64_t channels = in == nullptr ? -1 : in->size() > 1 ? (*in)[1] : 1;
  for (std::size_t i = 1; i < 5; ++i) {
    const ShapeRef shape = node.input(i);
    if (shape == nullptr) continue;
    if (shape->size() != 1)
      return node.fail("input " + std::to_string(i) + " is no vector: " + dims_text(*shape));
    if (channels >= 0 && shape->front() >= 0 && shape->front() != channels)
      return node.fail("input " + std::to_string(i) + " has " + std::to_string(shape->front()) +
                       " numbers for " + std::to_string(channels) + " channels");
    if (channels < 0) channels = shape->front();
  }
}

constexpr std::array kRules = {
    ShapeRule{"AveragePool", 7, pool},
    ShapeRule{"BatchNormalization", 9, batch_normalization},
    ShapeRule{"Conv", 1, conv},
    ShapeRule{"ConvTranspose", 1, conv_transpose},
    ShapeRule{"GlobalAveragePool", 1, global_pool},
    ShapeRule{"GlobalMaxPool", 1, global_pool},
    ShapeRule{"LpPool", 11, pool},
    ShapeRule{"MaxPool", 8, pool},
};

}  // namespace

std::span<const ShapeRule> window_shapes() { return kRules; }

}  // namespace modelexport::check
