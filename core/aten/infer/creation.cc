// Tensors made from sizes and numbers.
#include <algorithm>
#include <cmath>

#include "aten/infer/content.h"
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

/// All elements equal: known if the value is, and if there are few.
Type filled(DType dtype, Shape shape, const Type& value) {
  Type out = Type::tensor(dtype, std::move(shape));
  const auto count = small_count(out.shape);
  if (!count || !value.content || value.content->size() != 1) return out;
  if (is_floating(dtype) && dtype != DType::float32 && dtype != DType::float64) return out;
  if (auto element = convert(value.content->front(), dtype))
    out.content = std::vector<Element>(*count, *element);
  return out;
}

Type number_type(double value) { return Type::number(DType::float64, value); }

DType fill_dtype(const Type& value) {
  return is_number(value) && value.dtype == DType::float64 ? DType::float32 : value.dtype;
}

void infer_full(Infer& r) {
  const Type value = r.type("fill_value");
  r.set(filled(r.dtype().value_or(fill_dtype(value)), r.integers("size"), value));
}
void infer_new_full(Infer& r) {
  r.set(filled(r.dtype().value_or(r.type("self").dtype), r.integers("size"), r.type("fill_value")));
}
void infer_full_like(Infer& r) {
  const Type self = r.type("self");
  r.set(filled(r.dtype().value_or(self.dtype), self.shape, r.type("fill_value")));
}
template <int value>
void infer_filled(Infer& r) {
  r.set(filled(r.dtype().value_or(DType::float32), r.integers("size"), number_type(value)));
}
template <int value>
void infer_new_filled(Infer& r) {
  r.set(filled(r.dtype().value_or(r.type("self").dtype), r.integers("size"), number_type(value)));
}
template <int value>
void infer_filled_like(Infer& r) {
  const Type self = r.type("self");
  r.set(filled(r.dtype().value_or(self.dtype), self.shape, number_type(value)));
}

void infer_scalar_tensor(Infer& r) {
  const Type value = operand(r, 0);
  const DType dtype = r.op().target == "aten::scalar_tensor" ? r.dtype().value_or(DType::float32)
                                                             : r.dtype().value_or(fill_dtype(value));
  Type out = Type::tensor(dtype, {});
  out.content = map_content(value, [&](const Element& x) { return convert(x, dtype); });
  r.set(std::move(out));
}

// ---- sequences

/// Number of steps from start to end, if all are integers known before the graph runs or constants.
std::optional<Expr> step_count(const Type& start, const Type& end, const Type& step) {
  const auto a = start.integer();
  const auto b = end.integer();
  const auto s = step.integer();
  if (a && b && s) {
    if (s->constant().value_or(1) == 0) return std::nullopt;
    if (s->constant().value_or(1) < 0) return ceil_div(*a - *b, -*s);
    return ceil_div(*b - *a, *s);
  }
  const auto x = start.real();
  const auto y = end.real();
  const auto z = step.real();
  if (!x || !y || !z || *z == 0) return std::nullopt;
  const double count = std::ceil((*y - *x) / *z);
  if (!(count >= 0 && count < 1e15)) return std::nullopt;
  return Expr(static_cast<std::int64_t>(count));
}

void infer_arange(Infer& r) {
  const bool has_start = r.op().find("start") != nullptr;
  const Type start = has_start ? r.type("start") : Type::number(DType::int64, Expr(0));
  const Type end = r.type("end");
  const Type step = r.op().find("step") != nullptr ? r.type("step") : Type::number(DType::int64, Expr(1));
  const bool real = is_floating(start.dtype) || is_floating(end.dtype) || is_floating(step.dtype);
  const DType dtype = r.dtype().value_or(real ? DType::float32 : DType::int64);
  auto count = step_count(start, end, step);
  if (count && count->constant().value_or(0) < 0) return r.fail("the end lies before the start");
  Type out = Type::tensor(dtype, {count ? *count : r.fresh(0, 0)});
  const auto known = small_count(out.shape);
  if (known && start.content && step.content && dtype != DType::float16 && dtype != DType::bfloat16) {
    std::vector<Element> elements;
    for (std::size_t i = 0; i < *known; ++i) {
      const Element index = Expr(static_cast<std::int64_t>(i));
      const auto offset = arithmetic(Arith::mul, index, step.content->front(), DType::float64);
      const auto value =
          offset ? arithmetic(Arith::add, start.content->front(), *offset, DType::float64) : std::nullopt;
      const auto element = value ? convert(*value, dtype) : std::nullopt;
      if (!element) break;
      elements.push_back(*element);
    }
    if (elements.size() == *known) out.content = std::move(elements);
  }
  r.set(std::move(out));
}

void infer_linspace(Infer& r) { r.set(r.dtype().value_or(DType::float32), {r.integer("steps")}); }

void infer_eye(Infer& r) {
  const Expr n = r.integer("n");
  r.set(r.dtype().value_or(DType::float32), {n, r.op().find("m") != nullptr ? r.integer("m") : n});
}

void infer_triangle(Infer& r) {
  Type out = operand(r, 0);
  out.content.reset();
  out.wrapped = false;
  if (out.rank() < 2) return r.fail("needs a matrix, not " + out.to_string());
  r.set(std::move(out));
}

void infer_tril_indices(Infer& r) {
  const std::int64_t rows = r.static_int("row");
  const std::int64_t columns = r.static_int("col");
  const std::int64_t offset = r.static_int("offset", 0);
  if (rows < 0 || columns < 0 || rows > 65536 || columns > (std::int64_t{1} << 40) ||
      offset > (std::int64_t{1} << 40) || offset < -(std::int64_t{1} << 40))
    return r.fail("the matrix is too large");
  const bool lower = r.op().target == "aten::tril_indices";
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t below = std::clamp<std::int64_t>(i + offset + (lower ? 1 : 0), 0, columns);
    count += lower ? below : columns - below;
  }
  r.set(r.dtype().value_or(DType::int64), {2, count});
}

void infer_one_hot(Infer& r) {
  Shape shape = operand(r, 0).shape;
  const Expr classes = r.integer("num_classes", -1);
  if (classes.constant().value_or(1) < 0)
    return r.fail("the number of classes depends on the data",
                  "pass num_classes to torch.nn.functional.one_hot");
  shape.push_back(classes);
  r.set(DType::int64, std::move(shape));
}

void infer_meshgrid(Infer& r) {
  const std::vector<Type> inputs = r.types("tensors");
  Shape shape;
  for (const Type& input : inputs) shape.push_back(input.shape.empty() ? Expr(1) : input.shape[0]);
  if (r.text("indexing", "ij") == "xy" && shape.size() >= 2) std::swap(shape[0], shape[1]);
  std::vector<Type> items;
  for (const Type& input : inputs) items.push_back(Type::tensor(input.dtype, shape));
  r.set_list(std::move(items));
}

// ---- random numbers: their shape; they cannot be exported, but unused ones do no harm

void infer_random(Infer& r) {
  const DType otherwise =
      r.op().target == "aten::randint" || r.op().target == "aten::randperm" ? DType::int64 : DType::float32;
  const DType dtype = r.dtype().value_or(otherwise);
  if (r.op().find("size") != nullptr) return r.set(dtype, r.integers("size"));
  if (r.op().find("n") != nullptr) return r.set(dtype, {r.integer("n")});
  const Type self = operand(r, 0);
  r.set(r.dtype().value_or(self.dtype), self.shape);
}

constexpr InferRule kRules[] = {
    {"aten::full", infer_full},
    {"aten::new_full", infer_new_full},
    {"aten::full_like", infer_full_like},
    {"aten::fill", infer_full_like},
    {"aten::zeros", infer_filled<0>},
    {"aten::ones", infer_filled<1>},
    {"aten::empty", infer_filled<0>},
    {"aten::empty_strided", infer_filled<0>},
    {"aten::new_zeros", infer_new_filled<0>},
    {"aten::new_ones", infer_new_filled<1>},
    {"aten::new_empty", infer_new_filled<0>},
    {"aten::new_empty_strided", infer_new_filled<0>},
    {"aten::zeros_like", infer_filled_like<0>},
    {"aten::ones_like", infer_filled_like<1>},
    {"aten::empty_like", infer_filled_like<0>},
    {"aten::scalar_tensor", infer_scalar_tensor},
    {"aten::tensor", infer_scalar_tensor},
    {"aten::arange", infer_arange},
    {"aten::linspace", infer_linspace},
    {"aten::eye", infer_eye},
    {"aten::tril", infer_triangle},
    {"aten::triu", infer_triangle},
    {"aten::tril_indices", infer_tril_indices},
    {"aten::triu_indices", infer_tril_indices},
    {"aten::one_hot", infer_one_hot},
    {"aten::meshgrid", infer_meshgrid},
    {"aten::rand", infer_random},
    {"aten::randn", infer_random},
    {"aten::randint", infer_random},
    {"aten::randperm", infer_random},
    {"aten::rand_like", infer_random},
    {"aten::randn_like", infer_random},
    {"aten::randint_like", infer_random},
    {"aten::bernoulli", infer_random},
    {"aten::normal", infer_random},
    {"aten::uniform", infer_random},
};
}  // namespace

InferTable infer_creation_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
