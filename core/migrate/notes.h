// What a migration says about the hierarchy it found: contradictions, gaps, and the honest counts.
#pragma once

#include "migrate/attach.h"
#include "migrate/report.h"
#include "modelexport/hierarchy.h"

namespace modelexport::migrate {

struct HierarchyFacts {
  const std::vector<NodeRecord>& nodes;
  const std::vector<std::string>& tags;  ///< afterwards
  const Attached& attached;
  const ModuleTable& modules;
  const Beside& beside;
  const Placement& placement;
  hierarchy::Form form;
  const std::string& file;
};
void add_hierarchy_notes(const HierarchyFacts& facts, std::vector<Note>& notes);

}  // namespace modelexport::migrate
