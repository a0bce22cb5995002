#include "commands/hub_source.h"

#include "commands/source_option.h"
#include "hub/hub.h"

namespace modelexport::commands {

Status pin_source(cli::Context& context, source::Source& source) {
  const bool nowhere = source.kind == source::Kind::local && !source.exists;
  if (nowhere && source.reason == source::Reason::unverified && context.arguments.has("allow-unpinned")) {
    source.kind = source::Kind::hub;
    return {};
  }
  ME_CHECK(source::require_usable(source));
  if (source.kind != source::Kind::hub || !source.revision.empty()) return {};
  const auto hub = make_hub(context);
  if (!hub) return {};
  const std::string loaded = (*hub)->loaded_commit(source.repo_id);
  if (loaded.empty()) return {};
  source.commit = loaded;
  source.commit_from_cache = true;
  return {};
}

Result<std::string> hub_config(cli::Context& context, source::Source& source, const Limits& limits) {
  constexpr std::uint64_t kMost = 16ULL << 20;
  if (source.kind != source::Kind::hub || source.commit.empty()) return std::string();
  const auto text = [&]() -> Result<std::string> {
    ME_TRY(const auto hub, make_hub(context, limits, true));
    // A commit that was given needed no question; its licence and task do.
    if (source.hub_status == source::HubStatus::unasked) source.hub = hub->ask(source.repo_id, source.commit);
    ME_TRY(const auto tree,
           hub->open(source.repo_id, source.revision, source.commit, hub::Need::files, {"config.json"}));
    return tree->read("config.json", kMost);
  }();
  if (text) return *text;
  const ErrorCode code = text.error().code;
  // What the Hub denies is no source; what it does not say (private, unreachable) may well be one.
  if (code == ErrorCode::source_not_found || code == ErrorCode::hub_revision_not_found)
    return fail(text.error());
  if (!context.offline()) {
    context.note("the configuration of " + source.repo_id +
                 " was not compared with the graph: " + text.error().message);
  }
  return std::string();
}

}  // namespace modelexport::commands
