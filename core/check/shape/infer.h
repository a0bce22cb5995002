// Shapes of results, operator by operator: a table of small functions.
#pragma once

#include <span>
#include <string_view>

#include "check/shape/shape_node.h"

namespace modelexport::check {

struct ShapeRule {
  std::string_view op;  ///< of the default domain
  std::int64_t since;   ///< version from which the function describes it
  void (*infer)(ShapeNode&);
};

std::span<const ShapeRule> elementwise_shapes();
std::span<const ShapeRule> matrix_shapes();
std::span<const ShapeRule> layout_shapes();
std::span<const ShapeRule> target_shapes();
std::span<const ShapeRule> window_shapes();
std::span<const ShapeRule> axis_shapes();
std::span<const ShapeRule> patch_shapes();
std::span<const ShapeRule> einsum_shapes();
std::span<const ShapeRule> signal_shapes();
std::span<const ShapeRule> attention_shapes();

/// An input that must have a certain number of dimensions.
struct RankRow {
  std::string_view op;
  std::int64_t since;
  std::size_t input;
  std::size_t rank;
};
/// False, and a problem, where an input has another one.
bool check_ranks(ShapeNode& node);

/// nullptr for operators that the tables do not have.
void (*find_shape_rule(std::string_view op, std::int64_t version))(ShapeNode&);

}  // namespace modelexport::check
