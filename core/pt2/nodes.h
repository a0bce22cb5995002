// The program's nodes as aten::Op: regions that only set a mode inlined, torch.cond and while_loop as
// prim::If and prim::Loop with blocks.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/json.h"
#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "pt2/module_stack.h"
#include "pt2/pt2.h"
#include "pt2/scope.h"

namespace modelexport::pt2 {

/// "torch.ops.aten.add.Tensor" → {"aten::add", "Tensor"}; "_operator.mul" → {"operator::mul", ""}.
struct Target {
  std::string name;
  std::string overload;
};
Target read_target(std::string_view text);

/// "modeling_bert.py:123" of the innermost frame of a stack trace; "" if there is none.
std::string source_of(std::string_view stack_trace);

class NodeReader {
 public:
  NodeReader(aten::Graph& graph, CallTable& calls, const Limits& limits, Pt2Types* types)
      : graph_(graph), calls_(calls), limits_(limits), types_(types), names_(graph), ops_(&graph.ops) {}

  ValueNames& names() { return names_; }
  /// Appends the nodes of a graph to Graph::ops (of a block: to its ops); `scope` has its inputs and gets its
  /// values.
  Status read_nodes(const json::Json& graph, Scope& scope, const json::Path& at, std::uint32_t depth);
  /// Remembers what the archive says about the values of a scope.
  Status note_types(const json::Json& graph, const Scope& scope, const json::Path& at);

 private:
  Status read_node(const json::Json& node, Scope& scope, const json::Path& at, std::uint32_t depth);
  Status read_arguments(const json::Json& node, const Scope& scope, const json::Path& at, aten::Op& op);
  Status read_outputs(const json::Json& node, Scope& scope, const json::Path& at, aten::Op& op);
  Status read_metadata(const json::Json& node, const json::Path& at, aten::Op& op);
  /// A node that has graphs: torch.ops.higher_order.<name>.
  Status read_region(const json::Json& node, std::string_view name, Scope& scope, const json::Path& at,
                     std::uint32_t depth);
  Status inline_region(const json::Json& node, std::string_view name, Scope& scope, const json::Path& at,
                       std::uint32_t depth);
  Status read_cond(const json::Json& node, Scope& scope, const json::Path& at, std::uint32_t depth);
  Status read_while(const json::Json& node, Scope& scope, const json::Path& at, std::uint32_t depth);
  /// Reads a region's graph with these arguments; its results as values.
  Result<std::vector<aten::ValueId>> read_body(const json::Json& graph_argument,
                                               const std::vector<aten::Arg>& arguments, const json::Path& at,
                                               std::uint32_t depth);
  /// The same into a block.
  Result<aten::Block> read_block(const json::Json& graph_argument, const std::vector<aten::Arg>& arguments,
                                 const json::Path& at, std::uint32_t depth);
  /// Casts the operands of the operators from `first` on as the dtypes of their results say (autocast.cc).
  void spell_out_autocast(const json::Json& graph, const Scope& scope, const json::Path& at,
                          std::size_t first);
  Status bind_region(const json::Json& region, const std::vector<aten::Arg>& arguments, Scope& inner,
                     const json::Path& at);

  aten::Graph& graph_;
  CallTable& calls_;
  const Limits& limits_;
  Pt2Types* types_;
  ValueNames names_;
  std::vector<aten::Op>* ops_;     ///< where nodes go: Graph::ops or a block's
  std::uint64_t read_ = 0;         ///< operators of all blocks
  bool autocast_ = false;          ///< in a region of mixed precision
  std::uint32_t region_call_ = 0;  ///< of nodes in a region that say no module of their own
  std::unordered_map<std::string, std::uint32_t> sources_;
};

}  // namespace modelexport::pt2
