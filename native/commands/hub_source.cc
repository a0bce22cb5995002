#include "commands/hub_source.h"

#include "commands/source_option.h"
#include "hub/hub.h"
#include "result/shell_word.h"
#include "stamp/evidence.h"

namespace modelexport::commands {

Result<source::Source> stamped_source(const cli::Context& context, const stamp::Stamp& stamp,
                                      const std::string& file) {
  ME_TRY(source::Source source, stamp::source_of(stamp, file));
  const std::string revision = context.arguments.get("revision");
  if (revision.empty()) return source;
  if (source.kind != source::Kind::hub) {
    return fail(ErrorCode::cli_usage, "--revision is for Hub models; the stamp names a local one",
                {.path = file},
                "leave it out, or name the model: --source ID --revision " + shell_word(revision));
  }
  // Without anybody to ask, classify() only reads the names.
  const source::Source named = source::classify(source.repo_id, nullptr, nullptr, classify_options(context));
  if (named.kind == source::Kind::invalid) {
    return fail(ErrorCode::source_bad_name, "'" + revision + "' is no branch, tag or commit",
                {.field = "--revision"}, "--revision main, or a commit of 40 hexadecimal digits");
  }
  source.reason = source::Reason::hub_scheme;
  source.revision = named.revision;
  source.commit = named.commit;
  return source;
}

namespace {

/// A branch or tag whose commit only the cache says, and the cache holds no weights of it: nothing shows that
/// anybody ever loaded it, and it may be long out of date.
tl::unexpected<Diagnostic> not_pinned(const source::Source& source) {
  ErrorCode code = ErrorCode::source_unreachable;
  if (source.hub.status == source::HubStatus::private_model) code = ErrorCode::source_private;
  if (source.hub.status == source::HubStatus::not_found) code = ErrorCode::source_not_found;
  const std::string branch = source.revision.empty() ? "The default branch" : "'" + source.revision + "'";
  const std::string why = source.hub.detail.empty() ? "the network may not be used" : source.hub.detail;
  const std::string advice = source.hub.advice.empty() ? "go online" : source.hub.advice;
  return fail(code,
              branch + " of " + source.repo_id +
                  " may have moved on since the shared cache, which has none of its " +
                  "weights, saw it at " + source.commit + "; " + why + ".",
              {.field = source.input},
              "Name the commit that the weights are of (--source " + source.repo_id + "@COMMIT), or " +
                  advice + ". With --allow-unpinned the stamp names the model without a commit.");
}

}  // namespace

Status pin_source(cli::Context& context, source::Source& source) {
  const bool nowhere = source.kind == source::Kind::local && !source.exists;
  if (nowhere && source.reason == source::Reason::unverified && context.arguments.has("allow-unpinned")) {
    source.kind = source::Kind::hub;
    return {};
  }
  if (auto usable = source::require_usable(source); !usable) {
    Diagnostic error = std::move(usable).error();
    if (error.code == ErrorCode::source_unreachable)
      error.hint += " With --allow-unpinned the stamp names the model without a commit.";
    return fail(std::move(error));
  }
  if (source.kind != source::Kind::hub) return {};
  // A shortened commit is one, whoever completed it.
  const bool only_cached = source.verified == source::Verified::cache &&
                           stamp::evidence_of(source) == stamp::Evidence::branch_head;
  if (!only_cached && !source.revision.empty()) return {};
  const auto hub = make_hub(context);
  const std::string loaded = hub ? (*hub)->loaded_commit(source.repo_id, source.revision) : std::string();
  if (!loaded.empty()) {
    source.commit = loaded;
    source.commit_from_cache = true;
  } else if (only_cached && context.arguments.has("allow-unpinned")) {
    source.commit.clear();
  } else if (only_cached) {
    return not_pinned(source);
  }
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
