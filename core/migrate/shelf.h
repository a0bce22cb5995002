// A shelf of models: which source belongs to which path, and a plan for all of them that people may edit.
//
// Plan      "modelexport/migrate-plan/1": {options:{rename_inputs, dynamic}, output, files:[{path, size,
// sha256,
//           form, class, repairable, reason, source, skip, steps:[{rule, action}]}]}. Of a file, `source` may
//           be set, `skip` made true, and steps may be removed; everything else says what was planned for.
// Sources   CSV lines PATTERN,SOURCE; * and ? in the pattern; first line that fits path or file name counts.
// Errors    migrate_plan_invalid, migrate_sources.
#pragma once

#include "json/json.h"
#include "migrate/migrate.h"
#include "migrate/undo.h"

namespace modelexport::migrate {

struct SourceRow {
  std::string pattern;
  std::string source;
};
Result<std::vector<SourceRow>> read_sources(std::string_view text, const std::string& name);
/// "" if no line fits.
std::string source_for(const std::vector<SourceRow>& rows, const std::string& path);
bool matches(std::string_view pattern, std::string_view text);

struct PlannedFile {
  std::string path;
  FileIdentity identity;
  std::string form;
  std::string class_name;
  std::string repairable;
  std::string reason;
  std::string source;
  bool skip = false;
  std::vector<Step> steps;
};
struct ShelfPlan {
  bool rename_inputs = false;
  bool dynamic = false;
  bool in_place = false;
  std::string output;  ///< directory, "" with `in_place`
  std::vector<std::string> roots;
  std::vector<PlannedFile> files;
};
PlannedFile planned_file(const Migration& migration, const std::string& path, FileIdentity identity,
                         const std::string& source);
json::Json shelf_json(const ShelfPlan& plan);
Result<ShelfPlan> read_shelf(std::string_view text, const std::string& name, const Limits& limits);

/// One line of CSV; fields are quoted where they must be.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace modelexport::migrate
