// Recurrent layers as LSTM, GRU and RNN nodes.
//
// Weights keep their state_dict names: ONNX wants the gates in another order and all of a layer's directions
// in one tensor, which is spelt out with Split, Concat and Unsqueeze nodes that runtimes fold when a model is
// loaded.
#include <memory>

#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Type;

/// What differs between the kinds of layer.
struct Kind {
  const char* op_type;
  std::vector<std::int64_t> gates;  ///< ONNX's gate at each place, as PyTorch's position
  const char* activation = nullptr;
  bool before_reset = false;
};
Kind kind_of(const std::string& target) {
  if (target.find("lstm") != std::string::npos) return {"LSTM", {0, 3, 1, 2}};  // i f g o -> i o f c
  if (target.find("gru") != std::string::npos) return {"GRU", {1, 0, 2}, nullptr, true};  // r z n -> z r h
  return {"RNN", {0}, target.find("relu") != std::string::npos ? "Relu" : "Tanh"};
}

/// One direction's weights: inputs, recurrence, biases ("" without).
struct Weights {
  std::string input, hidden, input_bias, hidden_bias;
  std::string projection;  ///< of the hidden state (proj_size), or ""
};

struct Layer {
  Kind kind;
  std::int64_t hidden = 0;
  std::vector<Weights> directions;
  std::string lengths;  ///< int32 [batch], or "" if all sequences are as long as the tensor
};

std::string reorder(Lower& x, const Layer& layer, const std::string& weight) {
  if (layer.kind.gates.size() == 1) return weight;
  const auto parts =
      x.emit_n("Split", {weight, x.ints(std::vector<std::int64_t>(layer.kind.gates.size(), layer.hidden))},
               {attr("axis", std::int64_t{0})}, layer.kind.gates.size());
  std::vector<std::string> ordered;
  for (const std::int64_t gate : layer.kind.gates) ordered.push_back(parts[static_cast<std::size_t>(gate)]);
  return x.emit("Concat", std::move(ordered), {attr("axis", std::int64_t{0})});
}

std::string join(Lower& x, std::vector<std::string> parts, std::int64_t axis = 0) {
  return parts.size() == 1 ? parts.front() : x.emit("Concat", std::move(parts), {attr("axis", axis)});
}

/// The node's weights, one row per direction.
struct Packed {
  std::string input, hidden, bias;
};
Packed pack(Lower& x, const Layer& layer) {
  std::vector<std::string> input, hidden, bias;
  for (const Weights& w : layer.directions) {
    input.push_back(x.unsqueeze(reorder(x, layer, w.input), {0}));
    hidden.push_back(x.unsqueeze(reorder(x, layer, w.hidden), {0}));
    if (w.input_bias.empty()) continue;
    bias.push_back(
        x.unsqueeze(join(x, {reorder(x, layer, w.input_bias), reorder(x, layer, w.hidden_bias)}), {0}));
  }
  return {join(x, input), join(x, hidden), bias.empty() ? std::string() : join(x, bias)};
}

/// Results of the node: Y [sequence, directions, batch, hidden], then the last states [directions, batch,
/// hidden].
std::vector<std::string> run(Lower& x, const Layer& layer, const std::string& input,
                             const std::vector<std::string>& states) {
  const Packed weights = pack(x, layer);
  std::vector<std::string> inputs = {input, weights.input, weights.hidden, weights.bias, layer.lengths};
  inputs.insert(inputs.end(), states.begin(), states.end());
  Attributes attributes = {attr("hidden_size", layer.hidden)};
  if (layer.directions.size() == 2) attributes.push_back(attr_s("direction", "bidirectional"));
  if (layer.kind.before_reset) attributes.push_back(attr("linear_before_reset", std::int64_t{1}));
  if (layer.kind.activation != nullptr)
    attributes.push_back(
        {"activations", std::vector<std::string>(layer.directions.size(), layer.kind.activation)});
  return x.emit_n(layer.kind.op_type, std::move(inputs), std::move(attributes), states.size() + 1);
}

// ---- LSTM with projected hidden states: ONNX has none, so that a Scan runs the steps

onnx::ValueInfo unknown_shape(std::string name, DType dtype, std::size_t rank) {
  onnx::ValueInfo out;
  out.name = std::move(name);
  out.dtype = dtype;
  for (std::size_t i = 0; i < rank; ++i) out.shape.emplace_back();
  return out;
}

std::string transposed(Lower& x, const std::string& matrix) { return x.transpose(matrix, {1, 0}); }

/// (h, c, gates of the input) -> (h, c, h): one step, as the body of the Scan.
std::shared_ptr<onnx::Graph> step(Lower& x, const Layer& layer, const Weights& w, DType dtype) {
  const std::string recurrence = transposed(x, w.hidden), projection = transposed(x, w.projection);
  const std::string h = x.b.new_value(), c = x.b.new_value(), given = x.b.new_value();
  x.b.open_scope();
  const std::string gates = x.emit("Add", {given, x.emit("MatMul", {h, recurrence})});
  const auto parts = x.emit_n("Split", {gates, x.ints(std::vector<std::int64_t>(4, layer.hidden))},
                              {attr("axis", std::int64_t{1})}, 4);  // input, forget, cell, output
  const std::string kept = x.emit("Mul", {x.emit("Sigmoid", {parts[1]}), c});
  const std::string fresh = x.emit("Mul", {x.emit("Sigmoid", {parts[0]}), x.emit("Tanh", {parts[2]})});
  const std::string cell = x.emit("Add", {kept, fresh});
  const std::string shown = x.emit("Mul", {x.emit("Sigmoid", {parts[3]}), x.emit("Tanh", {cell})});
  const std::string hidden = x.emit("MatMul", {shown, projection});
  std::vector<onnx::ValueInfo> inputs, outputs;
  for (const auto& name : {h, c, given}) inputs.push_back(unknown_shape(name, dtype, 2));
  const std::vector<std::string> results = {hidden, cell, hidden};
  for (const auto& name : results) outputs.push_back(unknown_shape(name, dtype, 2));
  return std::make_shared<onnx::Graph>(x.b.close_scope(std::move(inputs), std::move(outputs), results));
}

/// The same results as run().
std::vector<std::string> run_projected(Lower& x, const Layer& layer, const std::string& input,
                                       const std::vector<std::string>& states) {
  std::vector<std::string> sequences, hidden, cells;
  for (std::size_t d = 0; d < layer.directions.size(); ++d) {
    const Weights& w = layer.directions[d];
    std::string gates = x.emit("MatMul", {input, transposed(x, w.input)});
    if (!w.input_bias.empty()) gates = x.emit("Add", {gates, x.emit("Add", {w.input_bias, w.hidden_bias})});
    std::vector<std::string> inputs;
    for (const auto& state : states)
      inputs.push_back(x.emit("Gather", {state, x.b.scalar_int(static_cast<std::int64_t>(d))},
                              {attr("axis", std::int64_t{0})}));
    inputs.push_back(gates);
    Attributes attributes = {{"body", step(x, layer, w, x.result().dtype)},
                             attr("num_scan_inputs", std::int64_t{1})};
    if (d == 1) {
      attributes.push_back(attr("scan_input_directions", std::vector<std::int64_t>{1}));
      attributes.push_back(attr("scan_output_directions", std::vector<std::int64_t>{1}));
    }
    const auto results = x.emit_n("Scan", std::move(inputs), std::move(attributes), 3);
    hidden.push_back(x.unsqueeze(results[0], {0}));
    cells.push_back(x.unsqueeze(results[1], {0}));
    sequences.push_back(x.unsqueeze(results[2], {1}));
  }
  return {join(x, sequences, 1), join(x, hidden), join(x, cells)};
}

std::vector<Type> state_types(Lower& x) {
  const Type& hx = x.type("hx");
  return hx.kind == Type::Kind::list ? hx.items : std::vector<Type>{hx};
}
std::vector<std::string> state_names(Lower& x) {
  if (x.type("hx").kind == Type::Kind::list) return x.tensors("hx");
  return {x.tensor("hx")};
}

/// The layer stack's arguments, read once.
struct Stack {
  std::size_t layers = 1, directions = 1, per_direction = 2;
  bool batch_first = false, batched = true;
  std::vector<std::string> params, states;
  std::string lengths;
  std::int64_t hidden = 0;  ///< features that one direction gives
  std::int64_t cells = 0;   ///< features of its cell state: more than `hidden` where it is projected
  [[nodiscard]] bool projected() const { return cells != hidden; }
};

bool read(Lower& x, Stack& s) {
  s.layers = static_cast<std::size_t>(x.static_int("num_layers"));
  s.directions = x.flag("bidirectional") ? 2 : 1;
  s.per_direction = x.flag("has_biases") ? 4 : 2;
  s.batched = x.type("input").rank() == 3;
  s.batch_first = x.flag("batch_first") && s.batched;
  s.params = x.tensors("params");
  s.states = state_names(x);
  const auto types = state_types(x);
  s.hidden = types.front().shape.back().constant().value_or(0);
  if (x.failed()) return false;
  s.cells = types.back().shape.back().constant().value_or(0);
  if (s.projected()) ++s.per_direction;
  if (x.given("lengths")) s.lengths = x.tensor("lengths", DType::int32);
  if (s.projected() && !s.lengths.empty())
    return x.fail("runs packed sequences with projected states (proj_size)",
                  "run the recurrent layer on the padded tensor"),
           false;
  if (s.hidden == 0 || s.params.size() != s.layers * s.directions * s.per_direction)
    return x.fail("its weights do not fit its layers"), false;
  return true;
}

/// Y [sequence, directions, batch, hidden] as PyTorch's [sequence, batch, directions * hidden].
std::string merge_directions(Lower& x, const Stack& s, const std::string& y) {
  if (s.directions == 1) return x.squeeze(y, {1});
  return x.emit("Reshape", {x.transpose(y, {0, 2, 1, 3}), x.ints({0, 0, 2 * s.hidden})});
}

void layers(Lower& x) {
  Stack s;
  if (!read(x, s)) return;
  std::string input = x.tensor("input");
  if (s.batch_first) input = x.transpose(input, {1, 0, 2});
  if (!s.batched) {
    input = x.unsqueeze(input, {1});
    for (auto& state : s.states) state = x.unsqueeze(state, {1});
  }
  std::vector<std::vector<std::string>> last(s.states.size());
  for (std::size_t l = 0; l < s.layers; ++l) {
    Layer layer{kind_of(x.op().target), s.cells, {}, s.lengths};
    for (std::size_t d = 0; d < s.directions; ++d) {
      const std::string* p = &s.params[(l * s.directions + d) * s.per_direction];
      const bool biases = s.per_direction >= 4;
      layer.directions.push_back(
          {p[0], p[1], biases ? p[2] : "", biases ? p[3] : "", s.projected() ? p[s.per_direction - 1] : ""});
    }
    const auto from = static_cast<std::int64_t>(l * s.directions);
    std::vector<std::string> initial = s.states;
    if (s.layers > 1)
      for (auto& state : initial)
        state = x.slice(state, from, from + static_cast<std::int64_t>(s.directions), 0);
    const auto results =
        s.projected() ? run_projected(x, layer, input, initial) : run(x, layer, input, initial);
    input = merge_directions(x, s, results[0]);
    for (std::size_t i = 0; i < last.size(); ++i) last[i].push_back(results[i + 1]);
  }
  if (s.batch_first) input = x.transpose(input, {1, 0, 2});
  x.set(s.batched ? input : x.squeeze(input, {1}));
  for (std::size_t i = 0; i < last.size(); ++i) {
    const std::string state = join(x, last[i]);
    x.set(s.batched ? state : x.squeeze(state, {1}), i + 1);
  }
}

/// One step is a sequence of length one.
void cell(Lower& x) {
  const bool batched = x.type("input").rank() == 2;
  const std::vector<std::int64_t> axes =
      batched ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{0, 1};
  Layer layer{kind_of(x.op().target), state_types(x).front().shape.back().constant().value_or(0), {}, {}};
  const bool biases = x.given("b_ih");
  if (layer.hidden == 0) return x.fail("the size of its state must be a constant");
  layer.directions.push_back({x.tensor("w_ih"), x.tensor("w_hh"), biases ? x.tensor("b_ih") : "",
                              biases ? x.tensor("b_hh") : "", ""});
  std::vector<std::string> initial = state_names(x);
  for (auto& state : initial) state = x.unsqueeze(state, axes);
  const auto results = run(x, layer, x.unsqueeze(x.tensor("input"), axes), initial);
  for (std::size_t i = 0; i < initial.size(); ++i) x.set(x.squeeze(results[i + 1], axes), i);
}

constexpr LowerRule kRules[] = {
    {"aten::lstm", layers},        {"aten::gru", layers},         {"aten::rnn_tanh", layers},
    {"aten::rnn_relu", layers},    {"aten::lstm_cell", cell},     {"aten::gru_cell", cell},
    {"aten::rnn_tanh_cell", cell}, {"aten::rnn_relu_cell", cell},
};
}  // namespace

RuleTable sequence_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
