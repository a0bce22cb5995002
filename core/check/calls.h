// Types and shapes through calls of model-local functions.
//
// Purpose   ONNX Runtime goes through a function's body with the types, shapes and attributes of each call,
// and
//           refuses the model where the body cannot take them. Calls inside functions are followed.
// Limits    kMostNodes nodes of bodies per model; after that, calls give nothing known.
// Lifetime  As long as the model's context.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "check/context.h"
#include "check/scope.h"

namespace modelexport::check {

extern const Group kCallsGroup;

class Calls {
 public:
  explicit Calls(ModelContext& model) : model_(model) { options_.limits = model.options.limits; }

  [[nodiscard]] bool is_call(const onnx::NodeView& node) const;
  /// What the call makes, one per output of the function; empty where nothing is known. Reports at the call.
  std::vector<Value> results(const NodeContext& node, Scope& scope);

 private:
  /// Attributes of the call, by the function's names.
  using Bindings = std::unordered_map<std::string, onnx::AttributeView>;

  std::vector<Value> evaluate(ModelContext& quiet, const onnx::FunctionView& function,
                              const onnx::NodeView& call, const std::vector<Value>& arguments,
                              std::string& problem);
  std::vector<Value> body(GraphContext& graph, Scope& scope, const Bindings& bindings, std::string& problem);
  std::vector<Value> node_results(NodeContext& node, Scope& scope, const Bindings& bindings,
                                  std::string& problem);
  Bindings bind(const onnx::FunctionView& function, const onnx::NodeView& call);
  static bool substitute(onnx::NodeView& node, const Bindings& bindings, std::string& problem);

  ModelContext& model_;
  /// Bodies are gone through in a context of their own, whose findings are emptied for each call.
  Options options_;
  std::optional<Findings> inside_;
  std::optional<ModelContext> quiet_;
  std::uint64_t nodes_ = 0;
  unsigned depth_ = 0;
};

}  // namespace modelexport::check
