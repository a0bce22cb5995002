#include "lower/memory_base.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "aten/infer/shapes.h"
#include "aten/problems.h"
#include "lower/alias_views.h"

namespace modelexport::lower {
namespace {

using aten::Op;
using aten::OpReader;
using aten::Ref;
using aten::Shape;
using aten::Type;
using aten::ValueId;
using Strides = std::vector<Expr>;

/// Where a value's elements lie: element (i, j ...) at offset + i * strides[0] + j * strides[1] ... of
/// `base`, which lies in order itself. Without a base: nothing is known.
struct Layout {
  ValueId base = aten::kNoValue;
  Strides strides;
  Expr offset = 0;
  bool computed = false;  ///< without a base: a result of its own, whose order is not known
};

Strides ordered_strides(const Shape& sizes) {
  Strides strides(sizes.size(), 1);
  for (std::size_t k = sizes.size(); k-- > 1;) strides[k - 1] = strides[k] * sizes[k];
  return strides;
}

/// Dimensions of one element may have any stride.
bool in_order(const Shape& sizes, const Strides& strides) {
  const Strides own = ordered_strides(sizes);
  for (std::size_t k = 0; k < sizes.size(); ++k)
    if (!sizes[k].is(1) && strides[k] != own[k]) return false;
  return true;
}

using Sizes = std::map<std::string, std::int64_t>;  ///< of the archive's example, by symbol

/// Equal by their form, or at the example: a view that the archive makes fits, as (n // 8) * 8 fits n.
bool same_size(const Expr& a, const Expr& b, const Sizes& example) {
  if (a == b) return true;
  const auto x = a.evaluate(example);
  const auto y = b.evaluate(example);
  return x && y && *x == *y;
}

/// Strides of a view of other sizes with the same number of elements; nullopt where PyTorch has to copy.
/// Neighbouring dimensions that lie one inside the other form a run; every run is cut into new dimensions
/// from its end.
std::optional<Strides> strides_of_view(const Shape& old, const Strides& strides, const Shape& wanted,
                                       const Sizes& example) {
  Strides out(wanted.size(), 1);
  std::size_t next = wanted.size();
  Expr count = 1;
  std::optional<Expr> step;  // of the innermost dimension of the run
  for (std::size_t k = old.size(); k-- > 0;) {
    if (old[k].is(1)) continue;
    if (!step) step = strides[k];
    count = count * old[k];
    std::size_t outer = k;
    while (outer > 0 && old[outer - 1].is(1)) --outer;
    if (outer > 0 && strides[outer - 1] == *step * count) continue;  // the run goes on
    Expr done = 1;
    while (next > 0 && (!same_size(done, count, example) || wanted[next - 1].is(1))) {
      out[--next] = *step * done;
      done = done * wanted[next];
    }
    if (!same_size(done, count, example)) return std::nullopt;
    count = 1;
    step.reset();
  }
  while (next > 0 && wanted[next - 1].is(1)) --next;
  if (next > 0) return std::nullopt;
  return out;
}

/// Real offsets and strides are short; those of a hostile chain of views would grow with every one.
bool is_long(const Layout& layout) {
  constexpr std::size_t kTerms = 32;
  return layout.offset.terms().size() > kTerms ||
         std::any_of(layout.strides.begin(), layout.strides.end(),
                     [](const Expr& stride) { return stride.terms().size() > kTerms; });
}

/// Strides of a tensor that repeats its dimensions of one element, and new ones before them.
Strides expanded(const Shape& old, const Strides& strides, const Shape& wanted) {
  Strides out(wanted.size(), 0);
  for (std::size_t k = 1; k <= old.size() && k <= wanted.size(); ++k)
    if (!old[old.size() - k].is(1) || wanted[wanted.size() - k].is(1))
      out[wanted.size() - k] = strides[strides.size() - k];
  return out;
}

/// Whether one stride is at least another one whatever the sizes. Strides are products of sizes: two points
/// tell.
bool at_least(const Expr& outer, const Expr& inner) {
  const Expr difference = outer - inner;
  for (const std::int64_t size : {1, 1000}) {
    Sizes sizes;
    for (const std::string& symbol : difference.symbols()) sizes[symbol] = size;
    const auto value = difference.evaluate(sizes);
    if (!value || *value < 0) return false;
  }
  return true;
}

/// Whether later dimensions lie inside earlier ones: element-wise operators then write their result in order.
/// Repeated dimensions and those of one element have no say.
bool descends(const Shape& sizes, const Strides& strides) {
  std::optional<Expr> outer;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k].is(1) || strides[k].is(0)) continue;
    if (outer && !at_least(*outer, strides[k])) return false;
    outer = strides[k];
  }
  return true;
}

/// Operators whose result lies in order whatever the order of their operands.
constexpr std::string_view kFresh[] = {"aten::linear",    "aten::matmul",       "aten::bmm",
                                       "aten::mm",        "aten::addmm",        "aten::cat",
                                       "aten::stack",     "aten::pad",          "aten::constant_pad_nd",
                                       "aten::baddbmm",   "aten::gather",       "aten::index",
                                       "aten::embedding", "aten::index_select", "aten::new_zeros",
                                       "aten::new_ones",  "aten::new_full"};

class Follower {
 public:
  Follower(const aten::Graph& graph, aten::Types& types, Diagnostics& problems)
      : graph_(graph), types_(types), problems_(problems) {
    for (const aten::Input& input : graph.inputs) {
      const Shape& shape = types.of[input.value].shape;
      if (!input.example_shape || input.example_shape->size() != shape.size()) continue;
      for (std::size_t k = 0; k < shape.size(); ++k)
        if (const auto symbol = shape[k].as_symbol())
          example_.try_emplace(*symbol, (*input.example_shape)[k]);
    }
  }

  void follow(std::vector<Op>& ops) {
    for (Op& op : ops) {
      for (auto& block : op.blocks) follow(block.ops);
      if (op.target == "aten::as_strided") redirect(op);
      if (op.outputs.size() == 1) note(op);
    }
  }

 private:
  [[nodiscard]] Layout layout_of(ValueId id) const {
    const auto found = views_.find(id);
    if (found != views_.end()) return found->second;
    return {id, ordered_strides(types_.of[id].shape), 0};
  }

  static Layout unknown(const Layout& from, ViewKind kind) {
    Layout out;
    out.computed = from.computed && (kind == ViewKind::same || kind == ViewKind::reshaped);
    return out;
  }

  bool says_in_order(const Op& op, const Shape& self) {
    OpReader reader(graph_, types_, op);
    const Shape sizes = reader.integers("size");
    const Strides strides = reader.integers("stride");
    return !reader.failed() && reader.integer("storage_offset", 0).is(0) && sizes.size() == strides.size() &&
           aten::numel(sizes) == aten::numel(self) && in_order(sizes, strides);
  }

  static const Ref* first_tensor(const Op& op) {
    return op.args.empty() ? nullptr : op.args[0].value.get<Ref>();
  }

  void redirect(Op& op) {
    Ref* self = op.args.empty() ? nullptr : std::get_if<Ref>(&op.args[0].value.data);
    if (self == nullptr) return;
    const Layout layout = layout_of(self->value);
    const bool given = OpReader(graph_, types_, op).given("storage_offset");
    const auto offset = layout.offset.constant();
    // Decompositions of torch.export say with strides that nothing moves.
    if (layout.computed && says_in_order(op, types_.of[self->value].shape)) return;
    if (layout.base == aten::kNoValue || (!given && !offset)) {
      Diagnostic d{ErrorCode::exp_unsupported_form, Severity::error, {}, {}, {}};
      d.message = "aten::as_strided: addresses memory whose order is not known";
      d.where.field = aten::place_of(graph_, op);
      d.hint = "call .contiguous() on the tensor first, or index it without strides";
      problems_.push_back(std::move(d));
      return;
    }
    self->value = layout.base;
    if (!given && *offset != 0) op.args.push_back({"storage_offset", {*offset}});
  }

  /// Remembers the layout of a result that does not lie in order in a tensor of its own.
  void note(const Op& op) {
    const ValueId id = op.outputs[0];
    if (!types_.of[id].is_tensor()) return;
    const Ref* self = first_tensor(op);
    const ViewKind kind = view_kind(op);
    if (kind != ViewKind::none && self != nullptr && types_.of[self->value].is_tensor()) {
      const Layout from = layout_of(self->value);
      auto made = from.base == aten::kNoValue ? std::optional<Layout>(unknown(from, kind))
                                              : view(op, kind, *self, from);
      if (made && is_long(*made)) made = Layout{};
      // A copy, in order: reshape and contiguous of what no view can show.
      if (made) views_[id] = std::move(*made);
      return;
    }
    if (std::find(std::begin(kFresh), std::end(kFresh), op.target) != std::end(kFresh)) return;
    // What lower/functionalise made of a change in place: the memory is still that of the changed tensor.
    if (op.target.ends_with("_scatter") || op.target == "aten::copy") {
      const auto found = self == nullptr ? views_.end() : views_.find(self->value);
      if (found != views_.end() && !in_order_in(*self, found->second)) views_[id] = {};
      return;
    }
    // Element-wise operators keep the order of their operands; one that gives its dtype only has no say.
    for (const auto& arg : op.args)
      if (const Ref* ref = arg.value.get<Ref>();
          ref != nullptr && (op.target != "aten::type_as" || arg.name == "self"))
        if (const auto found = views_.find(ref->value);
            found != views_.end() && !descends_in(*ref, found->second)) {
          views_[id].computed = true;
          return;
        }
  }

  [[nodiscard]] bool in_order_in(const Ref& ref, const Layout& layout) const {
    return layout.base != aten::kNoValue && in_order(types_.of[ref.value].shape, layout.strides);
  }
  [[nodiscard]] bool descends_in(const Ref& ref, const Layout& layout) const {
    return layout.base != aten::kNoValue && descends(types_.of[ref.value].shape, layout.strides);
  }

  /// The layout of a view; {} if it is not known, nullopt if the operator makes a copy.
  std::optional<Layout> view(const Op& op, ViewKind kind, const Ref& self, Layout from) {
    const Shape& old = types_.of[self.value].shape;
    const Shape& sizes = types_.of[op.outputs[0]].shape;
    OpReader reader(graph_, types_, op);
    switch (kind) {
      case ViewKind::same:
        if (op.target == "aten::contiguous" && !in_order(old, from.strides)) return std::nullopt;
        return from;
      case ViewKind::reshaped: {
        if (op.target == "aten::expand" || op.target == "aten::expand_as" ||
            op.target == "aten::broadcast_to")
          return Layout{from.base, expanded(old, from.strides, sizes), from.offset};
        auto strides = strides_of_view(old, from.strides, sizes, example_);
        if (!strides) return copies_unless_ordered(op) ? std::nullopt : std::optional<Layout>(Layout{});
        return Layout{from.base, std::move(*strides), from.offset};
      }
      case ViewKind::moved:
        return moved(reader, old, std::move(from));
      case ViewKind::slice: {
        const std::int64_t dim = reader.dim("dim", static_cast<std::int64_t>(old.size()));
        const Expr start =
            op.target == "aten::narrow" || reader.given("start") ? reader.integer("start") : Expr(0);
        const Expr step = reader.given("step") ? reader.integer("step") : Expr(1);
        if (reader.failed() || !start.known_non_negative()) return Layout{};
        Expr& stride = from.strides[static_cast<std::size_t>(dim)];
        from.offset = from.offset + start * stride;
        stride = stride * step;
        return from;
      }
      case ViewKind::select: {
        const std::int64_t dim = reader.dim("dim", static_cast<std::int64_t>(old.size()));
        const Expr index = reader.integer("index");
        if (reader.failed() || !index.known_non_negative()) return Layout{};
        from.offset = from.offset + index * from.strides[static_cast<std::size_t>(dim)];
        from.strides.erase(from.strides.begin() + dim);
        return from;
      }
      default:
        return Layout{};
    }
  }

  static Layout moved(OpReader& reader, const Shape& old, Layout from) {
    const auto rank = static_cast<std::int64_t>(old.size());
    const std::string& target = reader.op().target;
    std::vector<std::int64_t> order(old.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<std::int64_t>(k);
    const auto swap = [&](std::int64_t a, std::int64_t b) {
      if (!reader.failed()) std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
    };
    if (target == "aten::permute") {
      order = reader.dims("dims", rank);
    } else if (target == "aten::movedim" || target == "aten::moveaxis") {
      order = aten::movedim_permutation(reader.dims("source", rank), reader.dims("destination", rank), rank);
    } else if (target == "aten::numpy_T") {
      std::reverse(order.begin(), order.end());
    } else if (target == "aten::t" || target == "aten::mT") {
      if (rank >= 2) swap(rank - 2, rank - 1);
    } else if (target == "aten::transpose" || target == "aten::swapaxes" || target == "aten::swapdims") {
      const bool axes = reader.op().find("axis0") != nullptr;
      const std::int64_t a = reader.dim(axes ? "axis0" : "dim0", rank);
      swap(a, reader.dim(axes ? "axis1" : "dim1", rank));
    } else {
      return {};  // complex numbers
    }
    if (reader.failed() || order.size() != old.size()) return {};
    Strides strides;
    for (const std::int64_t d : order) strides.push_back(from.strides[static_cast<std::size_t>(d)]);
    from.strides = std::move(strides);
    return from;
  }

  const aten::Graph& graph_;
  aten::Types& types_;
  Diagnostics& problems_;
  Sizes example_;
  std::unordered_map<ValueId, Layout> views_;
};

bool uses_strides(const std::vector<Op>& ops) {
  return std::any_of(ops.begin(), ops.end(), [](const Op& op) {
    return op.target == "aten::as_strided" ||
           std::any_of(op.blocks.begin(), op.blocks.end(), [](const auto& b) { return uses_strides(b.ops); });
  });
}

}  // namespace

void address_memory(aten::Graph& graph, aten::Types& types, Diagnostics& problems) {
  if (uses_strides(graph.ops)) Follower(graph, types, problems).follow(graph.ops);
}

}  // namespace modelexport::lower
