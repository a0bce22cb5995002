// Attention and what stands beside it.
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

bool needs_heads(ShapeNode& node, std::string_view name) {
  const onnx::AttributeView* heads = node.attribute(name);
  if (heads != nullptr && heads->i > 0) return false;
  node.fail("inputs of 3 dimensions need the attribute " + std::string(name));
  return true;
}

/// Version 25 looks at what goes together.
bool bad_partners(ShapeNode& node) {
  if (node.version() < 25) return false;
  const auto& outputs = node.node().outputs;
  const auto makes = [&](std::size_t i) { return i < outputs.size() && !outputs[i].empty(); };
  if (node.has(4) != node.has(5)) {
    node.fail("past key and value come together");
  } else if (makes(1) != makes(2)) {
    node.fail("present key and value come together");
  } else if (node.has(6) && (node.has(4) || makes(1))) {
    node.fail("nonpad_kv_seqlen does not go with past and present");
  }
  return !node.problem().empty();
}

void attention(ShapeNode& node) {
  const ShapeRef query = node.input(0);
  if (query == nullptr) return;
  for (std::size_t i = 0; i < 3; ++i)
    if (!node.rank(i, 3, 4)) return;
  if (query->size() == 3 && (needs_heads(node, "q_num_heads") || needs_heads(node, "kv_num_heads"))) return;
  if (bad_partners(node)) return;
  const ShapeRef value = node.input(2);
  if (value != nullptr && query->size() == 4 && value->size() == 4)
    node.set(0, Dims{(*query)[0], (*query)[1], (*query)[2], (*value)[3]});
}

void rotary_embedding(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  node.set(0, in);
  if (in == nullptr || !node.rank(0, 3, 4)) return;
  if (in->size() == 3 && !node.has("num_heads"))
    node.fail("an input of 3 dimensions needs the attribute num_heads");
}

/// A cache and what is written into it differ along one axis.
void tensor_scatter(ShapeNode& node) {
  const ShapeRef cache = node.input(0);
  const ShapeRef update = node.input(1);
  node.set(0, cache);
  if (cache != nullptr && update != nullptr) {
    if (!node.rank(1, cache->size())) return;
    const auto rank = static_cast<std::int64_t>(cache->size());
    std::int64_t axis = node.integer("axis", -2);
    if (axis < 0) axis += rank;
    if (axis <= 0 || axis >= rank)
      return node.fail("axis " + std::to_string(axis) + " is none of a cache of " + std::to_string(rank) +
                       " dimensions");
    for (std::int64_t i = 0; i < rank; ++i) {
      std::int64_t size = -1;
      const auto at = static_cast<std::size_t>(i);
      if (i != axis && (!node.unify(size, 0, at) || !node.unify(size, 1, at))) return;
    }
  }
  std::int64_t batch = -1;
  if (node.rank(2, 1) && node.input(2) != nullptr && node.unify(batch, 0, 0)) node.unify(batch, 2, 0);
}

/// Scale and bias are per channel from version 21 on, per group before.
void group_normalization(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  node.set(0, in);
  if (in == nullptr || !node.rank(0, 2, kNoEnd)) return;
  std::int64_t count = node.version() >= 21 ? (*in)[1] : node.integer("num_groups", -1);
  for (std::size_t i = 1; i < 3; ++i) {
    const ShapeRef shape = node.input(i);
    // One number is broadcast.
    if (shape == nullptr || shape->size() != 1 || shape->front() == 1 || count == 0) continue;
    if (!node.unify(count, i, 0)) return;
  }
}

constexpr std::array kRules = {
    ShapeRule{"Attention", 23, attention},
    ShapeRule{"GroupNormalization", 18, group_normalization},
    ShapeRule{"RotaryEmbedding", 23, rotary_embedding},
    ShapeRule{"TensorScatter", 24, tensor_scatter},
};

}  // namespace

std::span<const ShapeRule> attention_shapes() { return kRules; }

}  // namespace modelexport::check
