// Element types through one graph, as far as operator schemas say them.
//
// Purpose   ONNX Runtime refuses a model whose declared types contradict what its operators produce, and
// nodes
//           whose inputs have types that the operator does not take. Shapes are not inferred.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kTypesGroup;

/// What a declaration says: an element type, or kOtherKind and more for what is no tensor.
ElemType type_of(const onnx::ValueView& value);

class Types {
 public:
  Types(GraphContext& graph, Scope& scope) : graph_(graph), scope_(scope) {}

  void input(const onnx::ValueView& value);
  void initializer(const onnx::TensorView& tensor, const Place& place);
  /// After the node's outputs are defined.
  void node(const NodeContext& node);
  /// An output or value_info: what the file says of a value.
  void declared(const onnx::ValueView& value, const Place& place, ValueRole role);

 private:
  void set(const std::string& name, ElemType type);

  GraphContext& graph_;
  Scope& scope_;
  std::unordered_map<std::string, onnx::ValueView> inputs_;
  std::unordered_set<std::string> outputs_;  ///< of the graph: their value_info counts for nobody
};

}  // namespace modelexport::check
