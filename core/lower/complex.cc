// Complex tensors: ONNX values hold pairs of floats in an additional last dimension of size 2.
#include <algorithm>

#include "aten/infer/reductions.h"
#include "lower/families.h"
#include "lower/pointwise.h"

namespace modelexport::lower {

using aten::Arith;
using aten::Type;

DType part_dtype(DType dtype) {
  return dtype == DType::complex128 || dtype == DType::float64 ? DType::float64 : DType::float32;
}

namespace {

std::string part(Lower& l, const std::string& pair, std::int64_t index) {
  return l.emit("Gather", {pair, l.b.scalar_int(index)}, {attr("axis", std::int64_t{-1})});
}

std::string join(Lower& l, const std::string& real, const std::string& imaginary) {
  return l.emit("Concat", {l.unsqueeze(real, {-1}), l.unsqueeze(imaginary, {-1})},
                {attr("axis", std::int64_t{-1})});
}

/// The operand with a last dimension: pairs, or a real number that scales both parts.
std::string paired(Lower& l, std::size_t position, DType real) {
  const Type type = operand_type(l, position);
  if (is_complex(type.dtype)) return l.cast(operand(l, position), part_dtype(type.dtype), real);
  const std::string value = operand(l, position, real);
  return type.shape.empty() ? value : l.unsqueeze(value, {-1});
}

/// A real operand of a sum: only the real part counts.
std::string summand(Lower& l, std::size_t position, DType real) {
  const std::string value = paired(l, position, real);
  if (is_complex(operand_type(l, position).dtype)) return value;
  const std::string one = l.unsqueeze(l.scalar(real, 1), {0});
  const std::string zero = l.unsqueeze(l.scalar(real, 0), {0});
  return l.emit("Mul", {value, l.emit("Concat", {one, zero}, {attr("axis", std::int64_t{0})})});
}

std::string product(Lower& l, const std::string& a, const std::string& b) {
  const std::string ar = part(l, a, 0);
  const std::string ai = part(l, a, 1);
  const std::string br = part(l, b, 0);
  const std::string bi = part(l, b, 1);
  const std::string real = l.emit("Sub", {l.emit("Mul", {ar, br}), l.emit("Mul", {ai, bi})});
  const std::string imaginary = l.emit("Add", {l.emit("Mul", {ar, bi}), l.emit("Mul", {ai, br})});
  return join(l, real, imaginary);
}

std::string conjugate(Lower& l, const std::string& pair) {
  return join(l, part(l, pair, 0), l.emit("Neg", {part(l, pair, 1)}));
}

std::string modulus(Lower& l, const std::string& pair) { return l.reduce("ReduceL2", pair, {-1}, false); }

}  // namespace

void lower_complex_arithmetic(Lower& l, Arith kind) {
  const DType real = part_dtype(l.result().dtype);
  const bool both = is_complex(operand_type(l, 0).dtype) && is_complex(operand_type(l, 1).dtype);
  if (kind == Arith::add) return l.set(l.emit("Add", {summand(l, 0, real), summand(l, 1, real)}));
  if (kind == Arith::sub) return l.set(l.emit("Sub", {summand(l, 0, real), summand(l, 1, real)}));
  const std::string a = paired(l, 0, real);
  const std::string b = paired(l, 1, real);
  if (kind == Arith::mul) return l.set(both ? product(l, a, b) : l.emit("Mul", {a, b}));
  if (kind != Arith::div || (!both && !is_complex(operand_type(l, 0).dtype)))
    return l.fail("is not supported for complex numbers");
  if (!both) return l.set(l.emit("Div", {a, b}));
  const std::string square = l.unsqueeze(l.reduce("ReduceSumSquare", b, {-1}, false), {-1});
  l.set(l.emit("Div", {product(l, a, conjugate(l, b)), square}));
}

namespace {

void lower_same_pairs(Lower& l) { l.set(operand(l, 0)); }

void lower_real(Lower& l) {
  const bool is_real = !is_complex(operand_type(l, 0).dtype);
  if (is_real && l.op().target == "aten::imag") return l.fail("is not supported for real numbers");
  const std::string pair = operand(l, 0);
  l.set(is_real ? pair : part(l, pair, l.op().target == "aten::imag" ? 1 : 0));
}

void lower_conj(Lower& l) {
  const std::string value = operand(l, 0);
  l.set(is_complex(l.result().dtype) ? conjugate(l, value) : value);
}

void lower_abs(Lower& l) {
  const DType dtype = operand_type(l, 0).dtype;
  l.set(is_complex(dtype) ? modulus(l, operand(l, 0)) : emit_wide(l, "Abs", {operand(l, 0)}, dtype));
}

void lower_angle(Lower& l) {
  if (!is_complex(operand_type(l, 0).dtype)) return l.fail("is not supported for real numbers");
  const std::string pair = operand(l, 0);
  l.set(emit_arc_tangent(l, part(l, pair, 1), part(l, pair, 0), l.result().dtype));
}

void lower_polar(Lower& l) {
  const DType real = part_dtype(l.result().dtype);
  const std::string length = operand(l, 0, real);
  const std::string angle = operand(l, 1, real);
  const bool unit = constant_operand(l, 0) == 1.0;
  const auto scaled = [&](const std::string& value) { return unit ? value : l.emit("Mul", {length, value}); };
  l.set(join(l, scaled(l.emit("Cos", {angle})), scaled(l.emit("Sin", {angle}))));
}

void lower_complex(Lower& l) {
  const DType real = part_dtype(l.result().dtype);
  l.set(join(l, operand(l, 0, real), operand(l, 1, real)));
}

// ---- views of complex tensors: the pair stays the last dimension

Shape with_pair(Shape shape) {
  shape.push_back(2);
  return shape;
}

void lower_reshaped(Lower& l) {
  l.set(l.reshape(operand(l, 0), with_pair(operand_type(l, 0).shape), with_pair(l.result().shape)));
}

void lower_expanded(Lower& l) {
  Shape from = operand_type(l, 0).shape;
  const Shape& to = l.result().shape;
  Shape padded(to.size() - std::min(from.size(), to.size()), Expr(1));
  padded.insert(padded.end(), from.begin(), from.end());
  const std::string value = l.reshape(operand(l, 0), with_pair(std::move(from)), with_pair(padded));
  l.set(l.expand(value, with_pair(padded), with_pair(to)));
}

void lower_permuted(Lower& l) {
  const std::int64_t rank = operand_type(l, 0).rank();
  std::vector<std::int64_t> perm;
  if (l.op().target == "aten::permute") {
    perm = l.dims("dims", rank);
  } else {
    for (std::int64_t i = 0; i < rank; ++i) perm.push_back(i);
    std::swap(perm[static_cast<std::size_t>(l.dim("dim0", rank))],
              perm[static_cast<std::size_t>(l.dim("dim1", rank))]);
  }
  perm.push_back(rank);
  l.set(l.transpose(operand(l, 0), perm));
}

/// Sums and means of pairs: the dimensions are named, so that the pair is never one of them.
void lower_sum(Lower& l) {
  const aten::Reduction r = aten::read_reduction(l, operand_type(l, 0));
  const char* node = l.op().target == "aten::mean" ? "ReduceMean" : "ReduceSum";
  l.set(r.axes.empty() ? operand(l, 0) : l.reduce(node, operand(l, 0), r.axes, r.keepdim));
}

/// Only devices and layouts change.
void lower_to(Lower& l) {
  if (l.result().dtype != operand_type(l, 0).dtype) return l.fail("is not supported for complex numbers");
  l.set(operand(l, 0));
}

/// How operators of complex operands are lowered; those not listed are refused. No function: the operator's
/// usual rule, which counts its axes from the front.
constexpr LowerRule kComplexForms[] = {
    {"aten::to", lower_to},
    {"aten::add", nullptr},
    {"aten::sub", nullptr},
    {"aten::mul", nullptr},
    {"aten::multiply", nullptr},
    {"aten::div", nullptr},
    {"aten::neg", nullptr},
    {"aten::contiguous", nullptr},
    {"aten::clone", nullptr},
    {"aten::detach", nullptr},
    {"aten::alias", nullptr},
    {"aten::lift_fresh", nullptr},
    {"aten::lift_fresh_copy", nullptr},
    {"aten::resolve_conj", nullptr},
    {"aten::slice", nullptr},
    {"aten::select", nullptr},
    {"aten::narrow", nullptr},
    {"aten::cat", nullptr},
    {"aten::stack", nullptr},
    {"aten::unbind", nullptr},
    {"aten::split", nullptr},
    {"aten::chunk", nullptr},
    {"prim::ListUnpack", nullptr},
    {"aten::__getitem__", nullptr},
    {"aten::_fft_c2c", nullptr},
    {"aten::_fft_c2r", nullptr},
    {"aten::sum", lower_sum},
    {"aten::mean", lower_sum},
    {"aten::view", lower_reshaped},
    {"aten::reshape", lower_reshaped},
    {"aten::_unsafe_view", lower_reshaped},
    {"aten::flatten", lower_reshaped},
    {"aten::unflatten", lower_reshaped},
    {"aten::view_as", lower_reshaped},
    {"aten::reshape_as", lower_reshaped},
    {"aten::unsqueeze", lower_reshaped},
    {"aten::squeeze", lower_reshaped},
    {"aten::expand", lower_expanded},
    {"aten::expand_as", lower_expanded},
    {"aten::permute", lower_permuted},
    {"aten::transpose", lower_permuted},
};

constexpr LowerRule kRules[] = {
    {"aten::view_as_complex", lower_same_pairs},
    {"aten::view_as_real", lower_same_pairs},
    {"aten::real", lower_real},
    {"aten::imag", lower_real},
    {"aten::conj", lower_conj},
    {"aten::_conj", lower_conj},
    {"aten::_conj_physical", lower_conj},
    {"aten::abs", lower_abs},
    {"aten::absolute", lower_abs},
    {"aten::angle", lower_angle},
    {"aten::polar", lower_polar},
    {"aten::complex", lower_complex},
};
}  // namespace

const LowerRule* find_complex_rule(std::string_view target) {
  for (const LowerRule& rule : kRules)
    if (rule.target == target) return &rule;
  for (const LowerRule& rule : kComplexForms)
    if (rule.target == target) return rule.lower != nullptr ? &rule : find_lower_rule(target);
  return nullptr;
}

RuleTable complex_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
