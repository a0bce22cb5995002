#include "check/shape/infer.h"

#include <algorithm>
#include <vector>

namespace modelexport::check {
namespace {

/// All tables as one, sorted by operator.
const std::vector<ShapeRule>& rules() {
  static const std::vector<ShapeRule> all = [] {
    std::vector<ShapeRule> list;
    for (const auto& table :
         {elementwise_shapes(), matrix_shapes(), layout_shapes(), target_shapes(), window_shapes(),
          axis_shapes(), patch_shapes(), einsum_shapes(), signal_shapes(), attention_shapes()})
      list.insert(list.end(), table.begin(), table.end());
    std::sort(list.begin(), list.end(), [](const ShapeRule& a, const ShapeRule& b) { return a.op < b.op; });
    return list;
  }();
  return all;
}

}  // namespace

void (*find_shape_rule(std::string_view op, std::int64_t version))(ShapeNode&) {
  const auto found =
      std::lower_bound(rules().begin(), rules().end(), op,
                       [](const ShapeRule& rule, std::string_view wanted) { return rule.op < wanted; });
  if (found == rules().end() || found->op != op || version < found->since) return nullptr;
  return found->infer;
}

}  // namespace modelexport::check
