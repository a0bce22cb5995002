// What `migrate` prints: per file, as a summary, and the inventory of a shelf.
#pragma once

#include <string>
#include <vector>

#include "commands/migrate_job.h"
#include "json/json.h"

namespace modelexport::commands {

/// A sidecar or report that was left without a model.
struct Unfinished {
  std::string sidecar;
};

std::string migrate_text(const MigrateJob& job, bool dry_run);
std::string migrate_summary(const std::vector<MigrateJob>& jobs, bool dry_run);
json::Json migrate_json(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished);

std::string inventory_table(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished);
std::string inventory_csv(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished);

}  // namespace modelexport::commands
