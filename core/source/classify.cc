// The rules of ADR-012, in their order.
#include <algorithm>

#include "modelexport/source.h"
#include "source/link.h"
#include "source/local_path.h"

namespace modelexport::source {
namespace {

void set_local(Source& source, Reason reason, const PathProbe* paths) {
  source.kind = Kind::local;
  source.reason = reason;
  source.exists = paths != nullptr && paths->exists(source.path);
  source.is_directory = source.exists && paths->is_directory(source.path);
}

/// Commits are written in lower case everywhere; clients take an upper-case one for a branch name.
std::string normal_revision(std::string text) {
  std::string low = text;
  std::transform(low.begin(), low.end(), low.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return is_commit(low) ? low : text;
}

void take_answer(Source& source, HubAnswer answer, Verified verified) {
  source.hub_status = answer.status;
  if (answer.status == HubStatus::found) {
    source.verified = verified;
    if (source.commit.empty() && is_commit(answer.commit)) source.commit = answer.commit;
  }
  source.hub = std::move(answer);
}

/// Asks the Hub, then the cache, as the official client does: also for a model that the Hub refuses or no
/// longer knows, but not for a revision that it says does not exist (hub_protocol.md 2.4). What the Hub said
/// stays: the whole answer when the cache knows nothing, else why the cache had to be asked.
void ask(Source& source, HubProbe* hub, const ClassifyOptions& options) {
  source.hub_status = HubStatus::unreachable;
  if (hub == nullptr) return;
  if (!options.offline) take_answer(source, hub->ask(source.repo_id, source.revision), Verified::api);
  if (source.hub_status == HubStatus::found || source.hub.revision_missing) return;
  HubAnswer cached = hub->cached(source.repo_id, source.revision);
  if (cached.status == HubStatus::found) {
    cached.detail = std::move(source.hub.detail);
    cached.advice = std::move(source.hub.advice);
    const HubStatus said = source.hub.status;
    take_answer(source, std::move(cached), Verified::cache);
    source.hub.status = said;
  } else if (source.hub.suggestions.empty()) {
    source.hub.suggestions = std::move(cached.suggestions);
  }
}

void set_hub(Source& source, const HubRef& ref, Reason reason, const ClassifyOptions& options) {
  source.kind = Kind::hub;
  source.reason = reason;
  source.repo_id = ref.repo_id;
  source.file = ref.file;
  source.revision = normal_revision(options.revision.empty() ? ref.revision : options.revision);
  if (is_commit(source.revision)) source.commit = source.revision;
}

/// A name that may be a Hub id: what the Hub and the cache say decides.
void decide_name(Source& source, const PathProbe* paths, HubProbe* hub, const ClassifyOptions& options) {
  ask(source, hub, options);
  switch (source.hub_status) {
    case HubStatus::found:
      source.reason = source.verified == Verified::cache ? Reason::hub_cache : Reason::hub_api;
      return;
    case HubStatus::not_found:
      if (source.hub.revision_missing) {  // the Hub's model, but nothing of it
        source.reason = Reason::not_found;
        return;
      }
      return set_local(source, Reason::not_found, paths);
    case HubStatus::private_model:
      return set_local(source, Reason::private_model, paths);
    case HubStatus::unasked:
    case HubStatus::unreachable:
      return set_local(source, Reason::unverified, paths);
  }
}

}  // namespace

Source classify(std::string_view input, const PathProbe* paths, HubProbe* hub,
                const ClassifyOptions& options) {
  Source source;
  source.input = std::string(input);
  const bool bad_option = !options.revision.empty() && !is_revision(options.revision);
  if (input.empty() || bad_option || input.find('\0') != std::string_view::npos) return source;

  if (is_link(input)) {
    const std::optional<HubRef> ref = parse_link(input, options.hub_hosts);
    if (!ref) return source;
    set_hub(source, *ref, Reason::hub_scheme, options);
    if (source.commit.empty()) ask(source, hub, options);
    return source;
  }

  source.path = local_path(input, options.home);
  const std::string_view id = input.substr(0, input.find('@'));
  if (paths != nullptr && paths->exists(source.path)) {
    set_local(source, Reason::existing_path, paths);
    return source;
  }
  if (const std::optional<Reason> reason = path_reason(input, id)) {
    set_local(source, *reason, paths);
    return source;
  }
  const std::optional<HubRef> ref = parse_name(input);
  if (!ref) return source;
  set_hub(source, *ref, Reason::pinned, options);
  if (source.commit.empty()) decide_name(source, paths, hub, options);
  return source;
}

}  // namespace modelexport::source
