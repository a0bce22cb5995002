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

void trilu(ShapeNode& node) {
  node.set(0, node.input(0));
  node.rank(0, 2, kNoEnd);
}

/// The middle of an axis may be cut out by a condition.
void compress(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.rank(0, 1, kNoEnd)) return;
  if (!node.has("axis")) return node.set(0, Dims{-1});
  const auto axis = node.axis(node.integer("axis", 0), in->size());
  if (!axis) return;
  Dims out = *in;
  out[*axis] = -1;
  node.set(0, std::move(out));
}

void unique(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.has("axis")) return;
  node.axis(node.integer("axis", 0), in->size());
}

void reverse_sequence(ShapeNode& node) {
  node.set(0, node.input(0));
  if (node.rank(0, 2, kNoEnd)) node.rank(1, 1);
}

/// Square matrices; what is around them stays.
void determinant(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr || !node.rank(0, 2, kNoEnd)) return;
  std::int64_t side = -1;
  if (node.unify(side, 0, in->size() - 1) && node.unify(side, 0, in->size() - 2))
    node.set(0, Dims(in->begin(), in->end() - 2));
}

void eye_like(ShapeNode& node) {
  if (node.rank(0, 2)) node.set(0, node.input(0));
}

/// An axis beyond the last is let pass.
void rms_normalization(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  node.set(0, in);
  const std::int64_t axis = node.integer("axis", -1);
  if (axis < 0) node.axis(axis, in->size());
}

void gather_nd(ShapeNode& node) {
  const ShapeRef data = node.input(0);
  const ShapeRef indices = node.input(1);
  if (data == nullptr || indices == nullptr || !node.rank(0, 1, kNoEnd) || !node.rank(1, 1, kNoEnd)) return;
  const std::int64_t batch = node.integer("batch_dims", 0);
  const auto rank = static_cast<std::int64_t>(data->size());
  if (batch < 0) return;
  const std::int64_t depth = indices->back();
  if (depth < 0) return;
  if (depth + batch > rank)
    return node.fail("indices of " + std::to_string(depth) + " numbers into " + std::to_string(rank) +
                     " dimensions");
  Dims out(indices->begin(), indices->end() - 1);
  out.insert(out.end(), data->begin() + static_cast<std::ptrdiff_t>(depth + batch), data->end());
  node.set(0, std::move(out));
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

/// One chunk after the other, or a list of their sizes.
void split_to_sequence(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", 0), in->size());
  const auto* sizes = node.ints(1);
  const ShapeRef shape = node.input(1);
  if (!axis || sizes == nullptr || shape == nullptr) return;
  if (sizes->empty()) return node.fail("no sizes of the parts");
  const std::int64_t whole = (*in)[*axis];
  if (whole < 0) return;
  if (shape->empty()) {
    if (sizes->front() <= 0) node.fail("parts of " + std::to_string(sizes->front()));
    return;
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : *sizes) sum += size > (1LL << 40) ? 0 : size;
  if (sum != whole) node.fail("the parts add up to " + std::to_string(sum) + " of " + std::to_string(whole));
}

void top_k(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", -1), in->size());
  if (!axis) return;
  const auto* k = node.ints(1);
  Dims out = *in;
  const std::int64_t have = out[*axis];
  if (k != nullptr && have >= 0) {
    const ShapeRef shape = node.input(1);
    if (shape != nullptr && (shape->size() != 1 || shape->front() != 1))
      return node.fail("k must be a list of one number, and has the shape " + dims_text(*shape));
  }
  out[*axis] = k != nullptr && k->size() == 1 ? k->front() : -1;
  if (have >= 0 && out[*axis] > have)
    return node.fail("the " + std::to_string(out[*axis]) + " largest of " + std::to_string(have));
  const auto shared = std::make_shared<const Dims>(std::move(out));
  node.set(0, shared);
  node.set(1, shared);
}

/// k as an attribute.
void old_top_k(ShapeNode& node) {
  if (node.version() >= 10) return top_k(node);
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", -1), in->size());
  if (axis && node.integer("k", 1) <= 0) node.fail("k is " + std::to_string(node.integer("k", 1)));
}

void split(ShapeNode& node) {
  const ShapeRef in = node.input(0);
  if (in == nullptr) return;
  const auto axis = node.axis(node.integer("axis", 0), in->size());
  if (!axis) return;
  const std::size_t parts = node.node().outputs.size();
  std::vector<std::int64_t> sizes(parts, -1);
  if (node.version() >= 18 && node.has(1) && node.has("num_outputs"))
    return node.fail("sizes and a number of outputs are given");
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
    // What an input says is looked at where the size is known.
    if (node.version() >= 13 && (*in)[*axis] < 0) list.clear();
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
  } else if (parts != 0 && (*in)[*axis] >= 0) {
    const auto count = static_cast<std::int64_t>(parts);
    const std::int64_t whole = (*in)[*axis];
    if (whole % count == 0) {
      sizes.assign(parts, whole / count);
    } else if (node.version() < 18) {
      return node.fail(std::to_string(whole) + " cannot be split evenly in " + std::to_string(count));
    }
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
    ShapeRule{"Compress", 9, compress},
    ShapeRule{"Det", 11, determinant},
    ShapeRule{"EyeLike", 9, eye_like},
    ShapeRule{"GatherND", 11, gather_nd},
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
    ShapeRule{"RMSNormalization", 23, rms_normalization},
    ShapeRule{"ReverseSequence", 10, reverse_sequence},
    ShapeRule{"Softmax", 1, along_last},
    ShapeRule{"Split", 2, split},
    ShapeRule{"SplitToSequence", 11, split_to_sequence},
    ShapeRule{"TopK", 1, old_top_k},
    ShapeRule{"Trilu", 14, trilu},
    ShapeRule{"Unique", 11, unique},
};

}  // namespace

std::span<const ShapeRule> axis_shapes() { return kRules; }

}  // namespace modelexport::check
