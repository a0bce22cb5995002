#include "scalar_operators.h"

#include <algorithm>
#include <cmath>

#include "failure.h"

namespace modelexport::torchscript {
namespace {

using Operands = std::vector<c10::IValue>;

[[noreturn]] void refuse(const char* why) { throw Failure(ErrorCode::torchscript_run, why); }

/// A number that may have arrived as a rank-0 tensor.
c10::IValue number(const Operands& operands, std::size_t index) {
  if (index >= operands.size()) refuse("an operand is missing");
  const c10::IValue& value = operands[index];
  if (value.isTensor()) return c10::IValue(value.toTensor().item());
  return value;
}
double real(const Operands& operands, std::size_t index) {
  const c10::IValue value = number(operands, index);
  return value.isInt()    ? static_cast<double>(value.toInt())
         : value.isBool() ? value.toBool()
                          : value.toDouble();
}
std::int64_t integer(const Operands& operands, std::size_t index) {
  const c10::IValue value = number(operands, index);
  return value.isBool() ? value.toBool() : value.toInt();
}
bool both_integers(const Operands& operands) {
  return operands.size() > 1 && !number(operands, 0).isDouble() && !number(operands, 1).isDouble();
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) refuse("division by zero");
  const std::int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

template <class Integers, class Reals>
c10::IValue arithmetic(const Operands& x, Integers integers, Reals reals) {
  if (both_integers(x)) return integers(integer(x, 0), integer(x, 1));
  return reals(real(x, 0), real(x, 1));
}

c10::IValue add(const Operands& x) {
  return arithmetic(
      x, [](auto a, auto b) { return a + b; }, [](auto a, auto b) { return a + b; });
}
c10::IValue subtract(const Operands& x) {
  return arithmetic(
      x, [](auto a, auto b) { return a - b; }, [](auto a, auto b) { return a - b; });
}
c10::IValue multiply(const Operands& x) {
  return arithmetic(
      x, [](auto a, auto b) { return a * b; }, [](auto a, auto b) { return a * b; });
}
c10::IValue floor_division(const Operands& x) {
  return arithmetic(x, floor_divide, [](double a, double b) { return std::floor(a / b); });
}
c10::IValue true_division(const Operands& x) { return real(x, 0) / real(x, 1); }
c10::IValue modulo(const Operands& x) {
  return arithmetic(
      x, [](std::int64_t a, std::int64_t b) { return a - floor_divide(a, b) * b; },
      [](double a, double b) { return a - std::floor(a / b) * b; });
}
c10::IValue power(const Operands& x) {
  const double result = std::pow(real(x, 0), real(x, 1));
  if (both_integers(x) && integer(x, 1) >= 0) return static_cast<std::int64_t>(std::llround(result));
  return result;
}
c10::IValue smallest(const Operands& x) {
  return arithmetic(
      x, [](auto a, auto b) { return std::min(a, b); }, [](auto a, auto b) { return std::min(a, b); });
}
c10::IValue largest(const Operands& x) {
  return arithmetic(
      x, [](auto a, auto b) { return std::max(a, b); }, [](auto a, auto b) { return std::max(a, b); });
}
c10::IValue negative(const Operands& x) {
  return number(x, 0).isDouble() ? c10::IValue(-real(x, 0)) : c10::IValue(-integer(x, 0));
}
c10::IValue item_of(const Operands& x) {
  if (x.empty()) refuse("an operand is missing");
  const auto items = x[0].isTuple() ? x[0].toTupleRef().elements().vec() : x[0].toList().vec();
  const std::int64_t index = integer(x, 1);
  return items.at(
      static_cast<std::size_t>(index < 0 ? index + static_cast<std::int64_t>(items.size()) : index));
}

struct Rule {
  const char* target;
  c10::IValue (*run)(const Operands&);
};
const Rule kRules[] = {
    {"operator::add", add},
    {"operator::sub", subtract},
    {"operator::mul", multiply},
    {"operator::floordiv", floor_division},
    {"operator::truediv", true_division},
    {"operator::mod", modulo},
    {"operator::pow", power},
    {"operator::pow_by_natural", power},
    {"operator::neg", negative},
    {"operator::getitem", item_of},
    {"operator::sym_min", smallest},
    {"operator::sym_max", largest},
    {"operator::eq", [](const Operands& x) { return c10::IValue(real(x, 0) == real(x, 1)); }},
    {"operator::ne", [](const Operands& x) { return c10::IValue(real(x, 0) != real(x, 1)); }},
    {"operator::lt", [](const Operands& x) { return c10::IValue(real(x, 0) < real(x, 1)); }},
    {"operator::le", [](const Operands& x) { return c10::IValue(real(x, 0) <= real(x, 1)); }},
    {"operator::gt", [](const Operands& x) { return c10::IValue(real(x, 0) > real(x, 1)); }},
    {"operator::ge", [](const Operands& x) { return c10::IValue(real(x, 0) >= real(x, 1)); }},
    {"operator::not", [](const Operands& x) { return c10::IValue(real(x, 0) == 0); }},
    {"operator::not_", [](const Operands& x) { return c10::IValue(real(x, 0) == 0); }},
    {"operator::sym_not", [](const Operands& x) { return c10::IValue(real(x, 0) == 0); }},
    {"operator::and", [](const Operands& x) { return c10::IValue(real(x, 0) != 0 && real(x, 1) != 0); }},
    {"operator::and_", [](const Operands& x) { return c10::IValue(real(x, 0) != 0 && real(x, 1) != 0); }},
    {"operator::or", [](const Operands& x) { return c10::IValue(real(x, 0) != 0 || real(x, 1) != 0); }},
    {"operator::or_", [](const Operands& x) { return c10::IValue(real(x, 0) != 0 || real(x, 1) != 0); }},
    {"operator::sym_ite", [](const Operands& x) { return real(x, 0) != 0 ? x.at(1) : x.at(2); }},
    {"operator::sym_float", [](const Operands& x) { return c10::IValue(real(x, 0)); }},
    {"operator::sym_int",
     [](const Operands& x) { return c10::IValue(static_cast<std::int64_t>(real(x, 0))); }},
    {"operator::sym_sqrt", [](const Operands& x) { return c10::IValue(std::sqrt(real(x, 0))); }},
    {"math::sqrt", [](const Operands& x) { return c10::IValue(std::sqrt(real(x, 0))); }},
    {"math::floor",
     [](const Operands& x) { return c10::IValue(static_cast<std::int64_t>(std::floor(real(x, 0)))); }},
    {"math::ceil",
     [](const Operands& x) { return c10::IValue(static_cast<std::int64_t>(std::ceil(real(x, 0)))); }},
    {"math::trunc",
     [](const Operands& x) { return c10::IValue(static_cast<std::int64_t>(std::trunc(real(x, 0)))); }},
    {"aten::sym_size", [](const Operands& x) { return c10::IValue(x.at(0).toTensor().size(integer(x, 1))); }},
    {"aten::sym_numel", [](const Operands& x) { return c10::IValue(x.at(0).toTensor().numel()); }},
    {"aten::sym_storage_offset",
     [](const Operands& x) { return c10::IValue(x.at(0).toTensor().storage_offset()); }},
};

}  // namespace

std::optional<c10::IValue> run_scalar_operator(const std::string& target, const Operands& operands) {
  for (const Rule& rule : kRules)
    if (target == rule.target) return rule.run(operands);
  return std::nullopt;
}

at::Tensor tensor_of_number(const c10::IValue& value) {
  return at::scalar_tensor(value.toScalar(), value.isInt()    ? at::kLong
                                             : value.isBool() ? at::kBool
                                                              : at::kDouble);
}

bool is_true(const c10::IValue& value) {
  return value.isTensor() ? value.toTensor().item().toBool() : value.toBool();
}

}  // namespace modelexport::torchscript
