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
  if (!same) return;
  if (now.license.empty() && !before.license.empty())
    made.entries.emplace_back(std::string(kLicense), before.license);
  if (strength(before.evidence) <= strength(now.evidence)) return;
  for (auto& [key, value] : made.entries)
    if (key == kEvidence) value = before.evidence;
  made.warnings.erase(
      std::remove_if(made.warnings.begin(), made.warnings.end(),
                     [](const Diagnostic& warning) { return warning.code == ErrorCode::stamp_unpinned; }),
      made.warnings.end());
}

}  // namespace modelexport::stamp
