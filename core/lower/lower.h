// One lowering rule per ATen operator: reads arguments, emits ONNX nodes, sets the results.
//
// Rules are small functions in lower/<family>.cc, listed in that family's table; registry.cc joins the
// tables. A rule may rely on inference: types of arguments and results are known, and a result whose elements
// are known (sizes, shape tensors) is never lowered at all. Operators are functional here
// (lower/functionalise ran before).
#pragma once

#include <string>
#include <vector>

#include "lower/builder.h"

namespace modelexport::lower {

inline onnx::Attribute attr(std::string name, std::int64_t value) { return {std::move(name), value}; }
inline onnx::Attribute attr_f(std::string name, float value) { return {std::move(name), value}; }
inline onnx::Attribute attr_s(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}
inline onnx::Attribute attr(std::string name, std::vector<std::int64_t> value) {
  return {std::move(name), std::move(value)};
}

class Lower : public aten::OpReader {
 public:
  Lower(Builder& builder, const aten::Op& op) : OpReader(builder.graph(), builder.types(), op), b(builder) {}

  // ---- operands
  /// A tensor argument as an ONNX value, in its own dtype. Numbers become rank-0 constants.
  std::string tensor(std::string_view name);
  /// The same, cast to `dtype` (constants are made in it).
  std::string tensor(std::string_view name, DType dtype);
  /// Any argument value, for elements of lists.
  std::string value(const aten::Arg& arg, DType dtype);
  /// All elements of a Tensor[] argument, cast to `dtype` unless undefined.
  std::vector<std::string> tensors(std::string_view name, DType dtype = DType::undefined);
  /// The Graph::tensors index if the argument is directly a stored tensor.
  [[nodiscard]] std::optional<std::uint32_t> stored(std::string_view name) const;

  // ---- results
  const aten::Type& result(std::size_t output = 0) const { return types_.of[op_.outputs[output]]; }
  void set(std::string name, std::size_t output = 0) { b.bind(op_.outputs[output], std::move(name)); }
  /// Result of an operator that returns Tensor[]: a list value or separate outputs.
  void set_list(std::vector<std::string> names);

  // ---- nodes
  std::string emit(std::string op_type, std::vector<std::string> inputs, Attributes attributes = {}) {
    return b.add1(std::move(op_type), std::move(inputs), std::move(attributes));
  }
  std::vector<std::string> emit_n(std::string op_type, std::vector<std::string> inputs, Attributes attributes,
                                  std::size_t n) {
    return b.add(std::move(op_type), std::move(inputs), std::move(attributes), n);
  }
  std::string cast(const std::string& value, DType from, DType to);
  std::string scalar(DType dtype, double value) { return b.scalar(dtype, value); }
  std::string ints(const std::vector<std::int64_t>& values) { return b.ints(values); }
  // Chains of reshape, transpose or unsqueeze become one node.
  /// Reshape from one known shape to another; nothing if equal.
  std::string reshape(const std::string& value, const Shape& from, const Shape& to);
  /// Expand to `to`; nothing if equal.
  std::string expand(const std::string& value, const Shape& from, const Shape& to);
  std::string transpose(const std::string& value, const std::vector<std::int64_t>& perm);
  std::string unsqueeze(const std::string& value, const std::vector<std::int64_t>& axes);
  std::string squeeze(const std::string& value, const std::vector<std::int64_t>& axes);

 private:
  std::string reshape_node(const std::string& value, const Shape& from, const Shape& to);

 public:
  /// ReduceSum, ReduceMean, ReduceMax ...: axes as attribute or input as the opset wants; empty axes = all.
  std::string reduce(const std::string& op_type, const std::string& value,
                     const std::vector<std::int64_t>& axes, bool keepdims);
  std::string slice(const std::string& value, const Expr& start, const Expr& end, std::int64_t axis,
                    std::int64_t step = 1);

  Builder& b;
};

struct LowerRule {
  std::string_view target;
  void (*lower)(Lower&);
};
const LowerRule* find_lower_rule(std::string_view target);

/// Lowers operators in order into the builder.
void lower_ops(Builder& builder, const std::vector<aten::Op>& ops, Diagnostics& problems);

}  // namespace modelexport::lower
