#include "lower/hazards.h"

#include <algorithm>
#include <map>

#include "aten/problems.h"

namespace modelexport::lower {
namespace {

using aten::Op;
using aten::OpReader;
using aten::Ref;
using aten::Shape;
using aten::Type;
using Values = std::map<std::string, std::int64_t>;

/// Sizes of real programs are short; what is longer is not evaluated over and over.
constexpr std::size_t kTerms = 16;

/// What two sizes must have to do with each other.
struct Need {
  enum class Kind : std::uint8_t { equal, broadcast, divides };  ///< divides: `a` is a multiple of `b`
  Kind kind = Kind::equal;
  Expr a, b;
};

/// Whether a need holds; nothing where a size is not known.
std::optional<bool> holds(const Need& need, const Values& values) {
  const auto a = need.a.evaluate(values);
  const auto b = need.b.evaluate(values);
  if (!a || !b) return std::nullopt;
  switch (need.kind) {
    case Need::Kind::broadcast:
      return *a == *b || *a == 1 || *b == 1;
    case Need::Kind::divides:
      return *b != 0 && *a % *b == 0;
    default:
      return *a == *b;
  }
}

class Needs {
 public:
  Needs(const aten::Graph& graph, aten::Types& types, const Op& op) : reader_(graph, types, op) {}

  std::vector<Need> collect() {
    struct Rule {
      std::string_view target;
      void (Needs::*rule)();
    };
    static constexpr Rule kRules[] = {
        {"linear", &Needs::linear}, {"matmul", &Needs::product},
        {"bmm", &Needs::product},   {"mm", &Needs::product},
        {"expand", &Needs::expand}, {"view", &Needs::view},
        {"reshape", &Needs::view},  {"_unsafe_view", &Needs::view},
        {"cat", &Needs::cat},       {"layer_norm", &Needs::layer_norm},
        {"unbind", &Needs::unbind}, {"scaled_dot_product_attention", &Needs::attention},
        {"split", &Needs::split},   {"split_with_sizes", &Needs::split},
    };
    std::string_view name = reader_.op().target;
    if (!name.starts_with("aten::")) return {};
    name.remove_prefix(6);
    for (const Rule& rule : kRules)
      if (rule.target == name) (this->*rule.rule)();
    if (is_elementwise(name)) elementwise();
    return std::move(needs_);
  }

 private:
  static bool is_elementwise(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "add",         "sub",     "mul",         "div",        "rsub",        "where",       "masked_fill",
        "eq",          "ne",      "lt",          "le",         "gt",          "ge",          "pow",
        "maximum",     "minimum", "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or",
        "bitwise_xor", "__and__", "__or__",      "__xor__",    "fmod",        "remainder",   "floor_divide",
        "atan2",       "addcmul", "addcdiv"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  void need(Need::Kind kind, const Expr& a, const Expr& b) {
    if (a.terms().size() > kTerms || b.terms().size() > kTerms) return;
    if (a == b || (a.constant() && b.constant())) return;
    needs_.push_back({kind, a, b});
  }
  void broadcast(const Shape& a, const Shape& b) {
    for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i)
      need(Need::Kind::broadcast, a[a.size() - i], b[b.size() - i]);
  }
  /// The shape of a tensor argument; empty for anything else.
  Shape shape(std::string_view name) {
    const aten::Arg* arg = reader_.op().find(name);
    const Ref* ref = arg == nullptr ? nullptr : arg->get<Ref>();
    if (ref == nullptr) return {};
    const Type& type = reader_.value_type(ref->value);
    return type.is_tensor() ? type.shape : Shape();
  }

  void elementwise() {
    Shape first;
    for (const auto& arg : reader_.op().args) {
      const Shape next = shape(arg.name);
      broadcast(first, next);
      if (next.size() > first.size()) first = next;
    }
  }
  void linear() {
    const Shape input = shape("input");
    const Shape weight = shape("weight");
    if (!input.empty() && !weight.empty()) need(Need::Kind::equal, input.back(), weight.back());
  }
  void product() {
    Shape a = shape("self");
    Shape b = shape("other").empty() ? shape("mat2") : shape("other");
    if (a.empty() || b.size() < 2) return;
    need(Need::Kind::equal, a.back(), b[b.size() - 2]);
    if (a.size() < 3 || b.size() < 3) return;
    a.resize(a.size() - 2);
    b.resize(b.size() - 2);
    broadcast(a, b);
  }
  void expand() {
    const Shape self = shape("self");
    const std::vector<Expr> sizes = reader_.integers("size");
    for (std::size_t i = 1; i <= std::min(self.size(), sizes.size()); ++i) {
      const Expr& size = sizes[sizes.size() - i];
      if (size.is(-1) || self[self.size() - i].is(1)) continue;
      need(Need::Kind::equal, self[self.size() - i], size);
    }
  }
  void view() {
    const Shape self = shape("self");
    const std::vector<Expr> sizes = reader_.integers(reader_.op().find("size") != nullptr ? "size" : "shape");
    Expr known = 1;
    bool open = false;
    for (const Expr& size : sizes) {
      if (size.is(-1))
        open = true;
      else
        known = known * size;
    }
    need(open ? Need::Kind::divides : Need::Kind::equal, product_of(self), known);
    // The same number at the place of a dynamic axis: the -1 may take what does not fit, so that nothing
    // fails.
    for (std::size_t i = 0; i < std::min(self.size(), sizes.size()); ++i)
      if (self[i].as_symbol() && !sizes[i].is(-1) && !sizes[i].is(1))
        need(Need::Kind::equal, self[i], sizes[i]);
  }
  void cat() {
    const std::vector<Type> parts = reader_.types("tensors");
    const std::int64_t dim = reader_.integer("dim", 0).constant().value_or(0);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].rank() != parts[0].rank()) continue;
      const std::int64_t along = dim < 0 ? dim + parts[0].rank() : dim;
      for (std::int64_t d = 0; d < parts[0].rank(); ++d)
        if (d != along)
          need(Need::Kind::equal, parts[0].shape[static_cast<std::size_t>(d)],
               parts[i].shape[static_cast<std::size_t>(d)]);
    }
  }
  void layer_norm() {
    const Shape input = shape("input");
    const std::vector<Expr> last = reader_.integers("normalized_shape");
    for (std::size_t i = 1; i <= std::min(input.size(), last.size()); ++i)
      need(Need::Kind::equal, input[input.size() - i], last[last.size() - i]);
  }
  /// The size of the dimension that is cut into the operator's results; nullopt for a list of unknown length.
  std::optional<Expr> cut() {
    const Shape self = shape("self");
    const std::int64_t dim = reader_.integer("dim", 0).constant().value_or(0);
    const std::int64_t axis = dim < 0 ? dim + static_cast<std::int64_t>(self.size()) : dim;
    if (axis < 0 || axis >= static_cast<std::int64_t>(self.size()) || results() < 2) return std::nullopt;
    return self[static_cast<std::size_t>(axis)];
  }
  [[nodiscard]] std::int64_t results() const {
    return static_cast<std::int64_t>(reader_.op().outputs.size());
  }
  void unbind() {
    if (const auto size = cut()) need(Need::Kind::equal, *size, results());
  }
  void split() {
    const auto size = cut();
    const char* name = reader_.op().find("split_size") != nullptr ? "split_size" : "split_sizes";
    const aten::Arg* given = reader_.op().find(name);
    if (!size || given == nullptr) return;
    const std::vector<Expr> sizes = reader_.integers(name);
    if (given->get<aten::ArgList>() == nullptr && sizes.size() == 1)
      return need(Need::Kind::equal, ceil_div(*size, sizes[0]), results());
    Expr sum = 0;
    for (const Expr& part : sizes) sum = sum + part;
    need(Need::Kind::equal, *size, sum);
  }
  void attention() {
    const Shape query = shape("query");
    const Shape key = shape("key");
    const Shape mask = shape("attn_mask");
    if (query.size() < 2 || key.size() < 2) return;
    need(Need::Kind::equal, query.back(), key.back());
    if (mask.size() < 2) return;
    need(Need::Kind::broadcast, mask.back(), key[key.size() - 2]);
    need(Need::Kind::broadcast, mask[mask.size() - 2], query[query.size() - 2]);
  }
  static Expr product_of(const Shape& shape) { return aten::numel(shape); }

  OpReader reader_;
  std::vector<Need> needs_;
};

/// A symbol of the inputs, where it is, and a second value for it.
struct Axis {
  std::string symbol;
  std::string place;  ///< "axis 0 of input_ids"
  std::int64_t size = 0;
  std::int64_t other = 0;
};

std::vector<Axis> dynamic_axes(const std::vector<NamedInput>& inputs) {
  std::vector<Axis> out;
  for (const NamedInput& input : inputs) {
    if (!input.example || input.example->size() != input.shape.size()) continue;
    for (std::size_t i = 0; i < input.shape.size(); ++i) {
      const auto symbol = input.shape[i].as_symbol();
      const bool known =
          symbol && std::any_of(out.begin(), out.end(), [&](const Axis& a) { return a.symbol == *symbol; });
      if (!symbol || known) continue;
      const std::int64_t size = (*input.example)[i];
      out.push_back({*symbol, "axis " + std::to_string(i) + " of " + input.name, size, 2 * size + 1});
    }
  }
  return out;
}

class HazardFinder {
 public:
  HazardFinder(const aten::Graph& graph, aten::Types& types, const std::vector<NamedInput>& inputs)
      : graph_(graph), types_(types), axes_(dynamic_axes(inputs)), found_(axes_.size()), more_(axes_.size()) {
    for (const Axis& axis : axes_) example_[axis.symbol] = axis.size;
  }

  Diagnostics find() {
    if (!axes_.empty()) visit(graph_.ops);
    Diagnostics out;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      if (!found_[i]) continue;
      if (more_[i] > 0) found_[i]->message += " (and in " + std::to_string(more_[i]) + " more operators)";
      out.push_back(std::move(*found_[i]));
    }
    return out;
  }

 private:
  void visit(const std::vector<Op>& ops) {
    for (const Op& op : ops) {
      for (const Need& need : Needs(graph_, types_, op).collect()) judge(op, need);
      for (const auto& block : op.blocks) visit(block.ops);
    }
  }

  void judge(const Op& op, const Need& need) {
    if (holds(need, example_) != true) return;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      Values changed = example_;
      changed[axes_[i].symbol] = axes_[i].other;
      if (holds(need, changed) == false) note(op, need, i);
    }
  }

  void note(const Op& op, const Need& need, std::size_t i) {
    if (found_[i]) {
      ++more_[i];
      return;
    }
    const Axis& axis = axes_[i];
    Diagnostic d{ErrorCode::trace_hazard, Severity::warning, {}, {}, {}};
    d.message = axis.symbol + " (" + axis.place + ") is dynamic, but the archive fixes it at " +
                std::to_string(axis.size) + ": " + op.target + " puts sizes " + need.a.to_string() + " and " +
                need.b.to_string() + " together";
    d.where.field = aten::place_of(graph_, op);
    d.hint =
        "compute the size from the tensor (x.size(0)) in this module's forward and trace again, or say that "
        "the "
        "file is for these sizes only: --static";
    found_[i] = std::move(d);
  }

  const aten::Graph& graph_;
  aten::Types& types_;
  std::vector<Axis> axes_;
  Values example_;
  std::vector<std::optional<Diagnostic>> found_;
  std::vector<std::uint64_t> more_;
};

}  // namespace

Diagnostics find_hazards(const aten::Graph& graph, aten::Types& types,
                         const std::vector<NamedInput>& inputs) {
  return HazardFinder(graph, types, inputs).find();
}

}  // namespace modelexport::lower
