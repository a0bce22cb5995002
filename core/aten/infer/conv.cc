// Shapes of convolutions, pools, padding and interpolation.
#include "aten/infer/families.h"
#include "aten/infer/windows.h"

namespace modelexport::aten {
namespace {

const char* input_name(const OpReader& x) { return x.op().find("input") != nullptr ? "input" : "self"; }

void convolution(Infer& x) {
  const Type& input = x.type("input");
  const Type& weight = x.type("weight");
  const Window w = read_convolution(x);
  const std::size_t count = w.kernel.size();
  if (x.failed()) return;
  if (input.shape.size() != count + 2 && input.shape.size() != count + 1)
    return x.fail("input has the wrong rank");
  const std::size_t lead = input.shape.size() - count - 1;  // 1 with a batch dimension
  Shape shape(input.shape.begin(), input.shape.begin() + static_cast<std::ptrdiff_t>(lead));
  shape.push_back(w.transposed ? weight.shape[1] * w.groups : weight.shape[0]);
  for (std::size_t i = 0; i < count; ++i) {
    const Expr& size = input.shape[lead + 1 + i];
    shape.push_back(w.transposed ? transposed_size(w, i, size) : window_size(w, i, size));
  }
  x.set(input.dtype, std::move(shape));
}

template <std::size_t N>
void pool(Infer& x) {
  const Type& self = x.type(input_name(x));
  const Window w = read_pool(x, N);
  if (x.failed() || self.shape.size() < N + 1) return x.fail("input has the wrong rank");
  Shape shape = self.shape;
  for (std::size_t i = 0; i < N; ++i)
    shape[shape.size() - N + i] = window_size(w, i, self.shape[shape.size() - N + i]);
  x.set(self.dtype, shape);
  if (x.op().outputs.size() > 1) x.set(DType::int64, shape, 1);
}

template <std::size_t N>
void adaptive_pool(Infer& x) {
  const Type& self = x.type(input_name(x));
  std::vector<Type> sizes = x.type("output_size").kind == Type::Kind::list
                                ? x.type("output_size").items
                                : std::vector<Type>{x.type("output_size")};
  if (sizes.size() == 1) sizes.assign(N, sizes[0]);
  if (sizes.size() != N || self.shape.size() < N + 1) return x.fail("output_size has the wrong length");
  Shape shape = self.shape;
  for (std::size_t i = 0; i < N; ++i)
    if (auto size = sizes[i].integer()) shape[shape.size() - N + i] = *size;
  x.set(self.dtype, shape);
  if (x.op().outputs.size() > 1) x.set(DType::int64, shape, 1);
}

void pad(Infer& x) {
  const Type& self = x.type("self");
  const std::vector<Expr> pads = x.integers(x.op().find("pad") != nullptr ? "pad" : "padding");
  if (pads.size() % 2 != 0 || pads.size() / 2 > self.shape.size()) return x.fail("pad has the wrong length");
  Shape shape = self.shape;
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    Expr& size = shape[shape.size() - 1 - i];
    size = size + pads[2 * i] + pads[2 * i + 1];
  }
  x.set(self.dtype, std::move(shape));
}

/// A scaled size: exact where the factor is an integer, else floor(size * factor) for known sizes only.
std::optional<Expr> scaled(const Expr& size, double factor) {
  const auto whole = static_cast<std::int64_t>(factor);
  if (static_cast<double>(whole) == factor) return size * whole;
  if (auto n = size.constant()) return Expr(static_cast<std::int64_t>(static_cast<double>(*n) * factor));
  const auto inverse = static_cast<std::int64_t>(1 / factor);
  if (inverse > 0 && 1.0 / static_cast<double>(inverse) == factor) return floor_div(size, inverse);
  return std::nullopt;
}

template <std::size_t N>
void upsample(Infer& x) {
  const Type& self = x.type(input_name(x));
  if (self.shape.size() != N + 2) return x.fail("input has the wrong rank");
  Shape shape = self.shape;
  if (x.given("output_size")) {
    const std::vector<Expr> sizes = x.integers("output_size");
    for (std::size_t i = 0; i < N && i < sizes.size(); ++i) shape[2 + i] = sizes[i];
    return x.set(self.dtype, std::move(shape));
  }
  if (!x.given("scale_factors")) return x.fail("needs output_size or scale_factors");
  const std::vector<Type> factors = x.type("scale_factors").items;
  for (std::size_t i = 0; i < N && i < factors.size(); ++i) {
    const auto factor = factors[i].real();
    if (!factor) return x.fail("scale factors must be constants");
    auto size = scaled(self.shape[2 + i], *factor);
    shape[2 + i] = size ? *size : x.fresh(0, static_cast<std::int32_t>(2 + i));
  }
  x.set(self.dtype, std::move(shape));
}

void im2col(Infer& x) {
  const Type& self = x.type("self");
  Window w = read_pool(x, 2);
  w.stride = spatial(x, "stride", 2, 1);
  if (x.failed() || self.rank() < 3 || self.rank() > 4) return x.fail("needs images");
  const std::size_t n = self.shape.size();
  const Expr blocks = window_size(w, 0, self.shape[n - 2]) * window_size(w, 1, self.shape[n - 1]);
  Shape out = {self.shape[n - 3] * (w.kernel[0] * w.kernel[1]), blocks};
  if (n == 4) out.insert(out.begin(), self.shape[0]);
  x.set(self.dtype, std::move(out));
}
void col2im(Infer& x) {
  const Type& self = x.type("self");
  const auto kernel = spatial(x, "kernel_size", 2, 1);
  const std::vector<Expr> size = x.integers("output_size");
  if (x.failed() || self.shape.size() != 3 || size.size() != 2) return x.fail("needs a batch of columns");
  x.set(self.dtype, {self.shape[0], floor_div(self.shape[1], kernel[0] * kernel[1]), size[0], size[1]});
}
void grid_sampler(Infer& x) {
  const Type& input = x.type("input");
  const Type& grid = x.type("grid");
  Shape shape = {input.shape[0], input.shape[1]};
  for (std::size_t i = 1; i + 1 < grid.shape.size(); ++i) shape.push_back(grid.shape[i]);
  x.set(input.dtype, std::move(shape));
}

constexpr InferRule kRules[] = {
    {"aten::_convolution", convolution},
    {"aten::convolution", convolution},
    {"aten::_convolution_mode", convolution},
    {"aten::conv1d", convolution},
    {"aten::conv2d", convolution},
    {"aten::conv3d", convolution},
    {"aten::conv_transpose1d", convolution},
    {"aten::conv_transpose2d", convolution},
    {"aten::conv_transpose3d", convolution},
    {"aten::max_pool1d", pool<1>},
    {"aten::max_pool2d", pool<2>},
    {"aten::max_pool3d", pool<3>},
    {"aten::max_pool1d_with_indices", pool<1>},
    {"aten::max_pool2d_with_indices", pool<2>},
    {"aten::max_pool3d_with_indices", pool<3>},
    {"aten::avg_pool1d", pool<1>},
    {"aten::avg_pool2d", pool<2>},
    {"aten::avg_pool3d", pool<3>},
    {"aten::adaptive_avg_pool1d", adaptive_pool<1>},
    {"aten::adaptive_avg_pool2d", adaptive_pool<2>},
    {"aten::adaptive_avg_pool3d", adaptive_pool<3>},
    {"aten::_adaptive_avg_pool2d", adaptive_pool<2>},
    {"aten::_adaptive_avg_pool3d", adaptive_pool<3>},
    {"aten::adaptive_max_pool1d", adaptive_pool<1>},
    {"aten::adaptive_max_pool2d", adaptive_pool<2>},
    {"aten::adaptive_max_pool3d", adaptive_pool<3>},
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

InferTable infer_conv_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
