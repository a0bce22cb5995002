#include "lower/open_residuals.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace modelexport::lower {
namespace {

using Nodes = std::vector<Builder::BuiltNode>;

bool is_sequence_of_vectors(const onnx::ValueInfo& info) {
  return info.shape.size() == 3 && is_floating(info.dtype) &&
         std::holds_alternative<std::string>(info.shape[1]) &&
         std::holds_alternative<std::int64_t>(info.shape[2]);
}

/// Whether some normalisation is all that a sum of such tensors feeds.
bool has_residual(const Builder::Finished& finished) {
  std::unordered_map<std::string_view, int> uses;
  std::unordered_set<std::string_view> sums, sequences;
  for (const onnx::ValueInfo& info : finished.types)
    if (is_sequence_of_vectors(info)) sequences.insert(info.name);
  for (const auto& [node, call] : finished.nodes) {
    for (const std::string& input : node.inputs) ++uses[input];
    if (node.op_type == "Add" && sequences.count(node.outputs[0]) != 0) sums.insert(node.outputs[0]);
  }
  return std::any_of(finished.nodes.begin(), finished.nodes.end(), [&](const Builder::BuiltNode& built) {
    const onnx::Node& node = built.node;
    return node.op_type == "LayerNormalization" && sums.count(node.inputs[0]) != 0 &&
           uses[node.inputs[0]] == 1;
  });
}

/// The elements of a constant shape: "0, 0, 768".
std::vector<std::int64_t> elements(const onnx::Initializer& initializer) {
  const Bytes* bytes = std::get_if<Bytes>(&initializer.data);
  if (bytes == nullptr || initializer.dtype != DType::int64 || initializer.dims.size() != 1) return {};
  std::vector<std::int64_t> out(bytes->size() / sizeof(std::int64_t));
  std::memcpy(out.data(), bytes->data(), out.size() * sizeof(std::int64_t));
  return out;
}

bool keeps_two(const std::vector<std::int64_t>& shape) {
  return shape.size() == 3 && shape[0] == 0 && shape[1] == 0 && shape[2] > 0;
}

void note_names(const onnx::Graph& graph, std::unordered_set<std::string>& out) {
  for (const onnx::Node& node : graph.nodes) {
    out.insert(node.inputs.begin(), node.inputs.end());
    for (const onnx::Attribute& attribute : node.attributes)
      if (const auto* inner = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value))
        note_names(**inner, out);
  }
}

/// Constants that something else than the shape of a Reshape reads.
std::unordered_set<std::string> read_elsewhere(const Nodes& nodes) {
  std::unordered_set<std::string> out;
  for (const auto& [node, call] : nodes) {
    const bool plain = node.op_type == "Reshape" && node.attributes.empty();
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (!plain || i != 1) out.insert(node.inputs[i]);
    for (const onnx::Attribute& attribute : node.attributes)
      if (const auto* inner = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value))
        note_names(**inner, out);
  }
  return out;
}

/// Reshapes to [0, 0, n] as [0, -1, n], a constant that may be there already.
void infer_sequence(Builder::Finished& finished) {
  const std::unordered_set<std::string> fixed = read_elsewhere(finished.nodes);
  std::map<std::vector<std::int64_t>, std::string> known;
  for (const onnx::Initializer& initializer : finished.initializers)
    if (const auto shape = elements(initializer); shape.size() == 3) known.emplace(shape, initializer.name);
  std::unordered_map<std::string, std::string> replaced;
  for (onnx::Initializer& initializer : finished.initializers) {
    std::vector<std::int64_t> shape = elements(initializer);
    if (!keeps_two(shape) || fixed.count(initializer.name) != 0) continue;
    shape[1] = -1;
    const auto [same, is_new] = known.emplace(shape, initializer.name);
    if (is_new)
      std::memcpy(std::get<Bytes>(initializer.data).data(), shape.data(), 3 * sizeof(std::int64_t));
    else
      replaced.emplace(initializer.name, same->second);
  }
  for (auto& [node, call] : finished.nodes)
    if (node.op_type == "Reshape")
      if (const auto other = replaced.find(node.inputs[1]); other != replaced.end())
        node.inputs[1] = other->second;
  const auto is_replaced = [&](const onnx::Initializer& initializer) {
    return replaced.count(initializer.name) != 0;
  };
  finished.initializers.erase(
      std::remove_if(finished.initializers.begin(), finished.initializers.end(), is_replaced),
      finished.initializers.end());
}

}  // namespace

void open_residuals(Builder::Finished& finished) {
  if (!has_residual(finished)) return;
  infer_sequence(finished);
  for (onnx::ValueInfo& info : finished.types)
    if (is_sequence_of_vectors(info)) info.shape[1] = std::monostate();
}

}  // namespace modelexport::lower
