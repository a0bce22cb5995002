// Interpolation and sampling.
#include <algorithm>
#include <optional>

#include "lower/families.h"
#include "lower/opsets.h"
#include "lower/windowed.h"

namespace modelexport::lower {
namespace {

using aten::Type;

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

// ---- antialiased: PyTorch's weights as one matrix per axis, since ONNX Runtime's Resize rounds them
// otherwise

/// PyTorch's filters, for a distance >= 0: a triangle, or a cubic with a = -0.5.
double filter_at(double distance, bool cubic) {
  if (!cubic) return distance < 1 ? 1 - distance : 0;
  constexpr double a = -0.5;
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

/// Factor from output to input coordinates.
double filter_scale(std::int64_t from, std::int64_t to, bool aligned, std::optional<double> factor) {
  if (aligned) return to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
  return factor ? 1 / *factor : static_cast<double>(from) / static_cast<double>(to);
}

std::string filter_matrix(Lower& x, std::int64_t from, std::int64_t to, double scale, bool cubic) {
  std::vector<double> weights(static_cast<std::size_t>(from * to));
  const double stretch = std::max(scale, 1.0);
  for (std::int64_t o = 0; o < to; ++o) {
    const double centre = scale * (static_cast<double>(o) + 0.5);
    double sum = 0;
    const auto at = [&](std::int64_t i) -> double& { return weights[static_cast<std::size_t>(i * to + o)]; };
    for (std::int64_t i = 0; i < from; ++i) {
      const double distance = (static_cast<double>(i) + 0.5 - centre) / stretch;
      sum += at(i) = filter_at(distance < 0 ? -distance : distance, cubic);
    }
    for (std::int64_t i = 0; i < from; ++i) at(i) /= sum;
  }
  return x.b.numbers(DType::float32, {from, to}, weights);
}

/// How many points there will be, rank 0: where a factor says so, the result's size is no expression.
std::string computed_size(Lower& x, const Expr& from, const Expr& to, std::optional<double> factor) {
  if (to.constant() || !factor) return x.b.size_scalar(to);
  const DType d = DType::float64;
  const std::string exact =
      x.emit("Mul", {x.cast(x.b.size_scalar(from), DType::int64, d), x.scalar(d, *factor)});
  return x.cast(x.emit("Floor", {exact}), d, DType::int64);
}

/// The same for sizes known only when the graph runs; `to` is rank 0.
std::string computed_filter_matrix(Lower& x, const Expr& from, const std::string& to, bool aligned,
                                   std::optional<double> factor, bool cubic) {
  const DType f = DType::float32;
  const auto number = [&](double v) { return x.scalar(f, v); };
  const auto node = [&](const char* op, std::string a, std::string b) {
    return x.emit(op, {std::move(a), std::move(b)});
  };
  const Expr less = aligned ? Expr(1) : Expr(0);
  const std::string rows = x.cast(x.b.size_scalar(from - less), DType::int64, f);
  const std::string spaces =
      aligned ? node("Max", node("Sub", to, x.b.scalar_int(1)), x.b.scalar_int(1)) : to;
  const std::string columns = x.cast(spaces, DType::int64, f);
  const std::string scale = factor && !aligned ? number(1 / *factor) : node("Div", rows, columns);
  const std::string centre = node("Mul", node("Add", counting(x, to, f, false), number(0.5)), scale);
  const std::string place = node("Add", counting(x, from, f, true), number(0.5));
  const std::string distance =
      x.emit("Abs", {node("Div", node("Sub", place, centre), node("Max", scale, number(1)))});
  std::string weight = x.emit("Relu", {node("Sub", number(1), distance)});
  if (cubic) {
    const std::string square = node("Mul", distance, distance);
    const auto horner = [&](double c3, double c2) {
      return node("Add", node("Mul", distance, number(c3)), number(c2));
    };
    const std::string near = node("Add", node("Mul", horner(1.5, -2.5), square), number(1));
    const std::string far =
        node("Add", node("Mul", node("Add", node("Mul", horner(-0.5, 2.5), distance), number(-4)), distance),
             number(2));
    const std::string beyond = x.emit("Where", {node("Less", distance, number(2)), far, number(0)});
    weight = x.emit("Where", {node("Less", distance, number(1)), near, beyond});
  }
  return node("Div", weight, x.reduce("ReduceSum", weight, {0}, true));
}

std::optional<double> scale_factor(Lower& x, std::size_t axis) {
  const char* name = axis == 0 ? "scales_h" : "scales_w";
  if (x.given(name)) return x.type(name).real();
  if (!x.given("scale_factors") || x.given("output_size")) return std::nullopt;
  const std::vector<Type>& items = x.type("scale_factors").items;
  return axis < items.size() ? items[axis].real() : std::nullopt;
}

void upsample_antialiased(Lower& x) {
  const char* name = input_name(x);
  const Shape from = x.type(name).shape, to = x.result().shape;
  const DType dtype = x.result().dtype;
  const bool cubic = x.op().target.find("cubic") != std::string::npos, aligned = x.flag("align_corners");
  std::string value = x.tensor(name, DType::float32);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t axis = 2 + i;
    if (from[axis] == to[axis]) continue;
    const auto rows = from[axis].constant(), columns = to[axis].constant();
    const auto factor = scale_factor(x, i);
    const bool known = rows && columns && *rows > 0 && *columns > 0 && *rows <= (1 << 20) / *columns;
    const std::string matrix =
        known ? filter_matrix(x, *rows, *columns, filter_scale(*rows, *columns, aligned, factor), cubic)
              : computed_filter_matrix(x, from[axis], computed_size(x, from[axis], to[axis], factor), aligned,
                                       factor, cubic);
    value = along_axis(x, value, matrix, axis, from.size());
  }
  x.set(x.cast(value, DType::float32, dtype));
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

void grid_sampler(Lower& x) {
  static const char* const kOld[] = {"bilinear", "nearest", "bicubic"};
  static const char* const kNew[] = {"linear", "nearest", "cubic"};
  static const char* const kPadding[] = {"zeros", "border", "reflection"};
  const auto mode = x.static_int("interpolation_mode");
  const auto padding = x.static_int("padding_mode");
  if (x.type("input").rank() == 5 && !has_opset(x, Form::sample_volume)) return;
  if (x.failed() || mode < 0 || mode > 2 || padding < 0 || padding > 2) return x.fail("unknown mode");
  x.set(x.emit(
      "GridSample", {x.tensor("input"), x.tensor("grid")},
      {attr_s("mode", x.b.opset() >= 20 ? kNew[mode] : kOld[mode]), attr_s("padding_mode", kPadding[padding]),
       attr("align_corners", static_cast<std::int64_t>(x.flag("align_corners") ? 1 : 0))}));
}

constexpr LowerRule kRules[] = {
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
    {"aten::_upsample_bilinear2d_aa", upsample_antialiased},
    {"aten::_upsample_bicubic2d_aa", upsample_antialiased},
    {"aten::grid_sampler", grid_sampler},
    {"aten::grid_sampler_2d", grid_sampler},
};

}  // namespace

RuleTable resize_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
