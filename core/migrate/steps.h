// The steps that the rules of check already cure, as migrate lists them.
#pragma once

#include "migrate/attach.h"
#include "migrate/report.h"

namespace modelexport::migrate {

/// Rules of check whose fixes migrate applies: nothing that touches operators, opsets or weights.
std::vector<std::string> fixing_rules(const Rules& wanted);
/// One step per rule that `before` has fixable findings of.
std::vector<Step> steps_of(const check::Report& before);
/// Tags by where they are from: winml and dynamo, sidecar, bodies.
std::vector<Step> steps_of(const std::vector<Origin>& added);
/// The rule that asks for a tag of this origin; "" for tags that are there already.
std::string_view rule_of(Origin origin);

}  // namespace modelexport::migrate
