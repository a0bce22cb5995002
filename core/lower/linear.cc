// Matrix products and attention, in the forms that ONNX Runtime's fusions recognise.
#include <cmath>

#include "aten/infer/shapes.h"
#include "lower/attention.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Type;

std::size_t last(const Shape& shape) { return shape.size() - 1; }

/// Swaps the two last dimensions.
std::string swap_last(Lower& x, const std::string& value, std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  for (std::size_t i = 0; i < rank; ++i) perm[i] = static_cast<std::int64_t>(i);
  std::swap(perm[rank - 1], perm[rank - 2]);
  return x.transpose(value, perm);
}

/// A matrix argument transposed: a stored weight as "<name>_t", anything else through a Transpose.
std::string transposed(Lower& x, const char* name) {
  if (const auto stored = x.stored(name)) return x.b.weight_transposed(*stored);
  return swap_last(x, x.tensor(name), x.type(name).shape.size());
}

void linear(Lower& x) {
  const Type& input = x.type("input");
  const bool bias = x.given("bias");
  if (x.type("weight").rank() == 1) {
    const std::string product = x.emit("MatMul", {x.tensor("input"), x.tensor("weight")});
    return x.set(bias ? x.emit("Add", {product, x.tensor("bias")}) : product);
  }
  if (input.rank() == 2) {
    std::vector<std::string> inputs = {x.tensor("input"), x.tensor("weight")};
    if (bias) inputs.push_back(x.tensor("bias"));
    return x.set(x.emit("Gemm", std::move(inputs), {attr("transB", std::int64_t{1})}));
  }
  const std::string product = x.emit("MatMul", {x.tensor("input"), transposed(x, "weight")});
  // Bias second: the only place where ONNX Runtime's attention and skip-normalisation fusions look for it.
  x.set(bias ? x.emit("Add", {product, x.tensor("bias")}) : product);
}

/// Mixtures of experts: the rows of each group, in order, by the group's own matrix.
void grouped_matmul(Lower& x) {
  const auto& args = x.op().args;
  const DType dtype = x.result().dtype;
  const std::string rows = x.value(args[0].value, dtype), matrices = x.value(args[1].value, dtype);
  const std::string ends = x.value(args[2].value, DType::int64);
  const std::int64_t groups = *x.type_of(args[1].value).shape[0].constant();
  std::vector<std::string> parts;
  std::string start = x.ints({0});
  for (std::int64_t i = 0; i < groups; ++i) {
    const std::string end = x.emit("Gather", {ends, x.ints({i})}, {attr("axis", std::int64_t{0})});
    const std::string own = x.emit("Slice", {rows, start, end, x.ints({0})});
    const std::string matrix =
        x.emit("Gather", {matrices, x.b.scalar_int(i)}, {attr("axis", std::int64_t{0})});
    parts.push_back(x.emit("MatMul", {own, matrix}));
    start = end;
  }
  x.set(parts.size() == 1 ? parts[0] : x.emit("Concat", parts, {attr("axis", std::int64_t{0})}));
}

void matmul(Lower& x) {
  const char* right = "other";
  for (const char* name : {"mat2", "vec", "vec2", "tensor"})
    if (x.op().find(name) != nullptr) right = name;
  const DType dtype = x.result().dtype;
  // ONNX Runtime's MatMul has no kernels for small integers and bools.
  const bool narrow = is_integral(dtype) && dtype != DType::int64 && dtype != DType::int32;
  const DType compute = narrow ? DType::int32 : dtype;
  const std::string product = x.emit("MatMul", {x.tensor("self", compute), x.tensor(right, compute)});
  x.set(x.cast(product, compute, dtype));
}

/// beta * input + alpha * (a @ b)
void add_product(Lower& x, const char* left, const char* right) {
  const double alpha = x.real("alpha", 1);
  const double beta = x.real("beta", 1);
  const DType dtype = x.result().dtype;
  const Shape& added = x.type("self").shape;
  if (x.type(left).rank() == 2 && x.type(right).rank() == 2 && is_floating(dtype) && added.size() <= 2) {
    Attributes attributes;
    if (alpha != 1) attributes.push_back(attr_f("alpha", static_cast<float>(alpha)));
    if (beta != 1) attributes.push_back(attr_f("beta", static_cast<float>(beta)));
    return x.set(
        x.emit("Gemm", {x.tensor(left), x.tensor(right), x.tensor("self", dtype)}, std::move(attributes)));
  }
  std::string product = x.emit("MatMul", {x.tensor(left), x.tensor(right)});
  if (alpha != 1) product = x.emit("Mul", {product, x.scalar(dtype, alpha)});
  if (beta == 0) return x.set(product);
  std::string input = x.tensor("self", dtype);
  if (beta != 1) input = x.emit("Mul", {input, x.scalar(dtype, beta)});
  x.set(x.emit("Add", {input, product}));
}
void addmm(Lower& x) { add_product(x, "mat1", "mat2"); }
void baddbmm(Lower& x) { add_product(x, "batch1", "batch2"); }
void addmv(Lower& x) { add_product(x, "mat", "vec"); }
void addbmm(Lower& x) {
  const DType dtype = x.result().dtype;
  std::string product = x.emit("MatMul", {x.tensor("batch1"), x.tensor("batch2")});
  product = x.reduce("ReduceSum", product, {0}, false);
  if (const double alpha = x.real("alpha", 1); alpha != 1)
    product = x.emit("Mul", {product, x.scalar(dtype, alpha)});
  std::string input = x.tensor("self", dtype);
  if (const double beta = x.real("beta", 1); beta != 1) input = x.emit("Mul", {input, x.scalar(dtype, beta)});
  x.set(x.emit("Add", {input, product}));
}

void outer(Lower& x) {
  const DType dtype = x.result().dtype;
  x.set(
      x.emit("Mul", {x.unsqueeze(x.tensor("self", dtype), {1}), x.unsqueeze(x.tensor("vec2", dtype), {0})}));
}

void einsum(Lower& x) {
  const auto parsed = aten::parse_einsum(x.text("equation"), x.types("tensors"));
  if (!parsed) return x.fail("equation does not fit its operands");
  std::string equation;
  std::map<char, char> lower_case;  // ONNX allows lower-case letters only
  for (const char c : parsed->equation) {
    if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')) {
      equation += c;
      continue;
    }
    equation += lower_case.try_emplace(c, static_cast<char>('a' + lower_case.size())).first->second;
  }
  x.set(x.emit("Einsum", x.tensors("tensors", x.result().dtype), {attr_s("equation", equation)}));
}

void sdpa(Lower& x) {
  Attention attention;
  attention.query = x.type("query");
  attention.key = x.type("key");
  attention.value = x.type("value");
  const double width = attention.query.shape[last(attention.query.shape)].constant().value_or(0);
  if (!x.given("scale") && width == 0) return x.fail("the size of a head must be a constant");
  attention.scale = x.given("scale") ? x.real("scale") : 1.0 / std::sqrt(width);
  attention.causal = x.flag("is_causal");
  attention.grouped = x.flag("enable_gqa");
  if (x.given("attn_mask")) attention.mask = "attn_mask";
  x.set(lower_attention(x, attention));
}

void bilinear(Lower& x) {
  const std::string product = x.emit("Einsum", {x.tensor("input1"), x.tensor("weight"), x.tensor("input2")},
                                     {attr_s("equation", "...i,oij,...j->...o")});
  x.set(x.given("bias") ? x.emit("Add", {x.tensor("bias"), product}) : product);
}

constexpr LowerRule kRules[] = {
    {"aten::bilinear", bilinear},
    {"aten::_grouped_mm", grouped_matmul},
    {"transformers::grouped_mm_fallback", grouped_matmul},
    {"aten::linear", linear},
    {"aten::matmul", matmul},
    {"aten::mm", matmul},
    {"aten::bmm", matmul},
    {"aten::mv", matmul},
    {"aten::dot", matmul},
    {"aten::vdot", matmul},
    {"aten::addmm", addmm},
    {"aten::baddbmm", baddbmm},
    {"aten::addbmm", addbmm},
    {"aten::addmv", addmv},
    {"aten::outer", outer},
    {"aten::ger", outer},
    {"aten::scaled_dot_product_attention", sdpa},
    {"aten::_scaled_dot_product_flash_attention_for_cpu", sdpa},
    {"aten::_scaled_dot_product_attention_math", sdpa},
    {"aten::einsum", einsum},
};

}  // namespace

RuleTable linear_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
