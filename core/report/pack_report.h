// What `pack` says: the plan of --dry-run, the summary, and the JSON of contract.md §2; for the page as well.
#pragma once

#include <string>

#include "json/json.h"
#include "package/plan_package.h"

namespace modelexport::report {

struct PackReport {
  const package::PackagePlan* plan = nullptr;
  const package::PackOptions* options = nullptr;
  const package::Manifest* written = nullptr;  ///< with all files; not needed for plans
  std::string shown;                           ///< the source, as the user named it
  std::string output;
  bool zip = false;
};

/// What opens the package at `output`.
package::Snippets pack_snippets(const PackReport& report);

json::Json pack_plan_json(const PackReport& report);
std::string pack_plan_text(const PackReport& report);
json::Json pack_json(const PackReport& report);
std::string pack_text(const PackReport& report);

}  // namespace modelexport::report
