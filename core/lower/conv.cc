// Convolutions, padding and patches.
#include <algorithm>

#include "lower/constant_size.h"
#include "lower/families.h"
#include "lower/opsets.h"
#include "lower/windowed.h"

namespace modelexport::lower {
namespace {

using aten::Type;
using aten::Window;

/// The value before a Pad with zeros around its spatial dimensions, which the convolution can do itself.
std::string take_zero_padding(Lower& x, std::string value, std::size_t rank, Window& w) {
  const onnx::Node* pad = x.b.producer(value);
  const std::size_t n = w.kernel.size();
  if (w.transposed || rank != n + 2 || pad == nullptr || pad->op_type != "Pad" || pad->inputs.size() != 2 ||
      !pad->attributes.empty())
    return value;
  const auto pads = x.b.constant_ints(pad->inputs[1]);
  if (!pads || pads->size() != 2 * rank) return value;
  for (std::size_t d = 0; d < 2 * rank; ++d)
    if ((*pads)[d] < 0 || (d % rank < 2 && (*pads)[d] != 0)) return value;
  for (std::size_t d = 0; d < n; ++d) {
    w.padding[d] += (*pads)[d + 2];
    w.pad_after[d] += (*pads)[rank + d + 2];
  }
  return pad->inputs[0];
}

void convolution(Lower& x) {
  const Type& input = x.type("input");
  Window w = aten::read_convolution(x);
  if (x.failed()) return;
  const std::size_t n = w.kernel.size();
  // The runtime has no kernels for float64.
  const DType dtype = x.result().dtype == DType::float64 ? DType::float32 : x.result().dtype;
  const std::string value = take_zero_padding(x, x.tensor("input", dtype), input.shape.size(), w);
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w)), attr("dilations", w.dilation),
                           attr("group", w.groups)};
  if (w.transposed) attributes.push_back(attr("output_padding", w.output_padding));
  std::vector<std::string> inputs = {batched(x, value, input.shape.size(), n), x.tensor("weight", dtype)};
  if (x.given("bias")) inputs.push_back(x.tensor("bias", dtype));
  const std::string out =
      x.emit(w.transposed ? "ConvTranspose" : "Conv", std::move(inputs), std::move(attributes));
  x.set(x.cast(unbatched(x, out, input.shape.size(), n), dtype, x.result().dtype));
}

/// Circular padding, which Pad knows from opset 19 on: the ends of each dimension are joined on.
std::string wrapped(Lower& x, std::string value, const std::vector<Expr>& pads) {
  const Type& self = x.type("self");
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    const std::size_t at = self.shape.size() - 1 - i;
    const auto axis = static_cast<std::int64_t>(at);
    std::vector<std::string> parts = {value};
    if (!pads[2 * i].is(0))
      parts.insert(parts.begin(), x.slice(value, self.shape[at] - pads[2 * i], INT64_MAX, axis));
    if (!pads[2 * i + 1].is(0)) parts.push_back(x.slice(value, 0, pads[2 * i + 1], axis));
    if (parts.size() > 1) value = x.emit("Concat", std::move(parts), {attr("axis", axis)});
  }
  return value;
}

void pad(Lower& x) {
  const Type& self = x.type("self");
  const bool named = x.op().find("pad") != nullptr;
  const std::vector<Expr> pads = x.integers(named ? "pad" : "padding");
  const std::string& target = x.op().target;
  std::string mode = target == "aten::pad" ? x.text("mode", "constant") : "constant";
  if (target.find("reflection") != std::string::npos) mode = "reflect";
  if (target.find("replication") != std::string::npos || mode == "replicate") mode = "edge";
  if (mode == "circular") mode = "wrap";
  std::string value = x.tensor("self");
  if (std::all_of(pads.begin(), pads.end(), [](const Expr& e) { return e.is(0); })) return x.set(value);
  if (mode == "wrap" && x.b.opset() < 19) return x.set(wrapped(x, value, pads));
  const std::size_t rank = self.shape.size();
  Shape all(2 * rank, Expr(0));
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    all[rank - 1 - i] = pads[2 * i];
    all[2 * rank - 1 - i] = pads[2 * i + 1];
  }
  // ONNX Runtime has no Pad kernel for bool.
  const bool boolean = self.dtype == DType::boolean;
  const DType dtype = boolean ? DType::uint8 : self.dtype;
  value = x.cast(value, self.dtype, dtype);
  std::vector<std::string> inputs = {value, x.b.sizes(all)};
  if (mode == "constant" && x.given("value") && x.real("value") != 0)
    inputs.push_back(x.scalar(dtype, x.real("value")));
  Attributes attributes;
  if (mode != "constant") attributes.push_back(attr_s("mode", mode));
  x.set(x.cast(x.emit("Pad", std::move(inputs), std::move(attributes)), dtype, self.dtype));
}

/// Patches through two Gathers of window indices: (N, C, kh, oh, kw, ow) -> (N, C*kh*kw, oh*ow).
void im2col(Lower& x) {
  Type self = x.type("self");
  Window w = aten::read_pool(x, 2);
  w.stride = aten::spatial(x, "stride", 2, 1);
  if (!can_make(x, w.kernel[0]) || !can_make(x, w.kernel[1])) return;
  std::string value = batched(x, x.tensor("self"), self.shape.size(), 2);
  if (self.rank() == 3) self.shape.insert(self.shape.begin(), Expr(1));
  if (w.padding[0] != 0 || w.padding[1] != 0)
    value =
        x.emit("Pad", {value, x.ints({0, 0, w.padding[0], w.padding[1], 0, 0, w.padding[0], w.padding[1]})});
  const Expr blocks[2] = {aten::window_size(w, 0, self.shape[2]), aten::window_size(w, 1, self.shape[3])};
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<std::int64_t> offsets;
    for (std::int64_t k = 0; k < w.kernel[i]; ++k) offsets.push_back(k * w.dilation[i]);
    const std::string starts = x.emit(
        "Range", {x.b.scalar_int(0), x.b.size_scalar(blocks[i] * w.stride[i]), x.b.scalar_int(w.stride[i])});
    const std::string index = x.emit("Add", {x.unsqueeze(x.ints(offsets), {1}), starts});
    value = x.emit("Gather", {value, index}, {attr("axis", static_cast<std::int64_t>(i == 0 ? 2 : 4))});
  }
  const Shape gathered = {self.shape[0], self.shape[1], w.kernel[0], blocks[0], w.kernel[1], blocks[1]};
  value = x.transpose(value, {0, 1, 2, 4, 3, 5});
  x.set(x.reshape(value, {gathered[0], gathered[1], gathered[2], gathered[4], gathered[3], gathered[5]},
                  x.result().shape));
}

void col2im(Lower& x) {
  const auto kernel = aten::spatial(x, "kernel_size", 2, 1);
  const auto dilation = aten::spatial(x, "dilation", 2, 1);
  const auto padding = aten::spatial(x, "padding", 2, 0);
  const auto stride = aten::spatial(x, "stride", 2, 1);
  if (!has_opset(x, Form::columns_to_image)) return;
  x.set(x.emit("Col2Im", {x.tensor("self"), x.b.sizes(x.integers("output_size")), x.ints(kernel)},
               {attr("dilations", dilation),
                attr("pads", std::vector<std::int64_t>{padding[0], padding[1], padding[0], padding[1]}),
                attr("strides", stride)}));
}

constexpr LowerRule kRules[] = {
    {"aten::_convolution", convolution},
    {"aten::convolution", convolution},
    {"aten::_convolution_mode", convolution},
    {"aten::conv1d", convolution},
    {"aten::conv2d", convolution},
    {"aten::conv3d", convolution},
    {"aten::conv_transpose1d", convolution},
    {"aten::conv_transpose2d", convolution},
    {"aten::conv_transpose3d", convolution},
    {"aten::pad", pad},
    {"aten::constant_pad_nd", pad},
    {"aten::reflection_pad1d", pad},
    {"aten::reflection_pad2d", pad},
    {"aten::reflection_pad3d", pad},
    {"aten::replication_pad1d", pad},
    {"aten::replication_pad2d", pad},
    {"aten::replication_pad3d", pad},
    {"aten::im2col", im2col},
    {"aten::col2im", col2im},
};

}  // namespace

RuleTable conv_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
