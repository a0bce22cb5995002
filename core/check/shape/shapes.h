// Shapes through one graph, as far as they are known before the model runs.
//
// Purpose   ONNX Runtime infers shapes when it loads a model and refuses nodes whose inputs cannot fit. What
//           is declared and what is inferred are joined as it does: where they differ, nothing is known.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kShapesGroup;

/// What a declaration says; nullptr where it says nothing.
ShapeRef declared_shape(const onnx::ValueView& value);

class Shapes {
 public:
  Shapes(GraphContext& graph, Scope& scope) : graph_(graph), scope_(scope) {}

  /// After flow.input() and flow.initializer() of the same thing.
  void input(const onnx::ValueView& value);
  void initializer(const onnx::TensorView& tensor);
  void sparse(const onnx::SparseTensorView& tensor);
  /// Before the nodes: what the graph says of an output or of a value in it; the first that speaks counts.
  void expect(const onnx::ValueView& value);
  /// After the node's outputs are defined. `results`: what its bodies or the function that it calls make.
  void node(const NodeContext& node, const std::vector<Value>& results);

 private:
  [[nodiscard]] bool active() const;
  void constant(const NodeContext& node);
  void finish(const std::string& name, ShapeRef inferred);

  GraphContext& graph_;
  Scope& scope_;
  std::unordered_map<std::string, ShapeRef> declared_;
};

}  // namespace modelexport::check
