// The one list of groups, and the rules of all of them by id.
#include <algorithm>
#include <cctype>

#include "check/body_values.h"
#include "check/calls.h"
#include "check/flow.h"
#include "check/package/rules.h"
#include "check/rules/groups.h"
#include "check/shape/shapes.h"
#include "check/types.h"

namespace modelexport::check {
namespace {

/// In the order in which they look at a model.
constexpr const Group* kGroups[] = {
    &kFileGroup,  &kReadingGroup,   &kWireGroup,      &kVersionsGroup,   &kGraphGroup,    &kFlowGroup,
    &kTypesGroup, &kFunctionsGroup, &kOperatorsGroup, &kAttributesGroup, &kBodiesGroup,   &kBodyValuesGroup,
    &kCallsGroup, &kShapesGroup,    &kTensorsGroup,   &kSparseGroup,     &kExternalGroup, &kMetadataGroup,
    &kStampGroup, &kHierarchyGroup, &kLegacyGroup,    &kMigrationGroup,  &kPackageGroup,
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::span<const Group* const> all_groups() { return kGroups; }

std::span<const Rule* const> all_rules() {
  static const std::vector<const Rule*> rules = [] {
    std::vector<const Rule*> list;
    for (const Group* group : kGroups) list.insert(list.end(), group->rules.begin(), group->rules.end());
    std::sort(list.begin(), list.end(), [](const Rule* a, const Rule* b) { return a->id < b->id; });
    return list;
  }();
  return rules;
}

const Rule* find_rule(std::string_view id) {
  const auto rules = all_rules();
  const auto found =
      std::lower_bound(rules.begin(), rules.end(), id,
                       [](const Rule* rule, std::string_view wanted) { return rule->id < wanted; });
  return found != rules.end() && (*found)->id == id ? *found : nullptr;
}

bool names_rule(std::string_view selector, const Rule& rule) {
  if (selector.empty()) return false;
  std::string wanted = upper(selector);
  if (!wanted.starts_with("ME-")) wanted = "ME-" + wanted;
  if (!rule.id.starts_with(wanted)) return false;
  return rule.id.size() == wanted.size() || wanted.back() == '-' || rule.id[wanted.size()] == '-';
}

}  // namespace modelexport::check
