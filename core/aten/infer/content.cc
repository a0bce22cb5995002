#include "aten/infer/content.h"

#include <cmath>

namespace modelexport::aten {
namespace {

/// The exact dtypes in which arithmetic here gives what PyTorch gives.
bool computes(DType dtype) {
  return dtype == DType::int64 || dtype == DType::int32 || dtype == DType::boolean ||
         dtype == DType::float32 || dtype == DType::float64;
}

Element rounded(double value, DType dtype) {
  return dtype == DType::float32 ? static_cast<double>(static_cast<float>(value)) : value;
}

std::optional<Element> integers(Arith kind, const Expr& a, const Expr& b, DType dtype) {
  const bool zero = b.is(0);
  switch (kind) {
    case Arith::add:
      return a + b;
    case Arith::sub:
      return a - b;
    case Arith::mul:
      return a * b;
    case Arith::max:
      return max(a, b);
    case Arith::min:
      return min(a, b);
    case Arith::floor_div:
      if (zero) return std::nullopt;
      return floor_div(a, b);
    case Arith::trunc_div: {
      if (zero) return std::nullopt;
      if (a.known_non_negative() && b.known_non_negative()) return floor_div(a, b);
      const auto x = a.constant();
      const auto y = b.constant();
      if (x && y && *y != -1) return Expr(*x / *y);
      return std::nullopt;
    }
    case Arith::remainder:
      if (zero || is_floating(dtype)) return std::nullopt;
      return mod(a, b);
    case Arith::fmod:
      if (zero || !a.known_non_negative() || !b.known_non_negative()) return std::nullopt;
      return mod(a, b);
    case Arith::pow: {
      const auto exponent = b.constant();
      if (!exponent || *exponent < 0 || *exponent > 64) return std::nullopt;
      Expr out(1);
      for (std::int64_t i = 0; i < *exponent; ++i) out = out * a;
      return out;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Element> reals(Arith kind, double a, double b, DType dtype) {
  switch (kind) {
    case Arith::add:
      return rounded(a + b, dtype);
    case Arith::sub:
      return rounded(a - b, dtype);
    case Arith::mul:
      return rounded(a * b, dtype);
    case Arith::div:
      if (b == 0) return std::nullopt;
      return rounded(a / b, dtype);
    case Arith::floor_div:
      if (b == 0) return std::nullopt;
      return rounded(std::floor(a / b), dtype);
    case Arith::trunc_div:
      if (b == 0) return std::nullopt;
      return rounded(std::trunc(a / b), dtype);
    case Arith::max:
      return a > b ? a : b;
    case Arith::min:
      return a < b ? a : b;
    case Arith::pow:
      if (b == 0.5 && a >= 0) return rounded(std::sqrt(a), dtype);
      if (b == -0.5 && a > 0) return rounded(1.0 / std::sqrt(a), dtype);
      if (b == 2) return rounded(a * a, dtype);
      if (b == 1) return a;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Symbols u0, u1 ... stand for data: unlike sizes they may be negative.
bool only_sizes(const Expr& e) {
  for (const std::string& name : e.symbols())
    if (name.size() > 1 && name[0] == 'u' && name.find_first_not_of("0123456789", 1) == std::string::npos)
      return false;
  return true;
}

std::optional<bool> less(const Element& a, const Element& b) {
  const auto x = constant_of(a);
  const auto y = constant_of(b);
  if (x && y) return *x < *y;
  const Expr* ea = std::get_if<Expr>(&a);
  const Expr* eb = std::get_if<Expr>(&b);
  if (ea == nullptr || eb == nullptr) return std::nullopt;
  const Expr difference = *eb - *ea;
  if (auto d = difference.constant()) return *d > 0;
  if (!only_sizes(difference)) return std::nullopt;
  if (difference.known_positive()) return true;
  if ((-difference).known_non_negative()) return false;
  return std::nullopt;
}

std::optional<bool> equal(const Element& a, const Element& b) {
  const auto x = constant_of(a);
  const auto y = constant_of(b);
  if (x && y) return *x == *y;
  const Expr* ea = std::get_if<Expr>(&a);
  const Expr* eb = std::get_if<Expr>(&b);
  if (ea == nullptr || eb == nullptr) return std::nullopt;
  const Expr difference = *ea - *eb;
  if (auto d = difference.constant()) return *d == 0;
  if (only_sizes(difference) && (difference.known_positive() || (-difference).known_positive())) return false;
  return std::nullopt;
}

}  // namespace

std::optional<double> constant_of(const Element& element) {
  if (const double* real = std::get_if<double>(&element)) return *real;
  if (auto value = std::get<Expr>(element).constant()) return static_cast<double>(*value);
  return std::nullopt;
}

std::optional<bool> truth(const Element& element) {
  if (auto value = constant_of(element)) return *value != 0;
  const Expr& e = std::get<Expr>(element);
  if (only_sizes(e) && (e.known_positive() || (-e).known_positive())) return true;
  return std::nullopt;
}

std::optional<Element> arithmetic(Arith kind, const Element& a, const Element& b, DType dtype) {
  if (!computes(dtype)) return std::nullopt;
  const Expr* ea = std::get_if<Expr>(&a);
  const Expr* eb = std::get_if<Expr>(&b);
  if (ea != nullptr && eb != nullptr && kind != Arith::div) {
    auto out = integers(kind, *ea, *eb, dtype);
    if (!out || dtype != DType::boolean) return out;
    return convert(*out, DType::boolean);
  }
  if (!is_floating(dtype)) return std::nullopt;
  const auto x = constant_of(a);
  const auto y = constant_of(b);
  if (!x || !y) return std::nullopt;
  return reals(kind, *x, *y, dtype);
}

std::optional<Element> compare(Compare kind, const Element& a, const Element& b) {
  std::optional<bool> out;
  bool negate = false;
  switch (kind) {
    case Compare::eq:
      out = equal(a, b);
      break;
    case Compare::ne:
      out = equal(a, b);
      negate = true;
      break;
    case Compare::lt:
      out = less(a, b);
      break;
    case Compare::gt:
      out = less(b, a);
      break;
    case Compare::ge:
      out = less(a, b);
      negate = true;
      break;
    case Compare::le:
      out = less(b, a);
      negate = true;
      break;
  }
  const auto x = constant_of(a);
  const auto y = constant_of(b);
  if (negate && kind != Compare::ne && ((x && std::isnan(*x)) || (y && std::isnan(*y)))) return Expr(0);
  if (!out) return std::nullopt;
  return Expr(*out != negate ? 1 : 0);
}

std::optional<Element> convert(const Element& element, DType to) {
  if (to == DType::boolean) {
    const auto value = truth(element);
    if (!value) return std::nullopt;
    return Expr(*value ? 1 : 0);
  }
  if (is_complex(to)) return std::nullopt;
  const double* real = std::get_if<double>(&element);
  if (real == nullptr) return element;  // a size stays exact in any dtype that holds it
  if (is_floating(to)) return rounded(*real, to);
  if (std::isnan(*real) || std::abs(*real) >= 9.2e18) return std::nullopt;
  return Expr(static_cast<std::int64_t>(*real));
}

std::optional<std::size_t> small_count(const Shape& shape) {
  std::uint64_t count = 1;
  for (const Expr& size : shape) {
    const auto value = size.constant();
    if (!value || *value < 0) return std::nullopt;
    count *= static_cast<std::uint64_t>(*value);
    if (count > Type::kMaxContent) return std::nullopt;
  }
  return static_cast<std::size_t>(count);
}

namespace {
/// Position in an operand's elements of the `flat`-th element of the broadcast result.
std::size_t source_index(const Shape& operand_shape, const Shape& shape, std::size_t flat) {
  std::size_t index = 0;
  std::size_t stride = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t axis = shape.size() - 1 - i;
    const auto size = static_cast<std::size_t>(shape[axis].constant().value_or(1));
    const std::size_t at = flat % size;
    flat /= size;
    if (i >= operand_shape.size()) continue;
    const auto own =
        static_cast<std::size_t>(operand_shape[operand_shape.size() - 1 - i].constant().value_or(1));
    if (own != 1) index += at * stride;
    stride *= own;
  }
  return index;
}
}  // namespace

Content zip_content(const Type& a, const Type& b, const Shape& shape,
                    const std::function<std::optional<Element>(const Element&, const Element&)>& f) {
  if (!a.content || !b.content) return std::nullopt;
  const auto count = small_count(shape);
  if (!count) return std::nullopt;
  std::vector<Element> out;
  for (std::size_t i = 0; i < *count; ++i) {
    const std::size_t ia = source_index(a.shape, shape, i);
    const std::size_t ib = source_index(b.shape, shape, i);
    if (ia >= a.content->size() || ib >= b.content->size()) return std::nullopt;
    auto element = f((*a.content)[ia], (*b.content)[ib]);
    if (!element) return std::nullopt;
    out.push_back(std::move(*element));
  }
  return out;
}

Content map_content(const Type& a, const std::function<std::optional<Element>(const Element&)>& f) {
  if (!a.content) return std::nullopt;
  std::vector<Element> out;
  for (const Element& element : *a.content) {
    auto made = f(element);
    if (!made) return std::nullopt;
    out.push_back(std::move(*made));
  }
  return out;
}

Type operand(OpReader& r, std::size_t position) {
  if (position < r.op().args.size()) return r.type_of(r.op().args[position].value);
  r.fail("argument " + std::to_string(position + 1) + " is missing");
  return Type::number(DType::int64);
}

bool is_number(const Type& type) { return type.kind == Type::Kind::number; }
bool is_wrapped(const Type& type) { return is_number(type) || type.wrapped; }

DType arithmetic_type(const std::vector<const Type*>& operands) {
  bool numbers = true;
  bool real = false;
  for (const Type* type : operands) {
    numbers = numbers && is_number(*type);
    real = real || is_floating(type->dtype);
  }
  if (numbers) return real ? DType::float64 : DType::int64;
  return result_type(operands);
}

Shape broadcast_shapes(OpReader& r, const std::vector<const Type*>& operands) {
  Shape out;
  for (const Type* type : operands) {
    if (auto joined = broadcast(out, type->shape)) {
      out = std::move(*joined);
    } else {
      r.fail("operands " + operands.front()->to_string() + " and " + type->to_string() +
             " do not fit together");
    }
  }
  return out;
}

}  // namespace modelexport::aten
