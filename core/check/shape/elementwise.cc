// Operators whose result has their input's shape, and those that broadcast.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

void same(ShapeNode& node) { node.set(0, node.input(0)); }

/// All inputs together.
void joined(ShapeNode& node) {
  std::vector<ShapeRef> held;
  std::vector<const Dims*> shapes;
  for (std::size_t i = 0; i < node.count(); ++i) {
    held.push_back(node.input(i));
    if (held.back() == nullptr) return;
    shapes.push_back(held.back().get());
  }
  if (shapes.empty()) return;
  bool equal = true;
  for (const Dims* shape : shapes) equal = equal && *shape == *shapes.front();
  if (equal) return node.set(0, held.front());
  if (auto dims = broadcast(shapes)) return node.set(0, std::move(*dims));
  std::string text;
  for (const Dims* shape : shapes) text += (text.empty() ? "" : " and ") + dims_text(*shape);
  node.fail("the shapes " + text + " do not fit together");
}

/// Ratio and training mode are scalars.
void dropout(ShapeNode& node) {
  node.set(0, node.input(0));
  node.set(1, node.input(0));
  for (std::size_t i = 1; i < 3; ++i)
    if (const ShapeRef scalar = node.input(i); scalar != nullptr && !scalar->empty())
      return node.fail("input " + std::to_string(i) + " must be a scalar, and has shape " +
                       dims_text(*scalar));
}

void old_dropout(ShapeNode& node) {
  if (node.version() >= 12) return dropout(node);
  node.set(0, node.input(0));
}

/// [C] or [1,C].
void string_normalizer(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  if (in->empty() || in->size() > 2 || (in->size() == 2 && in->front() >= 0 && in->front() != 1))
    return node.fail("the input has the shape " + dims_text(*in) + ", and needs [C] or [1,C]");
  node.set(0, Dims(in->size(), -1));
}

void vectorizer(ShapeNode& node) {
  if (node.input(0) == nullptr) return;
  const auto places = node.list("ngram_indexes");
  if (places.empty() || std::any_of(places.begin(), places.end(), [](std::int64_t at) { return at < 0; }))
    return node.fail("ngram_indexes must be there, and not negative");
  node.rank(0, 1, 2);
}

constexpr std::array kRules = {
    ShapeRule{"Abs", 6, same},
    ShapeRule{"Acos", 7, same},
    ShapeRule{"Acosh", 9, same},
    ShapeRule{"Add", 7, joined},
    ShapeRule{"And", 7, joined},
    ShapeRule{"Asin", 7, same},
    ShapeRule{"Asinh", 9, same},
    ShapeRule{"Atan", 7, same},
    ShapeRule{"Atanh", 9, same},
    ShapeRule{"Bernoulli", 15, same},
    ShapeRule{"BitCast", 26, same},
    ShapeRule{"BitShift", 11, joined},
    ShapeRule{"BitwiseAnd", 18, joined},
    ShapeRule{"BitwiseNot", 18, same},
    ShapeRule{"BitwiseOr", 18, joined},
    ShapeRule{"BitwiseXor", 18, joined},
    ShapeRule{"Cast", 6, same},
    ShapeRule{"CastLike", 15, same},
    ShapeRule{"Ceil", 6, same},
    ShapeRule{"Celu", 12, same},
    ShapeRule{"Clip", 6, same},
    ShapeRule{"Cos", 7, same},
    ShapeRule{"Cosh", 9, same},
    ShapeRule{"CumSum", 11, same},
    ShapeRule{"DequantizeLinear", 10, same},
    ShapeRule{"Div", 7, joined},
    ShapeRule{"Dropout", 7, old_dropout},
    ShapeRule{"Elu", 6, same},
    ShapeRule{"Equal", 7, joined},
    ShapeRule{"Erf", 9, same},
    ShapeRule{"Exp", 6, same},
    ShapeRule{"Floor", 6, same},
    ShapeRule{"Gelu", 20, same},
    ShapeRule{"Greater", 7, joined},
    ShapeRule{"GreaterOrEqual", 12, joined},
    ShapeRule{"HardSigmoid", 6, same},
    ShapeRule{"HardSwish", 14, same},
    ShapeRule{"Identity", 1, same},
    ShapeRule{"IsInf", 10, same},
    ShapeRule{"IsNaN", 9, same},
    ShapeRule{"LRN", 1, same},
    ShapeRule{"LeakyRelu", 6, same},
    ShapeRule{"Less", 7, joined},
    ShapeRule{"LessOrEqual", 12, joined},
    ShapeRule{"Log", 6, same},
    ShapeRule{"Max", 8, joined},
    ShapeRule{"Mean", 8, joined},
    ShapeRule{"Min", 8, joined},
    ShapeRule{"Mish", 18, same},
    ShapeRule{"Mod", 10, joined},
    ShapeRule{"Mul", 7, joined},
    ShapeRule{"Neg", 6, same},
    ShapeRule{"Not", 1, same},
    ShapeRule{"Or", 7, joined},
    ShapeRule{"Pow", 7, joined},
    ShapeRule{"QuantizeLinear", 10, same},
    ShapeRule{"Reciprocal", 6, same},
    ShapeRule{"Relu", 6, same},
    ShapeRule{"Round", 11, same},
    ShapeRule{"ScatterElements", 11, same},
    ShapeRule{"ScatterND", 11, same},
    ShapeRule{"Selu", 6, same},
    ShapeRule{"Shrink", 9, same},
    ShapeRule{"Sigmoid", 6, same},
    ShapeRule{"Sign", 9, same},
    ShapeRule{"Sin", 7, same},
    ShapeRule{"Sinh", 9, same},
    ShapeRule{"Softplus", 1, same},
    ShapeRule{"Softsign", 1, same},
    ShapeRule{"Sqrt", 6, same},
    ShapeRule{"StringConcat", 20, joined},
    ShapeRule{"StringNormalizer", 10, string_normalizer},
    ShapeRule{"Sub", 7, joined},
    ShapeRule{"Sum", 8, joined},
    ShapeRule{"Swish", 24, same},
    ShapeRule{"Tan", 7, same},
    ShapeRule{"Tanh", 6, same},
    ShapeRule{"TfIdfVectorizer", 9, vectorizer},
    ShapeRule{"ThresholdedRelu", 10, same},
    ShapeRule{"Where", 9, joined},
    ShapeRule{"Xor", 7, joined},
};

}  // namespace

std::span<const ShapeRule> elementwise_shapes() { return kRules; }

}  // namespace modelexport::check
