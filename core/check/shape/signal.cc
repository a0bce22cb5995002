// Signals and losses.
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

bool scalar_constant(ShapeNode& node, std::size_t i) {
  const ShapeRef shape = node.input(i);
  if (shape == nullptr || shape->empty() || !node.is_constant(i)) return true;
  node.fail("input " + std::to_string(i) + " must be a scalar, and has shape " + dims_text(*shape));
  return false;
}

/// The last dimension holds the real and the imaginary part.
void dft(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.rank(0, 2, kNoEnd)) return;
  const auto rank = static_cast<std::int64_t>(in->size());
  const bool one_sided = node.integer("onesided", 0) != 0;
  const bool inverse = node.integer("inverse", 0) != 0;
  // Before version 20 the inverse had no side of its own.
  if (one_sided && in->back() >= 0 && (!inverse || node.version() >= 20)) {
    if (in->back() != (inverse ? 2 : 1))
      return node.fail("a one-sided transform of numbers with " + std::to_string(in->back()) + " parts");
  }
  std::int64_t axis = node.version() >= 20 ? -2 : node.integer("axis", 1);
  if (node.version() >= 20 && node.has(2)) {
    if (!scalar_constant(node, 2)) return;
    const auto* given = node.ints(2);
    if (given == nullptr || given->size() != 1) return node.set(0, Dims(in->size(), -1));
    axis = given->front();
  }
  if (axis < -rank || axis == -1 || axis >= rank - 1)
    return node.fail("axis " + std::to_string(axis) + " is none of a signal in " + dims_text(*in));
  if (!scalar_constant(node, 1)) return;
  Dims out = *in;
  if (one_sided || node.has(1)) out[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = -1;
  out.back() = inverse && one_sided && node.version() >= 20 ? 1 : 2;
  node.set(0, std::move(out));
}

void stft(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.rank(0, 2, kNoEnd) || (*in)[1] < 0 || node.ints(1) == nullptr) return;
  const auto* length = node.ints(3);
  if (node.has(3) && length == nullptr) return;
  const ShapeRef window = node.input(2);
  if (length != nullptr && !scalar_constant(node, 3)) return;
  if (window == nullptr) return;
  if (!node.rank(2, 1)) return;
  if (length != nullptr && length->size() == 1 && window->front() >= 0 && window->front() != length->front())
    return node.fail("a window of " + std::to_string(window->front()) + " for frames of " +
                     std::to_string(length->front()));
  node.set(0, Dims(4, -1));
}

void window(ShapeNode& node) {
  const auto* size = node.ints(0);
  if (size == nullptr) return;
  if (!scalar_constant(node, 0)) return;
  if (size->size() == 1 && size->front() <= 0) return node.fail("a size of " + std::to_string(size->front()));
  if (size->size() == 1) node.set(0, Dims{size->front()});
}

/// Scores of [N, C, d…] and targets of [N, d…]; weights of [C].
bool loss_sizes(ShapeNode& node, Dims& target, bool weights = true) {
  const ShapeRef in = node.input(0);
  const ShapeRef wanted = node.input(1);
  if (in == nullptr || wanted == nullptr) return false;
  if (!node.rank(0, 2, kNoEnd) || !node.rank(1, in->size() - 1)) return false;
  target.assign(in->size() - 1, -1);
  for (std::size_t i = 0; i < target.size(); ++i)
    if (!node.unify(target[i], 1, i) || !node.unify(target[i], 0, i == 0 ? 0 : i + 1)) return false;
  std::int64_t classes = (*in)[1];
  return !weights || (node.rank(2, 1) && node.unify(classes, 2, 0));
}

bool is_reduced(const ShapeNode& node) {
  const onnx::AttributeView* reduction = node.attribute("reduction");
  return reduction == nullptr || reduction->s != "none";
}

void nll_loss(ShapeNode& node) {
  Dims target;
  if (loss_sizes(node, target)) node.set(0, is_reduced(node) ? Dims{} : std::move(target));
}

/// ONNX Runtime writes it out with reshapes, which cannot leave a size open beside one of 0.
void cross_entropy(ShapeNode& node) {
  Dims target;
  if (!loss_sizes(node, target, false)) return;
  for (const std::int64_t size : *node.input(0))
    if (size == 0) return node.fail("scores of the shape " + dims_text(*node.input(0)));
  node.set(0, is_reduced(node) ? Dims{} : std::move(target));
  node.set(1, node.input(0));
}

constexpr std::array kRules = {
    ShapeRule{"BlackmanWindow", 17, window},
    ShapeRule{"DFT", 17, dft},
    ShapeRule{"HammingWindow", 17, window},
    ShapeRule{"HannWindow", 17, window},
    ShapeRule{"NegativeLogLikelihoodLoss", 12, nll_loss},
    ShapeRule{"STFT", 17, stft},
    ShapeRule{"SoftmaxCrossEntropyLoss", 12, cross_entropy},
};

}  // namespace

std::span<const ShapeRule> signal_shapes() { return kRules; }

}  // namespace modelexport::check
