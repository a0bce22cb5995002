// Visits every part of a model once and calls the groups of rules.
#pragma once

#include "check/context.h"

namespace modelexport::check {

/// All groups over the whole model. Reading errors become findings.
void walk(ModelContext& model);

}  // namespace modelexport::check
