// Inputs whose number of dimensions the operator fixes.
#include <algorithm>
#include <array>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

constexpr std::array kRanks = {
    RankRow{"ConstantOfShape", 9, 0, 1},
    RankRow{"DepthToSpace", 1, 0, 4},
    RankRow{"GRU", 7, 0, 3},
    RankRow{"LSTM", 7, 0, 3},
    RankRow{"RNN", 7, 0, 3},
    RankRow{"RoiAlign", 10, 0, 4},
    RankRow{"RoiAlign", 10, 1, 2},
    RankRow{"RoiAlign", 10, 2, 1},
    RankRow{"SpaceToDepth", 1, 0, 4},
};

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
  return true;
}

}  // namespace modelexport::check
