// Legacy exports to the current form: one file planned as steps and one edit.
//
// Purpose   `migrate` (contract.md): what `check --fix` cures of earlier exporters' faults, and what needs
// more
//           than the file itself: sidecar, report, configuration, a named source. Planning is pure; hosts
//           bring the surroundings and execute the edit. IR version, opset, producer, weights and graph stay.
// Rule      Evidence that contradicts itself is reported, never guessed away; what cannot be known is said
// with
//           the command that would settle it. Planning the result again gives no edit.
// Ownership The source is borrowed during the call; a Migration owns everything.
// Errors    Those of reading and editing; migrate_rename, migrate_dynamic when these were asked for and
// cannot
//           be proved; migrate_changed when the planned result is not the same model.
#pragma once

#include "migrate/report.h"
#include "migrate/scopes.h"
#include "migrate/stamp_plan.h"
#include "migrate/usability.h"
#include "modelexport/edit_plan.h"
#include "modelexport/hierarchy.h"

namespace modelexport::migrate {

struct Options {
  std::string file;    ///< the model as the user names it
  std::string result;  ///< where the migrated one will be, for hints; "" there, too
  const check::Surroundings* around = nullptr;
  const source::Source* source = nullptr;  ///< --source, usable and pinned as far as possible
  std::string source_config;               ///< its config.json, "" if it has none
  source::HubProbe* hub = nullptr;
  bool offline = false;
  bool rename_inputs = false;
  bool dynamic = false;
  Rules rules;  ///< only these steps
  std::string version;
  Limits limits;
};

enum class Repairable : std::uint8_t { yes, needs_source, no };
std::string_view to_string(Repairable repairable);

struct Migration {
  hierarchy::Form form = hierarchy::Form::none;
  std::vector<std::pair<hierarchy::Form, std::uint64_t>> forms;  ///< nodes by form, where there are several
  std::string class_name;                                        ///< of the root module, "" unknown
  std::string sidecar;                                           ///< file whose tags were read, "" none
  std::uint64_t nodes = 0;
  std::uint64_t tagged = 0;  ///< afterwards
  std::uint64_t tags = 0;    ///< distinct ones
  Placement placement;
  std::vector<Step> steps;
  std::vector<Note> notes;
  Loader loader;
  onnx::EditPlan plan;
  std::string config;    ///< text of the configuration that counts, "" if none is known
  std::string proposed;  ///< the sidecar's model name
  Repairable repairable = Repairable::yes;
  std::string reason;               ///< for anything but yes
  std::uint64_t errors_before = 0;  ///< of check for ONNX Runtime and onnx
  std::vector<check::Finding> errors_left;

  [[nodiscard]] bool unchanged() const { return plan.unchanged(); }
};

Result<Migration> plan_migration(const ByteSource& source, const Options& options);

}  // namespace modelexport::migrate
