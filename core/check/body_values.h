// Values that pass between a node and its bodies: If, Loop, Scan, SequenceMap.
//
// Purpose   ONNX Runtime hands types and shapes of the node's inputs to the bodies, goes through them, and
// makes
//           the node's results of what they return. Where that contradicts what is declared, it refuses the
//           model.
// Lifetime  During the visit of one node.
#pragma once

#include <string_view>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kBodyValuesGroup;

class BodyValues {
 public:
  BodyValues(const NodeContext& node, Scope& scope);

  /// The node is one of those that are known.
  [[nodiscard]] bool applies() const { return kind_ != Kind::none; }
  /// What every body is given, one per input. Reports attributes that do not fit.
  [[nodiscard]] const std::vector<Value>& arguments() const { return arguments_; }
  /// What the body in this attribute returns.
  void returned(std::string_view attribute, std::vector<Value> values);
  /// One per output of the node; empty where nothing is known. Reports what cannot be joined.
  std::vector<Value> results();

 private:
  enum class Kind : std::uint8_t { none, branch, loop, scan, map };

  void loop_arguments();
  void scan_arguments();
  void map_arguments();
  std::vector<Value> branch_results();
  std::vector<Value> loop_results();
  std::vector<Value> scan_results();
  void report(std::string problem);
  [[nodiscard]] std::vector<std::int64_t> list(std::string_view name) const;

  const NodeContext& node_;
  std::vector<Value> inputs_;
  std::vector<Value> arguments_;
  std::vector<Value> first_;   ///< what the body, or then_branch, returns
  std::vector<Value> second_;  ///< else_branch
  bool has_first_ = false;
  bool has_second_ = false;
  Kind kind_ = Kind::none;
  std::size_t scanned_ = 0;   ///< Scan: inputs that are taken apart
  std::int64_t length_ = -1;  ///< Scan: of the sequences
  bool failed_ = false;
};

/// Joins arguments with what a body's inputs are declared as; reports where they contradict each other.
void bind_arguments(GraphContext& body, Scope& scope, const std::vector<Value>& arguments);

/// What a graph's outputs are, after its nodes.
std::vector<Value> returned_values(const GraphContext& graph, Scope& scope);

}  // namespace modelexport::check
