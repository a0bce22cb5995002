// Tensors made from sizes and numbers. What is small and known was folded by inference.
#include <cstring>

#include "lower/constant_size.h"
#include "lower/families.h"
#include "lower/pointwise.h"

namespace modelexport::lower {
namespace {

using aten::Type;

/// Sequences up to this many elements become constants.
constexpr std::int64_t kMaxSequence = 1 << 16;

void put(Bytes& out, std::int64_t value) {
  const auto* p = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), p, p + sizeof value);
}
void put(Bytes& out, float value) {
  const auto* p = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), p, p + sizeof value);
}

void set_filled(Lower& l, const std::string& value) {
  const Shape& shape = l.result().shape;
  l.set(shape.empty() ? value : l.expand(value, {}, shape));
}
void lower_full(Lower& l) {
  const DType dtype = l.result().dtype;
  const Type fill = l.type("fill_value");
  std::string value = l.tensor("fill_value", dtype);
  if (fill.rank() > 0) value = l.emit("Reshape", {value, l.ints({})});
  set_filled(l, value);
}
template <int value>
void lower_filled(Lower& l) {
  set_filled(l, l.scalar(l.result().dtype, value));
}

void lower_scalar_tensor(Lower& l) { l.set(operand(l, 0, l.result().dtype)); }

// ---- sequences

/// An integer argument as a rank-0 value, a constant if known.
std::string bound(Lower& l, std::string_view name, std::int64_t otherwise, DType dtype) {
  if (l.op().find(name) == nullptr) return l.b.scalar_int(otherwise, dtype);
  std::string value = l.tensor(name, dtype);
  if (const Type& type = l.type(name); type.rank() > 0) value = l.emit("Reshape", {value, l.ints({})});
  return value;
}

bool constant_range(Lower& l) {
  const auto count = l.result().shape[0].constant();
  const auto start = l.op().find("start") == nullptr ? std::optional<double>(0) : l.type("start").real();
  const auto step = l.op().find("step") == nullptr ? std::optional<double>(1) : l.type("step").real();
  const DType dtype = l.result().dtype;
  if (!count || *count > kMaxSequence || !start || !step ||
      (dtype != DType::int64 && dtype != DType::float32))
    return false;
  Bytes data;
  for (std::int64_t i = 0; i < *count; ++i) {
    if (dtype == DType::int64)
      put(data, static_cast<std::int64_t>(*start) + i * static_cast<std::int64_t>(*step));
    else
      put(data, static_cast<float>(*start + static_cast<double>(i) * *step));
  }
  l.set(l.b.constant(dtype, {*count}, std::move(data)));
  return true;
}

void lower_arange(Lower& l) {
  if (constant_range(l)) return;
  const DType dtype = l.result().dtype;
  const auto real = [&](std::string_view name) {
    return l.op().find(name) != nullptr && is_floating(l.type(name).dtype);
  };
  const bool floats = real("start") || real("end") || real("step");
  // Sizes are counted in int64 and cast afterwards; float16 has no Range.
  const DType compute = floats ? (dtype == DType::float64 ? dtype : DType::float32) : DType::int64;
  const std::string range = l.emit(
      "Range", {bound(l, "start", 0, compute), bound(l, "end", 0, compute), bound(l, "step", 1, compute)});
  l.set(l.cast(range, compute, dtype));
}

void lower_linspace(Lower& l) {
  const DType dtype = l.result().dtype;
  const Expr steps = l.result().shape[0];
  const auto start = l.type("start").real();
  const auto end = l.type("end").real();
  const auto count = steps.constant();
  if (start && end && count && *count <= kMaxSequence && dtype == DType::float32) {
    // As PyTorch does: from both ends towards the middle, in float32.
    const float a = static_cast<float>(*start);
    const float b = static_cast<float>(*end);
    const float step = *count > 1 ? (b - a) / static_cast<float>(*count - 1) : 0.0F;
    Bytes data;
    for (std::int64_t i = 0; i < *count; ++i)
      put(data,
          i < *count / 2 ? a + step * static_cast<float>(i) : b - step * static_cast<float>(*count - i - 1));
    if (*count == 1) {
      data.clear();
      put(data, a);
    }
    return l.set(l.b.constant(dtype, {*count}, std::move(data)));
  }
  const DType compute = is_floating(dtype) ? dtype : DType::float32;
  const std::string first = l.tensor("start", compute);
  const std::string range = l.cast(
      l.emit("Range", {l.b.scalar_int(0), l.b.size_scalar(steps), l.b.scalar_int(1)}), DType::int64, compute);
  const std::string last = l.cast(l.b.size_scalar(max(steps - 1, 1)), DType::int64, compute);
  const std::string step = l.emit("Div", {l.emit("Sub", {l.tensor("end", compute), first}), last});
  l.set(l.cast(l.emit("Add", {l.emit("Mul", {range, step}), first}), compute, dtype));
}

void lower_eye(Lower& l) {
  const Shape& shape = l.result().shape;
  const auto range = [&](const Expr& size) {
    return l.emit("Range", {l.b.scalar_int(0), l.b.size_scalar(size), l.b.scalar_int(1)});
  };
  const std::string rows = l.unsqueeze(range(shape[0]), {1});
  l.set(l.cast(l.emit("Equal", {rows, range(shape[1])}), DType::boolean, l.result().dtype));
}

void lower_triangle(Lower& l) {
  const DType dtype = l.result().dtype;
  const DType compute =
      is_floating(dtype) ? dtype : DType::int64;  // the runtime has no bool and int32 kernels
  const std::string diagonal =
      l.given("diagonal") ? l.b.size_scalar(l.integer("diagonal")) : l.b.scalar_int(0);
  const std::int64_t upper = l.op().target == "aten::triu" ? 1 : 0;
  l.set(l.cast(l.emit("Trilu", {operand(l, 0, compute), diagonal}, {attr("upper", upper)}), compute, dtype));
}

void lower_tril_indices(Lower& l) {
  const std::int64_t rows = l.static_int("row");
  const std::int64_t columns = l.static_int("col");
  const std::int64_t offset = l.static_int("offset", 0);
  const std::int64_t count = l.result().shape[1].constant().value_or(0);
  if (count > kMaxSequence * 16) return l.fail("has too many elements");
  if (!can_make(l, rows, columns)) return;
  const bool lower = l.op().target == "aten::tril_indices";
  Bytes row_data;
  Bytes column_data;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      if (lower ? j > i + offset : j < i + offset) continue;
      put(row_data, i);
      put(column_data, j);
    }
  row_data.insert(row_data.end(), column_data.begin(), column_data.end());
  l.set(l.cast(l.b.constant(DType::int64, {2, count}, std::move(row_data)), DType::int64, l.result().dtype));
}

void lower_one_hot(Lower& l) {
  const std::string values = l.ints({0, 1});
  const std::string depth = l.b.size1(l.integer("num_classes"));
  l.set(l.emit("OneHot", {operand(l, 0, DType::int64), depth, values}, {attr("axis", std::int64_t{-1})}));
}

void lower_meshgrid(Lower& l) {
  const std::vector<std::string> inputs = l.tensors("tensors");
  const std::vector<Type> types = l.types("tensors");
  if (inputs.empty() || l.failed()) return;
  const Type& list = l.result();
  const Shape shape = list.kind == Type::Kind::list ? list.items[0].shape : list.shape;
  const bool swapped = l.text("indexing", "ij") == "xy" && inputs.size() >= 2;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t axis = swapped && i < 2 ? 1 - i : i;
    Shape one(shape.size(), Expr(1));
    one[axis] = shape[axis];
    std::vector<std::int64_t> added;
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (d != axis || types[i].shape.empty()) added.push_back(static_cast<std::int64_t>(d));
    names.push_back(l.expand(l.unsqueeze(inputs[i], added), one, shape));
  }
  l.set_list(std::move(names));
}

void lower_random(Lower& l) {
  l.fail("draws random numbers that the outputs depend on",
         "export the model in inference mode: model.eval()");
}

constexpr LowerRule kRules[] = {
    {"aten::full", lower_full},
    {"aten::new_full", lower_full},
    {"aten::full_like", lower_full},
    {"aten::fill", lower_full},
    {"aten::zeros", lower_filled<0>},
    {"aten::ones", lower_filled<1>},
    {"aten::empty", lower_filled<0>},
    {"aten::empty_strided", lower_filled<0>},
    {"aten::new_zeros", lower_filled<0>},
    {"aten::new_ones", lower_filled<1>},
    {"aten::new_empty", lower_filled<0>},
    {"aten::new_empty_strided", lower_filled<0>},
    {"aten::zeros_like", lower_filled<0>},
    {"aten::ones_like", lower_filled<1>},
    {"aten::empty_like", lower_filled<0>},
    {"aten::scalar_tensor", lower_scalar_tensor},
    {"aten::tensor", lower_scalar_tensor},
    {"aten::arange", lower_arange},
    {"aten::linspace", lower_linspace},
    {"aten::eye", lower_eye},
    {"aten::tril", lower_triangle},
    {"aten::triu", lower_triangle},
    {"aten::tril_indices", lower_tril_indices},
    {"aten::triu_indices", lower_tril_indices},
    {"aten::one_hot", lower_one_hot},
    {"aten::meshgrid", lower_meshgrid},
    {"aten::rand", lower_random},
    {"aten::randn", lower_random},
    {"aten::randint", lower_random},
    {"aten::randperm", lower_random},
    {"aten::rand_like", lower_random},
    {"aten::randn_like", lower_random},
    {"aten::randint_like", lower_random},
    {"aten::bernoulli", lower_random},
    {"aten::normal", lower_random},
    {"aten::uniform", lower_random},
};
}  // namespace

RuleTable creation_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
