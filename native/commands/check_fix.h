// `check --fix`: every fixable finding of a file as one plan, shown or written.
#pragma once

#include "cli/context.h"
#include "modelexport/check.h"

namespace modelexport::commands {

/// Plans and, unless only the plan is wanted, writes. `report` becomes the report on the result.
Status fix_file(cli::Context& context, const std::string& path, const check::Options& options,
                check::Report& report);

/// Contradictions between --fix, --diff, -o and --in-place.
Status check_fix_usage(const cli::Arguments& arguments, std::size_t files);

}  // namespace modelexport::commands
