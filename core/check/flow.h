// How values flow through one graph: defined once, before they are used, and without going in circles.
#pragma once

#include <string>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kFlowGroup;

/// A name that a node reads and nothing has defined so far.
struct PendingUse {
  std::string name;
  std::uint32_t node = 0;  ///< index in the graph that is being walked
  std::string place;
  std::uint64_t offset = 0;
  std::string node_name;
};

class Flow {
 public:
  Flow(GraphContext& graph, Scope& scope) : graph_(graph), scope_(scope) {}

  void input(const onnx::ValueView& value, const Place& place);
  void initializer(const onnx::TensorView& tensor, const Place& place, bool sparse);
  void uses(const NodeContext& node, std::uint32_t index);
  /// What a node's subgraphs read and do not define: uses of the node itself.
  void captured(std::vector<PendingUse> uses, std::uint32_t index);
  void outputs(const NodeContext& node, std::uint32_t index);
  void graph_output(const std::string& name, const Place& place, std::uint64_t offset,
                    bool of_function = false);
  /// After all nodes. What stays undefined is returned for subgraphs and reported for others.
  std::vector<PendingUse> finish();

 private:
  void report_cycle();
  Finding& report(const Rule& rule, std::string message, const PendingUse& use);

  GraphContext& graph_;
  Scope& scope_;
  std::vector<PendingUse> pending_;
  bool unsorted_ = false;
};

}  // namespace modelexport::check
