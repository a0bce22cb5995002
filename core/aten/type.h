// What is known about a value before anything runs: dtype, symbolic shape and, for sizes and small integer
// tensors, the elements themselves as expressions.
//
// The elements ("content") are why exported graphs have no shape arithmetic left: aten::size, NumToTensor,
// floor_divide, stack ... of sizes stay expressions until an operator needs them as a tensor.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "modelexport/aten.h"

namespace modelexport::aten {

/// One known element; bools are Expr 0 or 1.
using Element = std::variant<Expr, double>;
using Shape = std::vector<Expr>;

struct Type {
  enum class Kind : std::uint8_t { unknown, none, tensor, number, list, text };
  Kind kind = Kind::unknown;
  DType dtype = DType::undefined;  ///< element type; numbers: int64, float64 or boolean
  Shape shape;                     ///< tensors only
  /// All elements in row-major order when known (at most kMaxContent); numbers have one.
  std::optional<std::vector<Element>> content;
  std::vector<Type> items;  ///< lists only
  /// A rank-0 tensor that was a Python number when traced: it promotes like a number.
  bool wrapped = false;

  static constexpr std::size_t kMaxContent = 64;

  static Type tensor(DType dtype, Shape shape);
  static Type number(DType dtype, std::optional<Element> value = std::nullopt);
  static Type none() {
    Type t;
    t.kind = Kind::none;
    return t;
  }
  static Type list(std::vector<Type> items);

  [[nodiscard]] bool is_tensor() const { return kind == Kind::tensor; }
  [[nodiscard]] std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  /// The only element as an expression, if it is known and an integer or bool.
  [[nodiscard]] std::optional<Expr> integer() const;
  /// The only element as a number, if it is a known constant.
  [[nodiscard]] std::optional<double> real() const;
  [[nodiscard]] std::string to_string() const;  ///< "float32[batch_size, 16]"
};

/// PyTorch's type promotion (torch.result_type): dimensioned tensors before rank-0 tensors before numbers;
/// a later group counts only if its category (bool < integer < float < complex) is higher.
DType result_type(const std::vector<const Type*>& operands);
/// Promotion of two dtypes of the same group.
DType promote(DType a, DType b);

/// Numpy broadcasting. A dimension that is not 1 wins over 1, a constant over a symbol; nothing if two
/// constants clash.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

}  // namespace modelexport::aten
