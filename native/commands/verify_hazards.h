// Sizes that an archive keeps as constants: found by running it at other sizes than it was made with.
#pragma once

#include "commands/verify_runs.h"
#include "modelexport/export.h"

namespace modelexport::commands {

struct HazardRequest {
  const ArchiveNotes* archive = nullptr;
  const ExportResult* result = nullptr;
  verify::Sizes example;  ///< at which the archive runs
  verify::Sizes failing;  ///< at which it does not
};

/// True if a run failed because a table of positions or tokens has no further row: a limit of the model, no
/// mistake.
bool is_index_limit(const Diagnostic& error);

/// A warning that names the axes, the module and the source line.
Result<Diagnostic> explain_hazard(cli::Context& context, const HazardRequest& request,
                                  const Diagnostic& error);

}  // namespace modelexport::commands
