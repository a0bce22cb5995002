// The operator tables of all families, joined. One line per family.
#include <unordered_map>

#include "lower/families.h"

namespace modelexport::lower {
namespace {
std::unordered_map<std::string_view, const LowerRule*> build() {
  std::unordered_map<std::string_view, const LowerRule*> out;
  for (const RuleTable& table :
       {scalar_rules(), elementwise_rules(), unary_rules(), complex_rules(), activation_rules(),
        creation_rules(), view_rules(), index_rules(), linear_rules(), norm_rules(), conv_rules(),
        pool_rules(), resize_rules(), reduce_rules(), sequence_rules(), control_rules(), fourier_rules()})
    for (std::size_t i = 0; i < table.size; ++i) out[table.rules[i].target] = &table.rules[i];
  return out;
}
}  // namespace

const LowerRule* find_lower_rule(std::string_view target) {
  static const auto rules = build();
  const auto found = rules.find(target);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace modelexport::lower
