// Reductions, scans, sorting and norms.
#include <cmath>
#include <limits>

#include "aten/infer/reductions.h"
#include "aten/infer/shapes.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Reduction;
using aten::Type;

/// The input in `dtype`, reduced by one ONNX operator. Rank 0 stays as it is.
std::string reduced(Lower& x, const char* op_type, const std::string& value, const Reduction& r) {
  if (r.axes.empty()) return value;
  return x.reduce(op_type, value, r.all && !r.keepdim ? std::vector<std::int64_t>{} : r.axes, r.keepdim);
}

void plain(Lower& x, const char* op_type) {
  const DType dtype = x.result().dtype;
  x.set(reduced(x, op_type, x.tensor("self", dtype), aten::read_reduction(x, x.type("self"))));
}
void sum(Lower& x) { plain(x, "ReduceSum"); }
void mean(Lower& x) { plain(x, "ReduceMean"); }
void prod(Lower& x) { plain(x, "ReduceProd"); }

/// ONNX Runtime reduces no bools by maximum or minimum, and not all small integers.
void extreme_of(Lower& x, const char* op_type) {
  const Type& self = x.type("self");
  const DType compute =
      self.dtype == DType::boolean || self.dtype == DType::int16 ? DType::int32 : self.dtype;
  const std::string value = x.tensor("self", compute);
  x.set(x.cast(reduced(x, op_type, value, aten::read_reduction(x, self)), compute, x.result().dtype));
}
void amax(Lower& x) { extreme_of(x, "ReduceMax"); }
void amin(Lower& x) { extreme_of(x, "ReduceMin"); }

std::string as_bool(Lower& x) { return x.tensor("self", DType::boolean); }
void any(Lower& x) {
  const std::string value = x.cast(as_bool(x), DType::boolean, DType::int32);
  x.set(x.cast(reduced(x, "ReduceMax", value, aten::read_reduction(x, x.type("self"))), DType::int32,
               x.result().dtype));
}
void all(Lower& x) {
  const std::string value = x.cast(as_bool(x), DType::boolean, DType::int32);
  x.set(x.cast(reduced(x, "ReduceMin", value, aten::read_reduction(x, x.type("self"))), DType::int32,
               x.result().dtype));
}
void count_nonzero(Lower& x) {
  const std::string value = x.cast(as_bool(x), DType::boolean, DType::int64);
  x.set(reduced(x, "ReduceSum", value, aten::read_reduction(x, x.type("self"))));
}

/// ONNX Runtime's ArgMax knows few dtypes. Bools and 16-bit integers are exact in int32.
DType argument_dtype(DType dtype) {
  return dtype == DType::boolean || dtype == DType::int16 ? DType::int32 : dtype;
}

/// Position of the extreme along an axis; of equal elements the first. int64 has no ArgMax: TopK knows it.
std::string position(Lower& x, const char* op_type, const std::string& value, DType dtype, std::int64_t axis,
                     bool keepdim) {
  const auto keep = static_cast<std::int64_t>(keepdim ? 1 : 0);
  if (dtype != DType::int64) return x.emit(op_type, {value}, {attr("axis", axis), attr("keepdims", keep)});
  const auto largest = static_cast<std::int64_t>(std::string_view(op_type) == "ArgMax" ? 1 : 0);
  const auto found =
      x.emit_n("TopK", {value, x.ints({1})}, {attr("axis", axis), attr("largest", largest)}, 2);
  return keepdim ? found[1] : x.squeeze(found[1], {axis});
}

void arg_of(Lower& x, const char* op_type) {
  const Type& self = x.type("self");
  const DType dtype = argument_dtype(self.dtype);
  const std::string value = x.tensor("self", dtype);
  if (self.shape.empty()) return x.set(x.b.scalar_int(0));
  if (!x.given("dim")) {
    const std::string flat = x.reshape(value, self.shape, {aten::numel(self.shape)});
    return x.set(x.reshape(position(x, op_type, flat, dtype, 0, false), {}, x.result().shape));
  }
  x.set(position(x, op_type, value, dtype, x.dim("dim", self.rank()), x.flag("keepdim")));
}
void argmax(Lower& x) { arg_of(x, "ArgMax"); }
void argmin(Lower& x) { arg_of(x, "ArgMin"); }

/// max/min: elementwise against `other`, over everything, or along one dimension with positions.
void extreme(Lower& x, const char* pair, const char* reduction, const char* argument) {
  const DType dtype = x.result().dtype;
  if (x.op().find("other") != nullptr) {
    const bool boolean = dtype == DType::boolean;
    if (boolean)
      return x.set(
          x.emit(std::string_view(pair) == "Max" ? "Or" : "And", {x.tensor("self"), x.tensor("other")}));
    return x.set(x.emit(pair, {x.tensor("self", dtype), x.tensor("other", dtype)}));
  }
  extreme_of(x, reduction);
  if (x.op().outputs.size() < 2) return;
  const Type& self = x.type("self");
  if (self.shape.empty()) return x.set(x.b.scalar_int(0), 1);
  const std::int64_t axis = x.dim("dim", self.rank());
  const DType wide = argument_dtype(self.dtype);
  x.set(position(x, argument, x.tensor("self", wide), wide, axis, x.flag("keepdim")), 1);
}
void max_rule(Lower& x) { extreme(x, "Max", "ReduceMax", "ArgMax"); }
void min_rule(Lower& x) { extreme(x, "Min", "ReduceMin", "ArgMin"); }

/// Product of the reduced sizes, as a number of `dtype`.
std::string count(Lower& x, const Type& self, const Reduction& r, DType dtype, double correction) {
  Expr total = 1;
  for (std::int64_t axis : r.axes) total = total * self.shape[static_cast<std::size_t>(axis)];
  if (auto n = total.constant()) return x.scalar(dtype, std::max(0.0, static_cast<double>(*n) - correction));
  const std::string n = x.cast(x.b.size_scalar(total), DType::int64, dtype);
  return correction == 0 ? n : x.emit("Sub", {n, x.scalar(dtype, correction)});
}

double correction_of(Lower& x) {
  if (x.given("correction")) return x.real("correction");
  if (x.op().find("unbiased") != nullptr) return x.flag("unbiased", true) ? 1 : 0;
  return 1;
}

std::string variance(Lower& x, std::string* mean_out) {
  const Type& self = x.type("self");
  Reduction r = aten::read_reduction(x, self);
  const std::string value = x.tensor("self");
  Reduction keep = r;
  keep.keepdim = true;
  const std::string mean_value = x.reduce("ReduceMean", value, keep.axes, true);
  const std::string centred = x.emit("Sub", {value, mean_value});
  const std::string squares = x.emit("Mul", {centred, centred});
  const double correction = correction_of(x);
  if (mean_out != nullptr)
    *mean_out = r.keepdim ? mean_value : x.reshape(mean_value, keep.result(self.shape), r.result(self.shape));
  if (correction == 0) return reduced(x, "ReduceMean", squares, r);
  return x.emit("Div", {reduced(x, "ReduceSum", squares, r), count(x, self, r, self.dtype, correction)});
}
void var(Lower& x) { x.set(variance(x, nullptr)); }
void std_rule(Lower& x) { x.set(x.emit("Sqrt", {variance(x, nullptr)})); }
void var_mean(Lower& x) {
  std::string mean_value;
  const std::string value = variance(x, &mean_value);
  x.set(x.op().target == "aten::std_mean" ? x.emit("Sqrt", {value}) : value);
  x.set(mean_value, 1);
}

void norm(Lower& x) {
  const DType dtype = x.result().dtype;
  const Reduction r = aten::read_reduction(x, x.type("self"));
  const std::string value = x.tensor("self", dtype);
  const double p = x.given("p") ? x.real("p") : x.given("ord") ? x.real("ord") : 2;
  if (p == 2) return x.set(r.axes.empty() ? x.emit("Abs", {value}) : reduced(x, "ReduceL2", value, r));
  if (p == 1) return x.set(r.axes.empty() ? x.emit("Abs", {value}) : reduced(x, "ReduceL1", value, r));
  const std::string magnitude = x.emit("Abs", {value});
  if (std::isinf(p)) return x.set(reduced(x, p > 0 ? "ReduceMax" : "ReduceMin", magnitude, r));
  if (p == 0) {
    const std::string counted = x.cast(x.cast(value, dtype, DType::boolean), DType::boolean, dtype);
    return x.set(reduced(x, "ReduceSum", counted, r));
  }
  const std::string powers = reduced(x, "ReduceSum", x.emit("Pow", {magnitude, x.scalar(dtype, p)}), r);
  x.set(x.emit("Pow", {powers, x.scalar(dtype, 1 / p)}));
}

void logsumexp(Lower& x) {
  const DType dtype = x.result().dtype;
  x.set(reduced(x, "ReduceLogSumExp", x.tensor("self", dtype), aten::read_reduction(x, x.type("self"))));
}

void cumsum(Lower& x) {
  const Type& self = x.type("self");
  const DType dtype = x.result().dtype;
  const bool narrow = !is_floating(dtype) && dtype != DType::int64 && dtype != DType::int32;
  const DType compute = narrow                                                ? DType::int64
                        : dtype == DType::float16 || dtype == DType::bfloat16 ? DType::float32
                                                                              : dtype;
  const std::string value = x.tensor("self", compute);
  if (self.shape.empty()) return x.set(x.cast(value, compute, dtype));
  x.set(x.cast(x.emit("CumSum", {value, x.b.scalar_int(x.dim("dim", self.rank()))}), compute, dtype));
}

void topk(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", -1), self.rank());
  const auto found = x.emit_n(
      "TopK", {x.tensor("self"), x.b.size1(x.integer("k"))},
      {attr("axis", axis), attr("largest", static_cast<std::int64_t>(x.flag("largest", true) ? 1 : 0)),
       attr("sorted", static_cast<std::int64_t>(x.flag("sorted", true) ? 1 : 0))},
      2);
  x.set(found[0], 0);
  x.set(found[1], 1);
}

std::vector<std::string> sorted(Lower& x, bool descending) {
  const Type& self = x.type("self");
  if (self.shape.empty()) return {x.tensor("self"), x.b.scalar_int(0)};
  const DType dtype = self.dtype == DType::boolean ? DType::int32 : self.dtype;
  const std::int64_t axis = x.wrap(x.static_int("dim", -1), self.rank());
  auto found =
      x.emit_n("TopK", {x.tensor("self", dtype), x.b.size1(self.shape[static_cast<std::size_t>(axis)])},
               {attr("axis", axis), attr("largest", static_cast<std::int64_t>(descending ? 1 : 0))}, 2);
  found[0] = x.cast(found[0], dtype, self.dtype);
  return found;
}
void sort(Lower& x) {
  const auto found = sorted(x, x.flag("descending"));
  x.set(found[0], 0);
  x.set(found[1], 1);
}
void argsort(Lower& x) { x.set(sorted(x, x.flag("descending"))[1]); }

/// k-th smallest along a dimension: the k smallest sorted, the last of them.
void kthvalue(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", -1), self.rank());
  const std::int64_t k = x.static_int("k");
  const auto found = x.emit_n("TopK", {x.tensor("self"), x.ints({k})},
                              {attr("axis", axis), attr("largest", std::int64_t{0})}, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string one =
        x.emit("Gather", {found[i], x.flag("keepdim") ? x.ints({k - 1}) : x.b.scalar_int(k - 1)},
               {attr("axis", axis)});
    x.set(one, i);
  }
}

/// Number of boundaries below (or not above) each value.
void bucketize(Lower& x) {
  const bool search = x.op().target == "aten::searchsorted";
  const char* boundaries = search ? "sorted_sequence" : "boundaries";
  const bool right = x.flag("right") || x.text("side") == "right";
  const Type& self = x.type("self");
  const Type& edges = x.type(boundaries);
  const DType dtype = aten::result_type({&self, &edges});
  const std::string value = x.unsqueeze(x.tensor("self", dtype), {self.rank()});
  std::string limits = x.tensor(boundaries, dtype);
  if (edges.rank() > 1)
    limits = x.unsqueeze(limits, {edges.rank() - 1});  // a row of limits per row of values
  const std::string below = x.emit(right ? "LessOrEqual" : "Less", {limits, value});
  const std::string counted =
      x.reduce("ReduceSum", x.cast(below, DType::boolean, DType::int64), {self.rank()}, false);
  x.set(x.cast(counted, DType::int64, x.result().dtype));
}

void cdist(Lower& x) {
  const Type& a = x.type("x1");
  const Type& b = x.type("x2");
  const DType dtype = x.result().dtype;
  const double p = x.real("p", 2);
  const std::string difference = x.emit(
      "Sub", {x.unsqueeze(x.tensor("x1"), {a.rank() - 1}), x.unsqueeze(x.tensor("x2"), {b.rank() - 2})});
  const std::int64_t axis = std::max(a.rank(), b.rank());
  if (p == 2) return x.set(x.reduce("ReduceL2", difference, {axis}, false));
  if (p == 1) return x.set(x.reduce("ReduceL1", difference, {axis}, false));
  const std::string powers =
      x.reduce("ReduceSum", x.emit("Pow", {x.emit("Abs", {difference}), x.scalar(dtype, p)}), {axis}, false);
  x.set(x.emit("Pow", {powers, x.scalar(dtype, 1 / p)}));
}

void cosine_similarity(Lower& x) {
  const DType dtype = x.result().dtype;
  const std::int64_t rank = x.result().rank() + 1;
  const std::int64_t axis = x.wrap(x.static_int("dim", 1), rank);
  const std::string a = x.tensor("x1", dtype);
  const std::string b = x.tensor("x2", dtype);
  const std::string eps = x.scalar(dtype, x.real("eps", 1e-8));
  const std::string dot = x.reduce("ReduceSum", x.emit("Mul", {a, b}), {axis}, false);
  const std::string length_a = x.emit("Max", {x.reduce("ReduceL2", a, {axis - rank}, false), eps});
  const std::string length_b = x.emit("Max", {x.reduce("ReduceL2", b, {axis - rank}, false), eps});
  x.set(x.emit("Div", {dot, x.emit("Mul", {length_a, length_b})}));
}

/// A number of repeats: a new dimension expanded and merged. A tensor of repeats: rows picked by position.
void repeat_interleave(Lower& x) {
  const Type& self = x.type("self");
  const bool flat = !x.given("dim");
  const Shape from = flat ? Shape{aten::numel(self.shape)} : self.shape;
  const std::int64_t axis = flat ? 0 : x.dim("dim", self.rank());
  if (x.failed()) return;
  const std::string value = x.reshape(x.tensor("self"), self.shape, from);
  const Type& repeats = x.type("repeats");
  if (repeats.integer() && repeats.shape.empty()) {
    Shape open = from, wide = from;
    open.insert(open.begin() + axis + 1, Expr(1));
    wide.insert(wide.begin() + axis + 1, x.integer("repeats"));
    return x.set(x.reshape(x.expand(x.unsqueeze(value, {axis + 1}), open, wide), wide, x.result().shape));
  }
  // Position j belongs to the first row whose running total of repeats exceeds j.
  const std::string ends = x.emit("CumSum", {x.tensor("repeats", DType::int64), x.b.scalar_int(0)});
  const std::string total = x.emit("ReduceMax", {ends}, {attr("keepdims", std::int64_t{0})});
  const std::string positions = x.emit("Range", {x.b.scalar_int(0), total, x.b.scalar_int(1)});
  const std::string passed = x.emit("GreaterOrEqual", {x.unsqueeze(positions, {1}), ends});
  const std::string rows = x.reduce("ReduceSum", x.cast(passed, DType::boolean, DType::int64), {1}, false);
  x.set(x.emit("Gather", {value, rows}, {attr("axis", axis)}));
}

constexpr LowerRule kRules[] = {
    {"aten::sum", sum},
    {"aten::prod", prod},
    {"aten::mean", mean},
    {"aten::amax", amax},
    {"aten::amin", amin},
    {"aten::any", any},
    {"aten::all", all},
    {"aten::argmax", argmax},
    {"aten::argmin", argmin},
    {"aten::max", max_rule},
    {"aten::min", min_rule},
    {"aten::var", var},
    {"aten::std", std_rule},
    {"aten::var_mean", var_mean},
    {"aten::std_mean", var_mean},
    {"aten::norm", norm},
    {"aten::frobenius_norm", norm},
    {"aten::linalg_norm", norm},
    {"aten::linalg_vector_norm", norm},
    {"aten::logsumexp", logsumexp},
    {"aten::count_nonzero", count_nonzero},
    {"aten::cumsum", cumsum},
    {"aten::topk", topk},
    {"aten::kthvalue", kthvalue},
    {"aten::sort", sort},
    {"aten::argsort", argsort},
    {"aten::bucketize", bucketize},
    {"aten::searchsorted", bucketize},
    {"aten::cdist", cdist},
    {"aten::_cdist_forward", cdist},
    {"aten::cosine_similarity", cosine_similarity},
    {"aten::repeat_interleave", repeat_interleave},
};

}  // namespace

RuleTable reduce_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
