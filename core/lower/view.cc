// Operators that only move elements: views, joins, splits, expansions.
#include "aten/infer/shapes.h"
#include "lower/constant_size.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Type;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Any operator whose result has the same elements in the same order.
void view(Lower& x) { x.set(x.reshape(x.tensor("self"), x.type("self").shape, x.result().shape)); }

void permute(Lower& x) { x.set(x.transpose(x.tensor("self"), x.dims("dims", x.type("self").rank()))); }

void swap_dims(Lower& x, std::int64_t a, std::int64_t b) {
  std::vector<std::int64_t> perm(x.type("self").shape.size());
  for (std::size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<std::int64_t>(i);
  if (!perm.empty()) std::swap(perm[at(a)], perm[at(b)]);
  x.set(x.transpose(x.tensor("self"), perm));
}
void transpose(Lower& x) {
  const std::int64_t rank = x.type("self").rank();
  const bool axes = x.op().find("axis0") != nullptr;
  swap_dims(x, x.dim(axes ? "axis0" : "dim0", rank), x.dim(axes ? "axis1" : "dim1", rank));
}
void t(Lower& x) {
  const std::int64_t rank = x.type("self").rank();
  if (rank < 2) return x.set(x.tensor("self"));
  swap_dims(x, rank - 2, rank - 1);
}
void numpy_t(Lower& x) {
  std::vector<std::int64_t> perm;
  for (std::int64_t i = x.type("self").rank(); i-- > 0;) perm.push_back(i);
  x.set(x.transpose(x.tensor("self"), perm));
}
void movedim(Lower& x) {
  const std::int64_t rank = x.type("self").rank();
  x.set(x.transpose(x.tensor("self"),
                    aten::movedim_permutation(x.dims("source", rank), x.dims("destination", rank), rank)));
}

void unsqueeze(Lower& x) { x.set(x.unsqueeze(x.tensor("self"), {x.dim("dim", x.type("self").rank() + 1)})); }
void squeeze(Lower& x) { x.set(x.squeeze(x.tensor("self"), aten::squeeze_axes(x, x.type("self")))); }

void slice(Lower& x) {
  const Type& self = x.type("self");
  if (self.kind == Type::Kind::list) return;
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  const auto range = aten::read_slice(x, self.shape, axis);
  if (x.failed()) return;
  const std::string input = x.tensor("self");
  if (range.whole) return x.set(input);
  // INT64_MAX instead of a computed end keeps "from here on" free of shape arithmetic.
  const Expr end = range.end == self.shape[at(axis)] ? Expr(INT64_MAX) : range.end;
  x.set(x.slice(input, range.start, end, axis, x.static_int("step", 1)));
}

void narrow(Lower& x) {
  const std::int64_t axis = x.dim("dim", x.type("self").rank());
  const Expr start = x.integer("start");
  x.set(x.slice(x.tensor("self"), start, start + x.integer("length"), axis));
}

void select(Lower& x) {
  const std::int64_t axis = x.dim("dim", x.type("self").rank());
  const Expr index = x.integer("index");
  x.set(x.emit("Gather", {x.tensor("self"), x.b.size_scalar(index)}, {attr("axis", axis)}));
}

void expand(Lower& x) { x.set(x.expand(x.tensor("self"), x.type("self").shape, x.result().shape)); }

void repeat(Lower& x) {
  const Type& self = x.type("self");
  std::vector<Expr> repeats = x.integers(x.op().find("repeats") != nullptr ? "repeats" : "dims");
  if (repeats.size() < self.shape.size())
    repeats.insert(repeats.begin(), self.shape.size() - repeats.size(), Expr(1));
  const std::int64_t added = static_cast<std::int64_t>(repeats.size()) - self.rank();
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < added; ++i) axes.push_back(i);
  std::string value = x.unsqueeze(x.tensor("self"), axes);
  const bool all_one = std::all_of(repeats.begin(), repeats.end(), [](const Expr& e) { return e.is(1); });
  x.set(all_one ? value : x.emit("Tile", {value, x.b.sizes(repeats)}));
}

/// cat, in the result's dtype; parts that are empty by PyTorch's old rule are left out.
void cat(Lower& x) {
  const std::vector<Type> all = x.types("tensors");
  const std::vector<Type> kept = aten::joined_items(x);
  const std::vector<std::string> values = x.tensors("tensors", x.result().dtype);
  const bool any_other =
      std::any_of(all.begin(), all.end(), [](const Type& type) { return type.rank() != 1; });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!(any_other && all[i].rank() == 1 && all[i].shape[0].is(0))) parts.push_back(values[i]);
  if (x.failed()) return;
  if (parts.size() == 1) return x.set(parts.front());
  const std::int64_t axis =
      x.wrap(x.static_int(x.op().find("axis") != nullptr ? "axis" : "dim", 0), x.result().rank());
  x.set(x.emit("Concat", std::move(parts), {attr("axis", axis)}));
}

void stack(Lower& x) {
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), x.result().rank());
  std::vector<std::string> parts = x.tensors("tensors", x.result().dtype);
  for (auto& part : parts) part = x.unsqueeze(part, {axis});
  x.set(parts.size() == 1 ? parts.front() : x.emit("Concat", std::move(parts), {attr("axis", axis)}));
}

void split(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  if (x.failed()) return;
  const std::vector<Expr> sizes = aten::split_sizes(x, self.shape[at(axis)]);
  if (x.failed()) return;
  const std::string input = x.tensor("self");
  if (sizes.size() == 1) return x.set_list({input});
  const bool even =
      std::all_of(sizes.begin(), sizes.end(), [&](const Expr& e) { return e == sizes.front(); });
  std::vector<std::string> inputs = {input};
  Attributes attributes = {attr("axis", axis)};
  if (!even)
    inputs.push_back(x.b.sizes(sizes));
  else if (x.b.opset() >= 18)
    attributes.push_back(attr("num_outputs", static_cast<std::int64_t>(sizes.size())));
  x.set_list(x.emit_n("Split", std::move(inputs), std::move(attributes), sizes.size()));
}

void unbind(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  if (x.failed()) return;
  const std::string input = x.tensor("self");
  const auto count = self.shape[at(axis)].constant();
  const std::size_t n = count ? at(*count) : x.op().outputs.size();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < n; ++i)
    parts.push_back(
        x.emit("Gather", {input, x.b.scalar_int(static_cast<std::int64_t>(i))}, {attr("axis", axis)}));
  x.set_list(std::move(parts));
}

/// Windows of `size` every `step`: Gather of an index matrix, moved to the end.
void unfold(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dimension", self.rank());
  const std::int64_t size = x.static_int("size");
  const std::int64_t step = x.static_int("step");
  if (x.failed() || !can_make(x, size)) return;
  const Expr windows = x.result().shape[at(axis)];
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < size; ++i) offsets.push_back(i);
  const std::string starts =
      x.emit("Range", {x.b.scalar_int(0), x.b.size_scalar(windows * step), x.b.scalar_int(step)});
  const std::string index = x.emit("Add", {x.unsqueeze(starts, {1}), x.ints(offsets)});
  const std::string gathered = x.emit("Gather", {x.tensor("self"), index}, {attr("axis", axis)});
  std::vector<std::int64_t> perm;
  for (std::int64_t i = 0; i <= self.rank(); ++i)
    if (i != axis + 1) perm.push_back(i);
  perm.push_back(axis + 1);
  x.set(x.transpose(gathered, perm));
}

/// Strides of a tensor whose elements lie in order; those of dimensions of one element do not matter.
bool are_own_strides(const Shape& sizes, const std::vector<Expr>& strides) {
  Expr expected = 1;
  for (std::size_t k = sizes.size(); k-- > 0;) {
    if (!sizes[k].is(1) && strides[k] != expected) return false;
    expected = expected * sizes[k];
  }
  return true;
}

/// Elements of the memory of "self", which is in order after address_memory, at offset + i0 * stride0 + i1 *
/// stride1
/// ...: the same elements in order where that is what the strides say (decompositions of torch.export), else
/// a Gather.
void as_strided(Lower& x) {
  const Type& self = x.type("self");
  const Shape sizes = x.integers("size");
  const std::vector<Expr> strides = x.integers("stride");
  const Expr offset = x.integer("storage_offset", 0);
  const std::string value = x.tensor("self");
  if (x.failed()) return;
  if (strides.size() != sizes.size()) return x.fail("has other than one stride for each size");
  const Expr count = aten::numel(self.shape);
  if (offset.is(0) && aten::numel(sizes) == count && are_own_strides(sizes, strides))
    return x.set(x.reshape(value, self.shape, sizes));
  std::string index = x.b.size1(offset);
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k].is(1)) continue;
    const std::string steps =
        x.emit("Range", {x.b.scalar_int(0), x.b.size_scalar(sizes[k]), x.b.scalar_int(1)});
    const std::string places = x.emit("Mul", {steps, x.b.size1(strides[k])});
    Shape column(sizes.size() - k, 1);
    column[0] = sizes[k];
    index = x.emit("Add", {index, x.reshape(places, {sizes[k]}, column)});
  }
  const std::string gathered = x.emit("Gather", {x.reshape(value, self.shape, {count}), index});
  x.set(x.emit("Reshape", {gathered, x.b.sizes(sizes)}));
}

/// One dimension rolled by a shift: the last part comes first.
std::string roll_one(Lower& x, const std::string& value, const Expr& size, Expr shift, std::int64_t axis) {
  if (auto s = shift.constant(), n = size.constant(); s && n) {
    if (*n == 0) return value;
    shift = ((*s % *n) + *n) % *n;
    if (shift.is(0)) return value;
  }
  const Expr cut = (-shift).known_non_negative() ? -shift : size - shift;
  const std::string tail = x.slice(value, cut, INT64_MAX, axis);
  const std::string head = x.slice(value, 0, cut, axis);
  return x.emit("Concat", {tail, head}, {attr("axis", axis)});
}

void roll(Lower& x) {
  const Type& self = x.type("self");
  std::string value = x.tensor("self");
  const std::vector<Expr> shifts = x.integers("shifts");
  std::vector<std::int64_t> axes;
  if (x.given("dims")) axes = x.dims("dims", self.rank());
  if (x.failed()) return;
  if (axes.empty()) {  // over the flattened tensor
    const Expr total = aten::numel(self.shape);
    const std::string flat = x.reshape(value, self.shape, {total});
    return x.set(x.reshape(roll_one(x, flat, total, shifts.at(0), 0), {total}, self.shape));
  }
  for (std::size_t i = 0; i < axes.size() && i < shifts.size(); ++i)
    value = roll_one(x, value, self.shape[at(axes[i])], shifts[i], axes[i]);
  x.set(value);
}

void flip(Lower& x) {
  const std::vector<std::int64_t> axes = x.dims("dims", x.type("self").rank());
  if (axes.empty()) return x.set(x.tensor("self"));
  const std::size_t n = axes.size();
  x.set(x.emit("Slice", {x.tensor("self"), x.ints(std::vector<std::int64_t>(n, -1)),
                         x.ints(std::vector<std::int64_t>(n, INT64_MIN)), x.ints(axes),
                         x.ints(std::vector<std::int64_t>(n, -1))}));
}

/// Reshape to 4-D around DepthToSpace/SpaceToDepth-like shuffles; leading dimensions join into one.
void pixel_shuffle(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t r = x.static_int("upscale_factor");
  const std::size_t n = self.shape.size();
  Shape lead(self.shape.begin(), self.shape.end() - 3);
  Shape joined = {aten::numel(lead), self.shape[n - 3], self.shape[n - 2], self.shape[n - 1]};
  const Shape& out = x.result().shape;
  if (!is_floating(self.dtype)) {  // the runtime's DepthToSpace knows floats
    const Shape split = {joined[0], out[n - 3], r, r, joined[2], joined[3]};
    const std::string parts = x.reshape(x.tensor("self"), self.shape, split);
    return x.set(x.reshape(x.transpose(parts, {0, 1, 4, 2, 5, 3}),
                           {joined[0], out[n - 3], joined[2], r, joined[3], r}, out));
  }
  const Shape shuffled = {joined[0], out[n - 3], out[n - 2], out[n - 1]};
  const std::string value = x.reshape(x.tensor("self"), self.shape, joined);
  x.set(x.reshape(x.emit("DepthToSpace", {value}, {attr("blocksize", r), attr_s("mode", "CRD")}), shuffled,
                  out));
}
void pixel_unshuffle(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t r = x.static_int("downscale_factor");
  const std::size_t n = self.shape.size();
  Shape lead(self.shape.begin(), self.shape.end() - 3);
  const Expr batch = aten::numel(lead);
  const Shape& out = x.result().shape;
  const Shape split_shape = {batch, self.shape[n - 3], out[n - 2], r, out[n - 1], r};
  std::string value = x.reshape(x.tensor("self"), self.shape, split_shape);
  value = x.transpose(value, {0, 1, 3, 5, 2, 4});
  x.set(x.reshape(value, {batch, self.shape[n - 3], r, r, out[n - 2], out[n - 1]}, out));
}

/// Gather along the two dimensions joined: element i of the diagonal is at (i + row) * columns + i + column.
void diagonal(Lower& x) {
  const Type& self = x.type("self");
  const std::int64_t a = x.wrap(x.static_int("dim1", 0), self.rank());
  const std::int64_t c = x.wrap(x.static_int("dim2", 1), self.rank());
  const std::int64_t offset = x.static_int("offset", 0);
  if (x.failed()) return;
  std::vector<std::int64_t> perm;
  Shape lead;
  for (std::int64_t i = 0; i < self.rank(); ++i)
    if (i != a && i != c) perm.push_back(i), lead.push_back(self.shape[at(i)]);
  perm.insert(perm.end(), {a, c});
  const Expr& columns = self.shape[at(c)];
  Shape moved = lead, joined = lead;
  moved.insert(moved.end(), {self.shape[at(a)], columns});
  joined.push_back(self.shape[at(a)] * columns);
  const std::string flat = x.reshape(x.transpose(x.tensor("self"), perm), moved, joined);
  const Expr first = offset >= 0 ? Expr(offset) : columns * (-offset);
  const Expr count = x.result().shape.back();
  const Expr step = columns + 1;
  const std::string index =
      x.emit("Range", {x.b.size_scalar(first), x.b.size_scalar(first + count * step), x.b.size_scalar(step)});
  x.set(x.emit("Gather", {flat, index}, {attr("axis", static_cast<std::int64_t>(lead.size()))}));
}

constexpr LowerRule kRules[] = {
    {"aten::view", view},
    {"aten::_unsafe_view", view},
    {"aten::reshape", view},
    {"aten::view_as", view},
    {"aten::reshape_as", view},
    {"modelexport::reshape_like", view},
    {"aten::flatten", view},
    {"aten::unflatten", view},
    {"aten::permute", permute},
    {"aten::transpose", transpose},
    {"aten::swapaxes", transpose},
    {"aten::swapdims", transpose},
    {"aten::t", t},
    {"aten::mT", t},
    {"aten::numpy_T", numpy_t},
    {"aten::T", numpy_t},
    {"aten::movedim", movedim},
    {"aten::moveaxis", movedim},
    {"aten::unsqueeze", unsqueeze},
    {"aten::squeeze", squeeze},
    {"aten::slice", slice},
    {"aten::narrow", narrow},
    {"aten::select", select},
    {"aten::expand", expand},
    {"aten::broadcast_to", expand},
    {"aten::expand_as", expand},
    {"aten::repeat", repeat},
    {"aten::tile", repeat},
    {"aten::cat", cat},
    {"aten::concat", cat},
    {"aten::concatenate", cat},
    {"aten::stack", stack},
    {"aten::split", split},
    {"aten::split_with_sizes", split},
    {"aten::chunk", split},
    {"aten::tensor_split", split},
    {"aten::unsafe_split", split},
    {"aten::unsafe_chunk", split},
    {"aten::unbind", unbind},
    {"aten::unfold", unfold},
    {"aten::as_strided", as_strided},
    {"aten::roll", roll},
    {"aten::flip", flip},
    {"aten::pixel_shuffle", pixel_shuffle},
    {"aten::pixel_unshuffle", pixel_unshuffle},
    {"aten::diagonal", diagonal},
};

}  // namespace

RuleTable view_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
