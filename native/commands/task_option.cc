#include "commands/task_option.h"

#include "cli/did_you_mean.h"
#include "modelexport/components.h"

namespace modelexport::commands {

void warn_about_task(cli::Context& context) {
  const std::string task = context.arguments.get("task");
  if (components::ort_class_for_task(task, {}) != "ORTModelForCustomTasks") return;
  const std::string near = cli::did_you_mean(task, components::known_tasks());
  context.warn({ErrorCode::capture_task,
                Severity::warning,
                "no loader has a class for the task '" + task + "'; ORTModelForCustomTasks opens the model",
                {},
                near.empty() ? std::string() : "did you mean --task " + near + "?"});
}

}  // namespace modelexport::commands
