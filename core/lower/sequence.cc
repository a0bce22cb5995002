#include "lower/families.h"

namespace modelexport::lower {
namespace {
constexpr LowerRule kRules[] = {{"", nullptr}};
}  // namespace

RuleTable sequence_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
