#include "migrate/notes.h"

#include <algorithm>

#include "components/leaks.h"

namespace modelexport::migrate {
namespace {

void contradictions(const HierarchyFacts& facts, std::vector<Note>& notes) {
  const Attached& attached = facts.attached;
  for (const std::string& problem : facts.beside.problems) notes.push_back(note_of("ME-LEGACY-019", problem));
  if (attached.foreign_sidecar) {
    notes.push_back(note_of("ME-LEGACY-019", facts.beside.sidecar_name +
                                                 " is of another model: hardly any of its nodes are here; "
                                                 "nothing is taken from it"));
  } else if (attached.differ != 0) {
    notes.push_back(note_of("ME-LEGACY-006", facts.beside.sidecar_name + " has other tags for " +
                                                 counted(attached.differ, "node") + " of " +
                                                 std::to_string(attached.compared) + " (" + attached.example +
                                                 "); the model's own stay"));
  }
  if (attached.two_tags != 0)
    notes.push_back(note_of(
        "ME-LEGACY-017",
        counted(attached.two_tags, "node") + " with two different tags (" + attached.two_tags_example + ")"));
  const auto odd = static_cast<std::uint64_t>(std::count_if(
      facts.nodes.begin(), facts.nodes.end(), [](const NodeRecord& node) { return node.tag_attribute_odd; }));
  if (odd != 0)
    notes.push_back(
        note_of("ME-LEGACY-017",
                counted(odd, "attribute") + " called hierarchy_tag that hold no text; they are removed"));
}

void shared(const HierarchyFacts& facts, std::vector<Note>& notes) {
  const auto list = facts.modules.shared_tags();
  if (list.empty()) return;
  std::string example = list.front().first + " for";
  for (std::size_t i = 0; i < list.front().second.size() && i < 3; ++i)
    example += (i == 0 ? " " : ", ") + list.front().second[i];
  notes.push_back(note_of("ME-LEGACY-007", counted(list.size(), "tag") + " of several modules each (" +
                                               example + "); hierarchy_scope tells them apart"));
}

void gaps(const HierarchyFacts& facts, std::vector<Note>& notes) {
  const bool tagged =
      std::any_of(facts.tags.begin(), facts.tags.end(), [](const auto& tag) { return !tag.empty(); });
  if (!tagged && facts.form == hierarchy::Form::node_names)
    notes.push_back(
        note_of("ME-LEGACY-014", "only the nodes' names say where they belong; classes are not known"));
  const auto missing = static_cast<std::uint64_t>(std::count_if(
      facts.tags.begin(), facts.tags.end(), [](const std::string& tag) { return tag.empty(); }));
  if (tagged && facts.attached.legacy && missing != 0)
    notes.push_back(note_of("ME-LEGACY-018", "nothing says to which module " + counted(missing, "node") +
                                                 " of " + std::to_string(facts.tags.size()) + " belong"));
  if (facts.placement.hidden != 0 && !facts.placement.basis.empty())
    notes.push_back(
        note_of("ME-LEGACY-012", counted(facts.placement.hidden, "node") + " of " +
                                     std::to_string(facts.placement.root) +
                                     " that are given to the root ran in a module that was not traced"));
}

void beside(const HierarchyFacts& facts, std::vector<Note>& notes) {
  if (!facts.beside.model_name.empty() && components::is_local_path(facts.beside.model_name))
    notes.push_back(
        note_of("ME-LEGACY-013", facts.beside.sidecar_name + " names a path of the exporting machine"));
}

}  // namespace

void add_hierarchy_notes(const HierarchyFacts& facts, std::vector<Note>& notes) {
  contradictions(facts, notes);
  shared(facts, notes);
  gaps(facts, notes);
  beside(facts, notes);
}

}  // namespace modelexport::migrate
