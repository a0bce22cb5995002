#include "commands/migrate_source.h"

#include "commands/source_tree.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kMostConfig = 16ULL << 20;

}  // namespace

Result<MigrateSource> MigrateSources::open(const std::string& given, const Limits& limits) {
  MigrateSource made;
  made.source = classify_source(context_, given, hub_);
  ME_CHECK(source::require_usable(made.source));
  auto tree = open_source_tree(context_, made.source, limits);
  if (!tree) {
    // A pinned Hub model can be stamped without its files; a directory cannot.
    if (made.source.kind != source::Kind::hub || made.source.commit.empty()) return fail(tree);
    made.note = tree.error().message + " (no component is copied)";
    return made;
  }
  made.tree = std::move(*tree);
  components::PlanOptions options;
  options.limits = limits;
  ME_TRY(made.components, components::plan_components(*made.tree, options));
  ME_TRY(made.config, made.tree->read("config.json", kMostConfig));
  return made;
}

Result<const MigrateSource*> MigrateSources::get(const std::string& given, const Limits& limits) {
  auto found = known_.find(given);
  if (found == known_.end()) found = known_.emplace(given, open(given, limits)).first;
  if (!found->second) return fail(found->second.error());
  return &*found->second;
}

}  // namespace modelexport::commands
