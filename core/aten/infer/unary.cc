// Functions of one tensor, activations, complex numbers.
#include <cmath>

#include "aten/infer/content.h"
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

/// Same dtype and shape; elements are not followed.
void infer_same(Infer& r) {
  Type out = operand(r, 0);
  out.content.reset();
  r.set(std::move(out));
}

/// Integers become float32.
void infer_float_unary(Infer& r) {
  Type out = operand(r, 0);
  if (is_number(out))
    out.dtype = DType::float64;
  else if (!is_floating(out.dtype) && !is_complex(out.dtype))
    out.dtype = DType::float32;
  out.content.reset();
  r.set(std::move(out));
}

void infer_sqrt(Infer& r) {
  infer_float_unary(r);
  const Type self = operand(r, 0);
  Type out = r.value_type(r.op().outputs[0]);
  out.content =
      map_content(self, [&](const Element& x) { return arithmetic(Arith::pow, x, Element(0.5), out.dtype); });
  r.set(std::move(out));
}

void infer_neg(Infer& r) {
  Type out = operand(r, 0);
  out.content = map_content(out, [&](const Element& x) -> std::optional<Element> {
    if (const double* value = std::get_if<double>(&x)) return -*value;
    if (out.dtype == DType::uint8) return std::nullopt;
    return -std::get<Expr>(x);
  });
  if (is_number(out) && out.dtype == DType::boolean) out.dtype = DType::int64;
  r.set(std::move(out));
}

void infer_abs(Infer& r) {
  Type out = operand(r, 0);
  out.content = map_content(out, [](const Element& x) -> std::optional<Element> {
    if (const double* value = std::get_if<double>(&x)) return std::abs(*value);
    const Expr& e = std::get<Expr>(x);
    if (e.known_non_negative()) return e;
    if ((-e).known_non_negative()) return -e;
    return std::nullopt;
  });
  if (out.dtype == DType::complex64) out.dtype = DType::float32;
  if (out.dtype == DType::complex128) out.dtype = DType::float64;
  r.set(std::move(out));
}

/// floor, ceil, round, trunc: integers pass, constant floats are rounded. A Python float becomes an int.
void infer_rounding(Infer& r) {
  Type out = operand(r, 0);
  const std::string_view target = r.op().target;
  const bool decimals = r.op().find("decimals") != nullptr;
  out.content = map_content(out, [&](const Element& x) -> std::optional<Element> {
    const double* value = std::get_if<double>(&x);
    if (value == nullptr) return x;
    if (decimals) return std::nullopt;
    if (target.find("floor") != std::string_view::npos) return std::floor(*value);
    if (target.find("ceil") != std::string_view::npos) return std::ceil(*value);
    if (target.find("round") != std::string_view::npos) return std::nearbyint(*value);
    return std::trunc(*value);
  });
  if (is_number(out)) {
    if (!out.content) return r.fail("rounds a number that is not known before the graph runs");
    out.content = map_content(out, [](const Element& x) { return convert(x, DType::int64); });
    out.dtype = DType::int64;
  }
  r.set(std::move(out));
}

void infer_bool_unary(Infer& r) { r.set(DType::boolean, operand(r, 0).shape); }

void infer_glu(Infer& r) {
  Type out = operand(r, 0);
  out.content.reset();
  const auto dim = static_cast<std::size_t>(r.dim("dim", out.rank()));
  if (dim >= out.shape.size()) return r.fail("needs at least one dimension");
  out.shape[dim] = floor_div(out.shape[dim], 2);
  r.set(std::move(out));
}

// ---- complex numbers

void infer_view_as_complex(Infer& r) {
  Type out = operand(r, 0);
  if (out.shape.empty() || !out.shape.back().is(2)) return r.fail("the last dimension must be 2");
  out.shape.pop_back();
  out.content.reset();
  out.dtype = out.dtype == DType::float64 ? DType::complex128 : DType::complex64;
  r.set(std::move(out));
}
DType real_part(DType dtype) {
  return dtype == DType::complex128 ? DType::float64 : dtype == DType::complex64 ? DType::float32 : dtype;
}
void infer_view_as_real(Infer& r) {
  Type out = operand(r, 0);
  out.shape.push_back(2);
  r.set(real_part(out.dtype), std::move(out.shape));
}
void infer_real(Infer& r) { r.set(real_part(operand(r, 0).dtype), operand(r, 0).shape); }
void infer_polar(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  r.set(a.dtype == DType::float64 ? DType::complex128 : DType::complex64, broadcast_shapes(r, {&a, &b}));
}

constexpr InferRule kRules[] = {
    {"operator::neg", infer_neg},
    {"aten::neg", infer_neg},
    {"aten::negative", infer_neg},
    {"aten::abs", infer_abs},
    {"aten::absolute", infer_abs},
    {"aten::floor", infer_rounding},
    {"aten::ceil", infer_rounding},
    {"aten::round", infer_rounding},
    {"aten::trunc", infer_rounding},
    {"aten::fix", infer_rounding},
    {"aten::sign", infer_same},
    {"aten::sgn", infer_same},
    {"aten::frac", infer_same},
    {"aten::square", infer_same},
    {"aten::relu", infer_same},
    {"aten::relu6", infer_same},
    {"aten::hardtanh", infer_same},
    {"aten::positive", infer_same},
    {"aten::nan_to_num", infer_same},
    {"aten::threshold", infer_same},
    {"aten::prelu", infer_same},
    {"aten::_prelu_kernel", infer_same},
    {"aten::gelu", infer_same},
    {"aten::silu", infer_same},
    {"aten::mish", infer_same},
    {"aten::hardswish", infer_same},
    {"aten::hardsigmoid", infer_same},
    {"aten::elu", infer_same},
    {"aten::celu", infer_same},
    {"aten::selu", infer_same},
    {"aten::leaky_relu", infer_same},
    {"aten::rrelu", infer_same},
    {"aten::softplus", infer_same},
    {"aten::log_sigmoid", infer_same},
    {"aten::hardshrink", infer_same},
    {"aten::softshrink", infer_same},
    {"aten::glu", infer_glu},
    {"aten::sqrt", infer_sqrt},
    {"aten::rsqrt", infer_float_unary},
    {"aten::exp", infer_float_unary},
    {"aten::exp2", infer_float_unary},
    {"aten::expm1", infer_float_unary},
    {"aten::log", infer_float_unary},
    {"aten::log2", infer_float_unary},
    {"aten::log10", infer_float_unary},
    {"aten::log1p", infer_float_unary},
    {"aten::sin", infer_float_unary},
    {"aten::cos", infer_float_unary},
    {"aten::tan", infer_float_unary},
    {"aten::asin", infer_float_unary},
    {"aten::acos", infer_float_unary},
    {"aten::atan", infer_float_unary},
    {"aten::sinh", infer_float_unary},
    {"aten::cosh", infer_float_unary},
    {"aten::asinh", infer_float_unary},
    {"aten::acosh", infer_float_unary},
    {"aten::atanh", infer_float_unary},
    {"aten::arcsin", infer_float_unary},
    {"aten::arccos", infer_float_unary},
    {"aten::arctan", infer_float_unary},
    {"aten::tanh", infer_float_unary},
    {"aten::sigmoid", infer_float_unary},
    {"aten::erf", infer_float_unary},
    {"aten::erfc", infer_float_unary},
    {"aten::special_erf", infer_float_unary},
    {"aten::special_expit", infer_float_unary},
    {"aten::reciprocal", infer_float_unary},
    {"aten::logit", infer_float_unary},
    {"aten::deg2rad", infer_float_unary},
    {"aten::rad2deg", infer_float_unary},
    {"aten::sinc", infer_float_unary},
    {"aten::isnan", infer_bool_unary},
    {"aten::isinf", infer_bool_unary},
    {"aten::isfinite", infer_bool_unary},
    {"aten::isposinf", infer_bool_unary},
    {"aten::isneginf", infer_bool_unary},
    {"aten::signbit", infer_bool_unary},
    {"aten::view_as_complex", infer_view_as_complex},
    {"aten::view_as_real", infer_view_as_real},
    {"aten::real", infer_real},
    {"aten::imag", infer_real},
    {"aten::angle", infer_real},
    {"aten::polar", infer_polar},
    {"aten::complex", infer_polar},
};
}  // namespace

InferTable infer_unary_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
