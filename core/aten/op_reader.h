// Reading an operator's arguments, with schema defaults and with values resolved to what inference knows.
//
// Errors are sticky: the first failing access records a Diagnostic and every access returns a harmless value,
// so that rules read like the operator's documentation. Whoever calls a rule asks `error()` afterwards.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aten/schema.h"
#include "aten/type.h"

namespace modelexport::aten {

/// Where a symbol's value can be read when the graph runs.
struct SymbolOrigin {
  ValueId value = kNoValue;
  std::int32_t axis = -1;  ///< dimension of a tensor value; -1: the value itself, a 1-element integer
};

/// Types and symbols of a graph's values; filled by infer(), read by lower.
struct Types {
  std::vector<Type> of;  ///< by ValueId
  std::map<std::string, SymbolOrigin> origins;
  std::uint32_t unnamed = 0;  ///< counts data-dependent symbols u0, u1, ...

  /// A fresh symbol for a size or number that only the data decides.
  Expr fresh(ValueId value, std::int32_t axis);
};

class OpReader {
 public:
  OpReader(const Graph& graph, Types& types, const Op& op) : graph_(graph), types_(types), op_(op) {}

  [[nodiscard]] const Op& op() const { return op_; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const std::optional<Diagnostic>& error() const { return error_; }
  /// Records the first error of this operator: "aten::foo: message".
  void fail(std::string message, std::string hint = {});
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// Whether every value that the operator reads has a type. One without it comes from an operator that has
  /// been, or will be, reported: nothing can be said of what follows.
  [[nodiscard]] bool operands_known() const;

  /// True if the argument is there and not None (schema defaults count).
  [[nodiscard]] bool given(std::string_view name) const;
  [[nodiscard]] const Arg* arg(std::string_view name) const;
  /// Type of a tensor argument; numbers are accepted where a tensor is expected (kind says which).
  const Type& type(std::string_view name);
  /// Type of any argument: constants become numbers or lists.
  Type type_of(const Arg& arg) const;
  const Type& value_type(ValueId value) const { return types_.of[value]; }

  Expr integer(std::string_view name);                          ///< int or SymInt
  Expr integer(std::string_view name, std::int64_t otherwise);  ///< the default if not given
  std::int64_t static_int(std::string_view name);               ///< an int that must be a constant
  std::int64_t static_int(std::string_view name, std::int64_t otherwise);
  std::vector<Expr> integers(std::string_view name);  ///< int[] or SymInt[]; one int is a list of one
  std::vector<std::int64_t> static_ints(std::string_view name);
  double real(std::string_view name);  ///< a number that must be a constant
  double real(std::string_view name, double otherwise);
  bool flag(std::string_view name, bool otherwise = false);
  std::string text(std::string_view name, std::string otherwise = {});
  std::optional<DType> dtype(std::string_view name = "dtype");
  /// Types of a Tensor[] argument.
  std::vector<Type> types(std::string_view name);
  /// A dimension index, negative ones wrapped against `rank`; out of range is an error.
  std::int64_t dim(std::string_view name, std::int64_t rank);
  std::int64_t wrap(std::int64_t dim, std::int64_t rank);
  std::vector<std::int64_t> dims(std::string_view name, std::int64_t rank);

 protected:
  const Graph& graph_;
  Types& types_;
  const Op& op_;
  std::optional<Diagnostic> error_;
  std::map<std::string, Type, std::less<>> constants_;  ///< types made for constant arguments
};

}  // namespace modelexport::aten
