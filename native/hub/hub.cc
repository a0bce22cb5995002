#include "hub/hub.h"

#include "hub/session.h"
#include "result/shell_word.h"

namespace modelexport::hub {
namespace {

source::HubStatus status_of(const Client::Answer& answer) {
  switch (answer.verdict) {
    case Verdict::model_missing:
    case Verdict::revision_missing:
      return source::HubStatus::not_found;
    case Verdict::private_or_missing:
    case Verdict::gated:
    case Verdict::bad_token:
    case Verdict::disabled:
      return source::HubStatus::private_model;
    default:
      return source::HubStatus::unreachable;
  }
}

/// Why nobody answered, with the address that was asked.
std::string silence(const Diagnostic& error) {
  return error.message + (error.where.path.empty() ? "" : " at " + error.where.path);
}

void explain_silence(const Diagnostic& error, source::HubAnswer& out) {
  out.detail = silence(error);
  out.advice = error.hint;
}

source::HubAnswer answer_of(const Client::Answer& answer) {
  source::HubAnswer out;
  if (answer.info) {
    out.status = source::HubStatus::found;
    out.canonical_id = answer.info->id;
    out.commit = answer.info->commit;
    out.license = answer.info->license;
    out.task = answer.info->task;
    return out;
  }
  out.status = status_of(answer);
  out.revision_missing = answer.verdict == Verdict::revision_missing;
  if (answer.error && out.status == source::HubStatus::unreachable) {
    explain_silence(*answer.error, out);
  } else if (answer.error) {
    out.detail = answer.error->message;
    out.advice = answer.error->hint;
  }
  return out;
}

/// The Hub was not there or did not work: the cache may answer in its place. (That it does not know the model
/// or the revision is an answer.)
bool may_use_cache(const Client::Answer& answer) {
  return answer.error && answer.error->code != ErrorCode::cli_interrupted &&
         answer.verdict != Verdict::revision_missing;
}

}  // namespace

tl::unexpected<Diagnostic> not_cached(const Cache& cache, const std::string& model, const std::string& what) {
  return fail(ErrorCode::hub_not_cached,
              (what.empty() ? model : what + " of " + model) +
                  " is not in the shared cache, and the network may not be used",
              {.path = cache.root()},
              "go online once: modelexport fetch " + model + (what.empty() ? "" : " " + shell_word(what)));
}

Hub::Hub(std::shared_ptr<Session> session) : session_(std::move(session)) {}
Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::make(Settings settings, const Limits& limits, Progress& progress) {
  ME_TRY(auto client, Client::make(settings, progress));
  Cache cache(settings.cache, settings.use_links);
  auto session = std::make_shared<Session>(
      Session{std::move(settings), limits, progress, std::move(cache), std::move(client), {}});
  return std::unique_ptr<Hub>(new Hub(std::move(session)));
}

std::string Hub::token_warning() const {
  const Client& client = *session_->client;
  if (session_->settings.offline || !client.has_token() || !client.endpoint().is_unprotected()) return {};
  return "the token goes to " + shown(client.endpoint().base()) + " without encryption (HF_ENDPOINT)";
}

source::HubAnswer Hub::ask(const std::string& repo_id, const std::string& revision) {
  source::HubAnswer out;
  if (session_->settings.offline) return out;
  if (session_->unreachable) {
    explain_silence(*session_->unreachable, out);
    return out;
  }
  const Client::Answer answer = session_->client->ask(repo_id, revision, Patience::quick);
  out = answer_of(answer);
  if (answer.verdict == Verdict::unreachable) session_->unreachable = answer.error;
  return out;
}

source::HubAnswer Hub::cached(const std::string& repo_id, const std::string& revision) const {
  source::HubAnswer out;
  const auto commit = session_->cache.commit_of(repo_id, revision);
  if (!commit || session_->cache.files(repo_id, *commit).present.empty()) return out;
  out.status = source::HubStatus::found;
  out.commit = *commit;
  return out;
}

std::vector<std::string> Hub::cached_models() const { return session_->cache.models(); }

std::string Hub::loaded_commit(const std::string& repo_id, const std::string& revision) const {
  const auto commit = session_->cache.commit_of(repo_id, revision);
  if (!commit || !has_weights(session_->cache.files(repo_id, *commit).present)) return {};
  return *commit;
}

Result<Hub::Commit> Hub::resolve(const std::string& repo_id, const std::string& revision) {
  if (source::is_commit(revision)) return Commit{revision, {}, false, {}};
  const auto cached = session_->cache.commit_of(repo_id, revision);
  const std::string wanted = revision.empty() ? "the default branch" : "revision " + revision;
  if (session_->settings.offline) {
    const std::string model = repo_id + (revision.empty() ? "" : "@" + revision);
    if (!cached) return not_cached(session_->cache, model);
    return Commit{*cached, {}, true, {}};
  }
  Client::Answer answer = session_->client->ask(repo_id, revision, Patience::normal);
  source::HubAnswer said = answer_of(answer);
  if (answer.info) return Commit{answer.info->commit, {}, false, std::move(said)};
  if (cached && may_use_cache(answer)) {
    return Commit{*cached,
                  wanted + " of " + repo_id + " is what the cache says (" + silence(*answer.error) + ")",
                  true, std::move(said)};
  }
  return fail(std::move(*answer.error));
}

Result<std::unique_ptr<HubTree>> Hub::open(const std::string& repo_id, const std::string& revision,
                                           const std::string& commit, Need need,
                                           const std::vector<std::string>& names) {
  return open_tree(session_, repo_id, revision, commit, need, names);
}

}  // namespace modelexport::hub
