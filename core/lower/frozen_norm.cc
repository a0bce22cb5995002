#include "lower/frozen_norm.h"

#include <array>

#include "lower/functionalise.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::NamedArg;
using aten::Op;
using aten::Ref;
using aten::ValueId;

struct Operands {
  ValueId left = aten::kNoValue;
  ValueId right = aten::kNoValue;
};

struct Norm {
  ValueId input = aten::kNoValue;
  std::array<ValueId, 4> vectors{};  ///< weight, bias, mean, variance: rank 1
  double eps = 0;
};

class Finder {
 public:
  Finder(const aten::Graph& graph, const aten::Types& types)
      : types_(types), made_(graph.values.size(), nullptr) {
    for (const Op& op : graph.ops)
      for (const ValueId id : op.outputs) made_[id] = &op;
  }

  [[nodiscard]] std::optional<Norm> find(const Op& op) const {
    const auto sum = operands(op, "aten::add");
    if (!sum) return std::nullopt;
    for (const auto& [product, shift] : {*sum, Operands{sum->right, sum->left}}) {
      const auto scaled = operands(made_[product], "aten::mul");
      if (!scaled) continue;
      for (const auto& [input, scale] : {*scaled, Operands{scaled->right, scaled->left}})
        if (auto norm = norm_of(input, scale, shift)) return norm;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<Norm> norm_of(ValueId input, ValueId scale, ValueId shift) const {
    const auto factors = operands(made_[scale], "aten::mul");
    const auto difference = operands(made_[shift], "aten::sub");
    if (!factors || !difference) return std::nullopt;
    const auto moved = operands(made_[difference->right], "aten::mul");
    if (!moved || (moved->left != scale && moved->right != scale)) return std::nullopt;
    const ValueId mean = moved->left == scale ? moved->right : moved->left;
    for (const auto& [weight, root] : {*factors, Operands{factors->right, factors->left}}) {
      Norm norm{input, {}, 0};
      ValueId variance = aten::kNoValue;
      if (!read_root(root, variance, norm.eps)) continue;
      const std::array<ValueId, 4> reshaped = {weight, difference->left, mean, variance};
      bool fits = true;
      for (std::size_t i = 0; fits && i < reshaped.size(); ++i)
        fits = vector_behind(reshaped[i], types_.of[input], norm.vectors[i]);
      if (fits) return norm;
    }
    return std::nullopt;
  }

  /// rsqrt(variance + eps)
  [[nodiscard]] bool read_root(ValueId id, ValueId& variance, double& eps) const {
    const Op* root = made_[id];
    const Ref* sum = root != nullptr && root->target == "aten::rsqrt" ? reference(*root, "self") : nullptr;
    const Op* add = sum != nullptr ? made_[sum->value] : nullptr;
    if (add == nullptr || add->target != "aten::add" || !plain(*add)) return false;
    const Ref* self = reference(*add, "self");
    const Arg* other = add->find("other");
    if (self == nullptr || other == nullptr) return false;
    // A trace holds the number as a rank-0 tensor.
    const Ref* tensor = other->get<Ref>();
    const double* number = other->get<double>();
    const auto known = tensor != nullptr ? types_.of[tensor->value].real() : std::nullopt;
    if (number == nullptr && !known) return false;
    variance = self->value;
    eps = number != nullptr ? *number : *known;
    return true;
  }

  /// The vector of C numbers that `id` shows as (1, C, 1, ...), to go with an input (N, C, ...).
  [[nodiscard]] bool vector_behind(ValueId id, const aten::Type& input, ValueId& out) const {
    const Op* op = made_[id];
    if (op == nullptr || (op->target != "aten::reshape" && op->target != "aten::view")) return false;
    const Ref* self = reference(*op, "self");
    if (self == nullptr) return false;
    out = self->value;
    const aten::Type& vector = types_.of[out];
    const Shape& wide = types_.of[id].shape;
    if (!input.is_tensor() || !is_floating(input.dtype) || vector.dtype != input.dtype) return false;
    if (vector.shape.size() != 1 || wide.size() != input.shape.size() || wide.size() < 2) return false;
    for (std::size_t i = 0; i < wide.size(); ++i)
      if (!(i == 1 ? wide[i] == vector.shape[0] && wide[i] == input.shape[i] : wide[i].is(1))) return false;
    return true;
  }

  /// No factor for the second operand of a sum.
  static bool plain(const Op& op) {
    const Arg* alpha = op.find("alpha");
    const std::int64_t* factor = alpha != nullptr ? alpha->get<std::int64_t>() : nullptr;
    return alpha == nullptr || (factor != nullptr && *factor == 1);
  }
  static const Ref* reference(const Op& op, std::string_view name) {
    const Arg* found = op.find(name);
    return found != nullptr ? found->get<Ref>() : nullptr;
  }
  static std::optional<Operands> operands(const Op* op, std::string_view target) {
    return op != nullptr ? operands(*op, target) : std::nullopt;
  }
  static std::optional<Operands> operands(const Op& op, std::string_view target) {
    if (op.target != target || !plain(op)) return std::nullopt;
    const Ref* left = reference(op, "self");
    const Ref* right = reference(op, "other");
    if (left == nullptr || right == nullptr) return std::nullopt;
    return Operands{left->value, right->value};
  }

  using Shape = aten::Shape;
  const aten::Types& types_;
  std::vector<const Op*> made_;
};

void become(Op& op, const Norm& norm) {
  const auto ref = [](ValueId id) { return Arg{Ref{id}}; };
  op.target = "aten::batch_norm";
  op.overload.clear();
  op.args = {NamedArg{"input", ref(norm.input)},
             NamedArg{"weight", ref(norm.vectors[0])},
             NamedArg{"bias", ref(norm.vectors[1])},
             NamedArg{"running_mean", ref(norm.vectors[2])},
             NamedArg{"running_var", ref(norm.vectors[3])},
             NamedArg{"training", Arg{false}},
             NamedArg{"momentum", Arg{0.1}},
             NamedArg{"eps", Arg{norm.eps}},
             NamedArg{"cudnn_enabled", Arg{false}}};
}

}  // namespace

void recognise_frozen_norms(aten::Graph& graph, const aten::Types& types) {
  std::vector<std::pair<std::size_t, Norm>> found;
  const Finder finder(graph, types);
  for (std::size_t i = 0; i < graph.ops.size(); ++i)
    if (auto norm = finder.find(graph.ops[i])) found.emplace_back(i, *norm);
  for (const auto& [at, norm] : found) become(graph.ops[at], norm);
  if (!found.empty()) drop_unused(graph);
}

}  // namespace modelexport::lower
