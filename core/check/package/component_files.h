// Component files that no loader can read, whatever the model is: pointers of Git LFS, broken JSON, a
// tokenizer without its model.
//
// Limits    JSON files above 2 MiB are read, but only their beginning is judged; above 64 MiB not even that.
#pragma once

#include "check/findings.h"
#include "modelexport/components.h"

namespace modelexport::check {

void check_component_files(const components::SourceTree& tree, Findings& findings);

}  // namespace modelexport::check
