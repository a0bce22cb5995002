#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {
constexpr InferRule kRules[] = {{"", nullptr}};
}  // namespace

InferTable infer_index_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
