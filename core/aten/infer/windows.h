// Arguments of convolutions and pools, read once for inference and lowering.
#pragma once

#include "aten/infer.h"

namespace modelexport::aten {

/// One value per spatial dimension.
struct Window {
  std::vector<std::int64_t> kernel, stride, padding, dilation, output_padding;
  std::vector<std::int64_t> pad_after;  ///< differs from `padding` only for padding="same" with odd totals
  std::int64_t groups = 1;
  bool transposed = false;
  bool ceil_mode = false;
};

/// Reads a list that may be given as one number; missing: `otherwise` repeated.
inline std::vector<std::int64_t> spatial(OpReader& x, const char* name, std::size_t count,
                                         std::int64_t otherwise) {
  std::vector<std::int64_t> out;
  if (x.given(name)) out = x.static_ints(name);
  if (out.empty()) out.assign(count, otherwise);
  if (out.size() == 1) out.assign(count, out.front());
  if (out.size() != count)
    x.fail(std::string("argument '") + name + "' must have " + std::to_string(count) + " values");
  out.resize(count, otherwise);
  return out;
}

inline Window read_convolution(OpReader& x) {
  Window w;
  const Type& weight = x.type("weight");
  if (weight.rank() < 3) {
    x.fail("needs a weight of at least 3 dimensions");
    return w;
  }
  const auto count = static_cast<std::size_t>(weight.rank() - 2);
  for (std::size_t i = 0; i < count; ++i) w.kernel.push_back(weight.shape[i + 2].constant().value_or(1));
  w.stride = spatial(x, "stride", count, 1);
  w.dilation = spatial(x, "dilation", count, 1);
  w.output_padding = spatial(x, "output_padding", count, 0);
  w.groups = x.static_int("groups", 1);
  w.transposed = x.op().target.find("conv_transpose") != std::string::npos || x.flag("transposed");
  const std::string mode = x.text("padding");
  if (mode.empty()) {
    w.padding = spatial(x, "padding", count, 0);
    w.pad_after = w.padding;
  } else {
    for (std::size_t i = 0; i < count; ++i) {  // "valid" and "same"
      const std::int64_t total = mode == "same" ? w.dilation[i] * (w.kernel[i] - 1) : 0;
      w.padding.push_back(total / 2);
      w.pad_after.push_back(total - total / 2);
    }
  }
  return w;
}

inline Window read_pool(OpReader& x, std::size_t count) {
  Window w;
  w.kernel = spatial(x, "kernel_size", count, 1);
  w.stride =
      x.given("stride") && !x.static_ints("stride").empty() ? spatial(x, "stride", count, 1) : w.kernel;
  w.padding = spatial(x, "padding", count, 0);
  w.pad_after = w.padding;
  w.dilation = spatial(x, "dilation", count, 1);
  w.ceil_mode = x.flag("ceil_mode");
  return w;
}

/// Size of one output dimension of a convolution or pool.
inline Expr window_size(const Window& w, std::size_t i, const Expr& size) {
  const std::int64_t reach = w.dilation[i] * (w.kernel[i] - 1) + 1;
  const Expr room = size + (w.padding[i] + w.pad_after[i] - reach);
  if (!w.ceil_mode) return floor_div(room, w.stride[i]) + 1;
  Expr out = floor_div(room + (w.stride[i] - 1), w.stride[i]) + 1;
  // A last window that would start in the padding after the input is dropped.
  if (auto n = size.constant(), o = out.constant(); n && o && (*o - 1) * w.stride[i] >= *n + w.padding[i])
    out = out - 1;
  return out;
}
inline Expr transposed_size(const Window& w, std::size_t i, const Expr& size) {
  return (size - 1) * w.stride[i] +
         (w.dilation[i] * (w.kernel[i] - 1) + 1 + w.output_padding[i] - 2 * w.padding[i]);
}

}  // namespace modelexport::aten
