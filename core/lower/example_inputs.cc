#include "lower/example_inputs.h"

#include <algorithm>
#include <map>

namespace modelexport::lower {
namespace {

using aten::Graph;
using aten::Input;

enum class Kind : std::uint8_t { any, integer, floating };

/// What is known of an input without its example. Rank 0 is unknown.
struct Expectation {
  Kind kind = Kind::any;
  std::size_t least_rank = 0, most_rank = 16;
  std::int64_t last = 0;  ///< size of the last axis, 0 unknown
  std::string sizes;      ///< an example, "1x3x224x224", where the operators tell it
};

struct Row {
  std::string_view name;
  Kind kind;
  std::size_t least_rank, most_rank;
  std::int64_t last;
};

constexpr Row kRows[] = {
    {"input_ids", Kind::integer, 2, 3, 0},          {"decoder_input_ids", Kind::integer, 2, 3, 0},
    {"token_type_ids", Kind::integer, 2, 3, 0},     {"position_ids", Kind::integer, 1, 3, 0},
    {"attention_mask", Kind::any, 2, 4, 0},         {"decoder_attention_mask", Kind::any, 2, 4, 0},
    {"encoder_attention_mask", Kind::any, 2, 4, 0}, {"bbox", Kind::any, 3, 3, 4},
    {"pixel_values", Kind::floating, 4, 5, 0},      {"pixel_mask", Kind::any, 3, 3, 0},
    {"input_features", Kind::floating, 3, 3, 0},    {"input_values", Kind::floating, 2, 4, 0},
    {"inputs_embeds", Kind::floating, 3, 3, 0},     {"encoder_hidden_states", Kind::floating, 3, 3, 0},
};

/// Sizes of the stored tensor that an argument is; of a list the first one's.
std::vector<std::int64_t> stored_sizes(const Graph& graph, const aten::Op& op, std::string_view name) {
  const aten::Arg* arg = op.find(name);
  if (arg != nullptr)
    if (const auto* list = arg->get<aten::ArgList>()) arg = list->empty() ? nullptr : &list->front();
  const aten::Ref* ref = arg == nullptr ? nullptr : arg->get<aten::Ref>();
  if (ref == nullptr || !graph.values[ref->value].tensor) return {};
  return graph.tensors[*graph.values[ref->value].tensor].sizes;
}

/// "1x3x224x224" for the input of a convolution with such a weight.
std::string image_sizes(const aten::Op& op, const std::vector<std::int64_t>& weight) {
  if (weight.size() < 3) return "";
  std::int64_t groups = 1;
  if (const aten::Arg* given = op.find("groups"))
    if (const auto* number = given->get<std::int64_t>()) groups = *number;
  std::string text = "1x" + std::to_string(weight[1] * groups);
  for (std::size_t i = 2; i < weight.size(); ++i) text += "x224";
  return text;
}

bool is_recurrent(const aten::Op& op) {
  return op.target == "aten::lstm" || op.target == "aten::gru" || op.target == "aten::rnn_tanh" ||
         op.target == "aten::rnn_relu";
}

/// Sizes of an input that the weights of its reader tell.
std::string input_sizes(const Graph& graph, const aten::Op& op) {
  const auto weight = stored_sizes(graph, op, is_recurrent(op) ? "params" : "weight");
  if (op.target == "aten::_convolution") return image_sizes(op, weight);
  if (op.target == "aten::linear" && weight.size() == 2) return "2x" + std::to_string(weight[1]);
  if (is_recurrent(op) && weight.size() == 2) return "2x16x" + std::to_string(weight[1]);
  return "";
}

/// What the operators that read an input say about it.
void learn(const Graph& graph, std::map<aten::ValueId, Expectation>& known) {
  for (const aten::Op& op : graph.ops) {
    const bool embedding = op.target == "aten::embedding";
    const bool product = op.target == "aten::linear" || op.target == "aten::_convolution" ||
                         op.target == "aten::layer_norm" || op.target == "aten::batch_norm" ||
                         is_recurrent(op);
    if (!embedding && !product) continue;
    const aten::Arg* arg = op.find(embedding ? "indices" : "input");
    const aten::Ref* ref = arg == nullptr ? nullptr : arg->get<aten::Ref>();
    if (ref == nullptr) continue;
    Expectation& expected = known[ref->value];
    expected.kind = embedding ? Kind::integer : Kind::floating;
    if (expected.sizes.empty()) expected.sizes = input_sizes(graph, op);
  }
}

Expectation expectation(const Input& input, const std::map<aten::ValueId, Expectation>& known) {
  for (const Row& row : kRows)
    if (row.name == input.path.front()) return {row.kind, row.least_rank, row.most_rank, row.last, ""};
  const auto found = known.find(input.value);
  return found == known.end() ? Expectation{} : found->second;
}

bool fits(const Expectation& expected, DType dtype, const std::vector<std::int64_t>& shape) {
  if (expected.kind == Kind::integer && is_floating(dtype)) return false;
  if (expected.kind == Kind::floating && !is_floating(dtype)) return false;
  if (shape.size() < expected.least_rank || shape.size() > expected.most_rank) return false;
  return expected.last == 0 || (!shape.empty() && shape.back() == expected.last);
}

/// A box is told from ids by its last axis; ids of four tokens are not boxes.
bool is_box(const std::vector<std::int64_t>& shape) { return shape.size() == 3 && shape.back() == 4; }

class Assignment {
 public:
  Assignment(std::vector<Expectation> wanted, const std::vector<const Input*>& examples)
      : wanted_(std::move(wanted)), examples_(examples), chosen_(examples.size()), used_(examples.size()) {}

  bool holds_as_it_is() const {
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      if (!fits(i, i)) return false;
    return true;
  }
  /// The order closest to the given one that fits; bounded, because expectations prune and inputs are few.
  bool solve(std::size_t at = 0) {
    if (at == wanted_.size()) return true;
    if (++steps_ > 100000) return false;
    for (std::size_t k = 0; k <= wanted_.size(); ++k) {
      const std::size_t i = k == 0 ? at : k - 1;
      if (used_[i] || (k > 0 && i == at) || !fits(at, i)) continue;
      used_[i] = true;
      chosen_[at] = i;
      if (solve(at + 1)) return true;
      used_[i] = false;
    }
    return false;
  }
  const std::vector<std::size_t>& chosen() const { return chosen_; }

 private:
  bool fits(std::size_t at, std::size_t example) const {
    const Input& input = *examples_[example];
    const bool box = wanted_[at].last == 4;
    if (has_box_ && !box && is_box(*input.example_shape)) return false;
    return lower::fits(wanted_[at], input.dtype, *input.example_shape);
  }

  std::vector<Expectation> wanted_;
  const std::vector<const Input*>& examples_;
  std::vector<std::size_t> chosen_;
  std::vector<bool> used_;
  std::size_t steps_ = 0;
  bool has_box_ =
      std::any_of(wanted_.begin(), wanted_.end(), [](const Expectation& e) { return e.last == 4; });
};

}  // namespace

void settle_examples(Graph& graph) {
  std::map<aten::ValueId, Expectation> known;
  learn(graph, known);
  std::vector<std::size_t> places;
  std::vector<Expectation> wanted;
  std::vector<const Input*> examples;
  const std::vector<Input> before = graph.inputs;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].path.size() != 1 || before[i].shape || !before[i].example_shape) continue;
    places.push_back(i);
    wanted.push_back(expectation(before[i], known));
    examples.push_back(&before[i]);
  }
  Assignment assignment(std::move(wanted), examples);
  if (assignment.holds_as_it_is() || !assignment.solve()) return;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Input& from = *examples[assignment.chosen()[i]];
    graph.inputs[places[i]].dtype = from.dtype;
    graph.inputs[places[i]].example_shape = from.example_shape;
  }
}

std::string missing_examples(const Graph& graph, const std::vector<std::string>& names) {
  std::map<aten::ValueId, Expectation> known;
  learn(graph, known);
  std::string text;
  bool floating = false;  // what an input is that nothing is known of: like the others
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Input& input = graph.inputs[i];
    if (input.shape || input.example_shape) continue;
    const Expectation expected = expectation(input, known);
    floating = expected.kind == Kind::floating || (floating && expected.kind == Kind::any);
    const std::string sizes = !expected.sizes.empty() ? expected.sizes : "2x16";
    text +=
        (text.empty() ? "--input " : " --input ") + names[i] + (floating ? ":float32:" : ":int64:") + sizes;
  }
  return text;
}

}  // namespace modelexport::lower
