// Inputs whose number of dimensions the operator fixes.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

constexpr std::array kRanks = {
    RankRow{"Col2Im", 18, 1, 1},
    RankRow{"Col2Im", 18, 2, 1},
    RankRow{"ConstantOfShape", 9, 0, 1},
    RankRow{"DepthToSpace", 1, 0, 4},
    RankRow{"GRU", 7, 0, 3},
    RankRow{"LSTM", 7, 0, 3},
    RankRow{"MaxUnpool", 9, 2, 1},
    RankRow{"NegativeLogLikelihoodLoss", 12, 2, 1},
    RankRow{"OneHot", 9, 2, 1},
    RankRow{"RNN", 7, 0, 3},
    RankRow{"ReverseSequence", 10, 1, 1},
    RankRow{"RoiAlign", 10, 0, 4},
    RankRow{"RoiAlign", 10, 1, 2},
    RankRow{"RoiAlign", 10, 2, 1},
    RankRow{"SpaceToDepth", 1, 0, 4},
};

/// Inputs whose number of dimensions follows from the first one's.
bool check_relative(ShapeNode& node) {
  const ShapeRef first = node.input(0);
  const ShapeRef second = node.input(1);
  if (first == nullptr || second == nullptr) return true;
  const std::string& op = node.node().op_type;
  const bool grid = op == "GridSample" && second->size() != first->size();
  const bool target = op == "NegativeLogLikelihoodLoss" && second->size() + 1 != first->size();
  if (grid || target)
    node.fail("inputs of the shapes " + dims_text(*first) + " and " + dims_text(*second) +
              " do not fit together");
  return !grid && !target;
}

}  // namespace

bool check_ranks(ShapeNode& node) {
  const auto first = std::lower_bound(kRanks.begin(), kRanks.end(), std::string_view(node.node().op_type),
                                      [](const RankRow& row, std::string_view op) { return row.op < op; });
  for (auto row = first; row != kRanks.end() && row->op == node.node().op_type; ++row) {
    const ShapeRef shape = node.input(row->input);
    if (shape == nullptr || node.version() < row->since || shape->size() == row->rank) continue;
    node.fail("input " + std::to_string(row->input) + " has " + std::to_string(shape->size()) +
              " dimensions, the operator takes " + std::to_string(row->rank));
    return false;
  }
  return check_relative(node);
}

}  // namespace modelexport::check
