// Numbers, sizes and lists: what a traced program computes beside its tensors.
#include <cmath>

#include "aten/infer/content.h"
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

/// A size as the number it is in Python.
Type size_number(Expr size) { return Type::number(DType::int64, std::move(size)); }

void infer_size(Infer& r) {
  const Type self = operand(r, 0);
  if (r.op().args.size() < 2 && !r.given("dim")) {
    std::vector<Type> sizes;
    for (const Expr& size : self.shape) sizes.push_back(size_number(size));
    return r.set_list(std::move(sizes));
  }
  const auto dim = static_cast<std::size_t>(r.dim("dim", self.rank()));
  if (dim >= self.shape.size()) return r.fail("a rank-0 tensor has no sizes");
  r.set(size_number(self.shape[dim]));
}

void infer_numel(Infer& r) { r.set(size_number(numel(operand(r, 0).shape))); }
void infer_rank(Infer& r) { r.set(size_number(operand(r, 0).rank())); }

void infer_len(Infer& r) {
  const Type self = operand(r, 0);
  if (self.kind == Type::Kind::list) return r.set(size_number(static_cast<std::int64_t>(self.items.size())));
  if (self.shape.empty()) return r.fail("the length of this value is not known");
  r.set(size_number(self.shape[0]));
}

/// A rank-0 tensor that promotes like the number it was.
void infer_to_tensor(Infer& r) {
  Type out = operand(r, 0);
  if (!out.is_tensor()) out.shape.clear();
  out.kind = Type::Kind::tensor;
  out.wrapped = true;
  if (out.dtype == DType::float64) out.dtype = DType::float32;
  r.set(std::move(out));
}

const Ref* first_ref(const Infer& r) {
  return r.op().args.empty() ? nullptr : r.op().args[0].value.get<Ref>();
}

void to_number(Infer& r, DType dtype) {
  const Type self = operand(r, 0);
  if (!is_number(self) && !self.is_tensor()) return r.fail("its operand is no number");
  std::optional<Element> value;
  if (self.content && self.content->size() == 1) value = convert(self.content->front(), dtype);
  if (!value && dtype == DType::int64) {
    // A number that only the data decides is a symbol of its own, read from the operand when the graph runs.
    if (const Ref* ref = first_ref(r)) value = r.fresh_from(ref->value);
  }
  r.set(Type::number(dtype, std::move(value)));
}

void infer_int(Infer& r) { to_number(r, DType::int64); }
void infer_bool(Infer& r) { to_number(r, DType::boolean); }
void infer_float(Infer& r) { to_number(r, DType::float64); }
void infer_item(Infer& r) {
  const DType dtype = operand(r, 0).dtype;
  to_number(r, dtype == DType::boolean ? dtype : is_floating(dtype) ? DType::float64 : DType::int64);
}

void infer_unpack(Infer& r) {
  const Type list = operand(r, 0);
  if (list.kind != Type::Kind::list || list.items.size() != r.op().outputs.size())
    return r.fail("a list of another length than " + std::to_string(r.op().outputs.size()) +
                  " is unpacked: " + list.to_string());
  for (std::size_t i = 0; i < list.items.size(); ++i) r.set(list.items[i], i);
}

void infer_getitem(Infer& r) {
  const Type list = operand(r, 0);
  const auto index = operand(r, 1).integer();
  const auto at = index ? index->constant() : std::nullopt;
  if (list.kind != Type::Kind::list || !at)
    return r.fail("only lists of known length can be indexed, by a constant");
  const auto size = static_cast<std::int64_t>(list.items.size());
  const std::int64_t i = *at < 0 ? *at + size : *at;
  if (i < 0 || i >= size)
    return r.fail("index " + std::to_string(*at) + " is out of range for " + list.to_string());
  r.set(list.items[static_cast<std::size_t>(i)]);
}

void infer_list(Infer& r) {
  std::vector<Type> items;
  for (const NamedArg& arg : r.op().args) items.push_back(r.type_of(arg.value));
  r.set(Type::list(std::move(items)));
}

void infer_constant(Infer& r) { r.set(r.op().args.empty() ? Type::none() : r.type_of(r.op().args[0].value)); }

template <Compare kind>
void infer_python_compare(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  std::optional<Element> value;
  if (a.content && b.content) value = compare(kind, a.content->front(), b.content->front());
  r.set(Type::number(DType::boolean, std::move(value)));
}

void infer_python_not(Infer& r) {
  const Type a = operand(r, 0);
  std::optional<Element> value;
  if (a.content)
    if (auto t = truth(a.content->front())) value = Expr(*t ? 0 : 1);
  r.set(Type::number(DType::boolean, std::move(value)));
}

/// Python's and / or of booleans; one decided operand can be enough.
template <bool is_and>
void infer_python_logic(Infer& r) {
  const Type a = operand(r, 0);
  const Type b = operand(r, 1);
  const auto x = a.content ? truth(a.content->front()) : std::nullopt;
  const auto y = b.content ? truth(b.content->front()) : std::nullopt;
  std::optional<Element> value;
  if ((x && *x != is_and) || (y && *y != is_and))
    value = Expr(is_and ? 0 : 1);
  else if (x && y)
    value = Expr(is_and ? 1 : 0);
  r.set(Type::number(DType::boolean, std::move(value)));
}

/// prim::min / prim::max of two numbers or of one list; torch.sym_min / sym_max.
template <Arith kind>
void infer_extreme(Infer& r) {
  std::vector<Type> items = operand(r, 0).items;
  if (items.empty())
    for (const NamedArg& arg : r.op().args) items.push_back(r.type_of(arg.value));
  std::optional<Element> value;
  bool real = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    real = real || is_floating(items[i].dtype);
    if (!items[i].content) return r.fail("takes numbers that are known before the graph runs");
    if (i == 0)
      value = items[i].content->front();
    else if (value)
      value = arithmetic(kind, *value, items[i].content->front(), real ? DType::float64 : DType::int64);
  }
  r.set(Type::number(real ? DType::float64 : DType::int64, std::move(value)));
}

void infer_ite(Infer& r) {
  const Type condition = operand(r, 0);
  const auto value = condition.content ? truth(condition.content->front()) : std::nullopt;
  if (!value) return r.fail("the condition depends on sizes that are not known before the graph runs");
  r.set(operand(r, *value ? 1 : 2));
}

/// math.sqrt, math.floor ... of a constant; anything else is left open.
void infer_math(Infer& r) {
  const Type a = operand(r, 0);
  const std::string_view target = r.op().target;
  const bool whole = target.ends_with("floor") || target.ends_with("ceil") || target.ends_with("trunc");
  const auto integer = a.integer();
  if (whole && integer) return r.set(Type::number(DType::int64, *integer));
  const auto value = a.real();
  if (whole && !value && !target.ends_with("ceil"))
    if (const Ref* ref = first_ref(r))  // of a size: the cast that reads the number rounds towards 0
      return r.set(Type::number(DType::int64, r.fresh_from(ref->value)));
  if (whole && !value) return r.fail("rounds a number that is not known before the graph runs");
  if (whole) {
    const double out = target.ends_with("floor")  ? std::floor(*value)
                       : target.ends_with("ceil") ? std::ceil(*value)
                                                  : std::trunc(*value);
    return r.set(Type::number(DType::int64, convert(out, DType::int64)));
  }
  std::optional<Element> root;
  if (value && *value >= 0 && target.ends_with("sqrt")) root = std::sqrt(*value);
  r.set(Type::number(DType::float64, std::move(root)));
}

void infer_is_floating(Infer& r) {
  r.set(Type::number(DType::boolean, Expr(is_floating(operand(r, 0).dtype) ? 1 : 0)));
}
void infer_is_complex(Infer& r) {
  r.set(Type::number(DType::boolean, Expr(is_complex(operand(r, 0).dtype) ? 1 : 0)));
}
void infer_dtype(Infer& r) { r.set(Type::number(DType::int64, Expr(static_cast<int>(operand(r, 0).dtype)))); }
void infer_none(Infer& r) {
  for (std::size_t i = 0; i < r.op().outputs.size(); ++i) r.set(Type::none(), i);
}

constexpr InferRule kRules[] = {
    {"aten::size", infer_size},
    {"aten::sym_size", infer_size},
    {"aten::numel", infer_numel},
    {"aten::sym_numel", infer_numel},
    {"aten::dim", infer_rank},
    {"aten::len", infer_len},
    {"prim::NumToTensor", infer_to_tensor},
    {"aten::Int", infer_int},
    {"aten::IntImplicit", infer_int},
    {"aten::Float", infer_float},
    {"aten::FloatImplicit", infer_float},
    {"operator::sym_float", infer_float},
    {"operator::sym_int", infer_int},
    {"aten::Bool", infer_bool},
    {"aten::ScalarImplicit", infer_item},
    {"aten::item", infer_item},
    {"aten::_local_scalar_dense", infer_item},
    {"prim::ListUnpack", infer_unpack},
    {"aten::__getitem__", infer_getitem},
    {"operator::getitem", infer_getitem},
    {"prim::ListConstruct", infer_list},
    {"prim::Constant", infer_constant},
    {"operator::eq", infer_python_compare<Compare::eq>},
    {"operator::ne", infer_python_compare<Compare::ne>},
    {"operator::lt", infer_python_compare<Compare::lt>},
    {"operator::le", infer_python_compare<Compare::le>},
    {"operator::gt", infer_python_compare<Compare::gt>},
    {"operator::ge", infer_python_compare<Compare::ge>},
    {"operator::not_", infer_python_not},
    {"operator::not", infer_python_not},
    {"operator::sym_not", infer_python_not},
    {"aten::__not__", infer_python_not},
    {"operator::and_", infer_python_logic<true>},
    {"operator::and", infer_python_logic<true>},
    {"operator::or_", infer_python_logic<false>},
    {"operator::or", infer_python_logic<false>},
    {"prim::min", infer_extreme<Arith::min>},
    {"prim::max", infer_extreme<Arith::max>},
    {"operator::sym_min", infer_extreme<Arith::min>},
    {"operator::sym_max", infer_extreme<Arith::max>},
    {"operator::sym_ite", infer_ite},
    {"operator::sym_sqrt", infer_math},
    {"math::sqrt", infer_math},
    {"math::floor", infer_math},
    {"math::ceil", infer_math},
    {"math::trunc", infer_math},
    {"aten::is_floating_point", infer_is_floating},
    {"aten::is_complex", infer_is_complex},
    {"prim::dtype", infer_dtype},
    {"prim::device", infer_none},
    {"aten::_assert_async", infer_none},
    {"aten::_assert_scalar", infer_none},
    {"aten::_assert_tensor_metadata", infer_none},
    {"aten::sym_constrain_range", infer_none},
    {"aten::sym_constrain_range_for_size", infer_none},
    {"aten::warn", infer_none},
};
}  // namespace

InferTable infer_scalar_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
