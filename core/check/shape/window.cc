// Convolutions, pooling and normalisation by channel.
#include <algorithm>
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

/// A list of the right length, if there is one, without numbers below `least`.
bool bad_list(ShapeNode& node, std::string_view name, std::size_t wanted, std::int64_t least) {
  if (wrong_list(node, name, wanted)) return true;
  for (const std::int64_t number : node.list(name)) {
    if (number >= least) continue;
    node.fail(std::string(name) + " has " + std::to_string(number) +
              (least > 0 ? ", and must be positive" : ", and must not be negative"));
    return true;
  }
  return false;
}

/// The kernel's size, from the attribute, else from the weight. Nothing where it is not known, or a problem.
std::vector<std::int64_t> kernel_of(ShapeNode& node, const ShapeRef& weight, std::size_t spatial) {
  std::vector<std::int64_t> kernel = node.list("kernel_shape");
  if (node.has("kernel_shape") || weight == nullptr) return kernel;
  const bool known = std::none_of(weight->begin() + std::min<std::ptrdiff_t>(2, std::ssize(*weight)),
                                  weight->end(), [](std::int64_t size) { return size < 0; });
  if (known && weight->size() != spatial + 2) {
    node.fail("the weight " + dims_text(*weight) + " does not have the input's number of dimensions");
    return {};
  }
  if (known) kernel.assign(weight->begin() + 2, weight->end());
  return kernel;
}

/// Where the weight is among the inputs, and what the operator allows.
struct WindowKind {
  std::size_t weight = 0;  ///< 0: none, the kernel is an attribute
  bool turned = false;     ///< a transposed convolution
  bool dilates = true;     ///< ONNX Runtime looks at dilations
};

bool bad_lists(ShapeNode& node, std::size_t spatial, const WindowKind& kind) {
  if (kind.dilates && bad_list(node, "dilations", spatial, 1)) return true;
  if (bad_list(node, "strides", spatial, 1) || bad_list(node, "kernel_shape", spatial, 1)) return true;
  if (bad_list(node, "pads", 2 * spatial, 0)) return true;
  return kind.turned &&
         (bad_list(node, "output_shape", spatial, 0) || bad_list(node, "output_padding", spatial, 0));
}

bool bad_group(ShapeNode& node, const Dims& in) {
  const std::int64_t group = node.integer("group", 1);
  if (group > 0 && (in[1] < 0 || in[1] % group == 0)) return false;
  node.fail(std::to_string(in[1]) + " channels in " + std::to_string(group) + " groups");
  return true;
}

void windows(ShapeNode& node, const WindowKind& kind) {
  const ShapeRef in = node.input(0);
  const ShapeRef weight = kind.weight == 0 ? nullptr : node.input(kind.weight);
  if (in == nullptr || (kind.weight != 0 && weight == nullptr)) return;
  if (in->size() < 3)
    return node.fail("the input has " + std::to_string(in->size()) + " dimensions, and needs 3");
  const std::size_t spatial = in->size() - 2;
  if (kind.turned && bad_group(node, *in)) return;
  if (kind.turned && weight->size() < 3)
    return node.fail("the weight has " + std::to_string(weight->size()) + " dimensions, and needs 3");
  if (bad_lists(node, spatial, kind)) return;
  const auto kernel = kernel_of(node, weight, spatial);
  if (!node.problem().empty()) return;
  for (const std::int64_t size : kernel)
    if (size == 0) return node.fail("the kernel has a size of 0");
  Dims out(in->size(), -1);
  out[0] = (*in)[0];
  if (kind.weight == 0) out[1] = (*in)[1];
  if (weight != nullptr && !kind.turned) {
    if (weight->empty()) return node.fail("the weight is a scalar");
    out[1] = weight->front();
  }
  const auto strides = node.list("strides");
  const auto dilations = node.list("dilations");
  const auto pads = node.list("pads");
  const bool sized = !kind.turned && !automatic_pads(node) && kernel.size() == spatial;
  for (std::size_t i = 0; i < spatial && sized; ++i)
    out[i + 2] =
        slide((*in)[i + 2], kernel[i], pads.empty() ? 0 : pads[i] + pads[i + spatial],
              strides.empty() ? 1 : strides[i], dilations.empty() || !kind.dilates ? 1 : dilations[i],
              node.integer("ceil_mode", 0) != 0);
  const auto shared = std::make_shared<const Dims>(std::move(out));
  node.set(0, shared);
  if (kind.weight == 0) node.set(1, shared);
}

void conv(ShapeNode& node) { windows(node, {.weight = 1}); }
void quantized_conv(ShapeNode& node) { windows(node, {.weight = 3}); }
void conv_transpose(ShapeNode& node) { windows(node, {.weight = 1, .turned = true}); }
void pool(ShapeNode& node) { windows(node, {}); }
/// Averages had no dilations before version 19, nor had norms before 18.
void average_pool(ShapeNode& node) { windows(node, {.dilates = node.version() >= 19}); }
void norm_pool(ShapeNode& node) { windows(node, {.dilates = node.version() >= 18}); }

void max_unpool(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.rank(0, 2, kNoEnd)) return;
  const std::size_t spatial = in->size() - 2;
  if (wrong_list(node, "pads", 2 * spatial) || wrong_list(node, "strides", spatial) ||
      wrong_list(node, "kernel_shape", spatial))
    return;
  if (node.count() > 2) {
    const ShapeRef size = node.input(2);
    if (node.rank(2, 1) && size != nullptr && size->front() >= 0 &&
        size->front() != static_cast<std::int64_t>(in->size()))
      node.fail("output_shape has " + std::to_string(size->front()) + " numbers for " +
                std::to_string(in->size()) + " dimensions");
    return;
  }
  if (!node.rank(1, 2, kNoEnd)) return;
  Dims out(in->size(), -1);
  out[0] = (*in)[0];
  if (node.input(1) != nullptr) node.set(0, std::move(out));
}

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
  if (node.version() < 14) return;
  const std::size_t wanted = node.integer("training_mode", 0) != 0 ? 3 : 1;
  if (node.node().outputs.size() != wanted)
    node.fail(std::to_string(node.node().outputs.size()) + " outputs, with this training_mode there are " +
              std::to_string(wanted));
}

constexpr std::array kRules = {
    ShapeRule{"AveragePool", 7, average_pool},
    ShapeRule{"BatchNormalization", 9, batch_normalization},
    ShapeRule{"Conv", 1, conv},
    ShapeRule{"ConvInteger", 10, conv},
    ShapeRule{"ConvTranspose", 1, conv_transpose},
    ShapeRule{"DeformConv", 19, conv},
    ShapeRule{"GlobalAveragePool", 1, global_pool},
    ShapeRule{"GlobalMaxPool", 1, global_pool},
    ShapeRule{"LpPool", 11, norm_pool},
    ShapeRule{"MaxPool", 8, pool},
    ShapeRule{"MaxUnpool", 9, max_unpool},
    ShapeRule{"QLinearConv", 10, quantized_conv},
};

}  // namespace

std::span<const ShapeRule> window_shapes() { return kRules; }

}  // namespace modelexport::check
