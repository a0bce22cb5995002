// Joins, turns, diagonals.
#include <algorithm>

#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

// ---- at least so many dimensions

Arg at_least(Composer& c, const Arg& x, std::int64_t rank) {
  const std::int64_t have = c.of(x).rank();
  if (have >= rank) return x;
  if (rank == 1) return c.reshape(x, {1});
  if (rank == 2) return have == 1 ? c.unsqueeze(x, 0) : c.reshape(x, {1, 1});
  if (have == 0) return c.reshape(x, {1, 1, 1});
  return have == 1 ? c.unsqueeze(c.unsqueeze(x, 0), 2) : c.unsqueeze(x, 2);
}

template <std::int64_t rank>
void atleast(Composer& c) {
  if (c.op().find("self") != nullptr) return c.result(at_least(c, c.given_arg("self"), rank));
  std::vector<Arg> out;
  for (const Arg& item : c.items("tensors")) out.push_back(at_least(c, item, rank));
  c.result_list(std::move(out));
}

// ---- joins

std::vector<Arg> raised(Composer& c, std::int64_t rank) {
  std::vector<Arg> out;
  for (const Arg& item : c.items("tensors")) out.push_back(at_least(c, item, rank));
  return out;
}
void hstack(Composer& c) {
  std::vector<Arg> items = raised(c, 1);
  const std::int64_t axis = !items.empty() && c.of(items.front()).rank() == 1 ? 0 : 1;
  c.result(c.cat(std::move(items), axis));
}
void vstack(Composer& c) { c.result(c.cat(raised(c, 2), 0)); }
void dstack(Composer& c) { c.result(c.cat(raised(c, 3), 2)); }
void column_stack(Composer& c) {
  std::vector<Arg> columns;
  for (const Arg& item : c.items("tensors")) {
    const Type type = c.of(item);
    columns.push_back(type.rank() <= 1 ? c.reshape(item, {numel(type.shape), 1}) : item);
  }
  c.result(c.cat(std::move(columns), 1));
}

void block_diag(Composer& c) {
  const std::vector<Arg> items = raised(c, 2);
  Expr width = 0, before = 0;
  for (const Arg& item : items) width = width + c.of(item).shape[1];
  std::vector<Arg> rows;
  for (const Arg& item : items) {
    const Expr own = c.of(item).shape[1];
    rows.push_back(
        c.call("aten::constant_pad_nd", {{"self", item}, {"pad", c.sizes({before, width - before - own})}}));
    before = before + own;
  }
  c.result(c.cat(std::move(rows), 0));
}

void cartesian_prod(Composer& c) {
  const std::vector<Arg> items = c.items("tensors");
  if (items.size() < 2) return c.result(items.empty() ? Arg{} : items.front());
  Shape all;
  for (const Arg& item : items) all.push_back(numel(c.of(item).shape));
  std::vector<Arg> columns;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Shape own(items.size(), Expr(1));
    own[i] = all[i];
    const Arg wide = c.call("aten::expand", {{"self", c.reshape(items[i], own)}, {"size", c.sizes(all)}});
    columns.push_back(c.reshape(wide, {numel(all)}));
  }
  c.result(c.call("aten::stack", {{"tensors", {columns}}, {"dim", {std::int64_t{1}}}}));
}

void combinations(Composer& c) {
  const Type self = c.type("self");
  const auto n = self.rank() == 1 ? self.shape[0].constant() : std::nullopt;
  if (!n || c.static_int("r", 2) != 2)
    return c.fail("pairs (r=2) of a vector of constant length only are supported");
  const Arg pairs =
      c.call("aten::triu_indices",
             {{"row", {*n}}, {"col", {*n}}, {"offset", {std::int64_t{c.flag("with_replacement") ? 0 : 1}}}});
  std::vector<Arg> columns;
  for (std::int64_t i = 0; i < 2; ++i) {
    const Arg index = c.call("aten::select", {{"self", pairs}, {"dim", {std::int64_t{0}}}, {"index", {i}}});
    columns.push_back(c.call("aten::index_select",
                             {{"self", c.given_arg("self")}, {"dim", {std::int64_t{0}}}, {"index", index}}));
  }
  c.result(c.call("aten::stack", {{"tensors", {columns}}, {"dim", {std::int64_t{1}}}}));
}

void broadcast_tensors(Composer& c) {
  const std::vector<Arg> items = c.items("tensors");
  Shape shape;
  for (const Arg& item : items) {
    auto joined = broadcast(shape, c.of(item).shape);
    if (!joined) return c.fail("shapes do not broadcast");
    shape = *joined;
  }
  std::vector<Arg> out;
  for (const Arg& item : items)
    out.push_back(c.call("aten::expand", {{"self", item}, {"size", c.sizes(shape)}}));
  c.result_list(std::move(out));
}

// ---- splits by direction

void split_along(Composer& c, std::int64_t axis) {
  Composer::Args args = {{"self", c.given_arg("self")}};
  const bool sections = c.op().find("sections") != nullptr;
  args.push_back({sections ? "sections" : "indices", c.given_arg(sections ? "sections" : "indices")});
  args.push_back({"dim", {axis}});
  // As many results as the operator has; a list stays a list.
  if (c.op().outputs.size() != 1) {
    const auto parts = c.call_n("aten::tensor_split", std::move(args), c.op().outputs.size());
    return c.result_list(parts);
  }
  const Arg list = c.call("aten::tensor_split", std::move(args));
  std::vector<Arg> parts;
  for (std::size_t i = 0; i < c.of(list).items.size(); ++i)
    parts.push_back(c.call("aten::__getitem__", {{"list", list}, {"idx", {static_cast<std::int64_t>(i)}}}));
  c.result_list(std::move(parts));
}
void hsplit(Composer& c) { split_along(c, c.type("self").rank() == 1 ? 0 : 1); }
void vsplit(Composer& c) { split_along(c, 0); }
void dsplit(Composer& c) { split_along(c, 2); }

// ---- turns

Arg flip(Composer& c, const Arg& x, const std::vector<std::int64_t>& dims) {
  return c.call("aten::flip", {{"self", x}, {"dims", Composer::ints(dims)}});
}
void fliplr(Composer& c) { c.result(flip(c, c.given_arg("self"), {1})); }
void flipud(Composer& c) { c.result(flip(c, c.given_arg("self"), {0})); }
void rot90(Composer& c) {
  const std::int64_t turns = ((c.static_int("k", 1) % 4) + 4) % 4;
  std::vector<std::int64_t> dims = {0, 1};
  if (c.given("dims")) dims = c.dims("dims", c.type("self").rank());
  if (c.failed() || dims.size() != 2) return c.fail("needs two dimensions");
  const Arg x = c.given_arg("self");
  const auto swapped = [&](const Arg& value) {
    return c.call("aten::transpose", {{"self", value}, {"dim0", {dims[0]}}, {"dim1", {dims[1]}}});
  };
  if (turns == 0) return c.result(x);
  if (turns == 2) return c.result(flip(c, x, dims));
  if (turns == 1) return c.result(swapped(flip(c, x, {dims[1]})));
  c.result(flip(c, swapped(x), {dims[1]}));
}
void adjoint(Composer& c) {
  if (is_complex(c.type("self").dtype)) return c.fail("is not supported for complex numbers");
  c.result(
      c.call("aten::transpose",
             {{"self", c.given_arg("self")}, {"dim0", {std::int64_t{-2}}}, {"dim1", {std::int64_t{-1}}}}));
}

// ---- diagonals

/// Which elements of rows x columns lie on a diagonal.
Arg diagonal_mask(Composer& c, const Expr& rows, const Expr& columns, std::int64_t offset) {
  const Arg row = c.unsqueeze(c.arange(rows), 1);
  return c.binary("eq", offset == 0 ? row : c.binary("add", row, {offset}), c.arange(columns));
}

/// The last dimension of `source` padded or cut to `size`.
Arg fitted(Composer& c, const Arg& source, const Expr& size) {
  const Type type = c.of(source);
  if (type.shape.back() == size) return source;
  return c.call("aten::constant_pad_nd", {{"self", source}, {"pad", c.sizes({0, size - type.shape.back()})}});
}

/// `source` along a diagonal of the two last dimensions, broadcast over the others.
Arg along_diagonal(Composer& c, const Arg& source, const Expr& rows, const Expr& columns,
                   std::int64_t offset) {
  // Element i is at (i, i + offset) or (i - offset, i): one index of the two counts elements.
  return offset >= 0 ? c.unsqueeze(fitted(c, source, rows), -1) : c.unsqueeze(fitted(c, source, columns), -2);
}

/// The permutation that moves two dimensions to the end, and back.
std::vector<std::int64_t> to_end(std::int64_t rank, std::int64_t a, std::int64_t b) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < rank; ++i)
    if (i != a && i != b) out.push_back(i);
  out.insert(out.end(), {a, b});
  return out;
}
std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> out(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i)
    out[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return out;
}

Arg zeros_of(DType dtype) {
  if (dtype == DType::boolean) return {false};
  return is_floating(dtype) ? Arg{0.0} : Arg{std::int64_t{0}};
}

void diag_embed(Composer& c) {
  const Type self = c.type("self");
  const std::int64_t offset = c.static_int("offset", 0), rank = self.rank() + 1;
  const std::int64_t a = c.wrap(c.static_int("dim1", -2), rank), b = c.wrap(c.static_int("dim2", -1), rank);
  if (c.failed() || self.shape.empty()) return c.fail("needs at least 1 dimension");
  const Expr size = self.shape.back() + (offset < 0 ? -offset : offset);
  const Arg values = along_diagonal(c, c.given_arg("self"), size, size, offset);
  const Arg matrix = c.where(diagonal_mask(c, size, size, offset), values, zeros_of(self.dtype));
  c.result(c.permute(matrix, inverse(to_end(rank, a, b))));
}

void diag(Composer& c) {
  const Composer::Args args = {{"self", c.given_arg("self")}, {"offset", {c.static_int("diagonal", 0)}}};
  const bool matrix = c.type("self").rank() == 2;
  c.result(c.call(matrix ? "aten::diagonal" : "aten::diag_embed", args));
}

void diagonal_scatter(Composer& c) {
  const Type self = c.type("self");
  const std::int64_t offset = c.static_int("offset", 0);
  const std::int64_t a = c.wrap(c.static_int("dim1", 0), self.rank());
  const std::int64_t b = c.wrap(c.static_int("dim2", 1), self.rank());
  if (c.failed()) return;
  const std::vector<std::int64_t> perm = to_end(self.rank(), a, b);
  const Expr rows = self.shape[static_cast<std::size_t>(a)];
  const Expr columns = self.shape[static_cast<std::size_t>(b)];
  const Arg moved = c.permute(c.given_arg("self"), perm);
  Shape wanted = self.shape;
  wanted.erase(wanted.begin() + std::max(a, b));
  wanted.erase(wanted.begin() + std::min(a, b));
  const Expr length =
      offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns);  // symbolic only if both are
  wanted.push_back(length);
  Arg source = c.cast(c.given_arg("src"), self.dtype);
  if (c.of(source).rank() == 0)
    source = c.call("aten::expand", {{"self", source}, {"size", c.sizes(wanted)}});
  const Arg values = along_diagonal(c, source, rows, columns, offset);
  c.result(c.permute(c.where(diagonal_mask(c, rows, columns, offset), values, moved), inverse(perm)));
}

void fill_diagonal(Composer& c) {
  const Type self = c.type("self");
  if (self.rank() != 2 || c.flag("wrap")) return c.fail("is supported for matrices without wrap only");
  const Arg value = c.cast(c.call("aten::scalar_tensor", {{"s", c.given_arg("fill_value")}}), self.dtype);
  c.result(c.where(diagonal_mask(c, self.shape[0], self.shape[1], 0), value, c.given_arg("self")));
}

void trace(Composer& c) {
  c.result(c.call("aten::sum", {{"self", c.call("aten::diagonal", {{"self", c.given_arg("self")}})}}));
}

void channel_shuffle(Composer& c) {
  const Type self = c.type("self");
  const std::int64_t groups = c.static_int("groups");
  if (c.failed() || self.rank() < 3 || groups < 1) return c.fail("needs channels in groups");
  Shape split = {self.shape[0], groups, floor_div(self.shape[1], groups)};
  split.insert(split.end(), self.shape.begin() + 2, self.shape.end());
  std::vector<std::int64_t> perm = {0, 2, 1};
  for (std::int64_t i = 3; i <= self.rank(); ++i) perm.push_back(i);
  c.result(c.reshape(c.permute(c.reshape(c.given_arg("self"), split), perm), self.shape));
}

constexpr Decomposition kRows[] = {
    {"aten::atleast_1d", atleast<1>},
    {"aten::atleast_2d", atleast<2>},
    {"aten::atleast_3d", atleast<3>},
    {"aten::hstack", hstack},
    {"aten::vstack", vstack},
    {"aten::row_stack", vstack},
    {"aten::dstack", dstack},
    {"aten::column_stack", column_stack},
    {"aten::block_diag", block_diag},
    {"aten::cartesian_prod", cartesian_prod},
    {"aten::combinations", combinations},
    {"aten::broadcast_tensors", broadcast_tensors},
    {"aten::hsplit", hsplit},
    {"aten::vsplit", vsplit},
    {"aten::dsplit", dsplit},
    {"aten::fliplr", fliplr},
    {"aten::flipud", flipud},
    {"aten::rot90", rot90},
    {"aten::mH", adjoint},
    {"aten::adjoint", adjoint},
    {"aten::matrix_H", adjoint},
    {"aten::diag", diag},
    {"aten::diag_embed", diag_embed},
    {"aten::diagonal_scatter", diagonal_scatter},
    {"aten::fill_diagonal", fill_diagonal},
    {"aten::trace", trace},
    {"aten::channel_shuffle", channel_shuffle},
    {"aten::native_channel_shuffle", channel_shuffle},
};
}  // namespace

DecompositionTable view_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
