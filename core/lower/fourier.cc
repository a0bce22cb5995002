// Discrete Fourier transforms, one DFT node for each dimension. Complex values are pairs in the last
// dimension, as DFT wants them.
//
// Source    ONNX DFT-17 (axis is an attribute) and DFT-20 (axis is an input); its inverse divides by the
// length.
#include <cmath>

#include "aten/fft_norm.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

std::string dft(Lower& l, const std::string& value, std::int64_t axis, bool inverse, bool onesided) {
  Attributes attributes = {attr("inverse", std::int64_t{inverse}), attr("onesided", std::int64_t{onesided})};
  if (l.b.opset() >= 20) return l.emit("DFT", {value, "", l.b.scalar_int(axis)}, std::move(attributes));
  attributes.insert(attributes.begin(), attr("axis", axis));
  return l.emit("DFT", {value}, std::move(attributes));
}

/// The first dimension of DFT is a batch: signals without one get it for the time being.
struct Signal {
  std::string value;
  std::int64_t shift = 0;  ///< of the axes
};
Signal batched(Lower& l, const std::string& value, std::int64_t rank) {
  if (rank > 1) return {value, 0};
  return {l.unsqueeze(value, {0}), 1};
}
std::string unbatched(Lower& l, const Signal& signal) {
  return signal.shift == 0 ? signal.value : l.squeeze(signal.value, {0});
}

/// `value` times n^power, where n is the number of points.
std::string scaled(Lower& l, const std::string& value, const Expr& n, double power, DType real) {
  if (power == 0) return value;
  if (const auto points = n.constant())
    return l.emit("Mul", {value, l.scalar(real, std::pow(static_cast<double>(*points), power))});
  std::string factor = l.cast(l.b.size_scalar(n), DType::int64, real);
  if (std::abs(power) != 1) factor = l.emit("Sqrt", {factor});
  return l.emit(power > 0 ? "Mul" : "Div", {value, factor});
}

/// What the wanted norm adds to that of DFT, which is none forward and by_n backward.
double power_of(std::int64_t norm, bool inverse) {
  const double wanted = norm == aten::fft_by_n ? -1 : norm == aten::fft_by_root_n ? -0.5 : 0;
  return inverse ? wanted + 1 : wanted;
}

Expr points(const Shape& shape, const std::vector<std::int64_t>& axes) {
  Expr n = 1;
  for (const std::int64_t axis : axes) n = n * shape[static_cast<std::size_t>(axis)];
  return n;
}

void real_to_complex(Lower& l) {
  const aten::Type self = l.type("self");
  const std::vector<std::int64_t> axes = l.dims("dim", self.rank());
  if (self.dtype != DType::float32 && self.dtype != DType::float64)
    return l.fail("is supported for float32 and float64");
  Signal signal = batched(l, l.unsqueeze(l.tensor("self"), {-1}), self.rank());
  signal.value = dft(l, signal.value, axes.back() + signal.shift, false, l.flag("onesided"));
  for (std::size_t i = axes.size() - 1; i-- > 0;)
    signal.value = dft(l, signal.value, axes[i] + signal.shift, false, false);
  l.set(scaled(l, unbatched(l, signal), points(self.shape, axes),
               power_of(l.static_int("normalization"), false), self.dtype));
}

void complex_to_complex(Lower& l) {
  const aten::Type self = l.type("self");
  const std::vector<std::int64_t> axes = l.dims("dim", self.rank());
  const bool inverse = !l.flag("forward");
  Signal signal = batched(l, l.tensor("self"), self.rank());
  for (std::size_t i = axes.size(); i-- > 0;)
    signal.value = dft(l, signal.value, axes[i] + signal.shift, inverse, false);
  l.set(scaled(l, unbatched(l, signal), points(self.shape, axes),
               power_of(l.static_int("normalization"), inverse), part_dtype(self.dtype)));
}

/// The other half of a spectrum whose signal is real: mirrored and conjugate.
std::string completed(Lower& l, const std::string& half, const Expr& length, std::int64_t axis, DType real) {
  const Expr rest = length - (floor_div(length, 2) + 1);
  const std::string mirrored = l.slice(half, rest, 0, axis, -1);
  const std::string conjugate = l.emit("Mul", {mirrored, l.b.numbers(real, {2}, {1, -1})});
  return l.emit("Concat", {half, conjugate}, {attr("axis", axis)});
}

void complex_to_real(Lower& l) {
  const aten::Type self = l.type("self");
  const std::vector<std::int64_t> axes = l.dims("dim", self.rank());
  const DType real = part_dtype(self.dtype);
  Signal signal = batched(l, l.tensor("self"), self.rank());
  for (std::size_t i = axes.size() - 1; i-- > 0;)
    signal.value = dft(l, signal.value, axes[i] + signal.shift, true, false);
  const std::int64_t last = axes.back() + signal.shift;
  signal.value = completed(l, signal.value, l.integer("last_dim_size"), last, real);
  signal.value = dft(l, signal.value, last, true, false);
  const std::string whole =
      l.emit("Gather", {unbatched(l, signal), l.b.scalar_int(0)}, {attr("axis", std::int64_t{-1})});
  l.set(
      scaled(l, whole, points(l.result().shape, axes), power_of(l.static_int("normalization"), true), real));
}

constexpr LowerRule kRules[] = {
    {"aten::_fft_r2c", real_to_complex},
    {"aten::_fft_c2c", complex_to_complex},
    {"aten::_fft_c2r", complex_to_real},
};
}  // namespace

RuleTable fourier_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
