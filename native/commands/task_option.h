// --task as given: any text is a task, but one that no loader has a class for is mostly a misspelt one.
#pragma once

#include "cli/context.h"

namespace modelexport::commands {

/// A warning, with the nearest known task, if only ORTModelForCustomTasks would open the model. Once for a
/// command, however many models it writes.
void warn_about_task(cli::Context& context);

}  // namespace modelexport::commands
