#include "commands/migrate_report.h"

#include <algorithm>
#include <map>

#include "migrate/migration_json.h"
#include "migrate/shelf.h"
#include "result/hints.h"

namespace modelexport::commands {
namespace {

using json::Json;
using migrate::Migration;

std::string placement_text(const Migration& migration) {
  const migrate::Placement& placement = migration.placement;
  std::string text = std::to_string(migration.tagged) + " of " + migrate::counted(migration.nodes, "node") +
                     " tagged with " + migrate::counted(migration.tags, "tag");
  if (placement.basis.empty()) return text;
  return text + "; at export: " + std::to_string(placement.direct) + " direct, " +
         std::to_string(placement.parent) + " parent, " + std::to_string(placement.root) + " root (" +
         placement.basis + ")";
}

std::string loader_text(const migrate::Loader& loader) {
  std::string text = loader.ort_class;
  if (!loader.task.empty()) text += " (" + loader.task + ")";
  if (!loader.problem.empty()) text += ", not yet: " + loader.problem;
  return text;
}

std::string result_of(const MigrateJob& job, bool dry_run) {
  if (job.failed()) return "failed";
  if (job.already_done()) return "already done";
  if (job.migration().unchanged()) return job.written().empty() ? "unchanged" : "copied";
  return dry_run ? "planned" : "migrated";
}

/// Columns as wide as their widest cell; the last one is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

struct InventoryRow {
  std::string path, form, model, repairable, errors, source, reason;
};

std::vector<InventoryRow> inventory(const std::vector<MigrateJob>& jobs,
                                    const std::vector<Unfinished>& unfinished) {
  std::vector<InventoryRow> rows;
  for (const MigrateJob& job : jobs) {
    if (job.failed()) {
      rows.push_back({job.path(), "unreadable", "", "no", "", "", job.failed()->message});
      continue;
    }
    const Migration& migration = job.migration();
    rows.push_back({job.path(), std::string(hierarchy::to_string(migration.form)), migration.class_name,
                    std::string(migrate::to_string(migration.repairable)),
                    std::to_string(migration.errors_before),
                    job.source_name().empty() ? migration.proposed : job.source_name(), migration.reason});
  }
  for (const Unfinished& export_ : unfinished)
    rows.push_back({export_.sidecar, "unfinished export", "", "no", "", "",
                    "there is no model beside it: export it again"});
  return rows;
}

}  // namespace

std::string migrate_text(const MigrateJob& job, bool dry_run) {
  if (job.failed()) return job.path() + ": failed: " + job.failed()->message + "\n";
  const Migration& migration = job.migration();
  std::string text = job.path() + ": " + migrate::form_text(migration);
  if (!migration.class_name.empty()) text += ", " + migration.class_name;
  text += '\n';
  for (const migrate::Step& step : migration.steps) text += "  " + step.rule + "  " + step.action + "\n";
  if (migration.steps.empty()) text += "  nothing to change\n";
  text += "  nodes: " + placement_text(migration) + "\n";
  for (const migrate::Note& note : migration.notes) {
    text += "  " + std::string(to_string(note.severity)) + "[" + note.rule + "]: " + note.message + "\n";
    if (!note.hint.empty()) text += "    = hint: " + note.hint + "\n";
  }
  for (const check::Finding& finding : migration.errors_left)
    text += "  error[" + std::string(finding.rule->id) + "] stays: " + finding.message + "\n";
  text += "  opens with: " + loader_text(migration.loader) + "\n";
  if (!dry_run && !job.written().empty()) text += "  wrote " + job.written() + "\n";
  if (job.already_done()) text += "  already done\n";
  return text;
}

std::string migrate_summary(const std::vector<MigrateJob>& jobs, bool dry_run) {
  std::vector<std::vector<std::string>> rows = {{"FILE", "FORM", "STEPS", "ERRORS", "WARNINGS", "RESULT"}};
  std::map<std::string, std::uint64_t> counts;
  bool warned = false;
  for (const MigrateJob& job : jobs) {
    const std::string result = result_of(job, dry_run);
    ++counts[result];
    const Migration& migration = job.migration();
    const std::string errors = job.failed() ? ""
                                            : std::to_string(migration.errors_before) + " -> " +
                                                  std::to_string(migration.errors_left.size());
    const auto warnings =
        std::count_if(migration.notes.begin(), migration.notes.end(),
                      [](const migrate::Note& note) { return note.severity == Severity::warning; });
    warned = warned || warnings != 0;
    rows.push_back({job.path(), job.failed() ? "" : std::string(hierarchy::to_string(migration.form)),
                    std::to_string(migration.steps.size()), errors, std::to_string(warnings), result});
  }
  std::string text = table(rows) + migrate::counted(jobs.size(), "file");
  char before = ':';
  for (const auto& [result, count] : counts) {
    text += before;
    text += ' ' + std::to_string(count) + ' ' + result;
    before = ',';
  }
  if (warned) text += " (-v says the warnings)";
  return text + "\n";
}

Json migrate_json(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished) {
  Json document = Json::object();
  document["schema"] = "modelexport/migrate/1";
  document["files"] = Json::array();
  for (const MigrateJob& job : jobs) {
    if (job.failed()) {
      const Diagnostic& error = *job.failed();
      document["files"].push_back({{"path", job.path()},
                                   {"error",
                                    {{"code", std::string(error_info(error.code).id)},
                                     {"message", error.message},
                                     {"hint", hint_of(error)}}}});
      continue;
    }
    Json file =
        migration_json(job.migration(), job.path(), job.written().empty() ? job.output() : job.written());
    file["source"] = job.source_name().empty() ? Json() : Json(job.source_name());
    file["already_done"] = job.already_done();
    document["files"].push_back(std::move(file));
  }
  document["unfinished"] = Json::array();
  for (const Unfinished& one : unfinished) document["unfinished"].push_back(one.sidecar);
  return document;
}

std::string inventory_table(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished) {
  std::vector<std::vector<std::string>> rows = {{"FILE", "FORM", "MODEL", "ERRORS", "REPAIRABLE", "REASON"}};
  for (const InventoryRow& row : inventory(jobs, unfinished))
    rows.push_back({row.path, row.form, row.model, row.errors, row.repairable, row.reason});
  return table(rows);
}

std::string inventory_csv(const std::vector<MigrateJob>& jobs, const std::vector<Unfinished>& unfinished) {
  std::string text = "path,form,model,errors,repairable,source,reason\n";
  for (const InventoryRow& row : inventory(jobs, unfinished))
    text += migrate::csv_line(
        {row.path, row.form, row.model, row.errors, row.repairable, row.source, row.reason});
  return text;
}

}  // namespace modelexport::commands
