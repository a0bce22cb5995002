// Convolutions, pools, padding and interpolation.
#include "aten/infer/windows.h"
#include "lower/constant_size.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Type;
using aten::Window;

const char* input_name(const Lower& x) { return x.op().find("input") != nullptr ? "input" : "self"; }

std::vector<std::int64_t> both_sides(const Window& w) {
  std::vector<std::int64_t> pads = w.padding;
  pads.insert(pads.end(), w.pad_after.begin(), w.pad_after.end());
  return pads;
}

/// ONNX spatial operators want a batch dimension; PyTorch allows to leave it out.
std::string batched(Lower& x, const std::string& value, std::size_t rank, std::size_t spatial) {
  return rank == spatial + 1 ? x.unsqueeze(value, {0}) : value;
}
std::string unbatched(Lower& x, const std::string& value, std::size_t rank, std::size_t spatial) {
  return rank == spatial + 1 ? x.squeeze(value, {0}) : value;
}

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
  const std::string value = take_zero_padding(x, x.tensor("input"), input.shape.size(), w);
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w)), attr("dilations", w.dilation),
                           attr("group", w.groups)};
  if (w.transposed) attributes.push_back(attr("output_padding", w.output_padding));
  std::vector<std::string> inputs = {batched(x, value, input.shape.size(), n), x.tensor("weight")};
  if (x.given("bias")) inputs.push_back(x.tensor("bias"));
  const std::string out =
      x.emit(w.transposed ? "ConvTranspose" : "Conv", std::move(inputs), std::move(attributes));
  x.set(unbatched(x, out, input.shape.size(), n));
}

template <std::size_t N>
void max_pool(Lower& x) {
  const Type& self = x.type(input_name(x));
  const Window w = aten::read_pool(x, N);
  if (x.failed()) return;
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w)), attr("dilations", w.dilation)};
  if (w.ceil_mode) attributes.push_back(attr("ceil_mode", std::int64_t{1}));
  const std::string value = batched(x, x.tensor(input_name(x)), self.shape.size(), N);
  const bool with_indices =
      x.op().outputs.size() > 1 && x.op().target.find("with_indices") != std::string::npos;
  if (!with_indices)
    return x.set(unbatched(x, x.emit("MaxPool", {value}, std::move(attributes)), self.shape.size(), N));
  const auto both = x.emit_n("MaxPool", {value}, std::move(attributes), 2);
  x.set(unbatched(x, both[0], self.shape.size(), N));
  // ONNX counts positions over the whole tensor, PyTorch within one channel.
  Shape plane(self.shape.end() - static_cast<std::ptrdiff_t>(N), self.shape.end());
  x.set(unbatched(x, x.emit("Mod", {both[1], x.b.size_scalar(aten::numel(plane))}), self.shape.size(), N), 1);
}

template <std::size_t N>
void avg_pool(Lower& x) {
  const Type& self = x.type(input_name(x));
  Window w = aten::read_pool(x, N);
  if (x.failed()) return;
  if (x.given("divisor_override")) return x.fail("divisor_override is not supported");
  const bool padded = std::any_of(w.padding.begin(), w.padding.end(), [](std::int64_t p) { return p != 0; });
  const bool include = x.flag("count_include_pad", true);
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w))};
  if (padded && include) attributes.push_back(attr("count_include_pad", std::int64_t{1}));
  if (w.ceil_mode) attributes.push_back(attr("ceil_mode", std::int64_t{1}));
  const std::string value = batched(x, x.tensor(input_name(x)), self.shape.size(), N);
  x.set(unbatched(x, x.emit("AveragePool", {value}, std::move(attributes)), self.shape.size(), N));
}

/// Weights that average one dimension of `size` into `out` windows (PyTorch's start and end of each).
std::string averaging_matrix(Lower& x, std::int64_t size, std::int64_t out, DType dtype) {
  std::vector<double> weights(static_cast<std::size_t>(size * out), 0.0);
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int64_t start = o * size / out;
    const std::int64_t end = ((o + 1) * size + out - 1) / out;
    for (std::int64_t i = start; i < end; ++i)
      weights[static_cast<std::size_t>(i * out + o)] = 1.0 / static_cast<double>(end - start);
  }
  return x.b.numbers(dtype, {size, out}, weights);
}

/// One dimension at a time: moved last, multiplied, moved back.
template <std::size_t N>
std::string average_by_matrix(Lower& x, std::string value, const Shape& from, const Shape& to, DType dtype) {
  const std::size_t rank = from.size();
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t axis = rank - N + i;
    if (from[axis] == to[axis]) continue;
    std::vector<std::int64_t> perm;
    for (std::size_t k = 0; k < rank; ++k) perm.push_back(static_cast<std::int64_t>(k));
    std::swap(perm[axis], perm[rank - 1]);
    const std::string matrix = averaging_matrix(x, *from[axis].constant(), *to[axis].constant(), dtype);
    value = x.transpose(x.emit("MatMul", {x.transpose(value, perm), matrix}), perm);
  }
  return value;
}

/// Window of an adaptive pool as an ordinary pool where input sizes are multiples of output sizes.
template <std::size_t N>
std::optional<std::vector<std::int64_t>> even_windows(const Shape& from, const Shape& to) {
  std::vector<std::int64_t> kernel;
  for (std::size_t i = 0; i < N; ++i) {
    const auto size = from[from.size() - N + i].constant();
    const auto out = to[to.size() - N + i].constant();
    if (!size || !out || *out == 0 || *size % *out != 0) return std::nullopt;
    kernel.push_back(*size / *out);
  }
  return kernel;
}

template <std::size_t N>
bool is_global(const Shape& to) {
  return std::all_of(to.end() - static_cast<std::ptrdiff_t>(N), to.end(),
                     [](const Expr& e) { return e.is(1); });
}

template <std::size_t N>
void adaptive_avg_pool(Lower& x) {
  const char* name = input_name(x);
  const Shape from = x.type(name).shape;
  const Shape to = x.result().shape;
  const std::size_t rank = from.size();
  std::string value = x.tensor(name);
  if (from == to) return x.set(value);
  if (is_global<N>(to))
    return x.set(unbatched(x, x.emit("GlobalAveragePool", {batched(x, value, rank, N)}), rank, N));
  if (auto kernel = even_windows<N>(from, to))
    return x.set(unbatched(x,
                           x.emit("AveragePool", {batched(x, value, rank, N)},
                                  {attr("kernel_shape", *kernel), attr("strides", *kernel)}),
                           rank, N));
  for (std::size_t i = rank - N; i < rank; ++i)
    if (from[i] != to[i] && (!from[i].constant() || !to[i].constant()))
      return x.fail("the sizes " + from[i].to_string() + " to " + to[i].to_string() + " must be constants",
                    "make the archive with a fixed size of this axis (--static)");
  for (std::size_t i = rank - N; i < rank; ++i)
    if (from[i] != to[i] && !can_make(x, *from[i].constant(), *to[i].constant())) return;
  x.set(average_by_matrix<N>(x, value, from, to, x.result().dtype));
}

template <std::size_t N>
void adaptive_max_pool(Lower& x) {
  const char* name = input_name(x);
  const Shape from = x.type(name).shape;
  const Shape to = x.result().shape;
  const std::size_t rank = from.size();
  const std::string value = batched(x, x.tensor(name), rank, N);
  if (is_global<N>(to)) return x.set(unbatched(x, x.emit("GlobalMaxPool", {value}), rank, N));
  if (auto kernel = even_windows<N>(from, to))
    return x.set(unbatched(
        x, x.emit("MaxPool", {value}, {attr("kernel_shape", *kernel), attr("strides", *kernel)}), rank, N));
  x.fail("output sizes that do not divide the input's are not supported");
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
  if (mode == "wrap" && x.b.opset() < 19) return x.fail("circular padding needs opset 19", "use --opset 19");
  std::string value = x.tensor("self");
  if (std::all_of(pads.begin(), pads.end(), [](const Expr& e) { return e.is(0); })) return x.set(value);
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

struct Interpolation {
  const char* mode;         ///< ONNX Resize mode
  const char* coordinates;  ///< without align_corners
  const char* nearest;      ///< nearest_mode, or ""
};

Interpolation interpolation_of(const std::string& target) {
  if (target.find("nearest_exact") != std::string::npos)
    return {"nearest", "half_pixel", "round_prefer_ceil"};
  if (target.find("nearest") != std::string::npos) return {"nearest", "asymmetric", "floor"};
  if (target.find("bicubic") != std::string::npos) return {"cubic", "half_pixel", ""};
  return {"linear", "half_pixel", ""};
}

template <std::size_t N>
void upsample(Lower& x) {
  const char* name = input_name(x);
  const Interpolation how = interpolation_of(x.op().target);
  Attributes attributes = {
      attr_s("mode", how.mode),
      attr_s("coordinate_transformation_mode", x.flag("align_corners") ? "align_corners" : how.coordinates)};
  if (*how.nearest != '\0') attributes.push_back(attr_s("nearest_mode", how.nearest));
  if (std::string_view(how.mode) == "cubic") attributes.push_back(attr_f("cubic_coeff_a", -0.75F));
  if (x.op().target.ends_with("_aa")) {
    if (x.b.opset() < 18) return x.fail("antialiased interpolation needs opset 18", "use --opset 18");
    attributes.push_back(attr("antialias", std::int64_t{1}));
  }
  const std::string value = x.tensor(name);
  if (x.given("scale_factors") && !x.given("output_size")) {
    // Factors as PyTorch uses them, also where the rounded size would give another ratio.
    std::vector<double> scales = {1, 1};
    for (const Type& factor : x.type("scale_factors").items) scales.push_back(factor.real().value_or(1));
    return x.set(
        x.emit("Resize",
               {value, "", x.b.numbers(DType::float32, {static_cast<std::int64_t>(scales.size())}, scales)},
               std::move(attributes)));
  }
  x.set(x.emit("Resize", {value, "", "", x.b.sizes(x.result().shape)}, std::move(attributes)));
}

/// Patches through two Gathers of window indices: (N, C, kh, oh, kw, ow) -> (N, C*kh*kw, oh*ow).
void im2col(Lower& x) {
  const Type& self = x.type("self");
  Window w = aten::read_pool(x, 2);
  w.stride = aten::spatial(x, "stride", 2, 1);
  if (!can_make(x, w.kernel[0]) || !can_make(x, w.kernel[1])) return;
  std::string value = x.tensor("self");
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
  if (x.b.opset() < 18) return x.fail("needs opset 18", "use --opset 18");
  x.set(x.emit("Col2Im", {x.tensor("self"), x.b.sizes(x.integers("output_size")), x.ints(kernel)},
               {attr("dilations", dilation),
                attr("pads", std::vector<std::int64_t>{padding[0], padding[1], padding[0], padding[1]}),
                attr("strides", stride)}));
}

void grid_sampler(Lower& x) {
  static const char* const kOld[] = {"bilinear", "nearest", "bicubic"};
  static const char* const kNew[] = {"linear", "nearest", "cubic"};
  static const char* const kPadding[] = {"zeros", "border", "reflection"};
  const auto mode = x.static_int("interpolation_mode");
  const auto padding = x.static_int("padding_mode");
  if (x.failed() || mode < 0 || mode > 2 || padding < 0 || padding > 2) return x.fail("unknown mode");
  x.set(x.emit(
      "GridSample", {x.tensor("input"), x.tensor("grid")},
      {attr_s("mode", x.b.opset() >= 20 ? kNew[mode] : kOld[mode]), attr_s("padding_mode", kPadding[padding]),
       attr("align_corners", static_cast<std::int64_t>(x.flag("align_corners") ? 1 : 0))}));
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
    {"aten::max_pool1d", max_pool<1>},
    {"aten::max_pool2d", max_pool<2>},
    {"aten::max_pool3d", max_pool<3>},
    {"aten::max_pool1d_with_indices", max_pool<1>},
    {"aten::max_pool2d_with_indices", max_pool<2>},
    {"aten::max_pool3d_with_indices", max_pool<3>},
    {"aten::avg_pool1d", avg_pool<1>},
    {"aten::avg_pool2d", avg_pool<2>},
    {"aten::avg_pool3d", avg_pool<3>},
    {"aten::adaptive_avg_pool1d", adaptive_avg_pool<1>},
    {"aten::adaptive_avg_pool2d", adaptive_avg_pool<2>},
    {"aten::adaptive_avg_pool3d", adaptive_avg_pool<3>},
    {"aten::_adaptive_avg_pool2d", adaptive_avg_pool<2>},
    {"aten::_adaptive_avg_pool3d", adaptive_avg_pool<3>},
    {"aten::adaptive_max_pool1d", adaptive_max_pool<1>},
    {"aten::adaptive_max_pool2d", adaptive_max_pool<2>},
    {"aten::adaptive_max_pool3d", adaptive_max_pool<3>},
    {"aten::pad", pad},
    {"aten::constant_pad_nd", pad},
    {"aten::reflection_pad1d", pad},
    {"aten::reflection_pad2d", pad},
    {"aten::reflection_pad3d", pad},
    {"aten::replication_pad1d", pad},
    {"aten::replication_pad2d", pad},
    {"aten::replication_pad3d", pad},
    {"aten::upsample_nearest1d", upsample<1>},
    {"aten::upsample_nearest2d", upsample<2>},
    {"aten::upsample_nearest3d", upsample<3>},
    {"aten::_upsample_nearest_exact1d", upsample<1>},
    {"aten::_upsample_nearest_exact2d", upsample<2>},
    {"aten::_upsample_nearest_exact3d", upsample<3>},
    {"aten::upsample_linear1d", upsample<1>},
    {"aten::upsample_bilinear2d", upsample<2>},
    {"aten::upsample_trilinear3d", upsample<3>},
    {"aten::upsample_bicubic2d", upsample<2>},
    {"aten::_upsample_bilinear2d_aa", upsample<2>},
    {"aten::_upsample_bicubic2d_aa", upsample<2>},
    {"aten::im2col", im2col},
    {"aten::col2im", col2im},
    {"aten::grid_sampler", grid_sampler},
    {"aten::grid_sampler_2d", grid_sampler},
};

}  // namespace

RuleTable conv_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
