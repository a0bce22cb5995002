// Products of matrices.
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

bool conflict(std::int64_t a, std::int64_t b) { return a >= 0 && b >= 0 && a != b; }

void product(ShapeNode& node, std::size_t left_input, std::size_t right_input) {
  const ShapeRef a = node.input(left_input);
  const ShapeRef b = node.input(right_input);
  if (a == nullptr || b == nullptr) return;
  const std::string text = dims_text(*a) + " and " + dims_text(*b);
  if (a->empty() || b->empty()) return node.fail("scalars cannot be multiplied as matrices: " + text);
  Dims left = *a;
  Dims right = *b;
  if (left.size() == 1) left.insert(left.begin(), 1);
  if (right.size() == 1) right.push_back(1);
  if (conflict(left.back(), right[right.size() - 2]))
    return node.fail("matrices of the shapes " + text + " cannot be multiplied");
  const Dims left_batch(left.begin(), left.end() - 2);
  const Dims right_batch(right.begin(), right.end() - 2);
  auto out = broadcast({&left_batch, &right_batch});
  if (!out) return node.fail("the batches of the shapes " + text + " do not fit together");
  if (a->size() > 1) out->push_back(left[left.size() - 2]);
  if (b->size() > 1) out->push_back(right.back());
  node.set(0, std::move(*out));
}

void matmul(ShapeNode& node) { product(node, 0, 1); }
void quantized_matmul(ShapeNode& node) { product(node, 0, 3); }

void gemm(ShapeNode& node) {
  const ShapeRef a = node.input(0);
  const ShapeRef b = node.input(1);
  if (a == nullptr || b == nullptr) return;
  if (a->size() != 2 || b->size() != 2)
    return node.fail("Gemm takes matrices, and is given " + dims_text(*a) + " and " + dims_text(*b));
  const bool turn_a = node.integer("transA", 0) != 0;
  const bool turn_b = node.integer("transB", 0) != 0;
  if (conflict((*a)[turn_a ? 0 : 1], (*b)[turn_b ? 1 : 0]))
    return node.fail("matrices of the shapes " + dims_text(*a) + " and " + dims_text(*b) +
                     " cannot be multiplied");
  node.set(0, Dims{(*a)[turn_a ? 1 : 0], (*b)[turn_b ? 0 : 1]});
}

constexpr std::array kRules = {
    ShapeRule{"Gemm", 7, gemm},
    ShapeRule{"MatMul", 1, matmul},
    ShapeRule{"MatMulInteger", 10, matmul},
    ShapeRule{"QLinearMatMul", 10, quantized_matmul},
};

}  // namespace

std::span<const ShapeRule> matrix_shapes() { return kRules; }

}  // namespace modelexport::check
