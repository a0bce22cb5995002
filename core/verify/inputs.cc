#include "verify/inputs.h"

#include <algorithm>
#include <cstring>

#include "lower/half.h"

namespace modelexport::verify {
namespace {

enum class Content : std::uint8_t { tokens, mask, segments, positions, box, labels, unit, wave };

struct Rule {
  std::string_view ending;
  Content content;
};
/// The first match decides; names end in these words ("decoder_input_ids", "pixel_mask").
constexpr Rule kRules[] = {
    {"mask", Content::mask},
    {"token_type_ids", Content::segments},
    {"position_ids", Content::positions},
    {"cache_position", Content::positions},
    {"input_ids", Content::tokens},
    {"ids", Content::tokens},
    {"tokens", Content::tokens},
    {"bbox", Content::box},
    {"labels", Content::labels},
    {"input_values", Content::wave},
    {"input_features", Content::wave},
    {".key", Content::wave},
    {".value", Content::wave},
};

Content content_of(std::string_view name) {
  for (const Rule& rule : kRules)
    if (name.ends_with(rule.ending)) return rule.content;
  return Content::unit;
}

std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

std::uint64_t seed_of(std::string_view name) {
  std::uint64_t seed = 0xCBF29CE484222325U;
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return seed;
}

/// One element's place: its index in the last axis, and that axis' place.
struct Place {
  std::uint64_t index = 0;  ///< in the whole tensor
  std::int64_t column = 0;
  std::int64_t row = 0;  ///< index in the first axis
};

class ValueMaker {
 public:
  ValueMaker(const PortFact& input, std::vector<std::int64_t> dims, std::optional<std::int64_t> bound,
             std::int64_t past)
      : dims_(std::move(dims)),
        content_(content_of(input.name)),
        bound_(std::max<std::int64_t>(1, bound.value_or(content_ == Content::tokens ? 32 : 2))),
        bounded_(bound.has_value()),
        attends_(content_ == Content::mask && input.name != "mask"),
        ignores_(input.dtype == DType::boolean && input.name.find("padding") != std::string::npos),
        past_(past),
        seed_(seed_of(input.name)) {}

  /// Numbers in [0, 1).
  [[nodiscard]] double random(std::uint64_t index) const {
    return static_cast<double>(mix(seed_ + index) >> 11) / 9007199254740992.0;
  }

  [[nodiscard]] double real(const Place& at) const {
    if (content_ == Content::mask) return masked(at) ? 0 : 1;
    if (content_ == Content::labels) return 1;
    return content_ == Content::wave ? 2 * random(at.index) - 1 : random(at.index);
  }

  [[nodiscard]] std::int64_t integer(const Place& at) const {
    const auto pick = static_cast<std::int64_t>(mix(seed_ + at.index) >> 1);
    switch (content_) {
      case Content::mask:
        return masked(at) ? 0 : 1;
      case Content::segments:
        return at.column * 2 < length() ? 0 : std::min<std::int64_t>(1, bound_ - 1);
      case Content::positions:
        return bounded_ ? (past_ + at.column) % bound_ : past_ + at.column;
      case Content::box: {  // two corners, the second not before the first
        const std::int64_t corner =
            static_cast<std::int64_t>(at.index / 4) % std::max<std::int64_t>(1, bound_ / 2);
        return at.column < 2 ? corner : std::min(corner + 1, bound_ - 1);
      }
      case Content::labels:
        return std::min<std::int64_t>(1, bound_ - 1);
      default:
        return pick % bound_;
    }
  }

  /// A mask by another name may say where attention is allowed, or where it is not: in a row of some length
  /// there is always some of both.
  [[nodiscard]] bool truth(const Place& at) const {
    if (ignores_) return masked(at);
    if (attends_ || length() < 3) return integer(at) != 0;
    return at.column % 3 == 1 || (at.column % 3 == 2 && random(at.index) < 0.5);
  }

 private:
  [[nodiscard]] std::int64_t length() const { return dims_.empty() ? 1 : dims_.back(); }
  /// The last row ends in padding, where there is more than one row; a row of nothing but padding would be
  /// undefined in attention.
  [[nodiscard]] bool masked(const Place& at) const {
    return dims_.size() == 2 && dims_[0] > 1 && at.row == dims_[0] - 1 && length() > 2 &&
           at.column >= length() - 2;
  }

  std::vector<std::int64_t> dims_;
  Content content_;
  std::int64_t bound_;
  bool bounded_;
  bool attends_;  ///< attention_mask, pixel_mask: true where there is something
  bool ignores_;  ///< PyTorch's key_padding_mask: true where there is nothing
  std::int64_t past_;
  std::uint64_t seed_;
};

template <class T>
void put(Bytes& out, T value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

bool put_element(Bytes& out, DType dtype, const ValueMaker& make, const Place& at) {
  switch (dtype) {
    case DType::float32:
      put(out, static_cast<float>(make.real(at)));
      return true;
    case DType::float64:
      put(out, make.real(at));
      return true;
    case DType::float16:
      put(out, lower::to_half(static_cast<float>(make.real(at))));
      return true;
    case DType::bfloat16:
      put(out, lower::to_bfloat16(static_cast<float>(make.real(at))));
      return true;
    case DType::int64:
      put(out, make.integer(at));
      return true;
    case DType::int32:
      put(out, static_cast<std::int32_t>(make.integer(at)));
      return true;
    case DType::int16:
      put(out, static_cast<std::int16_t>(make.integer(at)));
      return true;
    case DType::int8:
    case DType::uint8:
      put(out, static_cast<std::uint8_t>(make.integer(at) & 0x7F));
      return true;
    case DType::boolean:
      put(out, static_cast<std::uint8_t>(make.truth(at) ? 1 : 0));
      return true;
    default:
      return false;
  }
}

std::optional<Tensor> make_input(const PortFact& input, std::optional<std::int64_t> bound, const Sizes& sizes,
                                 std::uint64_t limit) {
  const auto dims = dims_at(input.shape, sizes);
  if (!dims || dtype_bytes(input.dtype) == 0) return std::nullopt;
  Tensor tensor{input.name, input.dtype, *dims, {}};
  const auto count = tensor.count();
  if (!count || *count > limit / dtype_bytes(input.dtype)) return std::nullopt;
  const auto past = sizes.find("past_sequence_length");
  const ValueMaker make(input, *dims, bound, past == sizes.end() ? 0 : past->second);
  const auto columns = static_cast<std::uint64_t>(dims->empty() ? 1 : dims->back());
  const std::uint64_t per_row =
      dims->empty() || dims->front() == 0 ? 1 : *count / static_cast<std::uint64_t>(dims->front());
  for (std::uint64_t i = 0; i < *count; ++i) {
    const Place at{i, static_cast<std::int64_t>(i % columns),
                   static_cast<std::int64_t>(i / std::max<std::uint64_t>(1, per_row))};
    if (!put_element(tensor.data, input.dtype, make, at)) return std::nullopt;
  }
  return tensor;
}

// ---- bounds

/// Operators whose result holds elements of their first argument and no others.
bool passes_elements(std::string_view target) {
  static constexpr std::string_view kNames[] = {
      "to",        "_to_copy", "view",        "reshape",         "unsqueeze",  "squeeze",
      "slice",     "select",   "expand",      "clone",           "contiguous", "detach",
      "transpose", "permute",  "flatten",     "alias",           "repeat",     "unflatten",
      "long",      "int",      "type_as",     "lift_fresh_copy", "narrow",     "expand_as",
      "view_as",   "t",        "masked_fill_"};
  if (!target.starts_with("aten::")) return false;
  target.remove_prefix(6);
  return std::find(std::begin(kNames), std::end(kNames), target) != std::end(kNames);
}

/// Rows of the table that an operator looks up, and the argument that holds the indices.
std::optional<std::int64_t> rows(const aten::Graph& graph, const aten::Op& op, std::string_view table,
                                 std::size_t dim) {
  const aten::Arg* arg = op.find(table);
  const auto* ref = arg == nullptr ? nullptr : arg->get<aten::Ref>();
  if (ref == nullptr || !graph.values[ref->value].tensor) return std::nullopt;
  const auto& sizes = graph.tensors[*graph.values[ref->value].tensor].sizes;
  return dim < sizes.size() ? std::optional(sizes[dim]) : std::nullopt;
}

class BoundFinder {
 public:
  explicit BoundFinder(const aten::Graph& graph) : graph_(graph), bounds_(graph.inputs.size()) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) origin_[graph.inputs[i].value] = i;
  }

  std::vector<std::optional<std::int64_t>> find() {
    for (const aten::Op& op : graph_.ops) visit(op);
    return std::move(bounds_);
  }

 private:
  [[nodiscard]] std::optional<std::size_t> input_of(const aten::Op& op, std::string_view name) const {
    const aten::Arg* arg = op.find(name);
    const auto* ref = arg == nullptr ? nullptr : arg->get<aten::Ref>();
    const auto found = ref == nullptr ? origin_.end() : origin_.find(ref->value);
    return found == origin_.end() ? std::nullopt : std::optional(found->second);
  }

  void limit(std::optional<std::size_t> input, std::optional<std::int64_t> rows) {
    if (!input || !rows) return;
    auto& bound = bounds_[*input];
    bound = std::min(*rows, bound.value_or(*rows));
  }

  void visit(const aten::Op& op) {
    if (op.target == "aten::embedding") {
      limit(input_of(op, "indices"), rows(graph_, op, "weight", 0));
    } else if (op.target == "aten::index_select") {
      const aten::Arg* dim = op.find("dim");
      const auto* axis = dim == nullptr ? nullptr : dim->get<std::int64_t>();
      if (axis != nullptr && *axis >= 0)
        limit(input_of(op, "index"), rows(graph_, op, "self", static_cast<std::size_t>(*axis)));
    } else if (passes_elements(op.target) && op.outputs.size() == 1) {
      if (const auto input = input_of(op, "self")) origin_[op.outputs[0]] = *input;
    }
  }

  const aten::Graph& graph_;
  std::map<aten::ValueId, std::size_t> origin_;
  std::vector<std::optional<std::int64_t>> bounds_;
};

}  // namespace

std::vector<std::optional<std::int64_t>> index_bounds(const aten::Graph& graph) {
  return BoundFinder(graph).find();
}

std::optional<Tensors> make_inputs(const std::vector<PortFact>& inputs,
                                   const std::vector<std::optional<std::int64_t>>& bounds, const Sizes& sizes,
                                   std::uint64_t limit) {
  Tensors out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto tensor = make_input(inputs[i], i < bounds.size() ? bounds[i] : std::nullopt, sizes, limit);
    if (!tensor) return std::nullopt;
    limit -= tensor->data.size();
    out.push_back(std::move(*tensor));
  }
  return out;
}

}  // namespace modelexport::verify
