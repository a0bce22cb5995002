// A package against its own manifest: one flipped bit is found.
#pragma once

#include "check/findings.h"
#include "modelexport/components.h"

namespace modelexport::check {

/// Nothing to say where there is no manifest. Reads every listed file.
void check_manifest(const components::SourceTree& tree, Findings& findings);

}  // namespace modelexport::check
