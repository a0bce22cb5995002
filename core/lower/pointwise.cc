#include "lower/pointwise.h"

#include <cmath>

namespace modelexport::lower {

using aten::Arith;
using aten::Type;

Type operand_type(const Lower& l, std::size_t position) {
  return position < l.op().args.size() ? l.type_of(l.op().args[position].value) : Type::number(DType::int64);
}

std::string operand(Lower& l, std::size_t position, DType dtype) {
  if (position < l.op().args.size()) return l.value(l.op().args[position].value, dtype);
  l.fail("argument " + std::to_string(position + 1) + " is missing");
  return "";
}

std::optional<double> constant_operand(const Lower& l, std::size_t position) {
  const Type type = operand_type(l, position);
  return type.shape.empty() ? type.real() : std::nullopt;
}

DType widened(DType dtype) {
  switch (dtype) {
    case DType::uint8:
    case DType::int8:
    case DType::int16:
    case DType::uint16:
    case DType::boolean:
      return DType::int32;
    default:
      return dtype;
  }
}

std::string emit_wide(Lower& l, const std::string& op_type, std::vector<std::string> values, DType dtype,
                      Attributes attributes) {
  const DType wide = widened(dtype);
  for (auto& value : values) value = l.cast(value, dtype, wide);
  return l.cast(l.emit(op_type, std::move(values), std::move(attributes)), wide, dtype);
}

std::string emit_float(Lower& l, const std::string& op_type, std::vector<std::string> values, DType dtype,
                       Attributes attributes) {
  const DType compute = dtype == DType::float64 ? DType::float32 : dtype;
  for (auto& value : values) value = l.cast(value, dtype, compute);
  return l.cast(l.emit(op_type, std::move(values), std::move(attributes)), compute, dtype);
}

std::string emit_where(Lower& l, const std::string& condition, const std::string& yes, const std::string& no,
                       DType dtype) {
  DType compute = dtype;
  if (dtype == DType::boolean) compute = DType::uint8;
  if (dtype == DType::int8 || dtype == DType::int16) compute = DType::int32;
  return l.cast(l.emit("Where", {condition, l.cast(yes, dtype, compute), l.cast(no, dtype, compute)}),
                compute, dtype);
}

std::string emit_infinity_test(Lower& l, const std::string& value, DType dtype, bool positive,
                               bool negative) {
  // IsInf knows float16 only from opset 20 on.
  const DType compute = dtype == DType::float64 ? dtype : DType::float32;
  return l.emit(
      "IsInf", {l.cast(value, dtype, compute)},
      {attr("detect_negative", std::int64_t{negative}), attr("detect_positive", std::int64_t{positive})});
}

/// atan2 from atan: the quadrant comes from the signs.
std::string emit_arc_tangent(Lower& l, const std::string& y, const std::string& x, DType dtype) {
  const std::string zero = l.scalar(dtype, 0);
  const std::string pi = l.scalar(dtype, 3.14159265358979323846);
  const std::string base = emit_float(l, "Atan", {l.emit("Div", {y, x})}, dtype);
  const std::string turn = l.emit("Where", {l.emit("Less", {y, zero}), l.emit("Neg", {pi}), pi});
  const std::string left = l.emit("Where", {l.emit("Less", {x, zero}), l.emit("Add", {base, turn}), base});
  // 0/0 has no quotient; atan2(0, 0) is 0.
  const std::string both = l.emit("And", {l.emit("Equal", {x, zero}), l.emit("Equal", {y, zero})});
  return l.emit("Where", {both, zero, left});
}

namespace {

bool integral(DType dtype) { return is_integral(dtype) || dtype == DType::boolean; }

/// other * alpha, folded where alpha is 1 or both are constants.
std::string scaled(Lower& l, std::size_t position, DType dtype) {
  if (!l.given("alpha")) return operand(l, position, dtype);
  const auto alpha = l.type("alpha").real();
  if (alpha && *alpha == 1) return operand(l, position, dtype);
  if (const auto value = constant_operand(l, position); value && alpha)
    return l.scalar(dtype, *value * *alpha);
  return emit_wide(l, "Mul", {operand(l, position, dtype), l.tensor("alpha", dtype)}, dtype);
}

/// Rounds a quotient towards zero: there is no operator for it.
std::string truncated(Lower& l, const std::string& value) {
  return l.emit("Mul", {l.emit("Sign", {value}), l.emit("Floor", {l.emit("Abs", {value})})});
}

std::string floor_divided(Lower& l, const std::string& a, const std::string& b, DType dtype) {
  if (!integral(dtype)) return l.emit("Floor", {l.emit("Div", {a, b})});
  // Div truncates; a - a mod b is divisible, with Mod taking the divisor's sign as in Python.
  return emit_wide(l, "Div", {emit_wide(l, "Sub", {a, emit_wide(l, "Mod", {a, b}, dtype)}, dtype), b}, dtype);
}

std::string remainder(Lower& l, const std::string& a, const std::string& b, DType dtype) {
  if (integral(dtype)) return emit_wide(l, "Mod", {a, b}, dtype);
  return l.emit("Sub", {a, l.emit("Mul", {l.emit("Floor", {l.emit("Div", {a, b})}), b})});
}

std::string power(Lower& l, DType dtype) {
  const auto exponent = constant_operand(l, 1);
  const std::string base = operand(l, 0, dtype);
  if (exponent && is_floating(dtype)) {
    if (*exponent == 1) return base;
    if (*exponent == 0.5) return l.emit("Sqrt", {base});
    if (*exponent == -1) return l.emit("Reciprocal", {base});
    if (*exponent == -0.5) return l.emit("Div", {l.scalar(dtype, 1), l.emit("Sqrt", {base})});
  }
  return emit_wide(l, "Pow", {base, operand(l, 1, dtype)}, dtype);
}

Arith with_rounding(Lower& l, Arith kind) {
  const std::string mode = kind == Arith::div ? l.text("rounding_mode") : std::string();
  return mode == "floor" ? Arith::floor_div : mode == "trunc" ? Arith::trunc_div : kind;
}

std::string boolean_arithmetic(Lower& l, Arith kind) {
  const std::string a = operand(l, 0, DType::boolean);
  const std::string b = operand(l, 1, DType::boolean);
  return l.emit(kind == Arith::mul || kind == Arith::min ? "And" : "Or", {a, b});
}

}  // namespace

void lower_arithmetic(Lower& l, Arith kind) {
  kind = with_rounding(l, kind);
  const DType dtype = l.result().dtype;
  if (dtype == DType::boolean &&
      (kind == Arith::add || kind == Arith::mul || kind == Arith::max || kind == Arith::min))
    return l.set(boolean_arithmetic(l, kind));
  if (is_complex(dtype)) return lower_complex_arithmetic(l, kind);
  if (kind == Arith::pow) return l.set(power(l, dtype));
  const std::string a = operand(l, 0, dtype);
  const std::string b = kind == Arith::add || kind == Arith::sub ? scaled(l, 1, dtype) : operand(l, 1, dtype);
  switch (kind) {
    case Arith::add:
      return l.set(emit_wide(l, "Add", {a, b}, dtype));
    case Arith::sub:
      return l.set(emit_wide(l, "Sub", {a, b}, dtype));
    case Arith::mul:
      return l.set(emit_wide(l, "Mul", {a, b}, dtype));
    case Arith::div:
      return l.set(l.emit("Div", {a, b}));
    case Arith::max:
      return l.set(emit_wide(l, "Max", {a, b}, dtype));
    case Arith::min:
      return l.set(emit_wide(l, "Min", {a, b}, dtype));
    case Arith::floor_div:
      return l.set(floor_divided(l, a, b, dtype));
    case Arith::trunc_div:
      if (integral(dtype)) return l.set(emit_wide(l, "Div", {a, b}, dtype));
      return l.set(truncated(l, l.emit("Div", {a, b})));
    case Arith::remainder:
      return l.set(remainder(l, a, b, dtype));
    case Arith::fmod:
      return l.set(emit_wide(l, "Mod", {a, b}, dtype, {attr("fmod", std::int64_t{1})}));
    case Arith::atan2:
      return l.set(emit_arc_tangent(l, a, b, dtype));
    case Arith::pow:
      return;
  }
}

}  // namespace modelexport::lower
