// Elementwise functions and products that are written with simpler ones.
#include <algorithm>
#include <cmath>

#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

/// Operators that only have another name.
struct Renamed {
  std::string_view from;
  const char* to;
};
constexpr Renamed kRenamed[] = {
    {"aten::special_log1p", "aten::log1p"},
    {"aten::special_expm1", "aten::expm1"},
    {"aten::special_exp2", "aten::exp2"},
    {"aten::special_erfc", "aten::erfc"},
    {"aten::special_logit", "aten::logit"},
    {"aten::special_xlogy", "aten::xlogy"},
    {"aten::special_sinc", "aten::sinc"},
    {"aten::special_round", "aten::round"},
    {"aten::special_softmax", "aten::softmax"},
    {"aten::special_log_softmax", "aten::log_softmax"},
    {"aten::special_logsumexp", "aten::logsumexp"},
    {"aten::linalg_matmul", "aten::matmul"},
    {"aten::ravel", "aten::flatten"},
    {"aten::arccosh", "aten::acosh"},
    {"aten::arcsinh", "aten::asinh"},
    {"aten::arctanh", "aten::atanh"},
};

void renamed(Composer& c) {
  for (const Renamed& row : kRenamed)
    if (row.from == c.op().target) return c.result(c.call(row.to, c.op().args));
}

Arg self(const Composer& c) { return c.given_arg("self"); }
Arg other(const Composer& c) { return c.given_arg("other"); }

DType float_of(DType dtype) { return is_floating(dtype) ? dtype : DType::float32; }

void copysign(Composer& c) {
  const Arg size = c.unary("abs", self(c));
  const Arg value = is_floating(c.of(size).dtype) ? size : c.cast(size, DType::float32);
  c.result(c.where(c.binary("lt", other(c), {std::int64_t{0}}), c.unary("neg", value), value));
}

void heaviside(Composer& c) {
  const Type type = c.type("self");
  const Arg step = c.cast(c.binary("gt", self(c), {std::int64_t{0}}), type.dtype);
  c.result(c.where(c.binary("eq", self(c), {std::int64_t{0}}), c.given_arg("values"), step));
}

void logaddexp2(Composer& c) {
  const Arg gap = c.unary("neg", c.unary("abs", c.binary("sub", self(c), other(c))));
  const Arg more = c.unary("log2", c.binary("add", c.unary("exp2", gap), {std::int64_t{1}}));
  c.result(c.binary("add", c.binary("maximum", self(c), other(c)), more));
}

void ldexp(Composer& c) {
  const Arg exponent = c.cast(other(c), float_of(c.type("self").dtype));
  c.result(c.binary("mul", self(c), c.unary("exp2", exponent)));
}

void float_power(Composer& c) {
  const auto wide = [&](const char* name) {
    const Arg value = c.given_arg(name);
    return c.of(value).is_tensor() ? c.cast(value, DType::float64) : value;
  };
  c.result(c.call("aten::pow", {{"self", wide("self")}, {"exponent", wide("exponent")}}));
}

/// A number beside NaN is the result.
void ignore_nan(Composer& c) {
  const bool largest = c.op().target == "aten::fmax";
  const Arg both = c.binary(largest ? "maximum" : "minimum", self(c), other(c));
  if (!is_floating(c.of(both).dtype)) return c.result(both);
  const Arg right = c.where(c.unary("isnan", other(c)), self(c), both);
  c.result(c.where(c.unary("isnan", self(c)), other(c), right));
}

void isclose(Composer& c) {
  const double rtol = c.real("rtol", 1e-5), atol = c.real("atol", 1e-8);
  const Arg gap = c.unary("abs", c.binary("sub", self(c), other(c)));
  const Arg room = c.binary("add", c.binary("mul", c.unary("abs", other(c)), {rtol}), {atol});
  Arg close = c.binary("logical_or", c.binary("le", gap, room), c.binary("eq", self(c), other(c)));
  if (c.flag("equal_nan"))
    close = c.binary("logical_or", close,
                     c.binary("logical_and", c.unary("isnan", self(c)), c.unary("isnan", other(c))));
  c.result(close);
}

void isin(Composer& c) {
  const auto tensor = [&](const char* plural, const char* single) {
    const Arg found = c.given_arg(c.op().find(plural) != nullptr ? plural : single);
    return c.of(found).is_tensor() ? found : c.call("aten::scalar_tensor", {{"s", found}});
  };
  const Arg elements = tensor("elements", "element");
  const Arg tests = tensor("test_elements", "test_element");
  const Arg flat = c.reshape(tests, {numel(c.of(tests).shape)});
  const Arg equal = c.binary("eq", c.unsqueeze(elements, -1), flat);
  const Arg any = c.call("aten::any", {{"self", equal}, {"dim", {std::int64_t{-1}}}});
  c.result(c.flag("invert") ? c.unary("logical_not", any) : any);
}

/// Probability of a normal variable to be below x: (1 + erf(x / sqrt 2)) / 2.
void ndtr(Composer& c) {
  const Arg scaled = c.binary("mul", self(c), {std::sqrt(0.5)});
  c.result(c.binary("mul", c.binary("add", c.unary("erf", scaled), {std::int64_t{1}}), {0.5}));
}

/// -x log x, 0 at 0, -inf below.
void entr(Composer& c) {
  const Arg value = c.unary("neg", c.binary("xlogy", self(c), self(c)));
  c.result(c.where(c.binary("lt", self(c), {std::int64_t{0}}), {-INFINITY}, value));
}

/// The inverse error function as two polynomials in -log(1 - x^2) (M. Giles, 2010), for single precision.
Arg polynomial(Composer& c, const Arg& w, std::initializer_list<double> coefficients) {
  Arg sum;
  for (const double k : coefficients)
    sum = sum.is_none() ? Arg{k} : c.binary("add", c.binary("mul", w, sum), {k});
  return sum;
}
void erfinv(Composer& c) {
  const DType dtype = float_of(c.type("self").dtype);
  const Arg x = c.cast(self(c), DType::float64);
  const Arg rest = c.call("aten::rsub", {{"self", c.binary("mul", x, x)}, {"other", {1.0}}});
  const Arg w = c.unary("neg", c.unary("log", rest));
  const Arg inner = polynomial(c, c.binary("sub", w, {2.5}),
                               {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06,
                                0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941});
  const Arg outer = polynomial(c, c.binary("sub", c.unary("sqrt", w), {3.0}),
                               {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                                -0.0076224613, 0.00943887047, 1.00167406, 2.83297682});
  const Arg factor = c.where(c.binary("lt", w, {5.0}), inner, outer);
  const Arg value = c.binary("mul", factor, x);
  const Arg edge = c.binary("eq", c.unary("abs", x), {1.0});
  c.result(c.cast(c.where(edge, c.binary("div", x, {0.0}), value), dtype));
}

// ---- products

Arg matmul(Composer& c, const Arg& a, const Arg& b) { return c.binary("matmul", a, b); }

void addr(Composer& c) {
  Arg product = c.call("aten::outer", {{"self", c.given_arg("vec1")}, {"vec2", c.given_arg("vec2")}});
  if (const double alpha = c.real("alpha", 1); alpha != 1) product = c.binary("mul", product, {alpha});
  Arg start = self(c);
  if (const double beta = c.real("beta", 1); beta != 1) start = c.binary("mul", start, {beta});
  c.result(c.binary("add", start, product));
}

void multi_dot(Composer& c) {
  const char* name = c.op().find("tensors") != nullptr ? "tensors" : "matrices";
  Arg product;
  for (const Arg& factor : c.items(name)) product = product.is_none() ? factor : matmul(c, product, factor);
  c.result(product);
}

void vecdot(Composer& c) {
  const char* a = c.op().find("x") != nullptr ? "x" : "self";
  const char* b = c.op().find("y") != nullptr ? "y" : "other";
  const std::int64_t dim = c.static_int("dim", -1);
  c.result(c.sum(c.binary("mul", c.given_arg(a), c.given_arg(b)), dim));
}

void tensordot(Composer& c) {
  const Type a = c.type("self"), b = c.type("other");
  const std::vector<std::int64_t> left = c.dims("dims_self", a.rank()),
                                  right = c.dims("dims_other", b.rank());
  if (c.failed()) return;
  const auto rest = [](std::int64_t rank, const std::vector<std::int64_t>& used) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = 0; i < rank; ++i)
      if (std::find(used.begin(), used.end(), i) == used.end()) out.push_back(i);
    return out;
  };
  const std::vector<std::int64_t> keep_a = rest(a.rank(), left), keep_b = rest(b.rank(), right);
  Shape rows, columns, inner, result;
  for (auto d : keep_a) rows.push_back(a.shape[static_cast<std::size_t>(d)]);
  for (auto d : keep_b) columns.push_back(b.shape[static_cast<std::size_t>(d)]);
  for (auto d : left) inner.push_back(a.shape[static_cast<std::size_t>(d)]);
  std::vector<std::int64_t> perm_a = keep_a, perm_b = right;
  perm_a.insert(perm_a.end(), left.begin(), left.end());
  perm_b.insert(perm_b.end(), keep_b.begin(), keep_b.end());
  const Arg x = c.reshape(c.permute(self(c), perm_a), {numel(rows), numel(inner)});
  const Arg y = c.reshape(c.permute(other(c), perm_b), {numel(inner), numel(columns)});
  result = rows;
  result.insert(result.end(), columns.begin(), columns.end());
  c.result(c.reshape(matmul(c, x, y), result));
}

/// Sums over the last dimension of both.
void inner(Composer& c) {
  const Type a = c.type("self"), b = c.type("other");
  if (a.shape.empty() || b.shape.empty()) return c.result(c.binary("mul", self(c), other(c)));
  c.result(c.call("aten::tensordot", {{"self", self(c)},
                                      {"other", other(c)},
                                      {"dims_self", Composer::ints({a.rank() - 1})},
                                      {"dims_other", Composer::ints({b.rank() - 1})}}));
}

void kron(Composer& c) {
  const Type a = c.type("self"), b = c.type("other");
  const std::size_t rank = std::max(a.shape.size(), b.shape.size());
  Shape wide_a, wide_b, out;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto at = [&](const Type& t) {
      return i + t.shape.size() < rank ? Expr(1) : t.shape[i + t.shape.size() - rank];
    };
    wide_a.insert(wide_a.end(), {at(a), 1});
    wide_b.insert(wide_b.end(), {1, at(b)});
    out.push_back(at(a) * at(b));
  }
  c.result(c.reshape(c.binary("mul", c.reshape(self(c), wide_a), c.reshape(other(c), wide_b)), out));
}

/// (a x b)[i] = a[i+1] b[i+2] - a[i+2] b[i+1], indices modulo 3.
void cross(Composer& c) {
  const Type a = c.type("self");
  std::int64_t dim = -1;
  if (c.given("dim")) {
    dim = c.wrap(c.static_int("dim"), a.rank());
  } else if (c.op().target == "aten::cross") {
    for (std::int64_t i = a.rank(); i-- > 0;)
      if (a.shape[static_cast<std::size_t>(i)].is(3)) dim = i;
    if (dim < 0) return c.fail("needs a dimension of size 3");
  }
  const auto turned = [&](const Arg& x, std::int64_t by) {
    return c.call("aten::roll",
                  {{"self", x}, {"shifts", Composer::ints({-by})}, {"dims", Composer::ints({dim})}});
  };
  const Arg first = c.binary("mul", turned(self(c), 1), turned(other(c), 2));
  c.result(c.binary("sub", first, c.binary("mul", turned(self(c), 2), turned(other(c), 1))));
}

void vander(Composer& c) {
  const Type x = c.type("x");
  const Expr columns = c.given("N") ? c.integer("N") : x.shape[0];
  Arg powers = c.arange(columns);
  if (!c.flag("increasing"))
    powers = c.call("aten::rsub", {{"self", powers}, {"other", c.size(columns - 1)}});
  c.result(c.call("aten::pow",
                  {{"self", c.unsqueeze(c.given_arg("x"), -1)}, {"exponent", c.cast(powers, x.dtype)}}));
}

void diff(Composer& c) {
  const std::int64_t times = c.static_int("n", 1);
  Arg value = self(c);
  const std::int64_t dim = c.wrap(c.static_int("dim", -1), c.of(value).rank());
  std::vector<Arg> parts;
  if (c.given("prepend")) parts.push_back(c.given_arg("prepend"));
  parts.push_back(value);
  if (c.given("append")) parts.push_back(c.given_arg("append"));
  if (parts.size() > 1) value = c.cat(std::move(parts), dim);
  if (c.failed() || times < 0 || times > 64) return c.fail("n is out of range");
  for (std::int64_t i = 0; i < times; ++i) {
    const Expr size = c.of(value).shape[static_cast<std::size_t>(dim)];
    const bool boolean = c.of(value).dtype == DType::boolean;
    const Arg after = c.slice(value, dim, 1, INT64_MAX);
    const Arg before = c.slice(value, dim, 0, size - 1);
    value = c.binary(boolean ? "logical_xor" : "sub", after, before);
  }
  c.result(value);
}

bool for_floats(OpReader& r) {
  return is_floating(r.type("self").dtype) || is_floating(r.type("other").dtype);
}

constexpr Decomposition kRows[] = {
    {"aten::copysign", copysign},
    {"aten::heaviside", heaviside},
    {"aten::logaddexp2", logaddexp2},
    {"aten::ldexp", ldexp},
    {"aten::float_power", float_power},
    {"aten::fmax", ignore_nan, for_floats},
    {"aten::fmin", ignore_nan, for_floats},
    {"aten::isclose", isclose},
    {"aten::isin", isin},
    {"aten::special_ndtr", ndtr},
    {"aten::special_entr", entr},
    {"aten::erfinv", erfinv},
    {"aten::special_erfinv", erfinv},
    {"aten::addr", addr},
    {"aten::linalg_multi_dot", multi_dot},
    {"aten::chain_matmul", multi_dot},
    {"aten::linalg_vecdot", vecdot},
    {"aten::tensordot", tensordot},
    {"aten::inner", inner},
    {"aten::kron", kron},
    {"aten::linalg_cross", cross},
    {"aten::cross", cross},
    {"aten::vander", vander},
    {"aten::diff", diff},
    {"aten::special_log1p", renamed},
    {"aten::special_expm1", renamed},
    {"aten::special_exp2", renamed},
    {"aten::special_erfc", renamed},
    {"aten::special_logit", renamed},
    {"aten::special_xlogy", renamed},
    {"aten::special_sinc", renamed},
    {"aten::special_round", renamed},
    {"aten::special_softmax", renamed},
    {"aten::special_log_softmax", renamed},
    {"aten::special_logsumexp", renamed},
    {"aten::linalg_matmul", renamed},
    {"aten::ravel", renamed},
    {"aten::arccosh", renamed},
    {"aten::arcsinh", renamed},
    {"aten::arctanh", renamed},
};
}  // namespace

DecompositionTable arithmetic_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
