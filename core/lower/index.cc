// Operators that pick or place elements by index.
#include "aten/infer/indexing.h"
#include "aten/infer/shapes.h"
#include "lower/families.h"
#include "lower/opsets.h"

namespace modelexport::lower {
namespace {

using aten::IndexPlan;
using aten::Type;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void embedding(Lower& x) {
  const DType index = x.type("indices").dtype;
  const bool direct = index == DType::int64 || index == DType::int32;
  x.set(x.emit("Gather", {x.tensor("weight"), x.tensor("indices", direct ? index : DType::int64)}));
}

/// One ONNX value per indexed dimension; masks give the coordinates of their True elements.
std::vector<std::string> coordinates(Lower& x, const IndexPlan& plan) {
  const aten::ArgList* list = x.op().find("indices")->get<aten::ArgList>();
  std::vector<std::string> out;
  if (list == nullptr) {
    x.fail("indices are no list");
    return out;
  }
  for (const auto& entry : plan.entries) {
    const aten::Arg& arg = (*list)[entry.argument];
    if (!entry.mask) {
      out.push_back(x.value(arg, entry.type.dtype == DType::int32 ? DType::int32 : DType::int64));
      continue;
    }
    const std::string found = x.emit("NonZero", {x.value(arg, DType::boolean)});
    for (std::int64_t d = 0; d < entry.consumed; ++d)
      out.push_back(x.emit("Gather", {found, x.b.scalar_int(d)}, {attr("axis", std::int64_t{0})}));
  }
  return out;
}

/// Indices broadcast to their common shape and joined as GatherND and ScatterND want them: (..., number of
/// dims).
std::string joined_indices(Lower& x, const IndexPlan& plan, std::vector<std::string> values) {
  const auto rank = static_cast<std::int64_t>(plan.joined.size());
  std::size_t next = 0;
  for (const auto& entry : plan.entries) {
    const Shape shape = entry.mask ? plan.joined : entry.type.shape;
    const DType dtype = entry.mask || entry.type.dtype != DType::int32 ? DType::int64 : DType::int32;
    for (std::int64_t d = 0; d < entry.consumed; ++d, ++next) {
      values[next] = x.cast(values[next], dtype, DType::int64);
      if (entry.mask && plan.joined.size() == 1) { /* already (count) */
      } else
        values[next] = x.expand(values[next], shape, plan.joined);
      values[next] = x.unsqueeze(values[next], {rank});
    }
  }
  return values.size() == 1 ? values.front() : x.emit("Concat", std::move(values), {attr("axis", rank)});
}

/// self with the indexed dimensions first, and the permutation that did it.
std::string indexed_first(Lower& x, const IndexPlan& plan, std::vector<std::int64_t>& perm) {
  perm = plan.dims;
  perm.insert(perm.end(), plan.rest.begin(), plan.rest.end());
  return x.transpose(x.tensor("self"), perm);
}

IndexPlan plan_of(Lower& x) {
  // Inference made the result's sizes; only their positions are asked again.
  const Type& result = x.result();
  IndexPlan plan = aten::plan_index(x, x.type("self"), [](std::int32_t) { return Expr::symbol("?"); });
  if (x.op().target.find("put") == std::string::npos) {
    plan.result = result.shape;
    for (std::size_t i = 0; i < plan.joined.size(); ++i) plan.joined[i] = result.shape[at(plan.position) + i];
  }
  return plan;
}

void index(Lower& x) {
  const IndexPlan plan = plan_of(x);
  if (x.failed()) return;
  std::vector<std::string> values = coordinates(x, plan);
  if (x.failed()) return;
  if (plan.dims.empty()) return x.set(x.tensor("self"));
  if (values.size() == 1)
    return x.set(x.emit("Gather", {x.tensor("self"), values[0]}, {attr("axis", plan.dims[0])}));
  std::vector<std::int64_t> perm;
  const std::string front = indexed_first(x, plan, perm);
  const std::string picked = x.emit("GatherND", {front, joined_indices(x, plan, std::move(values))});
  // Result is joined + rest; adjacent indices stand where the first of them was.
  const auto joined = static_cast<std::int64_t>(plan.joined.size());
  std::vector<std::int64_t> back;
  for (std::int64_t i = 0; i < plan.position; ++i) back.push_back(joined + i);
  for (std::int64_t i = 0; i < joined; ++i) back.push_back(i);
  for (auto i = plan.position; i < static_cast<std::int64_t>(plan.rest.size()); ++i)
    back.push_back(joined + i);
  x.set(x.transpose(picked, back));
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> out(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) out[at(perm[i])] = static_cast<std::int64_t>(i);
  return out;
}

/// x[mask] = number: no coordinates needed.
bool put_where(Lower& x, const IndexPlan& plan) {
  if (plan.entries.size() != 1 || !plan.entries[0].mask || x.flag("accumulate")) return false;
  const Type& values = x.type("values");
  if (!aten::numel(values.shape).is(1)) return false;
  const aten::ArgList* list = x.op().find("indices")->get<aten::ArgList>();
  const auto& entry = plan.entries[0];
  std::vector<std::int64_t> after;
  for (auto d = entry.dim + entry.consumed; d < x.type("self").rank(); ++d) after.push_back(d - entry.dim);
  const std::string mask = x.unsqueeze(x.value((*list)[entry.argument], DType::boolean), after);
  const DType dtype = x.type("self").dtype;
  const std::string value = x.reshape(x.tensor("values", dtype), values.shape, {});
  x.set(x.emit("Where", {mask, value, x.tensor("self")}));
  return true;
}

void index_put(Lower& x) {
  const IndexPlan plan = plan_of(x);
  if (x.failed() || put_where(x, plan)) return;
  const Type& self = x.type("self");
  const Type& values = x.type("values");
  std::vector<std::string> found = coordinates(x, plan);
  if (x.failed()) return;
  const bool masked =
      std::any_of(plan.entries.begin(), plan.entries.end(), [](const auto& e) { return e.mask; });
  const std::string indices = joined_indices(x, plan, std::move(found));
  std::vector<std::int64_t> perm;
  const std::string front = indexed_first(x, plan, perm);
  // Values broadcast to PyTorch's result shape, then in ScatterND's order: joined + rest.
  std::string updates = x.tensor("values", self.dtype);
  if (masked) {
    // The count is known only at run time: values are one per element already, or broadcast by Expand to it.
    if (values.rank() < static_cast<std::int64_t>(plan.result.size()) || values.shape[0].is(1)) {
      std::vector<std::string> parts = {
          x.emit("Shape", {indices}, {attr("start", std::int64_t{0}), attr("end", std::int64_t{1})})};
      Shape rest;
      for (std::int64_t d : plan.rest) rest.push_back(self.shape[at(d)]);
      if (!rest.empty()) parts.push_back(x.b.sizes(rest));
      updates = x.emit(
          "Expand",
          {updates, parts.size() == 1 ? parts[0] : x.emit("Concat", parts, {attr("axis", std::int64_t{0})})});
    }
  } else {
    updates = x.expand(updates, values.shape, plan.result);
    std::vector<std::int64_t> order;
    const auto joined = static_cast<std::int64_t>(plan.joined.size());
    for (std::int64_t i = 0; i < joined; ++i) order.push_back(plan.position + i);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(plan.rest.size()); ++i)
      order.push_back(i < plan.position ? i : joined + i);
    updates = x.transpose(updates, order);
  }
  Attributes attributes;
  if (x.flag("accumulate")) attributes.push_back(attr_s("reduction", "add"));
  x.set(x.transpose(x.emit("ScatterND", {front, indices, updates}, std::move(attributes)), inverse(perm)));
}

void index_select(Lower& x) {
  const Type& self = x.type("self");
  if (self.shape.empty()) return x.set(x.tensor("self"));
  std::string index = x.tensor("index");
  if (x.type("index").rank() == 0) index = x.unsqueeze(index, {0});
  x.set(x.emit("Gather", {x.tensor("self"), index}, {attr("axis", x.dim("dim", self.rank()))}));
}

void gather(Lower& x) {
  const Type& self = x.type("self");
  if (self.shape.empty()) return x.set(x.expand(x.tensor("self"), {}, x.result().shape));
  // Rank-0 indices address rank-0 tensors only; GatherElements wants equal ranks >= 1.
  x.set(x.emit("GatherElements", {x.tensor("self"), x.tensor("index", DType::int64)},
               {attr("axis", x.dim("dim", self.rank()))}));
}

void take(Lower& x) {
  const Type& self = x.type("self");
  const std::string flat = x.reshape(x.tensor("self"), self.shape, {aten::numel(self.shape)});
  x.set(x.emit("Gather", {flat, x.tensor("index")}));
}

void take_along_dim(Lower& x) {
  const Type& self = x.type("self");
  const Type& indices = x.type("indices");
  if (!x.given("dim")) {
    const std::string flat = x.reshape(x.tensor("self"), self.shape, {aten::numel(self.shape)});
    return x.set(x.emit("Gather", {flat, x.reshape(x.tensor("indices"), indices.shape, x.result().shape)}));
  }
  const std::int64_t axis = x.dim("dim", self.rank());
  Shape wide = x.result().shape;
  wide[at(axis)] = self.shape[at(axis)];
  x.set(x.emit("GatherElements",
               {x.expand(x.tensor("self"), self.shape, wide),
                x.expand(x.tensor("indices"), indices.shape, x.result().shape)},
               {attr("axis", axis)}));
}

/// scatter, scatter_add, scatter_reduce; a number as source is expanded to the index's shape.
void scatter_as(Lower& x, const std::string& reduction) {
  const Type& self = x.type("self");
  const Type& index = x.type("index");
  const char* name = x.op().find("value") != nullptr ? "value" : "src";
  std::string updates = x.tensor(name, self.dtype);
  const Shape from = x.type(name).is_tensor() ? x.type(name).shape : Shape{};
  if (from.empty() && !index.shape.empty()) {
    updates = x.emit("Expand", {updates, x.b.sizes(index.shape)});
  } else if (from != index.shape) {  // only the first elements of src are used
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i] != index.shape[i])
        updates = x.slice(updates, 0, index.shape[i], static_cast<std::int64_t>(i));
  }
  Attributes attributes = {attr("axis", x.dim("dim", self.rank()))};
  if (!reduction.empty()) attributes.push_back(attr_s("reduction", reduction));
  x.set(x.emit("ScatterElements", {x.tensor("self"), x.tensor("index"), updates}, std::move(attributes)));
}
void scatter(Lower& x) {
  const std::string reduce = x.text("reduce");
  scatter_as(x, reduce == "add" ? "add" : reduce == "multiply" ? "mul" : "");
}
void scatter_add(Lower& x) { scatter_as(x, "add"); }
void scatter_reduce(Lower& x) {
  const std::string reduce = x.text("reduce");
  const std::string name = reduce == "sum"    ? "add"
                           : reduce == "prod" ? "mul"
                           : reduce == "amax" ? "max"
                           : reduce == "amin" ? "min"
                                              : "";
  if (name.empty() || !x.flag("include_self", true))
    return x.fail("reduce='" + reduce + "' without include_self is not supported");
  if ((name == "max" || name == "min") && !has_opset(x, Form::scatter_extreme)) return;
  scatter_as(x, name);
}

/// A slice of one dimension replaced: what in-place writes through views become.
void slice_scatter(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  const std::int64_t step = x.static_int("step", 1);
  const auto range = aten::read_slice(x, self.shape, axis);
  if (x.failed()) return;
  Shape part = self.shape;
  part[at(axis)] = range.length;
  const std::string source = x.expand(x.tensor("src", self.dtype), x.type("src").shape, part);
  if (range.whole) return x.set(source);
  if (step == 1) {
    std::vector<std::string> parts;
    if (!range.start.is(0)) parts.push_back(x.slice(x.tensor("self"), 0, range.start, axis));
    parts.push_back(source);
    if (range.end != self.shape[at(axis)])
      parts.push_back(x.slice(x.tensor("self"), range.end, INT64_MAX, axis));
    return x.set(x.emit("Concat", std::move(parts), {attr("axis", axis)}));
  }
  std::vector<std::int64_t> perm = {axis};
  for (std::int64_t i = 0; i < self.rank(); ++i)
    if (i != axis) perm.push_back(i);
  const std::string rows =
      x.emit("Range", {x.b.size_scalar(range.start), x.b.size_scalar(range.end), x.b.scalar_int(step)});
  const std::string out = x.emit(
      "ScatterND", {x.transpose(x.tensor("self"), perm), x.unsqueeze(rows, {1}), x.transpose(source, perm)});
  x.set(x.transpose(out, inverse(perm)));
}

void select_scatter(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dim", self.rank());
  Expr index = x.integer("index");
  if (x.failed()) return;
  const Expr& size = self.shape[at(axis)];
  if (index.constant() && *index.constant() < 0) index = index + size;
  Shape part = self.shape;
  part.erase(part.begin() + axis);
  const std::string source =
      x.unsqueeze(x.expand(x.tensor("src", self.dtype), x.type("src").shape, part), {axis});
  std::vector<std::string> parts;
  if (!index.is(0)) parts.push_back(x.slice(x.tensor("self"), 0, index, axis));
  parts.push_back(source);
  if (index + 1 != size) parts.push_back(x.slice(x.tensor("self"), index + 1, INT64_MAX, axis));
  x.set(parts.size() == 1 ? parts[0] : x.emit("Concat", std::move(parts), {attr("axis", axis)}));
}

std::string axis_range(Lower& x, const Expr& size) {
  return x.emit("Range", {x.b.scalar_int(0), x.b.size_scalar(size), x.b.scalar_int(1)});
}

/// index_add, index_copy, index_fill: rows along one dimension, through ScatterND on that dimension first.
void index_rows(Lower& x, const char* source_name, const std::string& reduction) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dim", self.rank());
  if (x.failed() || self.shape.empty()) return x.fail("needs at least 1 dimension");
  std::vector<std::int64_t> perm = {axis};
  for (std::int64_t i = 0; i < self.rank(); ++i)
    if (i != axis) perm.push_back(i);
  std::string index = x.tensor("index", DType::int64);
  const Expr count = x.type("index").rank() == 0 ? Expr(1) : x.type("index").shape[0];
  if (x.type("index").rank() == 0) index = x.unsqueeze(index, {0});
  Shape part = self.shape;
  part[at(axis)] = count;
  const Shape from = x.type(source_name).is_tensor() ? x.type(source_name).shape : Shape{};
  std::string source = x.expand(x.tensor(source_name, self.dtype), from, part);
  if (x.op().find("alpha") != nullptr && x.real("alpha", 1) != 1)
    source = x.emit("Mul", {source, x.scalar(self.dtype, x.real("alpha", 1))});
  Attributes attributes;
  if (!reduction.empty()) attributes.push_back(attr_s("reduction", reduction));
  const std::string out = x.emit(
      "ScatterND", {x.transpose(x.tensor("self"), perm), x.unsqueeze(index, {1}), x.transpose(source, perm)},
      std::move(attributes));
  x.set(x.transpose(out, inverse(perm)));
}
void index_add(Lower& x) { index_rows(x, "source", "add"); }
void index_copy(Lower& x) { index_rows(x, "source", ""); }
void index_fill(Lower& x) { index_rows(x, "value", ""); }

void nonzero(Lower& x) { x.set(x.transpose(x.emit("NonZero", {x.tensor("self")}), {1, 0})); }
void nonzero_numpy(Lower& x) {
  const char* name = x.op().find("condition") != nullptr ? "condition" : "self";
  const std::string found = x.emit("NonZero", {x.tensor(name)});
  std::vector<std::string> parts;
  for (std::int64_t i = 0; i < x.type(name).rank(); ++i)
    parts.push_back(x.emit("Gather", {found, x.b.scalar_int(i)}, {attr("axis", std::int64_t{0})}));
  x.set_list(std::move(parts));
}

/// Distinct elements (or slices along a dimension), sorted; how often and where they occurred.
void unique(Lower& x) {
  const Type& self = x.type("self");
  Attributes attributes = {attr("sorted", std::int64_t{1})};
  if (x.op().target == "aten::unique_dim") attributes.push_back(attr("axis", x.dim("dim", self.rank())));
  const bool boolean = self.dtype == DType::boolean;
  const DType dtype = boolean ? DType::int8 : self.dtype;
  const auto found = x.emit_n("Unique", {x.tensor("self", dtype)}, std::move(attributes), 4);
  x.set(x.cast(found[0], dtype, self.dtype));
  const auto present = [&](std::size_t i) {
    return i < x.op().outputs.size() && x.result(i).kind == Type::Kind::tensor;
  };
  // ONNX counts places of the flattened tensor.
  if (present(1))
    x.set(x.op().target == "aten::unique_dim"
              ? found[2]
              : x.reshape(found[2], {aten::numel(self.shape)}, x.result(1).shape),
          1);
  if (present(2)) x.set(found[3], 2);
}

void masked_select(Lower& x) {
  const auto shape = aten::broadcast(x.type("self").shape, x.type("mask").shape);
  if (!shape) return x.fail("shapes do not broadcast");
  const Shape flat = {aten::numel(*shape)};
  const std::string value = x.reshape(x.expand(x.tensor("self"), x.type("self").shape, *shape), *shape, flat);
  const std::string mask = x.reshape(x.expand(x.tensor("mask"), x.type("mask").shape, *shape), *shape, flat);
  x.set(x.emit("Compress", {value, mask}, {attr("axis", std::int64_t{0})}));
}

/// True elements take the source's elements in order: position = number of True elements before.
void masked_scatter(Lower& x) {
  const Type& self = x.type("self");
  const Type& source = x.type("source");
  const Shape flat = {aten::numel(self.shape)};
  const std::string mask = x.expand(x.tensor("mask"), x.type("mask").shape, self.shape);
  const std::string flat_mask = x.reshape(mask, self.shape, flat);
  const std::string rows = x.transpose(x.emit("NonZero", {flat_mask}), {1, 0});
  const std::string count =
      x.emit("Shape", {rows}, {attr("start", std::int64_t{0}), attr("end", std::int64_t{1})});
  const std::string all =
      x.reshape(x.tensor("source", self.dtype), source.shape, {aten::numel(source.shape)});
  const std::string updates = x.emit("Slice", {all, x.ints({0}), count, x.ints({0})});
  const std::string out = x.emit("ScatterND", {x.reshape(x.tensor("self"), self.shape, flat), rows, updates});
  x.set(x.reshape(out, flat, self.shape));
}

void diagonal_scatter(Lower& x) {
  const Type& self = x.type("self");
  if (self.rank() != 2 || x.static_int("offset", 0) != 0)
    return x.fail("only the main diagonal of a matrix is supported");
  const std::string i = axis_range(x, min(self.shape[0], self.shape[1]));
  const std::string column = x.unsqueeze(i, {1});
  x.set(x.emit("ScatterND",
               {x.tensor("self"), x.emit("Concat", {column, column}, {attr("axis", std::int64_t{1})}),
                x.tensor("src", self.dtype)}));
}

constexpr LowerRule kRules[] = {
    {"aten::embedding", embedding},
    {"aten::index", index},
    {"aten::_unsafe_index", index},
    {"aten::index_put", index_put},
    {"aten::_unsafe_index_put", index_put},
    {"aten::index_select", index_select},
    {"aten::index_fill", index_fill},
    {"aten::index_add", index_add},
    {"aten::index_copy", index_copy},
    {"aten::gather", gather},
    {"aten::take_along_dim", take_along_dim},
    {"aten::take", take},
    {"aten::scatter", scatter},
    {"aten::scatter_add", scatter_add},
    {"aten::scatter_reduce", scatter_reduce},
    {"aten::slice_scatter", slice_scatter},
    {"aten::select_scatter", select_scatter},
    {"aten::diagonal_scatter", diagonal_scatter},
    {"aten::masked_scatter", masked_scatter},
    {"aten::masked_select", masked_select},
    {"aten::_unique2", unique},
    {"aten::unique_dim", unique},
    {"aten::nonzero", nonzero},
    {"aten::argwhere", nonzero},
    {"aten::nonzero_numpy", nonzero_numpy},
};

}  // namespace

RuleTable index_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
