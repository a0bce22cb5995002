// Functions of one tensor.
#include "lower/families.h"
#include "lower/pointwise.h"

namespace modelexport::lower {
namespace {

using aten::Type;

/// Operators that are one ONNX node in the result's dtype. `narrow`: the runtime has it for float32 only.
struct Simple {
  std::string_view target;
  const char* node;
  bool narrow;
};
constexpr Simple kSimple[] = {
    {"aten::sqrt", "Sqrt", false},
    {"aten::exp", "Exp", false},
    {"aten::log", "Log", false},
    {"aten::sin", "Sin", false},
    {"aten::cos", "Cos", false},
    {"aten::tan", "Tan", true},
    {"aten::asin", "Asin", true},
    {"aten::acos", "Acos", true},
    {"aten::atan", "Atan", true},
    {"aten::arcsin", "Asin", true},
    {"aten::arccos", "Acos", true},
    {"aten::arctan", "Atan", true},
    {"aten::sinh", "Sinh", true},
    {"aten::cosh", "Cosh", true},
    {"aten::asinh", "Asinh", true},
    {"aten::acosh", "Acosh", true},
    {"aten::atanh", "Atanh", true},
    {"aten::tanh", "Tanh", false},
    {"aten::sigmoid", "Sigmoid", false},
    {"aten::special_expit", "Sigmoid", false},
    {"aten::erf", "Erf", true},
    {"aten::special_erf", "Erf", true},
    {"aten::reciprocal", "Reciprocal", false},
};

void lower_simple(Lower& l) {
  for (const Simple& row : kSimple) {
    if (row.target != l.op().target) continue;
    const DType dtype = l.result().dtype;
    const std::string value = operand(l, 0, dtype);
    return l.set(row.narrow ? emit_float(l, row.node, {value}, dtype) : l.emit(row.node, {value}));
  }
}

void lower_rsqrt(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(l.emit("Div", {l.scalar(dtype, 1), l.emit("Sqrt", {operand(l, 0, dtype)})}));
}

void lower_sign(Lower& l) { l.set(l.emit("Sign", {operand(l, 0)})); }

std::string truncation(Lower& l, const std::string& value) {
  return l.emit("Mul", {l.emit("Sign", {value}), l.emit("Floor", {l.emit("Abs", {value})})});
}

void lower_rounding(Lower& l) {
  const std::string value = operand(l, 0);
  const DType dtype = l.result().dtype;
  const std::string_view target = l.op().target;
  if (!is_floating(dtype)) return l.set(value);
  if (target == "aten::floor") return l.set(l.emit("Floor", {value}));
  if (target == "aten::ceil") return l.set(l.emit("Ceil", {value}));
  if (target != "aten::round") return l.set(truncation(l, value));
  const std::int64_t decimals = l.static_int("decimals", 0);
  if (decimals == 0) return l.set(l.emit("Round", {value}));
  double power = 1;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(decimals < 0 ? -decimals : decimals, 300); ++i)
    power *= 10;
  const std::string scale = l.scalar(dtype, power);
  const bool up = decimals > 0;
  const std::string rounded = l.emit("Round", {l.emit(up ? "Mul" : "Div", {value, scale})});
  l.set(l.emit(up ? "Div" : "Mul", {rounded, scale}));
}

void lower_frac(Lower& l) {
  const std::string value = operand(l, 0);
  l.set(l.emit("Sub", {value, truncation(l, value)}));
}

void lower_square(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string value = operand(l, 0, dtype);
  l.set(emit_wide(l, "Mul", {value, value}, dtype));
}

// ---- exponentials and logarithms of other bases

void lower_log_base(Lower& l) {
  const DType dtype = l.result().dtype;
  const double base = l.op().target == "aten::log2" ? 0.69314718055994530942 : 2.30258509299404568402;
  l.set(l.emit("Div", {l.emit("Log", {operand(l, 0, dtype)}), l.scalar(dtype, base)}));
}
void lower_log1p(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(l.emit("Log", {l.emit("Add", {operand(l, 0, dtype), l.scalar(dtype, 1)})}));
}
void lower_exp2(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(l.emit("Pow", {l.scalar(dtype, 2), operand(l, 0, dtype)}));
}
void lower_expm1(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(l.emit("Sub", {l.emit("Exp", {operand(l, 0, dtype)}), l.scalar(dtype, 1)}));
}
void lower_erfc(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(l.emit("Sub", {l.scalar(dtype, 1), emit_float(l, "Erf", {operand(l, 0, dtype)}, dtype)}));
}
void lower_logit(Lower& l) {
  const DType dtype = l.result().dtype;
  std::string x = operand(l, 0, dtype);
  if (l.given("eps")) {
    const double eps = l.real("eps");
    x = l.emit("Clip", {x, l.scalar(dtype, eps), l.scalar(dtype, 1 - eps)});
  }
  l.set(l.emit("Log", {l.emit("Div", {x, l.emit("Sub", {l.scalar(dtype, 1), x})})}));
}
void lower_angle_unit(Lower& l) {
  const DType dtype = l.result().dtype;
  constexpr double kDegree = 3.14159265358979323846 / 180;
  l.set(l.emit("Mul", {operand(l, 0, dtype),
                       l.scalar(dtype, l.op().target == "aten::deg2rad" ? kDegree : 1 / kDegree)}));
}
void lower_sinc(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string x = operand(l, 0, dtype);
  const std::string scaled = l.emit("Mul", {x, l.scalar(dtype, 3.14159265358979323846)});
  const std::string quotient = l.emit("Div", {l.emit("Sin", {scaled}), scaled});
  l.set(l.emit("Where", {l.emit("Equal", {x, l.scalar(dtype, 0)}), l.scalar(dtype, 1), quotient}));
}

// ---- tests

void lower_isnan(Lower& l) {
  const DType dtype = operand_type(l, 0).dtype;
  if (is_floating(dtype)) return l.set(l.emit("IsNaN", {operand(l, 0)}));
  l.set(l.emit("Not", {l.emit("Equal", {operand(l, 0), operand(l, 0)})}));
}

std::string infinite(Lower& l, bool positive, bool negative) {
  const DType dtype = operand_type(l, 0).dtype;
  const std::string value = operand(l, 0, is_floating(dtype) ? dtype : DType::float32);
  return emit_infinity_test(l, value, is_floating(dtype) ? dtype : DType::float32, positive, negative);
}
void lower_isinf(Lower& l) { l.set(infinite(l, true, true)); }
void lower_isposinf(Lower& l) { l.set(infinite(l, true, false)); }
void lower_isneginf(Lower& l) { l.set(infinite(l, false, true)); }
void lower_isfinite(Lower& l) {
  const DType dtype = operand_type(l, 0).dtype;
  const std::string value = operand(l, 0, is_floating(dtype) ? dtype : DType::float32);
  l.set(l.emit("Not", {l.emit("Or", {l.emit("IsNaN", {value}), infinite(l, true, true)})}));
}
void lower_signbit(Lower& l) {
  const DType dtype = widened(operand_type(l, 0).dtype);
  l.set(l.emit("Less", {operand(l, 0, dtype), l.scalar(dtype, 0)}));
}

constexpr LowerRule kRules[] = {
    {"aten::sqrt", lower_simple},        {"aten::exp", lower_simple},
    {"aten::log", lower_simple},         {"aten::sin", lower_simple},
    {"aten::cos", lower_simple},         {"aten::tan", lower_simple},
    {"aten::asin", lower_simple},        {"aten::acos", lower_simple},
    {"aten::atan", lower_simple},        {"aten::arcsin", lower_simple},
    {"aten::arccos", lower_simple},      {"aten::arctan", lower_simple},
    {"aten::sinh", lower_simple},        {"aten::cosh", lower_simple},
    {"aten::asinh", lower_simple},       {"aten::acosh", lower_simple},
    {"aten::atanh", lower_simple},       {"aten::tanh", lower_simple},
    {"aten::sigmoid", lower_simple},     {"aten::special_expit", lower_simple},
    {"aten::erf", lower_simple},         {"aten::special_erf", lower_simple},
    {"aten::reciprocal", lower_simple},  {"aten::rsqrt", lower_rsqrt},
    {"aten::sign", lower_sign},          {"aten::sgn", lower_sign},
    {"aten::floor", lower_rounding},     {"aten::ceil", lower_rounding},
    {"aten::round", lower_rounding},     {"aten::trunc", lower_rounding},
    {"aten::fix", lower_rounding},       {"aten::frac", lower_frac},
    {"aten::square", lower_square},      {"aten::log2", lower_log_base},
    {"aten::log10", lower_log_base},     {"aten::log1p", lower_log1p},
    {"aten::exp2", lower_exp2},          {"aten::expm1", lower_expm1},
    {"aten::erfc", lower_erfc},          {"aten::logit", lower_logit},
    {"aten::deg2rad", lower_angle_unit}, {"aten::rad2deg", lower_angle_unit},
    {"aten::sinc", lower_sinc},          {"aten::isnan", lower_isnan},
    {"aten::isinf", lower_isinf},        {"aten::isposinf", lower_isposinf},
    {"aten::isneginf", lower_isneginf},  {"aten::isfinite", lower_isfinite},
    {"aten::signbit", lower_signbit},
};
}  // namespace

RuleTable unary_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
