// Shapes through one graph, as far as they are known before the model runs.
//
// Purpose   ONNX Runtime infers shapes when it loads a model and refuses nodes whose inputs cannot fit. What
//           is declared and what is inferred are joined as it does: where they differ, nothing is known.
#pragma once

#include <string>
#include <unordered_map>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kShapesGroup;

class Shapes {
 public:
  Shapes(GraphContext& graph, Scope& scope) : graph_(graph), scope_(scope) {}

  /// After flow.input() and flow.initializer() of the same thing.
  void input(const onnx::ValueView& value);
  void initializer(const onnx::TensorView& tensor);
  void sparse(const onnx::SparseTensorView& tensor);
  /// Before the nodes: what the graph says of values in it.
  void declare();
  /// After the node's outputs are defined.
  void node(const NodeContext& node);

 private:
  [[nodiscard]] bool active() const;
  void constant(const NodeContext& node);
  void finish(const std::string& name, ShapeRef inferred);

  GraphContext& graph_;
  Scope& scope_;
  std::unordered_map<std::string, ShapeRef> declared_;
};

}  // namespace modelexport::check
