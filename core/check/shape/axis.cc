// Operators that work along an axis: it must be there.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

/// The result has the input's shape.
void along_last(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  node.set(0, in);
  node.axis(node.integer("axis", node.version() >= 13 ? -1 : 1), in->size());
}

void layer_normalization(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  node.set(0, in);
  node.axis(node.integer("axis", -1), in->size());
}

/// Drops `axes`, or leaves ones where they were.
void drop(ShapeNode& node, const Dims& in, const std::vector<bool>& gone) {
  const bool keep = node.integer("keepdims", 1) == 1;
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!gone[i]) {
      out.push_back(in[i]);
    } else if (keep) {
      out.push_back(1);
    }
  }
  node.set(0, std::move(out));
}

void reduce_by(ShapeNode& node, std::int64_t as_input) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  std::vector<std::int64_t> axes;
  if (node.version() < as_input) {
    axes = node.list("axes");
  } else if (node.has(1)) {
    if (node.ints(1) == nullptr) {
      if (node.integer("keepdims", 1) == 1) node.set(0, Dims(in->size(), -1));
      return;
    }
    axes = *node.ints(1);
  }
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return node.set(0, in);
  std::vector<bool> gone(in->size(), axes.empty());
  for (const std::int64_t at : axes) {
    const auto axis = node.axis(at, in->size());
    if (!axis) return;
    gone[*axis] = true;
  }
  drop(node, *in, gone);
}

void reduce(ShapeNode& node) { reduce_by(node, 18); }
void reduce_sum(ShapeNode& node) { reduce_by(node, 13); }

void arg(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", 0), in->size());
  if (!axis) return;
  std::vector<bool> gone(in->size(), false);
  gone[*axis] = true;
  drop(node, *in, gone);
}

void top_k(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", -1), in->size());
  if (!axis) return;
  const auto* k = node.ints(1);
  Dims out = *in;
  const std::int64_t have = out[*axis];
  out[*axis] = k != nullptr && k->size() == 1 ? k->front() : -1;
  if (have >= 0 && out[*axis] > have)
    return node.fail("the " + std::to_string(out[*axis]) + " largest of " + std::to_string(have));
  const auto shared = std::make_shared<const Dims>(std::move(out));
  node.set(0, shared);
  node.set(1, shared);
}

void split(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", 0), in->size());
  if (!axis) return;
  const std::size_t parts = node.node().outputs.size();
  std::vector<std::int64_t> sizes(parts, -1);
  if (node.version() >= 18 && !node.has(1)) {
    if (!node.has("num_outputs")) return node.fail("neither sizes nor a number of outputs are given");
    const std::int64_t wanted = node.integer("num_outputs", 0);
    if (wanted != static_cast<std::int64_t>(parts))
      return node.fail("num_outputs is " + std::to_string(wanted) + " for " + std::to_string(parts) +
                       " outputs");
  }
  const bool given = node.version() >= 13 ? node.has(1) : node.has("split");
  if (given) {
    const std::vector<std::int64_t>* constant = node.ints(1);
    std::vector<std::int64_t> list = node.version() < 13 ? node.list("split") : std::vector<std::int64_t>{};
    if (node.version() >= 13 && constant != nullptr) list = *constant;
    if (!list.empty()) {
      if (list.size() != parts)
        return node.fail(std::to_string(list.size()) + " sizes for " + std::to_string(parts) + " outputs");
      std::int64_t sum = 0;
      for (const std::int64_t size : list) sum += size > (1LL << 40) ? 0 : size;
      if ((*in)[*axis] >= 0 && sum != (*in)[*axis])
        return node.fail("the parts add up to " + std::to_string(sum) + " of " +
                         std::to_string((*in)[*axis]));
      sizes = std::move(list);
    }
  } else if (parts != 0 && (*in)[*axis] >= 0 && (*in)[*axis] % static_cast<std::int64_t>(parts) == 0) {
    sizes.assign(parts, (*in)[*axis] / static_cast<std::int64_t>(parts));
  }
  for (std::size_t i = 0; i < parts; ++i) {
    Dims out = *in;
    out[*axis] = sizes[i];
    node.set(i, std::move(out));
  }
}

constexpr std::array kRules = {
    ShapeRule{"ArgMax", 1, arg},
    ShapeRule{"ArgMin", 1, arg},
    ShapeRule{"Hardmax", 1, along_last},
    ShapeRule{"LayerNormalization", 17, layer_normalization},
    ShapeRule{"LogSoftmax", 1, along_last},
    ShapeRule{"ReduceL1", 1, reduce},
    ShapeRule{"ReduceL2", 1, reduce},
    ShapeRule{"ReduceLogSum", 1, reduce},
    ShapeRule{"ReduceLogSumExp", 1, reduce},
    ShapeRule{"ReduceMax", 1, reduce},
    ShapeRule{"ReduceMean", 1, reduce},
    ShapeRule{"ReduceMin", 1, reduce},
    ShapeRule{"ReduceProd", 1, reduce},
    ShapeRule{"ReduceSum", 1, reduce_sum},
    ShapeRule{"ReduceSumSquare", 1, reduce},
    ShapeRule{"Softmax", 1, along_last},
    ShapeRule{"Split", 2, split},
    ShapeRule{"TopK", 10, top_k},
};

}  // namespace

std::span<const ShapeRule> axis_shapes() { return kRules; }

}  // namespace modelexport::check
