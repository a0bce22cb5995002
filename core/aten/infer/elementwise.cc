// Operators that work element by element: broadcasting, PyTorch's type promotion, known elements.
#include <cmath>

#include "aten/infer/content.h"
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

/// A tensor, or a number if all operands are numbers.
Type joined(const Type& a, const Type& b, DType dtype, Shape shape) {
  if (is_number(a) && is_number(b)) return Type::number(dtype);
  Type out = Type::tensor(dtype, std::move(shape));
  out.wrapped = out.shape.empty() && is_wrapped(a) && is_wrapped(b);
  return out;
}

// ---- arithmetic

DType arith_type(Arith kind, const Type& a, const Type& b) {
  DType dtype = arithmetic_type({&a, &b});
  const bool real = kind == Arith::div || kind == Arith::atan2;
  if (real && !is_floating(dtype) && !is_complex(dtype))
    dtype = is_number(a) && is_number(b) ? DType::float64 : DType::float32;
  return dtype;
}

Arith div_kind(Infer& r, Arith kind) {
  const std::string mode = kind == Arith::div ? r.text("rounding_mode") : std::string();
  return mode == "floor" ? Arith::floor_div : mode == "trunc" ? Arith::trunc_div : kind;
}

/// The second operand of add and sub times alpha, as far as it is known.
void scale_by_alpha(Infer& r, Type& b, DType dtype) {
  if (!r.given("alpha")) return;
  const Type alpha = r.type("alpha");
  if (auto factor = alpha.integer(); factor && factor->is(1)) return;
  b.content = zip_content(b, alpha, b.shape, [&](const Element& x, const Element& y) {
    return arithmetic(Arith::mul, x, y, dtype);
  });
}

void infer_arithmetic(Infer& r, Arith kind, Type a, Type b) {
  if (a.kind == Type::Kind::list && b.kind == Type::Kind::list) {  // lists are concatenated
    a.items.insert(a.items.end(), b.items.begin(), b.items.end());
    return r.set(std::move(a));
  }
  kind = div_kind(r, kind);
  const DType dtype = arith_type(kind, a, b);
  if (kind == Arith::add || kind == Arith::sub) scale_by_alpha(r, b, dtype);
  Type out = joined(a, b, dtype, broadcast_shapes(r, {&a, &b}));
  out.content = zip_content(
      a, b, out.shape, [&](const Element& x, const Element& y) { return arithmetic(kind, x, y, dtype); });
  r.set(std::move(out));
}

template <Arith kind>
void infer_arith(Infer& r) {
  infer_arithmetic(r, kind, operand(r, 0), operand(r, 1));
}

void infer_rsub(Infer& r) {
  Type self = operand(r, 0);
  const Type other = operand(r, 1);
  const DType dtype = arith_type(Arith::sub, other, self);
  scale_by_alpha(r, self, dtype);
  Type out = joined(other, self, dtype, broadcast_shapes(r, {&other, &self}));
  out.content = zip_content(other, self, out.shape, [&](const Element& x, const Element& y) {
    return arithmetic(Arith::sub, x, y, dtype);
  });
  r.set(std::move(out));
}

/// max / min with a second tensor; the reducing overloads belong to the reductions.
void infer_hypot(Infer& r) { infer_arithmetic(r, Arith::atan2, operand(r, 0), operand(r, 1)); }

// ---- comparison, logic, bits

template <Compare kind>
void infer_compare(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  Type out = joined(a, b, DType::boolean, broadcast_shapes(r, {&a, &b}));
  out.wrapped = false;
  out.content =
      zip_content(a, b, out.shape, [](const Element& x, const Element& y) { return compare(kind, x, y); });
  r.set(std::move(out));
}

std::optional<Element> logic(Logic kind, const Element& a, const Element& b) {
  const auto x = truth(a);
  const auto y = truth(b);
  if (!x || !y) return std::nullopt;
  const bool value = kind == Logic::logical_and ? *x && *y : kind == Logic::logical_or ? *x || *y : *x != *y;
  return Expr(value ? 1 : 0);
}

template <Logic kind>
void infer_logic(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  Type out = joined(a, b, DType::boolean, broadcast_shapes(r, {&a, &b}));
  out.content =
      zip_content(a, b, out.shape, [](const Element& x, const Element& y) { return logic(kind, x, y); });
  r.set(std::move(out));
}

template <Logic kind>
void infer_bitwise(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  const DType dtype = is_number(a) && is_number(b) && a.dtype == DType::boolean && b.dtype == DType::boolean
                          ? DType::boolean
                          : arithmetic_type({&a, &b});
  Type out = joined(a, b, dtype, broadcast_shapes(r, {&a, &b}));
  if (dtype == DType::boolean)
    out.content =
        zip_content(a, b, out.shape, [](const Element& x, const Element& y) { return logic(kind, x, y); });
  r.set(std::move(out));
}

void infer_shift(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  r.set(joined(a, b, arithmetic_type({&a, &b}), broadcast_shapes(r, {&a, &b})));
}

void infer_logical_not(Infer& r) {
  Type out = operand(r, 0);
  out.dtype = DType::boolean;
  out.wrapped = false;
  out.content = map_content(out, [](const Element& x) -> std::optional<Element> {
    const auto value = truth(x);
    if (!value) return std::nullopt;
    return Expr(*value ? 0 : 1);
  });
  r.set(std::move(out));
}
void infer_bitwise_not(Infer& r) {
  if (operand(r, 0).dtype == DType::boolean) return infer_logical_not(r);
  Type out = operand(r, 0);
  out.content = map_content(out, [](const Element& x) -> std::optional<Element> {
    const Expr* value = std::get_if<Expr>(&x);
    if (value == nullptr) return std::nullopt;
    return Expr(-1) - *value;
  });
  r.set(std::move(out));
}

// ---- choosing, limits

void infer_where(Infer& r) {
  if (r.op().args.size() < 3) return r.fail("gives the positions of a mask: use torch.nonzero");
  const Type condition = operand(r, 0);
  const Type a = operand(r, 1);
  const Type b = operand(r, 2);
  const DType dtype = result_type({&a, &b});
  Type out = Type::tensor(dtype, broadcast_shapes(r, {&condition, &a, &b}));
  if (small_count(out.shape) && condition.content && a.content && b.content) {
    // Two passes of zip: the condition selects where it is true, then where it is false.
    const auto keep = [&](const Type& from) {
      return zip_content(from, condition, out.shape,
                         [&](const Element& x, const Element&) { return convert(x, dtype); });
    };
    const Content yes = keep(a);
    const Content no = keep(b);
    const Content which = zip_content(
        condition, a, out.shape, [](const Element& c, const Element&) { return convert(c, DType::boolean); });
    if (yes && no && which) {
      std::vector<Element> chosen;
      for (std::size_t i = 0; i < which->size(); ++i)
        chosen.push_back(truth((*which)[i]) == true ? (*yes)[i] : (*no)[i]);
      out.content = std::move(chosen);
    }
  }
  r.set(std::move(out));
}

void infer_masked_fill(Infer& r) {
  const Type self = operand(r, 0);
  const Type mask = operand(r, 1);
  r.set(self.dtype, broadcast_shapes(r, {&self, &mask}));
}

void infer_clamp(Infer& r) {
  const Type self = operand(r, 0);
  std::vector<const Type*> operands = {&self};
  Type bounds[2];
  const bool given[2] = {r.given("min"), r.given("max")};
  for (int i = 0; i < 2; ++i) {
    if (!given[i]) continue;
    bounds[i] = r.type(i == 0 ? "min" : "max");
    operands.push_back(&bounds[i]);
  }
  Type out = Type::tensor(arithmetic_type(operands), broadcast_shapes(r, operands));
  if (is_number(self)) out.kind = Type::Kind::number;
  out.wrapped = self.wrapped;
  out.content = self.content;
  for (int i = 0; i < 2 && out.content; ++i) {
    if (!given[i]) continue;
    const Type so_far = out;
    out.content = zip_content(so_far, bounds[i], out.shape, [&](const Element& x, const Element& y) {
      return arithmetic(i == 0 ? Arith::max : Arith::min, x, y, out.dtype);
    });
  }
  r.set(std::move(out));
}

/// Three or more operands that are promoted and broadcast together: addcmul, addcdiv, lerp.
void infer_together(Infer& r) {
  std::vector<Type> types;
  for (const NamedArg& arg : r.op().args) {
    if (arg.name == "value") continue;
    types.push_back(r.type_of(arg.value));
  }
  std::vector<const Type*> operands;
  for (const Type& type : types) operands.push_back(&type);
  if (operands.empty()) return r.fail("has no operands");
  DType dtype = result_type(operands);
  if (r.op().target.find("addcmul") == std::string::npos && !is_floating(dtype)) dtype = DType::float32;
  r.set(dtype, broadcast_shapes(r, operands));
}

// ---- casts and copies

void set_converted(Infer& r, Type self, DType dtype) {
  if (dtype == self.dtype && !is_number(self)) return r.set(std::move(self));
  self.content = map_content(self, [&](const Element& x) { return convert(x, dtype); });
  if (is_number(self)) self.kind = Type::Kind::tensor;
  self.dtype = dtype;
  self.wrapped = false;
  r.set(std::move(self));
}

void infer_to(Infer& r) {
  const Type self = operand(r, 0);
  if (const Arg* other = r.arg("other"); other != nullptr && other->get<Ref>() != nullptr)
    return set_converted(r, self, r.type_of(*other).dtype);
  set_converted(r, self, r.dtype().value_or(self.dtype));
}

template <DType dtype>
void infer_cast(Infer& r) {
  set_converted(r, operand(r, 0), dtype);
}
void infer_type_as(Infer& r) { set_converted(r, operand(r, 0), operand(r, 1).dtype); }
void infer_pass(Infer& r) { r.set(operand(r, 0)); }

/// copy(self, src): src broadcast to self's shape, in self's dtype.
void infer_copy(Infer& r) {
  const Type self = operand(r, 0);
  const Type src = operand(r, 1);
  Type out = Type::tensor(self.dtype, self.shape);
  out.content = zip_content(src, self.content ? self : src, out.shape,
                            [&](const Element& x, const Element&) { return convert(x, self.dtype); });
  r.set(std::move(out));
}

constexpr InferRule kRules[] = {
    {"aten::add", infer_arith<Arith::add>},
    {"aten::sub", infer_arith<Arith::sub>},
    {"aten::subtract", infer_arith<Arith::sub>},
    {"aten::rsub", infer_rsub},
    {"aten::mul", infer_arith<Arith::mul>},
    {"aten::multiply", infer_arith<Arith::mul>},
    {"aten::div", infer_arith<Arith::div>},
    {"aten::divide", infer_arith<Arith::div>},
    {"aten::true_divide", infer_arith<Arith::div>},
    {"aten::truediv", infer_arith<Arith::div>},
    {"aten::floor_divide", infer_arith<Arith::floor_div>},
    {"aten::floordiv", infer_arith<Arith::floor_div>},
    {"aten::remainder", infer_arith<Arith::remainder>},
    {"aten::fmod", infer_arith<Arith::fmod>},
    {"aten::pow", infer_arith<Arith::pow>},
    {"aten::maximum", infer_arith<Arith::max>},
    {"aten::minimum", infer_arith<Arith::min>},
    {"aten::fmax", infer_arith<Arith::max>},
    {"aten::fmin", infer_arith<Arith::min>},
    {"aten::atan2", infer_arith<Arith::atan2>},
    {"aten::arctan2", infer_arith<Arith::atan2>},
    {"aten::hypot", infer_hypot},
    {"aten::logaddexp", infer_hypot},
    {"aten::xlogy", infer_hypot},
    {"operator::add", infer_arith<Arith::add>},
    {"operator::sub", infer_arith<Arith::sub>},
    {"operator::mul", infer_arith<Arith::mul>},
    {"operator::floordiv", infer_arith<Arith::floor_div>},
    {"operator::truediv", infer_arith<Arith::div>},
    {"operator::mod", infer_arith<Arith::remainder>},
    {"operator::pow", infer_arith<Arith::pow>},
    {"operator::pow_by_natural", infer_arith<Arith::pow>},
    {"aten::eq", infer_compare<Compare::eq>},
    {"aten::ne", infer_compare<Compare::ne>},
    {"aten::lt", infer_compare<Compare::lt>},
    {"aten::le", infer_compare<Compare::le>},
    {"aten::gt", infer_compare<Compare::gt>},
    {"aten::ge", infer_compare<Compare::ge>},
    {"aten::not_equal", infer_compare<Compare::ne>},
    {"aten::less", infer_compare<Compare::lt>},
    {"aten::less_equal", infer_compare<Compare::le>},
    {"aten::greater", infer_compare<Compare::gt>},
    {"aten::greater_equal", infer_compare<Compare::ge>},
    {"aten::logical_and", infer_logic<Logic::logical_and>},
    {"aten::logical_or", infer_logic<Logic::logical_or>},
    {"aten::logical_xor", infer_logic<Logic::logical_xor>},
    {"aten::logical_not", infer_logical_not},
    {"aten::bitwise_and", infer_bitwise<Logic::logical_and>},
    {"aten::bitwise_or", infer_bitwise<Logic::logical_or>},
    {"aten::bitwise_xor", infer_bitwise<Logic::logical_xor>},
    {"aten::__and__", infer_bitwise<Logic::logical_and>},
    {"aten::__or__", infer_bitwise<Logic::logical_or>},
    {"aten::__xor__", infer_bitwise<Logic::logical_xor>},
    {"aten::bitwise_not", infer_bitwise_not},
    {"aten::bitwise_left_shift", infer_shift},
    {"aten::bitwise_right_shift", infer_shift},
    {"aten::__lshift__", infer_shift},
    {"aten::__rshift__", infer_shift},
    {"aten::where", infer_where},
    {"aten::masked_fill", infer_masked_fill},
    {"aten::clamp", infer_clamp},
    {"aten::clip", infer_clamp},
    {"aten::clamp_min", infer_clamp},
    {"aten::clamp_max", infer_clamp},
    {"aten::addcmul", infer_together},
    {"aten::addcdiv", infer_together},
    {"aten::lerp", infer_together},
    {"aten::to", infer_to},
    {"aten::_to_copy", infer_to},
    {"aten::type_as", infer_type_as},
    {"aten::float", infer_cast<DType::float32>},
    {"aten::_cast_Float", infer_cast<DType::float32>},
    {"aten::half", infer_cast<DType::float16>},
    {"aten::double", infer_cast<DType::float64>},
    {"aten::long", infer_cast<DType::int64>},
    {"aten::_cast_Long", infer_cast<DType::int64>},
    {"aten::int", infer_cast<DType::int32>},
    {"aten::bool", infer_cast<DType::boolean>},
    {"aten::contiguous", infer_pass},
    {"aten::clone", infer_pass},
    {"aten::detach", infer_pass},
    {"aten::alias", infer_pass},
    {"aten::lift_fresh", infer_pass},
    {"aten::lift_fresh_copy", infer_pass},
    {"aten::lift", infer_pass},
    {"aten::requires_grad", infer_pass},
    {"aten::cpu", infer_pass},
    {"aten::resolve_conj", infer_pass},
    {"aten::resolve_neg", infer_pass},
    {"aten::conj", infer_pass},
    {"aten::_conj", infer_pass},
    {"aten::_conj_physical", infer_pass},
    {"aten::copy", infer_copy},
};
}  // namespace

InferTable infer_elementwise_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
