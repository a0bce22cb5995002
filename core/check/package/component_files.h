// Component files that no loader can read, whatever the model is: pointers of Git LFS, broken JSON, a
// tokenizer without its model.
//
// Limits    JSON files above 2 MiB are read, but only their beginning is judged; above 64 MiB not even that.
#pragma once

#include <string_view>

#include "check/findings.h"
#include "modelexport/components.h"

namespace modelexport::check {

/// What core/json says of two equal keys in one object. Loaders take the last of them: nobody refuses the
/// file. the file.
bool is_doubled_key(std::string_view problem);

void check_component_files(const components::SourceTree& tree, Findings& findings);

}  // namespace modelexport::check
