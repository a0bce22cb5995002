// The inference tables of all families, joined. In-place forms share the functional rule.
#include <unordered_map>

#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {
std::unordered_map<std::string_view, const InferRule*> build() {
  std::unordered_map<std::string_view, const InferRule*> out;
  for (const InferTable& table :
       {infer_scalar_rules(), infer_elementwise_rules(), infer_unary_rules(), infer_creation_rules(),
        infer_view_rules(), infer_index_rules(), infer_linear_rules(), infer_norm_rules(), infer_conv_rules(),
        infer_reduce_rules(), infer_sequence_rules(), infer_control_rules(), infer_fourier_rules()})
    for (std::size_t i = 0; i < table.size; ++i) out[table.rules[i].target] = &table.rules[i];
  return out;
}
}  // namespace

const InferRule* find_infer_rule(std::string_view target) {
  static const auto rules = build();
  auto found = rules.find(target);
  if (found == rules.end() && target.ends_with('_') && !target.ends_with("__"))
    found = rules.find(target.substr(0, target.size() - 1));
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace modelexport::aten
