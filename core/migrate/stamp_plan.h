// The stamp of a legacy file: what can be completed, by what evidence, and what only the user can say.
//
// Rule      A given source decides. Else the file's own entries; a short or empty revision is looked up (Hub
//           interface, shared cache) and stays, marked, where nobody can be asked. An unstamped export is
//           local when its configuration lies beside it. The name in a sidecar is proposed, never believed.
//           Entries of the predecessor that say more (time of export, pipeline tag) stay as its history.
#pragma once

#include "migrate/report.h"
#include "modelexport/source.h"
#include "modelexport/stamp.h"

namespace modelexport::migrate {

struct StampFacts {
  stamp::Entries old;                      ///< each key once
  const source::Source* source = nullptr;  ///< given by the user, usable
  source::HubProbe* hub = nullptr;         ///< nullptr: nobody can be asked
  bool offline = false;                    ///< only the cache may be asked
  bool config_beside = false;
  bool legacy = false;   ///< the file is an earlier export: an absent stamp is completed
  std::string task;      ///< what the model can do by its outputs, "" unknown
  std::string proposed;  ///< the sidecar's model name
  std::string version;   ///< of this program
  std::string file;      ///< for hints
  std::string result;    ///< what hints call the migrated file
};

struct StampPlan {
  stamp::Entries set;               ///< keys to write
  std::vector<std::string> remove;  ///< keys that would contradict
  std::vector<Step> steps;
  std::vector<Note> notes;
  bool needs_source = false;
};
Result<StampPlan> plan_stamp(const StampFacts& facts, const Rules& rules);

inline constexpr std::string_view kUnresolved = "unresolved";

}  // namespace modelexport::migrate
