// Arithmetic, comparison, logic, choosing and casts. Unary functions: unary.cc; activations: activation.cc.
#include "lower/families.h"
#include "lower/opsets.h"
#include "lower/pointwise.h"

namespace modelexport::lower {
namespace {

using aten::Arith;
using aten::Compare;
using aten::Type;

template <Arith kind>
void lower_arith(Lower& l) {
  lower_arithmetic(l, kind);
}

void lower_rsub(Lower& l) {
  const DType dtype = l.result().dtype;
  std::string self = operand(l, 0, dtype);
  if (const double alpha = l.real("alpha", 1); alpha != 1)
    self = emit_wide(l, "Mul", {self, l.scalar(dtype, alpha)}, dtype);
  l.set(emit_wide(l, "Sub", {operand(l, 1, dtype), self}, dtype));
}

void lower_hypot(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string a = operand(l, 0, dtype);
  const std::string b = operand(l, 1, dtype);
  l.set(l.emit("Sqrt", {l.emit("Add", {l.emit("Mul", {a, a}), l.emit("Mul", {b, b})})}));
}

void lower_logaddexp(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string a = operand(l, 0, dtype);
  const std::string b = operand(l, 1, dtype);
  const std::string gap = l.emit("Neg", {l.emit("Abs", {l.emit("Sub", {a, b})})});
  l.set(l.emit("Add", {l.emit("Max", {a, b}),
                       l.emit("Log", {l.emit("Add", {l.scalar(dtype, 1), l.emit("Exp", {gap})})})}));
}

void lower_xlogy(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string x = operand(l, 0, dtype);
  const std::string zero = l.scalar(dtype, 0);
  const std::string product = l.emit("Mul", {x, l.emit("Log", {operand(l, 1, dtype)})});
  l.set(emit_where(l, l.emit("Equal", {x, zero}), zero, product, dtype));
}

void lower_neg(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(emit_wide(l, "Neg", {operand(l, 0, dtype)}, dtype));
}

// ---- comparison and logic

/// mask == 0, mask != 1 ... of a bool tensor need no cast.
bool lower_mask_test(Lower& l, const Type& a, const Type& b, bool equal) {
  if (a.dtype != DType::boolean || !a.is_tensor()) return false;
  const auto value = b.shape.empty() ? b.real() : std::nullopt;
  if (!value || (*value != 0 && *value != 1)) return false;
  const std::string mask = operand(l, 0);
  l.set((*value == 1) == equal ? mask : l.emit("Not", {mask}));
  return true;
}

template <Compare kind>
void lower_compare(Lower& l) {
  const Type a = operand_type(l, 0);
  const Type b = operand_type(l, 1);
  constexpr bool equality = kind == Compare::eq || kind == Compare::ne;
  if (equality && lower_mask_test(l, a, b, kind == Compare::eq)) return;
  DType dtype = aten::arithmetic_type({&a, &b});
  if (!equality || dtype != DType::boolean) dtype = widened(dtype);
  const std::string x = operand(l, 0, dtype);
  const std::string y = operand(l, 1, dtype);
  switch (kind) {
    case Compare::eq:
      return l.set(l.emit("Equal", {x, y}));
    case Compare::ne:
      return l.set(l.emit("Not", {l.emit("Equal", {x, y})}));
    case Compare::lt:
      return l.set(l.emit("Less", {x, y}));
    case Compare::le:
      return l.set(l.emit("LessOrEqual", {x, y}));
    case Compare::gt:
      return l.set(l.emit("Greater", {x, y}));
    case Compare::ge:
      return l.set(l.emit("GreaterOrEqual", {x, y}));
  }
}

const char* logic_node(std::string_view target) {
  if (target.find("xor") != std::string_view::npos) return "Xor";
  return target.find("and") != std::string_view::npos ? "And" : "Or";
}

void lower_logic(Lower& l) {
  l.set(l.emit(logic_node(l.op().target), {operand(l, 0, DType::boolean), operand(l, 1, DType::boolean)}));
}

void lower_bitwise(Lower& l) {
  const DType dtype = l.result().dtype;
  if (dtype == DType::boolean) return lower_logic(l);
  if (!has_opset(l, Form::integer_bits)) return;
  l.set(l.emit(std::string("Bitwise") + logic_node(l.op().target),
               {operand(l, 0, dtype), operand(l, 1, dtype)}));
}

void lower_bitwise_not(Lower& l) {
  const DType dtype = l.result().dtype;
  if (dtype == DType::boolean) return l.set(l.emit("Not", {operand(l, 0)}));
  if (l.b.opset() < 18) return l.set(emit_wide(l, "Sub", {l.b.scalar_int(-1, dtype), operand(l, 0)}, dtype));
  l.set(l.emit("BitwiseNot", {operand(l, 0)}));
}

/// Shifts of signed integers as multiplication and floor division by a power of two.
void lower_shift(Lower& l) {
  const DType dtype = l.result().dtype;
  const bool left = l.op().target.find("left") != std::string::npos || l.op().target == "aten::__lshift__";
  const std::string a = operand(l, 0, dtype);
  const std::string power = emit_wide(l, "Pow", {l.b.scalar_int(2, dtype), operand(l, 1, dtype)}, dtype);
  if (left) return l.set(emit_wide(l, "Mul", {a, power}, dtype));
  const std::string rest = emit_wide(l, "Mod", {a, power}, dtype);
  l.set(emit_wide(l, "Div", {emit_wide(l, "Sub", {a, rest}, dtype), power}, dtype));
}

void lower_logical_not(Lower& l) { l.set(l.emit("Not", {operand(l, 0, DType::boolean)})); }

// ---- choosing and limits

void lower_where(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(emit_where(l, operand(l, 0, DType::boolean), operand(l, 1, dtype), operand(l, 2, dtype), dtype));
}

void lower_masked_fill(Lower& l) {
  const DType dtype = l.result().dtype;
  l.set(emit_where(l, operand(l, 1, DType::boolean), operand(l, 2, dtype), operand(l, 0, dtype), dtype));
}

void lower_clamp(Lower& l) {
  const DType dtype = l.result().dtype;
  const DType wide = widened(dtype);
  std::string value = l.cast(operand(l, 0, dtype), dtype, wide);
  std::string bounds[2];
  bool scalars = true;
  for (int i = 0; i < 2; ++i) {
    const char* name = i == 0 ? "min" : "max";
    if (!l.given(name)) continue;
    scalars = scalars && l.type(name).shape.empty();
    bounds[i] = l.tensor(name, wide);
  }
  if (scalars) {
    if (!bounds[0].empty() || !bounds[1].empty()) value = l.emit("Clip", {value, bounds[0], bounds[1]});
  } else {
    if (!bounds[0].empty()) value = l.emit("Max", {value, bounds[0]});
    if (!bounds[1].empty()) value = l.emit("Min", {value, bounds[1]});
  }
  l.set(l.cast(value, wide, dtype));
}

void lower_nan_to_num(Lower& l) {
  const DType dtype = l.result().dtype;
  std::string value = operand(l, 0);
  if (!is_floating(dtype)) return l.set(value);
  const double largest = dtype == DType::float64    ? 1.7976931348623157e308
                         : dtype == DType::float16  ? 65504.0
                         : dtype == DType::bfloat16 ? 3.3895313892515355e38
                                                    : 3.4028234663852886e38;
  const auto replace = [&](const std::string& test, double with) {
    value = l.emit("Where", {test, l.scalar(dtype, with), value});
  };
  const std::string self = value;
  replace(l.emit("IsNaN", {self}), l.real("nan", 0));
  replace(emit_infinity_test(l, self, dtype, true, false), l.real("posinf", largest));
  replace(emit_infinity_test(l, self, dtype, false, true), l.real("neginf", -largest));
  l.set(value);
}

// ---- three operands

std::string scaled_by_value(Lower& l, std::string product, DType dtype) {
  const double factor = l.real("value", 1);
  return factor == 1 ? product : emit_wide(l, "Mul", {std::move(product), l.scalar(dtype, factor)}, dtype);
}

void lower_addc(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string node = l.op().target == "aten::addcmul" ? "Mul" : "Div";
  const std::string product = emit_wide(l, node, {operand(l, 1, dtype), operand(l, 2, dtype)}, dtype);
  l.set(emit_wide(l, "Add", {operand(l, 0, dtype), scaled_by_value(l, product, dtype)}, dtype));
}

void lower_lerp(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string self = operand(l, 0, dtype);
  const std::string step = l.emit("Sub", {operand(l, 1, dtype), self});
  l.set(l.emit("Add", {self, l.emit("Mul", {operand(l, 2, dtype), step})}));
}

// ---- casts and copies

void lower_cast(Lower& l) { l.set(operand(l, 0, l.result().dtype)); }
void lower_pass(Lower& l) { l.set(operand(l, 0)); }

void lower_copy(Lower& l) {
  const Type src = operand_type(l, 1);
  l.set(l.expand(operand(l, 1, l.result().dtype), src.shape, l.result().shape));
}

constexpr LowerRule kRules[] = {
    {"aten::add", lower_arith<Arith::add>},
    {"aten::sub", lower_arith<Arith::sub>},
    {"aten::subtract", lower_arith<Arith::sub>},
    {"aten::rsub", lower_rsub},
    {"aten::mul", lower_arith<Arith::mul>},
    {"aten::multiply", lower_arith<Arith::mul>},
    {"aten::div", lower_arith<Arith::div>},
    {"aten::divide", lower_arith<Arith::div>},
    {"aten::true_divide", lower_arith<Arith::div>},
    {"aten::truediv", lower_arith<Arith::div>},
    {"aten::floor_divide", lower_arith<Arith::floor_div>},
    {"aten::floordiv", lower_arith<Arith::floor_div>},
    {"aten::remainder", lower_arith<Arith::remainder>},
    {"aten::fmod", lower_arith<Arith::fmod>},
    {"aten::pow", lower_arith<Arith::pow>},
    {"aten::maximum", lower_arith<Arith::max>},
    {"aten::minimum", lower_arith<Arith::min>},
    {"aten::fmax", lower_arith<Arith::max>},
    {"aten::fmin", lower_arith<Arith::min>},
    {"aten::atan2", lower_arith<Arith::atan2>},
    {"aten::arctan2", lower_arith<Arith::atan2>},
    {"aten::hypot", lower_hypot},
    {"aten::logaddexp", lower_logaddexp},
    {"aten::xlogy", lower_xlogy},
    {"operator::add", lower_arith<Arith::add>},
    {"operator::sub", lower_arith<Arith::sub>},
    {"operator::mul", lower_arith<Arith::mul>},
    {"operator::floordiv", lower_arith<Arith::floor_div>},
    {"operator::truediv", lower_arith<Arith::div>},
    {"operator::mod", lower_arith<Arith::remainder>},
    {"operator::pow", lower_arith<Arith::pow>},
    {"operator::pow_by_natural", lower_arith<Arith::pow>},
    {"operator::neg", lower_neg},
    {"aten::neg", lower_neg},
    {"aten::negative", lower_neg},
    {"aten::eq", lower_compare<Compare::eq>},
    {"aten::ne", lower_compare<Compare::ne>},
    {"aten::lt", lower_compare<Compare::lt>},
    {"aten::le", lower_compare<Compare::le>},
    {"aten::gt", lower_compare<Compare::gt>},
    {"aten::ge", lower_compare<Compare::ge>},
    {"aten::not_equal", lower_compare<Compare::ne>},
    {"aten::less", lower_compare<Compare::lt>},
    {"aten::less_equal", lower_compare<Compare::le>},
    {"aten::greater", lower_compare<Compare::gt>},
    {"aten::greater_equal", lower_compare<Compare::ge>},
    {"aten::logical_and", lower_logic},
    {"aten::logical_or", lower_logic},
    {"aten::logical_xor", lower_logic},
    {"aten::logical_not", lower_logical_not},
    {"aten::bitwise_and", lower_bitwise},
    {"aten::bitwise_or", lower_bitwise},
    {"aten::bitwise_xor", lower_bitwise},
    {"aten::__and__", lower_bitwise},
    {"aten::__or__", lower_bitwise},
    {"aten::__xor__", lower_bitwise},
    {"aten::bitwise_not", lower_bitwise_not},
    {"aten::bitwise_left_shift", lower_shift},
    {"aten::bitwise_right_shift", lower_shift},
    {"aten::__lshift__", lower_shift},
    {"aten::__rshift__", lower_shift},
    {"aten::where", lower_where},
    {"aten::masked_fill", lower_masked_fill},
    {"aten::clamp", lower_clamp},
    {"aten::clip", lower_clamp},
    {"aten::clamp_min", lower_clamp},
    {"aten::clamp_max", lower_clamp},
    {"aten::nan_to_num", lower_nan_to_num},
    {"aten::addcmul", lower_addc},
    {"aten::addcdiv", lower_addc},
    {"aten::lerp", lower_lerp},
    {"aten::to", lower_cast},
    {"aten::_to_copy", lower_cast},
    {"aten::type_as", lower_cast},
    {"aten::float", lower_cast},
    {"aten::_cast_Float", lower_cast},
    {"aten::half", lower_cast},
    {"aten::double", lower_cast},
    {"aten::long", lower_cast},
    {"aten::_cast_Long", lower_cast},
    {"aten::int", lower_cast},
    {"aten::bool", lower_cast},
    {"aten::contiguous", lower_pass},
    {"aten::clone", lower_pass},
    {"aten::detach", lower_pass},
    {"aten::alias", lower_pass},
    {"aten::lift_fresh", lower_pass},
    {"aten::lift_fresh_copy", lower_pass},
    {"aten::lift", lower_pass},
    {"aten::requires_grad", lower_pass},
    {"aten::cpu", lower_pass},
    {"aten::resolve_conj", lower_pass},
    {"aten::resolve_neg", lower_pass},
    {"aten::positive", lower_pass},
    {"aten::copy", lower_copy},
};
}  // namespace

RuleTable elementwise_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
