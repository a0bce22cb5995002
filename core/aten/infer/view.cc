// Shapes of operators that only move elements: views, joins, splits, expansions.
#include "aten/infer/families.h"
#include "aten/infer/shapes.h"

namespace modelexport::aten {
namespace {

Type with_shape(const Type& from, Shape shape) {
  Type out = Type::tensor(from.dtype, std::move(shape));
  out.content = from.content;  // element order does not change
  return out;
}

void same(Infer& x) { x.set(x.type("self")); }

void view(Infer& x) {
  const Type& self = x.type("self");
  const char* name = x.op().find("size") != nullptr ? "size" : "shape";
  if (x.dtype("dtype")) {  // view.dtype reinterprets bits
    x.fail("reinterpreting the bits of a tensor is not supported");
    return;
  }
  x.set(with_shape(self, resolve_view(self.shape, x.integers(name))));
}

void reshape_as(Infer& x) { x.set(with_shape(x.type("self"), x.type("other").shape)); }
void reshape_like(Infer& x) { x.set(with_shape(x.type("self"), x.type("like").shape)); }

void flatten(Infer& x) {
  const Type& self = x.type("self");
  if (self.shape.empty()) return x.set(with_shape(self, {1}));
  const auto start = static_cast<std::size_t>(x.wrap(x.static_int("start_dim", 0), self.rank()));
  const auto end = static_cast<std::size_t>(x.wrap(x.static_int("end_dim", -1), self.rank()));
  if (x.failed() || end < start) return;
  Shape shape(self.shape.begin(), self.shape.begin() + static_cast<std::ptrdiff_t>(start));
  Expr joined = 1;
  for (std::size_t i = start; i <= end; ++i) joined = joined * self.shape[i];
  shape.push_back(joined);
  shape.insert(shape.end(), self.shape.begin() + static_cast<std::ptrdiff_t>(end) + 1, self.shape.end());
  x.set(with_shape(self, std::move(shape)));
}

void unflatten(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t dim = x.dim("dim", self.rank());
  if (x.failed()) return;
  Shape sizes = resolve_view({self.shape[static_cast<std::size_t>(dim)]}, x.integers("sizes"));
  Shape shape = self.shape;
  shape.erase(shape.begin() + dim);
  shape.insert(shape.begin() + dim, sizes.begin(), sizes.end());
  x.set(with_shape(self, std::move(shape)));
}

void permute(Infer& x) {
  const Type& self = x.type("self");
  Shape shape;
  for (std::int64_t d : x.dims("dims", self.rank())) shape.push_back(self.shape[static_cast<std::size_t>(d)]);
  x.set(self.dtype, std::move(shape));
}

void swap_dims(Infer& x, std::int64_t a, std::int64_t b) {
  const Type& self = x.type("self");
  Shape shape = self.shape;
  if (!x.failed() && !shape.empty())
    std::swap(shape[static_cast<std::size_t>(a)], shape[static_cast<std::size_t>(b)]);
  x.set(self.dtype, std::move(shape));
}
void transpose(Infer& x) {
  const std::int64_t rank = x.type("self").rank();
  const bool axes = x.op().find("axis0") != nullptr;
  swap_dims(x, x.dim(axes ? "axis0" : "dim0", rank), x.dim(axes ? "axis1" : "dim1", rank));
}
void t(Infer& x) {
  const std::int64_t rank = x.type("self").rank();
  if (rank < 2) return same(x);
  swap_dims(x, rank - 2, rank - 1);
}
void numpy_t(Infer& x) {
  const Type& self = x.type("self");
  x.set(self.dtype, Shape(self.shape.rbegin(), self.shape.rend()));
}

void movedim(Infer& x) {
  const Type& self = x.type("self");
  const auto perm =
      movedim_permutation(x.dims("source", self.rank()), x.dims("destination", self.rank()), self.rank());
  Shape shape;
  for (std::int64_t d : perm) shape.push_back(self.shape[static_cast<std::size_t>(d)]);
  x.set(self.dtype, std::move(shape));
}

void unsqueeze(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t dim = x.dim("dim", self.rank() + 1);
  if (x.failed()) return;
  Shape shape = self.shape;
  shape.insert(shape.begin() + dim, Expr(1));
  x.set(with_shape(self, std::move(shape)));
}

void squeeze(Infer& x) {
  const Type& self = x.type("self");
  std::vector<std::int64_t> drop = squeeze_axes(x, self);
  Shape shape;
  for (std::size_t i = 0; i < self.shape.size(); ++i)
    if (std::find(drop.begin(), drop.end(), static_cast<std::int64_t>(i)) == drop.end())
      shape.push_back(self.shape[i]);
  x.set(with_shape(self, std::move(shape)));
}

void slice(Infer& x) {
  const Type& self = x.type("self");
  if (self.kind == Type::Kind::list) {  // aten::slice.t of an int[]
    const auto range = slice_range(static_cast<std::int64_t>(self.items.size()), x.integer("start", 0),
                                   x.integer("end", INT64_MAX), x.static_int("step", 1));
    const auto first = range.start.constant().value_or(0);
    const auto last = range.end.constant().value_or(0);
    std::vector<Type> items;
    for (auto i = first; i < last; i += x.static_int("step", 1))
      items.push_back(self.items[static_cast<std::size_t>(i)]);
    return x.set(Type::list(std::move(items)));
  }
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  const SliceRange range = read_slice(x, self.shape, axis);
  if (x.failed()) return;
  Type out = Type::tensor(self.dtype, self.shape);
  out.shape[static_cast<std::size_t>(axis)] = range.length;
  if (range.whole) out.content = self.content;
  const auto start = range.start.constant();
  const auto end = range.end.constant();
  if (self.content && self.rank() == 1 && start && end) {
    out.content.emplace();
    for (auto i = *start; i < *end; i += x.static_int("step", 1))
      out.content->push_back((*self.content)[static_cast<std::size_t>(i)]);
  }
  x.set(std::move(out));
}

void narrow(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dim", self.rank());
  if (x.failed()) return;
  Shape shape = self.shape;
  shape[static_cast<std::size_t>(axis)] = x.integer("length");
  x.set(self.dtype, std::move(shape));
}

void select(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dim", self.rank());
  if (self.shape.empty()) return x.fail("cannot select from a rank-0 tensor");
  if (x.failed()) return;
  Shape shape = self.shape;
  shape.erase(shape.begin() + axis);
  Type out = Type::tensor(self.dtype, std::move(shape));
  const auto index = x.integer("index").constant();
  if (self.content && index && self.rank() == 1) {
    const auto size = static_cast<std::int64_t>(self.content->size());
    const std::int64_t at = *index < 0 ? *index + size : *index;
    if (at < 0 || at >= size) return x.fail("index " + std::to_string(*index) + " is out of range");
    out.content = std::vector<Element>{(*self.content)[static_cast<std::size_t>(at)]};
  }
  x.set(std::move(out));
}

void expand(Infer& x) {
  const Type& self = x.type("self");
  const char* name = x.op().find("size") != nullptr ? "size" : "shape";
  Shape shape = x.integers(name);
  if (shape.size() < self.shape.size()) return x.fail("fewer sizes than dimensions");
  const std::size_t shift = shape.size() - self.shape.size();
  for (std::size_t i = 0; i < self.shape.size(); ++i)
    if (shape[shift + i].is(-1)) shape[shift + i] = self.shape[i];
  // A size that was a symbol of another input but equals this dimension keeps the input's own name.
  for (std::size_t i = 0; i < self.shape.size(); ++i)
    if (!self.shape[i].is(1)) shape[shift + i] = self.shape[i];
  Type out = Type::tensor(self.dtype, shape);
  if (shape == self.shape || (self.content && self.content->size() == 1 && numel(shape).is(1)))
    out.content = self.content;
  const auto count = numel(shape).constant();
  if (self.content && self.content->size() == 1 && count && *count > 0 &&
      *count <= static_cast<std::int64_t>(Type::kMaxContent))
    out.content = std::vector<Element>(static_cast<std::size_t>(*count), self.content->front());
  x.set(std::move(out));
}
void expand_as(Infer& x) {
  const Type& self = x.type("self");
  Type out = Type::tensor(self.dtype, x.type("other").shape);
  if (out.shape == self.shape) out.content = self.content;
  x.set(std::move(out));
}

void repeat(Infer& x) {
  const Type& self = x.type("self");
  const char* name = x.op().find("repeats") != nullptr ? "repeats" : "dims";
  std::vector<Expr> repeats = x.integers(name);
  Shape shape = self.shape;
  if (shape.size() < repeats.size()) shape.insert(shape.begin(), repeats.size() - shape.size(), Expr(1));
  if (repeats.size() < shape.size()) repeats.insert(repeats.begin(), shape.size() - repeats.size(), Expr(1));
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = shape[i] * repeats[i];
  Type out = Type::tensor(self.dtype, std::move(shape));
  if (std::all_of(repeats.begin(), repeats.end(), [](const Expr& e) { return e.is(1); }))
    out.content = self.content;
  x.set(std::move(out));
}

void cat(Infer& x) {
  std::vector<Type> items = joined_items(x);
  if (items.empty()) return x.fail("needs at least one tensor");
  const std::int64_t axis =
      x.wrap(x.static_int(x.op().find("axis") != nullptr ? "axis" : "dim", 0), items[0].rank());
  if (x.failed()) return;
  std::vector<const Type*> operands;
  Type out = Type::tensor(DType::undefined, items[0].shape);
  Expr total = 0;
  bool known = items[0].rank() == 1;
  std::vector<Element> content;
  for (const Type& item : items) {
    operands.push_back(&item);
    if (item.rank() != items[0].rank()) return x.fail("tensors of different rank");
    total = total + item.shape[static_cast<std::size_t>(axis)];
    for (std::size_t i = 0; i < out.shape.size(); ++i)  // a constant size of any part is the size of all
      if (!out.shape[i].constant() && item.shape[i].constant()) out.shape[i] = item.shape[i];
    known = known && item.content.has_value();
    if (known) content.insert(content.end(), item.content->begin(), item.content->end());
  }
  out.dtype = result_type(operands);
  out.shape[static_cast<std::size_t>(axis)] = total;
  if (known && content.size() <= Type::kMaxContent) out.content = std::move(content);
  x.set(std::move(out));
}

void stack(Infer& x) {
  std::vector<Type> items = x.types("tensors");
  if (items.empty()) return x.fail("needs at least one tensor");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), items[0].rank() + 1);
  if (x.failed()) return;
  std::vector<const Type*> operands;
  std::vector<Element> content;
  bool known = items[0].rank() == 0;
  for (const Type& item : items) {
    operands.push_back(&item);
    known = known && item.content.has_value();
    if (known) content.push_back(item.content->front());
  }
  Type out = Type::tensor(result_type(operands), items[0].shape);
  out.shape.insert(out.shape.begin() + axis, Expr(static_cast<std::int64_t>(items.size())));
  if (known && content.size() <= Type::kMaxContent) out.content = std::move(content);
  x.set(std::move(out));
}

/// Results of a split along `axis`; sizes as expressions.
void set_parts(Infer& x, const Type& self, std::int64_t axis, const std::vector<Expr>& sizes) {
  std::vector<Type> items;
  std::size_t at = 0;
  for (const Expr& size : sizes) {
    Type item = Type::tensor(self.dtype, self.shape);
    item.shape[static_cast<std::size_t>(axis)] = size;
    const auto n = size.constant();
    if (self.content && self.rank() == 1 && n && *n >= 0 &&
        at + static_cast<std::size_t>(*n) <= self.content->size()) {
      const auto from = self.content->begin() + static_cast<std::ptrdiff_t>(at);
      item.content = std::vector<Element>(from, from + static_cast<std::ptrdiff_t>(*n));
      at += static_cast<std::size_t>(*n);
    }
    items.push_back(std::move(item));
  }
  x.set_list(std::move(items));
}

void split(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  if (x.failed() || self.shape.empty()) return x.fail("cannot split a rank-0 tensor");
  set_parts(x, self, axis, split_sizes(x, self.shape[static_cast<std::size_t>(axis)]));
}

void unbind(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.wrap(x.static_int("dim", 0), self.rank());
  if (x.failed() || self.shape.empty()) return x.fail("cannot unbind a rank-0 tensor");
  const auto count = self.shape[static_cast<std::size_t>(axis)].constant();
  std::size_t n = x.op().outputs.size();
  if (count)
    n = static_cast<std::size_t>(*count);
  else if (n < 2)
    return x.fail("the number of results depends on the input's size " +
                  self.shape[static_cast<std::size_t>(axis)].to_string());
  if (n > static_cast<std::size_t>(kMaxParts)) return x.fail("gives too many results");
  Shape shape = self.shape;
  shape.erase(shape.begin() + axis);
  std::vector<Type> items(n, Type::tensor(self.dtype, shape));
  if (self.content && self.rank() == 1)
    for (std::size_t i = 0; i < n; ++i) items[i].content = std::vector<Element>{(*self.content)[i]};
  x.set_list(std::move(items));
}

void unfold(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t axis = x.dim("dimension", self.rank());
  if (x.failed()) return;
  Shape shape = self.shape;
  const Expr size = x.integer("size");
  shape[static_cast<std::size_t>(axis)] =
      floor_div(shape[static_cast<std::size_t>(axis)] - size, x.static_int("step")) + 1;
  shape.push_back(size);
  x.set(self.dtype, std::move(shape));
}

void as_strided(Infer& x) { x.set(x.type("self").dtype, x.integers("size")); }

void pixel_shuffle(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t r = x.static_int("upscale_factor");
  Shape shape = self.shape;
  if (shape.size() < 3) return x.fail("needs at least 3 dimensions");
  const std::size_t n = shape.size();
  shape[n - 3] = floor_div(shape[n - 3], r * r);
  shape[n - 2] = shape[n - 2] * r;
  shape[n - 1] = shape[n - 1] * r;
  x.set(self.dtype, std::move(shape));
}
void pixel_unshuffle(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t r = x.static_int("downscale_factor");
  Shape shape = self.shape;
  if (shape.size() < 3) return x.fail("needs at least 3 dimensions");
  const std::size_t n = shape.size();
  shape[n - 3] = shape[n - 3] * (r * r);
  shape[n - 2] = floor_div(shape[n - 2], r);
  shape[n - 1] = floor_div(shape[n - 1], r);
  x.set(self.dtype, std::move(shape));
}

void diagonal(Infer& x) {
  const Type& self = x.type("self");
  const std::int64_t a = x.wrap(x.static_int("dim1", 0), self.rank());
  const std::int64_t b = x.wrap(x.static_int("dim2", 1), self.rank());
  const std::int64_t offset = x.static_int("offset", 0);
  if (x.failed() || self.rank() < 2) return x.fail("needs two dimensions");
  const Expr& rows = self.shape[static_cast<std::size_t>(a)];
  const Expr& columns = self.shape[static_cast<std::size_t>(b)];
  Shape shape;
  for (std::int64_t i = 0; i < self.rank(); ++i)
    if (i != a && i != b) shape.push_back(self.shape[static_cast<std::size_t>(i)]);
  shape.push_back(offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns));
  x.set(self.dtype, std::move(shape));
}

constexpr InferRule kRules[] = {
    {"aten::view", view},
    {"aten::_unsafe_view", view},
    {"aten::reshape", view},
    {"aten::view_as", reshape_as},
    {"aten::reshape_as", reshape_as},
    {"modelexport::reshape_like", reshape_like},
    {"aten::flatten", flatten},
    {"aten::unflatten", unflatten},
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
    {"aten::expand_as", expand_as},
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
    {"aten::roll", same},
    {"aten::flip", same},
    {"aten::pixel_shuffle", pixel_shuffle},
    {"aten::pixel_unshuffle", pixel_unshuffle},
    {"aten::diagonal", diagonal},
};

}  // namespace

InferTable infer_view_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
