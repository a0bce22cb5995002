// Bags of embeddings, scatters with averages, positions of masks.
#include <cmath>

#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

Arg self(const Composer& c) { return c.given_arg("self"); }

// ---- embedding_bag: a matrix that says which row is in which bag, times the rows

struct Bags {
  Arg indices;  ///< 1-D
  Arg member;   ///< bool [bags, rows]
  Arg rows;     ///< [rows, width]
  DType dtype = DType::float32;
};

std::optional<Bags> read_bags(Composer& c) {
  const Type indices = c.type("indices"), offsets = c.type("offsets"), weight = c.type("weight");
  if (indices.rank() != 1 || offsets.rank() != 1 || weight.rank() != 2) {
    c.fail("needs 1-D indices with offsets");
    return std::nullopt;
  }
  Bags bags;
  bags.indices = c.given_arg("indices");
  bags.dtype = weight.dtype;
  Expr count = offsets.shape[0];
  Arg starts = c.given_arg("offsets");
  if (c.flag("include_last_offset")) {
    count = count - 1;
    starts = c.slice(starts, 0, 0, count);
  }
  // Row i is in the last bag that starts at or before i.
  const Arg started = c.binary("le", starts, c.unsqueeze(c.arange(indices.shape[0]), 1));
  const Arg bag = c.binary("sub", c.sum(c.cast(started, DType::int64), 1), {std::int64_t{1}});
  bags.member = c.binary("eq", c.unsqueeze(c.arange(count), 1), bag);
  const std::int64_t padding = c.static_int("padding_idx", -1);
  if (padding >= 0)
    bags.member = c.binary("logical_and", bags.member, c.binary("ne", bags.indices, {padding}));
  bags.rows = c.call("aten::embedding", {{"weight", c.given_arg("weight")}, {"indices", bags.indices}});
  if (c.given("per_sample_weights"))
    bags.rows = c.binary("mul", bags.rows, c.unsqueeze(c.given_arg("per_sample_weights"), 1));
  return bags;
}

Arg largest_of(Composer& c, const Bags& bags) {
  const Arg member = c.unsqueeze(bags.member, -1);
  const Arg all = c.where(member, bags.rows, {-INFINITY});
  const Arg largest = c.call("aten::amax", {{"self", all}, {"dim", Composer::ints({1})}});
  const Arg any = c.call("aten::any", {{"self", bags.member}, {"dim", {std::int64_t{1}}}});
  return c.where(c.unsqueeze(any, 1), largest, {0.0});
}

void embedding_bag(Composer& c) {
  const auto bags = read_bags(c);
  if (!bags) return;
  const std::int64_t mode = c.static_int("mode", 0);  // sum, mean, max
  for (std::size_t i = 1; i < c.op().outputs.size(); ++i) c.result({}, i);
  if (mode == 2) return c.result(largest_of(c, *bags));
  const Arg member = c.cast(bags->member, bags->dtype);
  const Arg sums = c.binary("matmul", member, bags->rows);
  if (mode == 0) return c.result(sums);
  const Arg count = c.call("aten::clamp", {{"self", c.sum(member, 1)}, {"min", {std::int64_t{1}}}});
  c.result(c.binary("div", sums, c.unsqueeze(count, 1)));
}

// ---- scatter

Arg scatter(Composer& c, const char* target, const Arg& base, const Arg& source,
            const char* reduce = nullptr) {
  Composer::Args args = {
      {"self", base}, {"dim", c.given_arg("dim")}, {"index", c.given_arg("index")}, {"src", source}};
  if (reduce != nullptr) args.push_back({"reduce", {std::string(reduce)}});
  return c.call(target, std::move(args));
}

bool own_scatter_reduce(OpReader& r) {
  return r.op().find("src") != nullptr && (r.text("reduce") == "mean" || !r.flag("include_self", true));
}

/// What leaves the result alone.
Arg neutral(const std::string& reduce, DType dtype) {
  if (reduce == "prod") return is_floating(dtype) ? Arg{1.0} : Arg{std::int64_t{1}};
  if (reduce == "amax" || reduce == "amin") {
    const bool largest = reduce == "amax";
    if (is_floating(dtype)) return {largest ? -INFINITY : INFINITY};
    if (dtype == DType::int64) return {largest ? INT64_MIN : INT64_MAX};
    return {std::int64_t{largest ? INT32_MIN : INT32_MAX}};
  }
  return is_floating(dtype) ? Arg{0.0} : Arg{std::int64_t{0}};
}

Arg like(Composer& c, const Arg& x, const Arg& fill, DType dtype) {
  return c.call("aten::full_like", {{"self", x}, {"fill_value", fill}, {"dtype", {dtype}}});
}

void scatter_reduce(Composer& c) {
  const std::string reduce = c.text("reduce");
  const DType dtype = c.type("self").dtype;
  const bool own = c.flag("include_self", true);
  const Arg zero{std::int64_t{0}}, one{std::int64_t{1}};
  Arg base = self(c);
  const Arg source = c.given_arg("src");
  // How many elements arrive at each place.
  const Arg arrived =
      scatter(c, "aten::scatter_add", like(c, base, zero, DType::int64), like(c, source, one, DType::int64));
  if (!own) base = c.where(c.binary("gt", arrived, zero), like(c, base, neutral(reduce, dtype), dtype), base);
  const bool mean = reduce == "mean";
  const Arg total = scatter(c, "aten::scatter_reduce", base, source, mean ? "sum" : reduce.c_str());
  if (!mean) return c.result(total);
  const Arg count =
      own ? c.binary("add", arrived, one) : c.call("aten::clamp", {{"self", arrived}, {"min", one}});
  c.result(is_floating(dtype) ? c.binary("div", total, c.cast(count, dtype))
                              : c.binary("floor_divide", total, c.cast(count, dtype)));
}

/// put: index_put on the flattened tensor.
void put(Composer& c) {
  const Type type = c.type("self"), index = c.type("index");
  const Arg flat = c.reshape(self(c), {numel(type.shape)});
  const Arg places = c.reshape(c.given_arg("index"), {numel(index.shape)});
  const Arg source = c.reshape(c.given_arg("source"), {numel(c.type("source").shape)});
  const Arg out = c.call("aten::index_put", {{"self", flat},
                                             {"indices", {ArgList{places}}},
                                             {"values", source},
                                             {"accumulate", {c.flag("accumulate")}}});
  c.result(c.reshape(out, type.shape));
}

// ---- positions

bool only_condition(OpReader& r) { return r.op().find("self") == nullptr && r.op().find("other") == nullptr; }

void where_positions(Composer& c) {
  const Composer::Args args = {{"self", c.given_arg("condition")}};
  if (c.op().outputs.size() != 1) {
    const auto parts = c.call_n("aten::nonzero_numpy", args, c.op().outputs.size());
    return c.result_list(parts);
  }
  const Arg all = c.call("aten::nonzero", args);
  std::vector<Arg> parts;
  for (std::int64_t i = 0; i < c.type("condition").rank(); ++i)
    parts.push_back(c.call("aten::select", {{"self", all}, {"dim", {std::int64_t{1}}}, {"index", {i}}}));
  c.result_list(std::move(parts));
}

constexpr Decomposition kRows[] = {
    {"aten::embedding_bag", embedding_bag},
    {"aten::_embedding_bag", embedding_bag},
    {"aten::_embedding_bag_forward_only", embedding_bag},
    {"aten::scatter_reduce", scatter_reduce, own_scatter_reduce},
    {"aten::put", put},
    {"aten::where", where_positions, only_condition},
};
}  // namespace

DecompositionTable index_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
