// What `check` will say of a package that is about to be written.
#pragma once

#include "modelexport/check.h"
#include "modelexport/limits.h"
#include "package/file_bytes.h"

namespace modelexport::commands {

/// The package's rules over the plan: nothing is written, and weights are not read.
/// `directory`: where it goes, for messages. Errors: none; what cannot be read is left to the packing itself.
check::Report check_planned(const package::PackagePlan& plan, const package::Inputs& inputs,
                            const std::string& directory, check::Readers readers, const Limits& limits);

}  // namespace modelexport::commands
