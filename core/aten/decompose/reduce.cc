// Reductions, running functions and statistics that are written with simpler ones.
#include <cmath>

#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

Arg self(const Composer& c) { return c.given_arg("self"); }

Arg without_nan(Composer& c) { return c.where(c.unary("isnan", self(c)), {0.0}, self(c)); }

/// The reduction's own arguments with another tensor.
Arg reduced(Composer& c, const char* target, const Arg& x) {
  Composer::Args args = {{"self", x}};
  for (const char* name : {"dim", "keepdim", "dtype"})
    if (c.op().find(name) != nullptr) args.push_back({name, c.given_arg(name)});
  return c.call(target, std::move(args));
}

void nansum(Composer& c) {
  if (!is_floating(c.type("self").dtype)) return c.result(reduced(c, "aten::sum", self(c)));
  c.result(reduced(c, "aten::sum", without_nan(c)));
}
void nanmean(Composer& c) {
  const DType dtype = c.type("self").dtype;
  const Arg there = c.cast(c.unary("logical_not", c.unary("isnan", self(c))), dtype);
  c.result(c.binary("div", reduced(c, "aten::sum", without_nan(c)), reduced(c, "aten::sum", there)));
}

void aminmax(Composer& c) {
  c.result(reduced(c, "aten::amin", self(c)), 0);
  c.result(reduced(c, "aten::amax", self(c)), 1);
}

/// The lower of the two middle elements: PyTorch's median is an element.
void median(Composer& c) {
  const Type type = c.type("self");
  const bool all = !c.given("dim");
  const Arg x = all ? c.reshape(self(c), {numel(type.shape)}) : self(c);
  const std::int64_t dim = all ? 0 : c.wrap(c.static_int("dim"), type.rank());
  if (c.failed() || (type.shape.empty() && !all)) return c.fail("needs a dimension");
  const Expr size = c.of(x).shape[static_cast<std::size_t>(dim)];
  const auto sorted = c.call_n("aten::sort", {{"self", x}, {"dim", {dim}}}, 2);
  for (std::size_t i = 0; i < (all ? 1U : 2U); ++i) {
    Arg middle = c.call("aten::select",
                        {{"self", sorted[i]}, {"dim", {dim}}, {"index", c.size(floor_div(size - 1, 2))}});
    if (!all && c.flag("keepdim")) middle = c.unsqueeze(middle, dim);
    c.result(middle, i);
  }
}

/// Linear interpolation between the two elements around q * (n - 1).
void quantile(Composer& c) {
  const Type type = c.type("self");
  const auto q = c.type("q").real();
  if (!q || c.text("interpolation", "linear") != "linear")
    return c.fail("is supported for one constant q with linear interpolation only");
  const bool all = !c.given("dim");
  const Arg x = all ? c.reshape(self(c), {numel(type.shape)}) : self(c);
  const std::int64_t dim = all ? 0 : c.wrap(c.static_int("dim"), type.rank());
  if (c.failed()) return;
  const Expr last = c.of(x).shape[static_cast<std::size_t>(dim)] - 1;
  const auto sorted = c.call_n("aten::sort", {{"self", x}, {"dim", {dim}}}, 2);
  const Arg count = c.cast(c.call("aten::scalar_tensor", {{"s", c.size(last)}}), type.dtype);
  const Arg place = c.binary("mul", count, {*q});
  const auto picked = [&](const char* rounding) {
    const Arg index = c.reshape(c.cast(c.unary(rounding, place), DType::int64), {1});
    return c.call("aten::index_select", {{"self", sorted[0]}, {"dim", {dim}}, {"index", index}});
  };
  const Arg weight = c.binary("sub", place, c.unary("floor", place));
  const Arg value =
      c.call("aten::lerp", {{"self", picked("floor")}, {"end", picked("ceil")}, {"weight", weight}});
  c.result(c.flag("keepdim") ? value : c.call("aten::squeeze", {{"self", value}, {"dim", {dim}}}));
}

void dist(Composer& c) {
  const Arg gap = c.binary("sub", self(c), c.given_arg("other"));
  const Arg p = c.op().find("p") != nullptr ? c.given_arg("p") : Arg{2.0};
  c.result(c.call("aten::linalg_vector_norm", {{"self", gap}, {"ord", p}}));
}
void pairwise_distance(Composer& c) {
  const Arg gap = c.binary("sub", c.given_arg("x1"), c.given_arg("x2"));
  const Arg moved = c.binary("add", gap, {c.real("eps", 1e-6)});
  c.result(c.call("aten::linalg_vector_norm", {{"self", moved},
                                               {"ord", {c.real("p", 2)}},
                                               {"dim", Composer::ints({-1})},
                                               {"keepdim", {c.flag("keepdim")}}}));
}

void matrix_norm(Composer& c) {
  if (c.text("ord", "fro") != "fro" || (c.given("ord") && c.type("ord").kind != Type::Kind::text))
    return c.fail("only the Frobenius norm of matrices is supported");
  Composer::Args args = {{"self", self(c)}, {"ord", {2.0}}};
  args.push_back({"dim", c.given("dim") ? c.given_arg("dim") : Composer::ints({-2, -1})});
  if (args.back().value.is_none()) args.back().value = Composer::ints({-2, -1});
  for (const char* name : {"keepdim", "dtype"})
    if (c.op().find(name) != nullptr) args.push_back({name, c.given_arg(name)});
  c.result(c.call("aten::linalg_vector_norm", std::move(args)));
}

// ---- running functions: all prefixes side by side, masked, then reduced

struct Prefixes {
  Arg values;  ///< [..., n, n]: row i holds the first i + 1 elements, the rest is `fill`
  std::int64_t dim = 0, rank = 0;
};

Arg moved(Composer& c, const Arg& x, std::int64_t from, std::int64_t to) {
  return from == to ? x : c.call("aten::movedim", {{"self", x}, {"source", {from}}, {"destination", {to}}});
}

std::optional<Prefixes> prefixes(Composer& c, const Arg& x, const Arg& fill) {
  const Type type = c.of(x);
  if (type.shape.empty()) return std::nullopt;
  Prefixes p;
  p.rank = type.rank();
  p.dim = c.dim("dim", p.rank);
  if (c.failed()) return std::nullopt;
  const Expr size = type.shape[static_cast<std::size_t>(p.dim)];
  const Arg reach = c.binary("le", c.arange(size), c.unsqueeze(c.arange(size), 1));
  p.values = c.where(reach, c.unsqueeze(moved(c, x, p.dim, p.rank - 1), -2), fill);
  return p;
}

void running(Composer& c, const Arg& x, const Arg& fill, const char* target) {
  const auto p = prefixes(c, x, fill);
  if (!p) return c.failed() ? void() : c.result(x);
  const Arg dim{std::int64_t{-1}};
  c.result(moved(c, c.call(target, {{"self", p->values}, {"dim", dim}}), p->rank - 1, p->dim));
}

void cumprod(Composer& c) {
  const DType own = c.type("self").dtype;
  const DType dtype = c.dtype().value_or(is_floating(own) ? own : DType::int64);
  const Arg x = own == dtype ? self(c) : c.cast(self(c), dtype);
  running(c, x, is_floating(dtype) ? Arg{1.0} : Arg{std::int64_t{1}}, "aten::prod");
}
void logcumsumexp(Composer& c) { running(c, self(c), {-INFINITY}, "aten::logsumexp"); }

/// The extreme of each prefix; of equal elements the last.
void running_extreme(Composer& c) {
  const bool largest = c.op().target == "aten::cummax";
  const DType dtype = c.type("self").dtype;
  if (!is_floating(dtype) && dtype != DType::int64 && dtype != DType::int32)
    return c.fail("is not supported for " + std::string(dtype_name(dtype)));
  const Arg fill = is_floating(dtype)      ? Arg{largest ? -INFINITY : INFINITY}
                   : dtype == DType::int64 ? Arg{largest ? INT64_MIN : INT64_MAX}
                                           : Arg{std::int64_t{largest ? INT32_MIN : INT32_MAX}};
  const auto p = prefixes(c, self(c), fill);
  if (!p) return c.fail("needs at least 1 dimension");
  const Expr size = c.of(p->values).shape.back();
  const Arg dim{std::int64_t{-1}};
  const Arg found =
      c.call(largest ? "aten::amax" : "aten::amin", {{"self", p->values}, {"dim", Composer::ints({-1})}});
  const Arg turned = c.call("aten::flip", {{"self", p->values}, {"dims", Composer::ints({-1})}});
  const Arg place = c.call(largest ? "aten::argmax" : "aten::argmin", {{"self", turned}, {"dim", dim}});
  const Arg index = c.call("aten::rsub", {{"self", place}, {"other", c.size(size - 1)}});
  c.result(moved(c, found, p->rank - 1, p->dim), 0);
  c.result(moved(c, index, p->rank - 1, p->dim), 1);
}

void msort(Composer& c) {
  c.result(c.call_n("aten::sort", {{"self", self(c)}, {"dim", {std::int64_t{0}}}}, 2).front());
}

/// Numbers of elements between constant limits.
void histc(Composer& c) {
  const std::int64_t bins = c.static_int("bins", 100);
  const double low = c.real("min", 0), high = c.real("max", 0);
  if (c.failed() || !(low < high) || bins < 1 || bins > 65536)
    return c.fail("needs constant limits min < max");
  const Type type = c.type("self");
  const Arg x = c.reshape(self(c), {numel(type.shape)});
  const Arg scaled = c.binary("mul", c.binary("sub", x, {low}), {static_cast<double>(bins) / (high - low)});
  const Arg clipped =
      c.call("aten::clamp",
             {{"self", c.unary("floor", scaled)}, {"min", Arg{}}, {"max", {static_cast<double>(bins - 1)}}});
  const Arg inside = c.binary("logical_and", c.binary("ge", x, {low}), c.binary("le", x, {high}));
  const Arg bin = c.cast(c.where(inside, clipped, {-1.0}), DType::int64);
  const Arg equal = c.binary("eq", c.unsqueeze(bin, 1), c.arange(bins));
  c.result(c.sum(c.cast(equal, type.dtype), 0));
}

constexpr Decomposition kRows[] = {
    {"aten::nansum", nansum},
    {"aten::nanmean", nanmean},
    {"aten::aminmax", aminmax},
    {"aten::median", median},
    {"aten::quantile", quantile},
    {"aten::dist", dist},
    {"aten::pairwise_distance", pairwise_distance},
    {"aten::linalg_matrix_norm", matrix_norm},
    {"aten::cumprod", cumprod},
    {"aten::logcumsumexp", logcumsumexp},
    {"aten::cummax", running_extreme},
    {"aten::cummin", running_extreme},
    {"aten::msort", msort},
    {"aten::histc", histc},
};
}  // namespace

DecompositionTable reduce_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
