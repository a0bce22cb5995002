// Many models in one run of `migrate`: which files, which source and output each has, and plans in files.
#pragma once

#include <string>
#include <vector>

#include "commands/migrate_job.h"
#include "commands/migrate_report.h"
#include "migrate/shelf.h"

namespace modelexport::commands {

/// Models of the arguments, each with its source (--source, --sources) and output.
Result<std::vector<MigrateJob>> make_jobs(cli::Context& context, const MigrateSettings& settings);
/// Exports of the predecessor that ended without a model, below the named directories.
std::vector<Unfinished> find_unfinished(cli::Context& context);

/// --plan-out: the plan of everything that was planned.
Status write_plan(cli::Context& context, const std::vector<MigrateJob>& jobs,
                  const MigrateSettings& settings);
/// --apply: the plan's files as jobs, and its options as settings. Files that are migrated already are
/// marked; those that are neither the planned nor the migrated ones have failed.
Result<std::vector<MigrateJob>> read_plan(cli::Context& context, MigrateSettings& settings);

}  // namespace modelexport::commands
