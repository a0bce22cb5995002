// Arithmetic on known elements ("content", see aten/type.h): exact for integers and sizes, plus + - * / and
// square root of constant floats, rounded as the dtype says. Everything else is left to the graph.
//
// Functions give nothing when a result is not decided before the graph runs; they never fail.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "aten/infer.h"

namespace modelexport::aten {

using Content = std::optional<std::vector<Element>>;

enum class Arith : std::uint8_t {
  add,
  sub,
  mul,
  div,
  floor_div,
  trunc_div,
  remainder,
  fmod,
  pow,
  max,
  min,
  atan2
};
enum class Compare : std::uint8_t { eq, ne, lt, le, gt, ge };
enum class Logic : std::uint8_t { logical_and, logical_or, logical_xor };

/// One operation in the result's dtype.
std::optional<Element> arithmetic(Arith kind, const Element& a, const Element& b, DType dtype);
/// 0 or 1 if the comparison is decided for all sizes.
std::optional<Element> compare(Compare kind, const Element& a, const Element& b);
/// A cast: float to integer truncates, to bool tests for 0.
std::optional<Element> convert(const Element& element, DType to);
std::optional<double> constant_of(const Element& element);
/// True or false if decided.
std::optional<bool> truth(const Element& element);

/// Applies `f` to the elements of two operands broadcast to `shape`; numbers count as rank 0.
Content zip_content(const Type& a, const Type& b, const Shape& shape,
                    const std::function<std::optional<Element>(const Element&, const Element&)>& f);
Content map_content(const Type& a, const std::function<std::optional<Element>(const Element&)>& f);
/// Number of elements if static and at most Type::kMaxContent.
std::optional<std::size_t> small_count(const Shape& shape);

/// An argument by position: arithmetic of numbers names its operands a, b where tensors say self, other.
Type operand(OpReader& r, std::size_t position);
bool is_number(const Type& type);
/// Rank-0 tensors that were Python numbers when traced, and Python numbers.
bool is_wrapped(const Type& type);
/// result_type, with Python's rules if all operands are numbers.
DType arithmetic_type(const std::vector<const Type*>& operands);
/// broadcast() with an error for sizes that do not fit.
Shape broadcast_shapes(OpReader& r, const std::vector<const Type*>& operands);

}  // namespace modelexport::aten
