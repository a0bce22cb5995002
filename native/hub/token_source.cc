#include "hub/token_source.h"

#include "hub/token_exchange.h"

namespace modelexport::hub {
namespace {

constexpr std::uint64_t kAnswerLimit = 1 << 20;
// A token is renewed before it ends, so that it outlasts the requests that are under way.
constexpr std::uint64_t kMargin = 300;

}  // namespace

Result<std::string> TokenSource::token(double connect_timeout, double total_timeout) {
  if (!settings_.job) return settings_.token;
  if (!exchanged_ || (*exchanged_ && Clock::now() >= until_)) {
    Request request;
    request.connect_timeout = connect_timeout;
    request.total_timeout = total_timeout;
    request.text_limit = kAnswerLimit;
    exchanged_ = exchange(std::move(request));
  }
  return *exchanged_;
}

Result<std::string> TokenSource::exchange(Request request) {
  const CiJob& job = *settings_.job;
  std::string identity = job.id_token;
  if (identity.empty()) {
    ME_TRY(identity, id_token(request));
  }
  request.url = endpoint_.token_exchange();
  request.json = token_request(job.resource, identity);
  ME_TRY(const std::string text, answer_of(request, "the Hub gives this job no token for " + job.resource));
  ME_TRY(const AccessToken token, parse_access_token(text, shown(request.url), {}));
  // Who gave the identity itself has no newer one.
  if (job.id_token.empty() && token.seconds > kMargin)
    until_ = Clock::now() + std::chrono::seconds(token.seconds - kMargin);
  return token.text;
}

Result<std::string> TokenSource::id_token(Request request) {
  const CiJob& job = *settings_.job;
  const auto url = parse_url(job.provider_url);
  if (!url || job.provider_token.empty()) {
    return fail(
        ErrorCode::hub_token, "HF_OIDC_RESOURCE is set, but this job has no identity",
        {.field = "HF_OIDC_RESOURCE"},
        "on GitHub Actions the job needs `permissions: id-token: write`; elsewhere set HF_OIDC_ID_TOKEN; or "
        "unset HF_OIDC_RESOURCE");
  }
  request.url = *url;
  request.url.query +=
      (url->query.empty() ? "audience=" : "&audience=") + percent_encode(to_text(endpoint_.base()), false);
  request.token = job.provider_token;
  ME_TRY(const std::string text, answer_of(request, "the CI provider gives this job no identity"));
  return parse_id_token(text, shown(request.url), {});
}

Result<std::string> TokenSource::answer_of(const Request& request, const std::string& what) {
  if (settings_.log) settings_.log((request.json.empty() ? "GET " : "POST ") + shown(request.url));
  const Exchange exchange = transport_.perform(request, nullptr);
  if (exchange.ok()) return exchange.text;
  const std::string why =
      exchange.failure != Failure::none ? exchange.detail : "status " + std::to_string(exchange.status);
  return fail(exchange.failure == Failure::cancelled ? ErrorCode::cli_interrupted : ErrorCode::hub_token,
              what + " (" + why + ")", {.path = exchange.url},
              "check the trusted publisher of " + settings_.job->resource +
                  " on the Hub, or unset HF_OIDC_RESOURCE to use HF_TOKEN");
}

}  // namespace modelexport::hub
