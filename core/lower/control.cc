#include "lower/families.h"

namespace modelexport::lower {
namespace {
constexpr LowerRule kRules[] = {{"", nullptr}};
}  // namespace

RuleTable control_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
