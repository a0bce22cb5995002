#include "stamp/evidence.h"

#include <algorithm>
#include <iterator>

namespace modelexport::stamp {
namespace {

/// From weak to strong; the last two are equally good.
int strength(std::string_view evidence) {
  constexpr std::string_view kOrder[] = {"branch-head", "given", "weights-match", "captured"};
  const auto found = std::find(std::begin(kOrder), std::end(kOrder), evidence);
  return found == std::end(kOrder) ? 0 : std::min(3, 1 + static_cast<int>(found - std::begin(kOrder)));
}

}  // namespace

Evidence evidence_of(const source::Source& source) {
  constexpr std::size_t kShortest = 7;  // what Git takes for a shortened hash
  if (source.commit.empty()) return Evidence::none;
  const bool named = source.revision.size() >= kShortest && source.commit.starts_with(source.revision);
  return named ? Evidence::given : Evidence::branch_head;
}

void keep_what_is_known(const Entries& old, Made& made) {
  const Stamp before = read(old);
  const Stamp now = read(made.entries);
  const bool same = before.kind == Kind::hub && now.kind == Kind::hub && before.hub_id == now.hub_id &&
                    now.revision_form == RevisionForm::commit && before.revision == now.revision;
  // A stamp without commit, or with a shortened one, is completed by the new one.
  const bool completed = before.kind == Kind::hub && before.hub_id == now.hub_id &&
                         (before.revision_form != RevisionForm::commit || same);
  if (completed && now.license.empty() && !before.license.empty())
    made.entries.emplace_back(std::string(kLicense), before.license);
  if (!same) return;
  if (strength(before.evidence) <= strength(now.evidence)) return;
  for (auto& [key, value] : made.entries)
    if (key == kEvidence) value = before.evidence;
  made.warnings.erase(
      std::remove_if(made.warnings.begin(), made.warnings.end(),
                     [](const Diagnostic& warning) { return warning.code == ErrorCode::stamp_unpinned; }),
      made.warnings.end());
}

void settle_evidence(const Entries& before, const Entries& set, Entries& after) {
  const auto is_evidence = [](const auto& entry) { return entry.first == kEvidence; };
  const Stamp old = read(before);
  const Stamp now = read(after);
  const bool same = old.kind == now.kind && old.hub_id == now.hub_id && old.revision == now.revision;
  if (same || std::any_of(set.begin(), set.end(), is_evidence)) return;
  const auto found = std::find_if(after.begin(), after.end(), is_evidence);
  if (found == after.end()) return;
  if (now.kind == Kind::hub && now.revision_form == RevisionForm::commit) {
    found->second = std::string(to_string(Evidence::given));
  } else {
    after.erase(found);
  }
}

}  // namespace modelexport::stamp
