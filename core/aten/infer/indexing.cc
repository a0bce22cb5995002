#include "aten/infer/indexing.h"

#include <algorithm>

namespace modelexport::aten {
namespace {

std::vector<IndexPlan::Entry> read_entries(OpReader& x, const Type& self) {
  std::vector<IndexPlan::Entry> out;
  const std::vector<Type> indices = x.types("indices");
  std::int64_t dim = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!indices[i].is_tensor()) {
      ++dim;
      continue;
    }
    IndexPlan::Entry entry;
    entry.argument = i;
    entry.dim = dim;
    entry.mask = indices[i].dtype == DType::boolean || indices[i].dtype == DType::uint8;
    entry.consumed = entry.mask ? indices[i].rank() : 1;
    entry.type = indices[i];
    dim += entry.consumed;
    out.push_back(std::move(entry));
  }
  if (dim > self.rank()) x.fail("more indices than dimensions");
  return out;
}

}  // namespace

IndexPlan plan_index(OpReader& x, const Type& self, const std::function<Expr(std::int32_t)>& fresh) {
  IndexPlan plan;
  plan.entries = read_entries(x, self);
  if (x.failed()) return plan;
  std::int64_t expected = -1;
  bool adjacent = true;
  std::optional<Expr> count;  // elements that the masks select
  for (const auto& entry : plan.entries) {
    if (expected >= 0 && entry.dim != expected) adjacent = false;
    expected = entry.dim + entry.consumed;
    for (std::int64_t d = 0; d < entry.consumed; ++d) plan.dims.push_back(entry.dim + d);
    Shape shape = entry.type.shape;
    if (entry.mask) {
      if (!count) count = fresh(0);
      shape = {*count};
    }
    auto joined = broadcast(plan.joined, shape);
    if (!joined) {
      x.fail("indices of shapes that do not broadcast");
      return plan;
    }
    plan.joined = std::move(*joined);
  }
  for (std::int64_t d = 0; d < self.rank(); ++d)
    if (std::find(plan.dims.begin(), plan.dims.end(), d) == plan.dims.end()) plan.rest.push_back(d);
  plan.position = adjacent && !plan.dims.empty() ? plan.dims.front() : 0;
  for (std::int64_t d : plan.rest) plan.result.push_back(self.shape[static_cast<std::size_t>(d)]);
  plan.result.insert(plan.result.begin() + plan.position, plan.joined.begin(), plan.joined.end());
  return plan;
}

}  // namespace modelexport::aten
