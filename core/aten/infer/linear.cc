// Shapes of matrix products and attention.
#include "aten/infer/families.h"
#include "aten/infer/shapes.h"

namespace modelexport::aten {
namespace {

void linear(Infer& x) {
  const Type& input = x.type("input");
  const Type& weight = x.type("weight");
  if (weight.rank() < 1 || weight.rank() > 2 || input.rank() < 1)
    return x.fail("needs a matrix or a vector as weight");
  const auto have = input.shape.back().constant(), want = weight.shape.back().constant();
  if (have && want && *have != *want)
    return x.fail(
        "the input's last size is " + std::to_string(*have) + ", the weight takes " + std::to_string(*want),
        "give --input the sizes that the model takes");
  Shape shape = input.shape;
  if (weight.rank() == 1)
    shape.pop_back();
  else
    shape.back() = weight.shape[0];
  x.set(input.dtype, std::move(shape));
}

/// (rows, in) by (groups, in, out): each group of rows by its own matrix.
void grouped_matmul(Infer& x) {
  if (x.op().args.size() < 3) return x.fail("needs rows, matrices and the ends of the groups");
  const Type rows = x.type_of(x.op().args[0].value), matrices = x.type_of(x.op().args[1].value);
  if (rows.rank() != 2 || matrices.rank() != 3 || !matrices.shape[0].constant())
    return x.fail("is supported for rows of known groups by one matrix for each group");
  x.set(rows.dtype, {rows.shape[0], matrices.shape[2]});
}

std::optional<Shape> matmul_shape(const Shape& a, const Shape& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  Shape lead_a(a.begin(), a.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, a.size())));
  Shape lead_b(b.begin(), b.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, b.size())));
  auto out = broadcast(lead_a, lead_b);
  if (!out) return std::nullopt;
  if (a.size() > 1) out->push_back(a[a.size() - 2]);
  if (b.size() > 1) out->push_back(b.back());
  return out;
}

void matmul(Infer& x) {
  const bool mat2 = x.op().find("mat2") != nullptr;
  const bool vec = x.op().find("vec") != nullptr;
  const bool tensor = x.op().find("tensor") != nullptr;
  const bool vec2 = x.op().find("vec2") != nullptr;
  const Type& a = x.type("self");
  const Type& b = x.type(mat2 ? "mat2" : vec ? "vec" : vec2 ? "vec2" : tensor ? "tensor" : "other");
  auto shape = matmul_shape(a.shape, b.shape);
  if (!shape) return x.fail("shapes " + a.to_string() + " and " + b.to_string() + " do not multiply");
  x.set(promote(a.dtype, b.dtype), std::move(*shape));
}

void add_product(Infer& x, const char* left, const char* right) {
  const Type& a = x.type(left);
  auto shape = matmul_shape(a.shape, x.type(right).shape);
  if (!shape) return x.fail("shapes do not multiply");
  x.set(a.dtype, std::move(*shape));
}
void addmm(Infer& x) { add_product(x, "mat1", "mat2"); }
void baddbmm(Infer& x) { add_product(x, "batch1", "batch2"); }
void addbmm(Infer& x) {
  const Type& a = x.type("batch1");
  if (a.rank() != 3) return x.fail("needs batches of matrices");
  x.set(a.dtype, {a.shape[1], x.type("batch2").shape.back()});
}
void addmv(Infer& x) { add_product(x, "mat", "vec"); }
void outer(Infer& x) {
  const Type& a = x.type("self");
  const Type& b = x.type("vec2");
  if (a.rank() != 1 || b.rank() != 1) return x.fail("needs two vectors");
  x.set(promote(a.dtype, b.dtype), {a.shape[0], b.shape[0]});
}

void attention(Infer& x) {
  const Type& query = x.type("query");
  const Type& value = x.type("value");
  if (query.rank() < 2 || value.rank() < 2) return x.fail("needs at least 2 dimensions");
  Shape shape = query.shape;
  shape.back() = value.shape.back();
  x.set(query.dtype, std::move(shape));
  // Fused forms return more; inference of models uses only the first.
  for (std::size_t i = 1; i < x.op().outputs.size(); ++i) x.set(Type::none(), i);
}

void einsum(Infer& x) {
  const std::string equation = x.text("equation");
  const std::vector<Type> operands = x.types("tensors");
  const auto parsed = parse_einsum(equation, operands);
  if (!parsed) return x.fail("equation '" + equation + "' does not fit its operands");
  std::vector<const Type*> all;
  for (const Type& type : operands) all.push_back(&type);
  x.set(result_type(all), parsed->result);
}

void bilinear(Infer& x) {
  const Type& left = x.type("input1");
  if (left.rank() < 1 || x.type("weight").rank() != 3) return x.fail("needs a weight of 3 dimensions");
  Shape shape = left.shape;
  shape.back() = x.type("weight").shape[0];
  x.set(left.dtype, std::move(shape));
}

constexpr InferRule kRules[] = {
    {"aten::bilinear", bilinear},
    {"aten::linear", linear},
    {"aten::_grouped_mm", grouped_matmul},
    {"transformers::grouped_mm_fallback", grouped_matmul},
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
    {"aten::scaled_dot_product_attention", attention},
    {"aten::_scaled_dot_product_flash_attention_for_cpu", attention},
    {"aten::_scaled_dot_product_attention_math", attention},
    {"aten::einsum", einsum},
};

}  // namespace

std::optional<Einsum> parse_einsum(std::string_view equation, const std::vector<Type>& operands) {
  Einsum out;
  for (const char c : equation)
    if (c != ' ') out.equation += c;
  const std::size_t arrow = out.equation.find("->");
  std::string left = out.equation.substr(0, arrow);
  std::map<char, Expr> sizes;
  std::map<char, int> uses;
  Shape ellipsis;
  std::size_t operand = 0;
  std::size_t start = 0;
  while (start <= left.size()) {
    const std::size_t comma = std::min(left.find(',', start), left.size());
    const std::string labels = left.substr(start, comma - start);
    if (operand >= operands.size()) return std::nullopt;
    const Shape& shape = operands[operand].shape;
    const std::size_t dots = labels.find("...");
    const std::size_t letters = labels.size() - (dots == std::string::npos ? 0 : 3);
    if (letters > shape.size() || (dots == std::string::npos && letters != shape.size())) return std::nullopt;
    std::size_t axis = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == '.') {
        if (dots != i) return std::nullopt;
        Shape covered;
        for (std::size_t k = 0; k < shape.size() - letters; ++k) covered.push_back(shape[axis++]);
        auto joined = broadcast(ellipsis, covered);
        if (!joined) return std::nullopt;
        ellipsis = *joined;
        i += 2;
        continue;
      }
      ++uses[labels[i]];
      auto [found, fresh] = sizes.try_emplace(labels[i], shape[axis]);
      if (!fresh && (found->second.is(1) ||
                     (!found->second.constant() && shape[axis].constant() && !shape[axis].is(1))))
        found->second = shape[axis];
      ++axis;
    }
    ++operand;
    start = comma + 1;
  }
  if (operand != operands.size()) return std::nullopt;
  std::string right;
  if (arrow != std::string::npos) {
    right = out.equation.substr(arrow + 2);
  } else {
    if (left.find("...") != std::string::npos) right = "...";
    for (const auto& [label, count] : uses)
      if (count == 1) right += label;
    out.equation += "->" + right;
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (right[i] == '.') {
      out.result.insert(out.result.end(), ellipsis.begin(), ellipsis.end());
      i += 2;
      continue;
    }
    const auto found = sizes.find(right[i]);
    if (found == sizes.end()) return std::nullopt;
    out.result.push_back(found->second);
  }
  return out;
}

InferTable infer_linear_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
