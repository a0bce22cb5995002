// Shapes of operators that pick or place elements by index.
#include "aten/infer/families.h"
#include "aten/infer/indexing.h"
#include "aten/infer/shapes.h"

namespace modelexport::aten {
namespace {

void like_self(Infer& x) { x.set(x.type("self").dtype, x.type("self").shape); }

void embedding(Infer& x) {
  const Type& weight = x.type("weight");
  const Type& indices = x.type("indices");
  if (weight.rank() != 2) return x.fail("needs a matrix as weight");
  Shape shape = indices.shape;
  shape.push_back(weight.shape[1]);
  x.set(weight.dtype, std::move(shape));
}

void index(Infer& x) {
  const Type self = x.type("self");
  const IndexPlan plan = plan_index(x, self, [&](std::int32_t) { return x.fresh(0, 0); });
  if (x.failed()) return;
  // The fresh size, if any, stands where the joined indices do.
  for (const Expr& size : plan.joined)
    if (auto name = size.as_symbol(); name && name->starts_with('u')) {
      auto origin = x.origin(*name);
      if (origin != nullptr && origin->value == x.op().outputs[0])
        origin->axis = static_cast<std::int32_t>(plan.position);
    }
  Type out = Type::tensor(self.dtype, plan.result);
  // One known index into known elements: sizes that were picked from a shape.
  if (self.content && self.rank() == 1 && plan.entries.size() == 1 && plan.entries[0].type.content) {
    std::vector<Element> picked;
    for (const Element& e : *plan.entries[0].type.content) {
      const auto at = std::holds_alternative<Expr>(e) ? std::get<Expr>(e).constant() : std::nullopt;
      const auto n = static_cast<std::int64_t>(self.content->size());
      if (!at || *at < -n || *at >= n) return x.set(std::move(out));
      picked.push_back((*self.content)[static_cast<std::size_t>(*at < 0 ? *at + n : *at)]);
    }
    out.content = std::move(picked);
  }
  x.set(std::move(out));
}

void index_select(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dim", self.rank());
  if (x.failed()) return;
  const Type& index_type = x.type("index");
  Shape shape = self.shape;
  if (!shape.empty())
    shape[static_cast<std::size_t>(axis)] = index_type.rank() == 0 ? Expr(1) : index_type.shape[0];
  x.set(self.dtype, std::move(shape));
}

void gather(Infer& x) { x.set(x.type("self").dtype, x.type("index").shape); }

void take_along_dim(Infer& x) {
  const Type& self = x.type("self");
  const Type& indices = x.type("indices");
  if (!x.given("dim")) return x.set(self.dtype, {numel(indices.shape)});
  const std::int64_t axis = x.dim("dim", self.rank());
  Shape a = self.shape, b = indices.shape;
  if (x.failed() || a.size() != b.size()) return x.fail("tensors of different rank");
  a[static_cast<std::size_t>(axis)] = 1;
  auto shape = broadcast(a, b);
  if (!shape) return x.fail("shapes do not broadcast");
  (*shape)[static_cast<std::size_t>(axis)] = b[static_cast<std::size_t>(axis)];
  x.set(self.dtype, std::move(*shape));
}

void nonzero(Infer& x) { x.set(DType::int64, {x.fresh(0, 0), x.type("self").rank()}); }
void nonzero_numpy(Infer& x) {
  const Type& self = x.type(x.op().find("condition") != nullptr ? "condition" : "self");
  const auto rank = static_cast<std::size_t>(self.rank());
  const bool list = x.op().outputs.size() == 1;
  std::vector<Type> items;
  Expr size;
  for (std::size_t i = 0; i < rank; ++i) {
    // Items of one list have no values of their own to read the size from.
    if (!list || i == 0) size = x.fresh(list ? 0 : i, 0);
    items.push_back(Type::tensor(DType::int64, {size}));
  }
  x.set_list(std::move(items));
}

void unique(Infer& x) {
  const Type self = x.type("self");
  const bool slices = x.op().target == "aten::unique_dim";
  const auto axis = static_cast<std::size_t>(slices ? x.dim("dim", self.rank()) : 0);
  if (x.failed()) return;
  Shape shape = slices ? self.shape : Shape{1};
  const Expr count = x.fresh(0, static_cast<std::int32_t>(axis));
  shape[axis] = count;
  const Shape places = slices ? Shape{self.shape[axis]} : self.shape;
  x.set(self.dtype, std::move(shape));
  x.set(x.flag("return_inverse") ? Type::tensor(DType::int64, places) : Type::none(), 1);
  x.set(x.flag("return_counts") ? Type::tensor(DType::int64, {count}) : Type::none(), 2);
}

void masked_select(Infer& x) { x.set(x.type("self").dtype, {x.fresh(0, 0)}); }
void take(Infer& x) { x.set(x.type("self").dtype, x.type("index").shape); }

constexpr InferRule kRules[] = {
    {"aten::embedding", embedding},
    {"aten::index", index},
    {"aten::_unsafe_index", index},
    {"aten::index_put", like_self},
    {"aten::_unsafe_index_put", like_self},
    {"aten::index_select", index_select},
    {"aten::index_fill", like_self},
    {"aten::index_add", like_self},
    {"aten::index_copy", like_self},
    {"aten::gather", gather},
    {"aten::take_along_dim", take_along_dim},
    {"aten::take", take},
    {"aten::scatter", like_self},
    {"aten::scatter_add", like_self},
    {"aten::scatter_reduce", like_self},
    {"aten::slice_scatter", like_self},
    {"aten::select_scatter", like_self},
    {"aten::diagonal_scatter", like_self},
    {"aten::masked_scatter", like_self},
    {"aten::masked_select", masked_select},
    {"aten::_unique2", unique},
    {"aten::unique_dim", unique},
    {"aten::nonzero", nonzero},
    {"aten::argwhere", nonzero},
    {"aten::nonzero_numpy", nonzero_numpy},
};

}  // namespace

InferTable infer_index_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
