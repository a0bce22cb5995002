#include "migrate/steps.h"

#include <algorithm>
#include <array>
#include <map>

namespace modelexport::migrate {
namespace {

struct Cure {
  std::string_view rule;
  std::string_view what;    ///< what is counted
  std::string_view action;  ///< what happens to it
};

constexpr std::array kCures = {
    Cure{"ME-EXT-010", "tensor", "pointed to the data file beside the model"},
    Cure{"ME-EXT-013", "length", "of external data corrected to what the shape asks for"},
    Cure{"ME-EXT-015", "external data entry", "with an unknown key removed"},
    Cure{"ME-FILE-010", "part", "around the model cut off"},
    Cure{"ME-LEGACY-001", "tag", "moved from node attributes to node metadata"},
    Cure{"ME-LEGACY-002", "tag", "copied from doc_string to node metadata"},
    Cure{"ME-META-010", "metadata key", "kept once, with its last value"},
    Cure{"ME-META-011", "metadata key", "of a part kept once, with its last value"},
    Cure{"ME-META-012", "metadata entry", "without key removed"},
    Cure{"ME-TAG-010", "tag", "freed of doubled and trailing slashes"},
};

std::string plural(std::uint64_t count, std::string_view what) {
  if (count == 1 || !what.ends_with('y') || what.ends_with("ey")) return counted(count, what);
  return std::to_string(count) + " " + std::string(what.substr(0, what.size() - 1)) + "ies";
}

struct OriginText {
  Origin origin;
  std::string_view rule;
  std::string_view action;
};
constexpr std::array kOrigins = {
    OriginText{Origin::winml, "ME-LEGACY-003", "copied from winml.hierarchy.tag"},
    OriginText{Origin::dynamo, "ME-LEGACY-003", "made from the module chain of torch's exporter"},
    OriginText{Origin::by_name, "ME-LEGACY-005", "taken from the sidecar by node name"},
    OriginText{Origin::by_output, "ME-LEGACY-005", "taken from the sidecar by the name of an output"},
    OriginText{Origin::by_scope, "ME-LEGACY-005", "concluded from the module that the node's name lies in"},
    OriginText{Origin::by_weight, "ME-LEGACY-005", "concluded from the module whose weight the node uses"},
    OriginText{Origin::by_neighbours, "ME-LEGACY-005", "concluded from all neighbours' common module"},
    OriginText{Origin::by_owner, "ME-LEGACY-020", "taken from the node around a branch or loop"},
};

}  // namespace

std::vector<std::string> fixing_rules(const Rules& wanted) {
  std::vector<std::string> rules;
  for (const Cure& cure : kCures)
    if (wants(wanted, cure.rule)) rules.emplace_back(cure.rule);
  // An empty selection would mean everything.
  if (rules.empty()) rules.emplace_back("ME-NONE");
  return rules;
}

std::vector<Step> steps_of(const check::Report& before) {
  std::map<std::string_view, std::uint64_t> counts;
  for (const check::Finding& finding : before.findings)
    if (finding.fixable()) counts[finding.rule->id] += 1 + finding.more;
  std::vector<Step> steps;
  for (const Cure& cure : kCures) {
    const auto found = counts.find(cure.rule);
    if (found == counts.end()) continue;
    steps.push_back(
        {std::string(cure.rule), plural(found->second, cure.what) + " " + std::string(cure.action)});
  }
  return steps;
}

std::vector<Step> steps_of(const std::vector<Origin>& added) {
  std::vector<Step> steps;
  for (const OriginText& text : kOrigins) {
    const auto count = static_cast<std::uint64_t>(std::count(added.begin(), added.end(), text.origin));
    if (count == 0) continue;
    steps.push_back({std::string(text.rule), plural(count, "tag") + " " + std::string(text.action)});
  }
  return steps;
}

std::string_view rule_of(Origin origin) {
  for (const OriginText& text : kOrigins)
    if (text.origin == origin) return text.rule;
  return {};
}

}  // namespace modelexport::migrate
