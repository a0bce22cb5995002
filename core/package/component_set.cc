#include "package/component_set.h"

#include "components/json_members.h"
#include "components/json_text.h"

namespace modelexport::package {
namespace {

constexpr std::uint64_t kMaxText = 64ULL << 20;

}  // namespace

ComponentSet::ComponentSet(const components::ComponentPlan& plan, const components::SourceTree& tree)
    : tree_(tree) {
  for (const components::PlannedFile& file : plan.files) files_.emplace(file.path, File{file, false});
}

Result<std::string> ComponentSet::text(std::string_view path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return fail(ErrorCode::internal, "no such component: " + std::string(path));
  if (found->second.planned.action == components::Action::write) return found->second.planned.text;
  return tree_.read(path, kMaxText);
}

Result<json::Json> ComponentSet::document(std::string_view path, const Limits& limits) const {
  ME_TRY(const std::string raw, text(path));
  return json::parse(components::make_strict(raw).text, limits, path);
}

void ComponentSet::replace(std::string_view path, std::string text, std::string edit) {
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  components::PlannedFile& file = found->second.planned;
  file.action = components::Action::write;
  file.text = std::move(text);
  file.size = file.text.size();
  file.edits.push_back(std::move(edit));
}

Status ComponentSet::set_member(std::string_view path, std::string_view key, std::string_view json_value,
                                std::string edit) {
  ME_TRY(const std::string old, text(path));
  std::string changed = old;
  components::set_root_member(changed, key, json_value);
  if (changed != old) replace(path, std::move(changed), std::move(edit));
  return {};
}

void ComponentSet::add(std::string path, std::string text, std::string reason) {
  File file;
  file.planned.path = path;
  file.planned.action = components::Action::write;
  file.planned.size = text.size();
  file.planned.text = std::move(text);
  file.planned.reason = std::move(reason);
  file.made = true;
  files_[std::move(path)] = std::move(file);
}

}  // namespace modelexport::package
