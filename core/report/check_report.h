// Reports of `check` in every format: JSON, text, SARIF, JUnit, GitHub annotations; and the rules' own pages.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/json.h"
#include "modelexport/check.h"

namespace modelexport::report {

/// {schema, versions, files, summary} of contract.md.
json::Json check_json(std::span<const check::Report> files);
/// For people. Infos are counted only, unless `infos`. `color` styles severities.
/// `quiet`: files without findings are not named, and nothing is said where there are none at all.
std::string check_text(std::span<const check::Report> files, bool infos, bool color, bool quiet = false);
/// SARIF 2.1.0; `version` is this program's.
json::Json check_sarif(std::span<const check::Report> files, std::string_view version);
std::string check_junit(std::span<const check::Report> files);
/// Workflow commands of GitHub Actions.
std::string check_github(std::span<const check::Report> files);

/// What `explain` prints for a rule, and its JSON.
std::string rule_text(const check::Rule& rule);
json::Json rule_json(const check::Rule& rule);
/// All rules as one Markdown page, for the documentation.
std::string rules_page();

/// "3 errors, 1 warning" over all files.
struct CheckTotals {
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  std::uint64_t infos = 0;
  std::uint64_t fixable = 0;
};
CheckTotals check_totals(std::span<const check::Report> files);

}  // namespace modelexport::report
