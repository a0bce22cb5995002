#include "lower/bfloat16.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "modelexport/hierarchy.h"

namespace modelexport::lower {
namespace {

using Dtypes = std::map<std::string, DType>;

template <std::size_t N>
bool in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Nodes that only move elements: the runtime has them for every dtype.
constexpr std::array<std::string_view, 18> kMoving = {
    "Cast",  "Identity", "Transpose", "Concat",    "Reshape", "Slice", "Gather", "GatherND", "GatherElements",
    "Split", "Squeeze",  "Shape",     "Unsqueeze", "Size",    "If",    "Loop",   "Compress", "Scan"};
constexpr std::array<std::string_view, 9> kTests = {
    "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "IsNaN", "IsInf", "And", "Or"};
constexpr std::array<std::string_view, 5> kPositions = {"Shape", "Size", "NonZero", "ArgMax", "ArgMin"};

const onnx::Attribute* find(const onnx::Node& node, std::string_view name) {
  for (const auto& attribute : node.attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

bool moves(const onnx::Node& node) {
  if (node.op_type == "ScatterND" || node.op_type == "ScatterElements")
    return find(node, "reduction") == nullptr;
  return in(kMoving, node.op_type);
}

DType dtype_of(const Dtypes& dtypes, const std::string& name) {
  const auto found = dtypes.find(name);
  return found == dtypes.end() ? DType::undefined : found->second;
}

/// dtype of a node's output; undefined where it does not matter.
DType result_dtype(const onnx::Node& node, std::size_t output, const Dtypes& dtypes) {
  const std::string& op = node.op_type;
  if (op == "Cast") return static_cast<DType>(std::get<std::int64_t>(find(node, "to")->value));
  if (in(kPositions, op)) return DType::int64;
  if (in(kTests, op) || op == "Xor" || op == "Not") return DType::boolean;
  if (output > 0 && (op == "TopK" || op == "MaxPool" || op == "Unique")) return DType::int64;
  std::size_t source = op == "Where" ? 1 : op == "OneHot" ? 2 : 0;
  if (op == "If" || op == "Loop" || op == "Scan") {
    const onnx::Attribute* body = find(node, op == "If" ? "then_branch" : "body");
    const auto& results = std::get<std::shared_ptr<onnx::Graph>>(body->value)->outputs;
    const std::size_t at = op == "Loop" ? output + 1 : output;  // a loop's body gives its condition first
    return at < results.size() ? results[at].dtype : DType::undefined;
  }
  return source < node.inputs.size() ? dtype_of(dtypes, node.inputs[source]) : DType::undefined;
}

class Rewriter {
 public:
  explicit Rewriter(const aten::Graph& calls) : calls_(calls) {}

  void rewrite(std::vector<Builder::BuiltNode>& nodes, Dtypes dtypes) {
    std::vector<Builder::BuiltNode> out;
    std::map<std::string, std::size_t> casts;  // value -> its Cast to float32 in `out`
    for (Builder::BuiltNode& built : nodes) {
      onnx::Node& node = built.node;
      rewrite_bodies(node, dtypes);
      std::vector<DType> results;
      for (std::size_t i = 0; i < node.outputs.size(); ++i) results.push_back(result_dtype(node, i, dtypes));
      for (std::size_t i = 0; i < node.outputs.size(); ++i) dtypes[node.outputs[i]] = results[i];
      const bool reads = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& name) {
        return dtype_of(dtypes, name) == DType::bfloat16;
      });
      if (!reads || moves(node)) {
        out.push_back(std::move(built));
        continue;
      }
      for (auto& input : node.inputs)
        if (dtype_of(dtypes, input) == DType::bfloat16) input = widened(out, casts, input, built);
      std::vector<Builder::BuiltNode> after;
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (results[i] != DType::bfloat16) continue;
        const std::string wide = node.outputs[i] + ".float";
        after.push_back(cast(built, wide, node.outputs[i], DType::bfloat16));
        node.outputs[i] = wide;
      }
      out.push_back(std::move(built));
      for (auto& one : after) out.push_back(std::move(one));
    }
    nodes = std::move(out);
  }

 private:
  static Builder::BuiltNode cast(const Builder::BuiltNode& like, std::string from, std::string to,
                                 DType dtype) {
    Builder::BuiltNode out;
    out.call = like.call;
    out.node.metadata = like.node.metadata;
    out.node.op_type = "Cast";
    out.node.inputs = {std::move(from)};
    out.node.outputs = {std::move(to)};
    out.node.attributes = {{"to", static_cast<std::int64_t>(dtype)}};
    return out;
  }

  std::string widened(std::vector<Builder::BuiltNode>& out, std::map<std::string, std::size_t>& casts,
                      const std::string& value, const Builder::BuiltNode& user) {
    const auto [at, fresh] = casts.try_emplace(value, out.size());
    if (fresh)
      out.push_back(cast(user, value, "%float." + std::to_string(made_++), DType::float32));
    else
      out[at->second].call = hierarchy::common_ancestor(calls_, out[at->second].call, user.call);
    return out[at->second].node.outputs[0];
  }

  void rewrite_bodies(onnx::Node& node, const Dtypes& dtypes) {
    for (auto& attribute : node.attributes) {
      const auto* body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value);
      if (body == nullptr) continue;
      Dtypes inner = dtypes;
      for (const auto& input : (*body)->inputs) inner[input.name] = input.dtype;
      std::vector<Builder::BuiltNode> nodes;
      for (auto& one : (*body)->nodes) nodes.push_back({std::move(one), 0});
      rewrite(nodes, std::move(inner));
      (*body)->nodes.clear();
      for (auto& one : nodes) (*body)->nodes.push_back(std::move(one.node));
    }
  }

  const aten::Graph& calls_;
  std::uint64_t made_ = 0;
};

bool makes_bfloat16(const onnx::Node& node) {
  if (const auto* to = find(node, "to"))
    if (const auto* dtype = std::get_if<std::int64_t>(&to->value))
      if (*dtype == static_cast<std::int64_t>(DType::bfloat16)) return true;
  for (const auto& attribute : node.attributes)
    if (const auto* body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value))
      if (std::any_of((*body)->nodes.begin(), (*body)->nodes.end(), makes_bfloat16)) return true;
  return false;
}

}  // namespace

void compute_bfloat16_in_float32(Builder::Finished& graph, std::map<std::string, DType> inputs,
                                 const aten::Graph& calls) {
  for (const auto& initializer : graph.initializers) inputs[initializer.name] = initializer.dtype;
  const bool any = std::any_of(inputs.begin(), inputs.end(),
                               [](const auto& input) { return input.second == DType::bfloat16; }) ||
                   std::any_of(graph.nodes.begin(), graph.nodes.end(),
                               [](const auto& built) { return makes_bfloat16(built.node); });
  if (any) Rewriter(calls).rewrite(graph.nodes, std::move(inputs));
}

}  // namespace modelexport::lower
