// `version`: the program's version.
#include "cli/context.h"
#include "commands/table.h"

namespace modelexport::commands {
namespace {

Result<int> run(cli::Context& context) {
  if (!context.json()) {
    context.out.line("modelexport " MODELEXPORT_VERSION);
    return 0;
  }
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/version/1";
  document["version"] = MODELEXPORT_VERSION;
  context.print(document);
  return 0;
}

constexpr cli::Example kExamples[] = {{"modelexport version --json", "The version for a script"}};

}  // namespace

constexpr cli::Command kVersion{
    .name = "version",
    .arguments = "",
    .summary = "print the version",
    .description = "Prints the program's version, as --version does.",
    .options = {},
    .option_aliases = {},
    .examples = kExamples,
    .run = run,
};

}  // namespace modelexport::commands
