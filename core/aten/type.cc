#include "aten/type.h"

#include <algorithm>

namespace modelexport::aten {

Type Type::tensor(DType dtype, Shape shape) {
  Type out;
  out.kind = Kind::tensor;
  out.dtype = dtype;
  out.shape = std::move(shape);
  return out;
}

Type Type::number(DType dtype, std::optional<Element> value) {
  Type out;
  out.kind = Kind::number;
  out.dtype = dtype;
  if (value) out.content = std::vector<Element>{std::move(*value)};
  return out;
}

Type Type::list(std::vector<Type> items) {
  Type out;
  out.kind = Kind::list;
  out.items = std::move(items);
  return out;
}

std::optional<Expr> Type::integer() const {
  if (!content || content->size() != 1) return std::nullopt;
  if (const Expr* e = std::get_if<Expr>(&content->front())) return *e;
  return std::nullopt;
}

std::optional<double> Type::real() const {
  if (!content || content->size() != 1) return std::nullopt;
  if (const double* d = std::get_if<double>(&content->front())) return *d;
  if (auto c = std::get<Expr>(content->front()).constant()) return static_cast<double>(*c);
  return std::nullopt;
}

std::string Type::to_string() const {
  switch (kind) {
    case Kind::unknown:
      return "?";
    case Kind::none:
      return "None";
    case Kind::text:
      return "str";
    case Kind::list:
      return "list[" + std::to_string(items.size()) + "]";
    default:
      break;
  }
  std::string out(dtype_name(dtype));
  if (kind == Kind::number) return out;
  out += "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + shape[i].to_string();
  return out + "]";
}

namespace {
int category(DType d) {
  if (is_complex(d)) return 3;
  if (is_floating(d)) return 2;
  return d == DType::boolean ? 0 : 1;
}
int integer_width(DType d) { return dtype_bytes(d) * 2 + (d == DType::uint8 ? 0 : 1); }
}  // namespace

DType promote(DType a, DType b) {
  if (a == b || b == DType::undefined) return a;
  if (a == DType::undefined) return b;
  const int ca = category(a);
  const int cb = category(b);
  if (ca != cb) return ca > cb ? a : b;
  if (ca == 1) {
    const DType low = integer_width(a) < integer_width(b) ? a : b;
    const DType high = low == a ? b : a;
    if (low == DType::uint8 && high == DType::int8) return DType::int16;
    return high;
  }
  // float16 with bfloat16 meet in float32.
  if (dtype_bytes(a) == dtype_bytes(b)) return ca == 2 ? DType::float32 : a;
  return dtype_bytes(a) > dtype_bytes(b) ? a : b;
}

DType result_type(const std::vector<const Type*>& operands) {
  DType groups[3] = {DType::undefined, DType::undefined, DType::undefined};  // dimensioned, rank 0, number
  for (const Type* type : operands) {
    const bool number = type->kind == Type::Kind::number || type->wrapped;
    const int group = number ? 2 : (type->shape.empty() ? 1 : 0);
    DType dtype = type->dtype;
    if (number && dtype == DType::float64) dtype = DType::float32;  // PyTorch's default dtype
    groups[group] = promote(groups[group], dtype);
  }
  DType result = groups[0];
  for (int group = 1; group < 3; ++group) {
    if (groups[group] == DType::undefined) continue;
    if (result == DType::undefined || category(groups[group]) > category(result)) {
      // A float16 tensor stays float16 beside complex only in its width; that case does not occur here.
      result = groups[group];
    }
  }
  return result;
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const std::size_t shift = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    Expr& have = out[shift + i];
    const Expr& other = shorter[i];
    if (have == other || other.is(1)) continue;
    if (have.is(1)) {
      have = other;
    } else if (have.constant() && other.constant()) {
      return std::nullopt;
    } else if (other.constant()) {
      have = other;
    } else if (!have.constant() && &longer == &b) {
      have = other;  // two symbols: the left operand names the result, whichever is longer
    }
  }
  return out;
}

}  // namespace modelexport::aten
