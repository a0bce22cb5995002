// --task as given: any text is a task, but one that no loader has a class for is mostly a misspelt one.
#pragma once

#include <string>

#include "cli/context.h"

namespace modelexport::commands {

/// The option's text; a warning, with the nearest known task, if only ORTModelForCustomTasks would open the
/// model.
std::string task_option(cli::Context& context);

}  // namespace modelexport::commands
