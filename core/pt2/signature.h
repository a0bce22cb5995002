// Inputs, outputs and tensors of the program: its signature.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "json/json.h"
#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "pt2/nodes.h"
#include "pt2/pytree.h"
#include "pt2/scope.h"
#include "pt2/shapes.h"
#include "pt2/weights.h"

namespace modelexport::pt2 {

class SignatureReader {
 public:
  /// `program` is the JSON's graph_module.
  SignatureReader(const json::Json& program, const WeightTable& weights, aten::Graph& graph,
                  const Limits& limits)
      : program_(program), weights_(weights), graph_(graph), limits_(limits) {}

  /// Makes inputs and tensors and binds their names; before the nodes are read.
  Status read_inputs(ValueNames& names, Scope& scope);
  /// After the nodes are read.
  Status read_outputs(const Scope& scope);

 private:
  Status read_input(const json::Json& spec, ValueNames& names, Scope& scope, const json::Path& at);
  Status add_tensor(std::string_view argument, std::string_view name, aten::TensorKind kind,
                    ValueNames& names, Scope& scope, const json::Path& at);
  Status add_user_input(const json::Json& spec, ValueNames& names, Scope& scope, const json::Path& at);
  Status describe(aten::Input& input, std::string_view name, const json::Path& at) const;
  Status read_output(const json::Json& spec, const Scope& scope, const json::Path& at);
  [[nodiscard]] std::vector<std::string> next_path(const std::vector<Leaf>& leaves, std::size_t& next,
                                                   std::string fallback) const;
  Status read_leaves();

  const json::Json& program_;
  const WeightTable& weights_;
  aten::Graph& graph_;
  const Limits& limits_;
  const MetaTable* tensor_values_ = nullptr;
  std::vector<Leaf> input_leaves_;
  std::vector<Leaf> output_leaves_;
  std::size_t next_input_ = 0;
  std::size_t next_output_ = 0;
  std::unordered_map<std::string, std::uint32_t> tensors_;  ///< by identity
  std::unordered_set<std::string> updated_;                 ///< names of buffers that a run changes
};

}  // namespace modelexport::pt2
