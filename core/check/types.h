// Element types through one graph, as far as operator schemas say them.
//
// Purpose   ONNX Runtime refuses a model whose declared types contradict what its operators produce, and
//           nodes whose inputs have types that the operator does not take. Shapes are core/check/shape's.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kTypesGroup;

/// What a declaration says; 0 where it says nothing.
ElemType type_of(const onnx::ModelView& model, const onnx::ValueView& value);
/// Equal as far as both are known.
bool same_type(ElemType a, ElemType b);
/// For messages: "float32", "a sequence of int64".
std::string type_text(ElemType type);

class Types {
 public:
  Types(GraphContext& graph, Scope& scope) : graph_(graph), scope_(scope) {}

  void input(const onnx::ValueView& value);
  void initializer(const onnx::TensorView& tensor, const Place& place);
  /// Before the nodes: what the graph says of an output or of a value in it.
  void expect(const onnx::ValueView& value);
  /// After the node's outputs are defined. `results`: what its bodies or the function that it calls make.
  void node(const NodeContext& node, const std::vector<Value>& results);
  /// An output or value_info: what the file says of a value.
  void declared(const onnx::ValueView& value, const Place& place, ValueRole role);

 private:
  void set(const std::string& name, ElemType type);
  void check_number(const NodeContext& node, const std::string& output, const onnx::AttributeView& number);
  bool check_inputs(const NodeContext& node, const struct OpRow& op, std::vector<ElemType>& bound);

  GraphContext& graph_;
  Scope& scope_;
  std::unordered_map<std::string, onnx::ValueView> inputs_;
  std::unordered_map<std::string, ElemType> expected_;
  std::unordered_set<std::string> outputs_;  ///< of the graph: their value_info counts for nobody
};

}  // namespace modelexport::check
