// dtype and symbolic shape of every value, one small rule per operator, for both archive formats.
//
// Rules live in aten/infer/<family>.cc as tables of {target, function}; registry.cc joins the tables.
// A rule reads arguments by schema name and sets the type of each output. It never looks at example values.
#pragma once

#include "aten/op_reader.h"

namespace modelexport::aten {

class Infer : public OpReader {
 public:
  Infer(const Graph& graph, Types& types, const Op& op) : OpReader(graph, types, op) {}
  void set(Type type, std::size_t output = 0);
  void set(DType dtype, Shape shape, std::size_t output = 0) {
    set(Type::tensor(dtype, std::move(shape)), output);
  }
  /// Several results of an operator that returns Tensor[] : as separate outputs, or as one list value.
  void set_list(std::vector<Type> items);
  /// A fresh symbol for dimension `axis` of an output.
  Expr fresh(std::size_t output, std::int32_t axis);
  /// Where a symbol is read from, to be corrected by the rule that made it; nullptr if unknown.
  SymbolOrigin* origin(const std::string& symbol);
  /// A fresh symbol that is the single integer (or truncated number) held by a value.
  Expr fresh_from(ValueId value) { return types_.fresh(value, -1); }

  // ---- operators with blocks
  void set_value(ValueId value, Type type) { types_.of[value] = std::move(type); }
  Expr fresh_of(ValueId value, std::int32_t axis) { return types_.fresh(value, axis); }
  /// Infers a block's operators; their first error becomes this operator's.
  bool infer_block(const Block& block);
};

struct InferRule {
  std::string_view target;  ///< "aten::add"; the in-place form "aten::add_" shares the rule
  void (*infer)(Infer&);
};
/// The rule for an operator, or nullptr.
const InferRule* find_infer_rule(std::string_view target);

/// Infers the whole graph. `types.of` must hold the types of the inputs; tensors are added here.
/// Unknown operators are all reported, each with module path, source line and count.
Result<void> infer(const Graph& graph, Types& types, Diagnostics& problems);
/// Types for Graph::tensors, with the content of small integer constants read from their bytes.
void type_tensors(const Graph& graph, Types& types,
                  const std::function<std::optional<Bytes>(const Tensor&)>& read_small);
/// Infers one block's operators (If/Loop bodies), in order.
void infer_ops(const Graph& graph, Types& types, const std::vector<Op>& ops, Diagnostics& problems);

/// Total size of a shape as an expression.
Expr numel(const Shape& shape);

}  // namespace modelexport::aten
