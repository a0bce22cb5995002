// What a migration does and says: steps, each by the rule that asks for it, and notes on what it cannot do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelexport/check.h"

namespace modelexport::migrate {

struct Step {
  std::string rule;    ///< "ME-LEGACY-001"; explain knows it
  std::string action;  ///< "136 tags moved from node attributes to node metadata"
};

struct Note {
  std::string rule;
  Severity severity = Severity::info;
  std::string message;
  std::string hint;
};

/// Rules that the user's plan leaves in force; empty: all.
using Rules = std::vector<std::string>;
inline bool wants(const Rules& rules, std::string_view rule) {
  for (const std::string& one : rules)
    if (one == rule) return true;
  return rules.empty();
}

/// "1 node", "2 nodes"
inline std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

inline Note note_of(std::string_view rule, std::string message, std::string hint = {}) {
  const check::Rule* known = check::find_rule(rule);
  return {std::string(rule), known != nullptr ? known->severity : Severity::info, std::move(message),
          hint.empty() && known != nullptr ? std::string(known->fix) : std::move(hint)};
}

}  // namespace modelexport::migrate
