// Shapes of reductions, scans, sorting and norms.
#include "aten/infer/families.h"
#include "aten/infer/reductions.h"
#include "aten/infer/shapes.h"

namespace modelexport::aten {
namespace {

void reduce_to(Infer& x, DType dtype) {
  const Type& self = x.type("self");
  const Reduction r = read_reduction(x, self);
  if (x.failed()) return;
  x.set(dtype, r.result(self.shape));
}

DType sum_dtype(Infer& x) {
  if (auto dtype = x.dtype("dtype")) return *dtype;
  const DType self = x.type("self").dtype;
  return is_floating(self) || is_complex(self) ? self : DType::int64;
}
void sum(Infer& x) { reduce_to(x, sum_dtype(x)); }
void mean(Infer& x) { reduce_to(x, x.dtype("dtype").value_or(x.type("self").dtype)); }
void same_dtype(Infer& x) { reduce_to(x, x.dtype("dtype").value_or(x.type("self").dtype)); }
/// any and all of uint8 give uint8, an old rule of PyTorch's.
void truth(Infer& x) { reduce_to(x, x.type("self").dtype == DType::uint8 ? DType::uint8 : DType::boolean); }
void arg(Infer& x) { reduce_to(x, DType::int64); }
void logsumexp(Infer& x) {
  const DType self = x.type("self").dtype;
  reduce_to(x, is_floating(self) ? self : DType::float32);
}

void var_mean(Infer& x) {
  const Type& self = x.type("self");
  const Reduction r = read_reduction(x, self);
  x.set(self.dtype, r.result(self.shape), 0);
  x.set(self.dtype, r.result(self.shape), 1);
}

/// max and min: over everything, against another tensor, or along a dimension with positions.
void extreme(Infer& x) {
  const Type& self = x.type("self");
  if (x.op().find("other") != nullptr) {
    const Type& other = x.type("other");
    auto shape = broadcast(self.shape, other.shape);
    if (!shape) return x.fail("shapes do not broadcast");
    Type out = Type::tensor(result_type({&self, &other}), *shape);
    const auto a = self.integer(), b = other.integer();
    if (a && b && shape->empty())
      out.content =
          std::vector<Element>{x.op().target.find("max") != std::string::npos ? max(*a, *b) : min(*a, *b)};
    return x.set(std::move(out));
  }
  const Reduction r = read_reduction(x, self);
  if (x.failed()) return;
  x.set(self.dtype, r.result(self.shape), 0);
  if (x.op().outputs.size() > 1) x.set(DType::int64, r.result(self.shape), 1);
}

void scan(Infer& x) { x.set(sum_dtype(x), x.type("self").shape); }
void topk(Infer& x) {
  const Type& self = x.type("self");
  Shape shape = self.shape;
  if (!shape.empty())
    shape[static_cast<std::size_t>(x.wrap(x.static_int("dim", -1), self.rank()))] = x.integer("k");
  x.set(self.dtype, shape, 0);
  x.set(DType::int64, shape, 1);
}
void sort(Infer& x) {
  const Type& self = x.type("self");
  x.set(self.dtype, self.shape, 0);
  x.set(DType::int64, self.shape, 1);
}
void argsort(Infer& x) { x.set(DType::int64, x.type("self").shape); }

void bucketize(Infer& x) {
  const bool search = x.op().target == "aten::searchsorted";
  if (search && x.given("sorter")) return x.fail("a sorter is not supported", "sort the sequence instead");
  x.set(x.flag("out_int32") ? DType::int32 : DType::int64, x.type("self").shape);
}

void cdist(Infer& x) {
  const Type& a = x.type("x1");
  const Type& b = x.type("x2");
  if (a.rank() < 2 || b.rank() < 2) return x.fail("needs matrices");
  auto lead = broadcast(Shape(a.shape.begin(), a.shape.end() - 2), Shape(b.shape.begin(), b.shape.end() - 2));
  if (!lead) return x.fail("shapes do not broadcast");
  lead->push_back(a.shape[a.shape.size() - 2]);
  lead->push_back(b.shape[b.shape.size() - 2]);
  x.set(a.dtype, std::move(*lead));
}

void cosine_similarity(Infer& x) {
  const Type& a = x.type("x1");
  const Type& b = x.type("x2");
  auto shape = broadcast(a.shape, b.shape);
  if (!shape || shape->empty()) return x.fail("shapes do not broadcast");
  shape->erase(shape->begin() + x.wrap(x.static_int("dim", 1), static_cast<std::int64_t>(shape->size())));
  x.set(promote(a.dtype, b.dtype), std::move(*shape));
}

void repeat_interleave(Infer& x) {
  const Type& self = x.type("self");
  Shape shape = x.given("dim") ? self.shape : Shape{numel(self.shape)};
  const auto axis = static_cast<std::size_t>(x.given("dim") ? x.dim("dim", self.rank()) : 0);
  const Type& repeats = x.type("repeats");
  const bool number = repeats.kind == Type::Kind::number || (repeats.integer() && repeats.shape.empty());
  if (number)
    shape[axis] = shape[axis] * x.integer("repeats");
  else if (x.given("output_size"))
    shape[axis] = x.integer("output_size");
  else
    shape[axis] = x.fresh(0, static_cast<std::int32_t>(axis));
  x.set(self.dtype, std::move(shape));
}

constexpr InferRule kRules[] = {
    {"aten::sum", sum},
    {"aten::prod", sum},
    {"aten::mean", mean},
    {"aten::amax", same_dtype},
    {"aten::amin", same_dtype},
    {"aten::any", truth},
    {"aten::all", truth},
    {"aten::argmax", arg},
    {"aten::argmin", arg},
    {"aten::max", extreme},
    {"aten::min", extreme},
    {"aten::var", same_dtype},
    {"aten::std", same_dtype},
    {"aten::var_mean", var_mean},
    {"aten::std_mean", var_mean},
    {"aten::norm", same_dtype},
    {"aten::frobenius_norm", same_dtype},
    {"aten::linalg_norm", same_dtype},
    {"aten::linalg_vector_norm", same_dtype},
    {"aten::logsumexp", logsumexp},
    {"aten::count_nonzero", arg},
    {"aten::cumsum", scan},
    {"aten::topk", topk},
    {"aten::kthvalue", extreme},
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

InferTable infer_reduce_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
