#include "hub/failure.h"

#include <algorithm>

#include "hub/retry.h"
#include "json/json.h"

namespace modelexport::hub {
namespace {

Diagnostic make(ErrorCode code, std::string message, const std::string& url, std::string hint) {
  return Diagnostic{code, Severity::error, std::move(message), {.path = url}, std::move(hint)};
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMax = 200;
  std::string out;
  for (const char c : text.substr(0, kMax))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

/// The Hub's own words: a header, or {"error": "…"}.
std::string server_message(const Exchange& exchange) {
  if (const std::string text = exchange.headers.get("x-error-message"); !text.empty()) return printable(text);
  Limits limits;
  limits.json_bytes = 1 << 16;
  const auto body = json::parse(exchange.text, limits);
  if (!body) return {};
  if (const auto error = json::find_string(*body, "error")) return printable(*error);
  return {};
}

std::string subject_name(const Subject& subject) {
  return subject.repo_id + (subject.revision.empty() ? "" : "@" + subject.revision);
}

std::string_view failure_words(Failure failure) {
  switch (failure) {
    case Failure::name:
      return "its name cannot be resolved";
    case Failure::connect:
      return "no connection";
    case Failure::timeout:
      return "no answer in time";
    case Failure::tls:
      return "its certificate is not accepted";
    case Failure::proxy:
      return "the proxy does not work";
    case Failure::cut:
      return "the connection broke off";
    default:
      return "the request failed";
  }
}

/// A mirror's state is known to those who run it only.
std::string later(const Endpoint& endpoint) {
  return endpoint.is_official()
             ? "try again later; see https://status.huggingface.co"
             : "try again later, or ask those who run " + authority(endpoint.base()) + " (HF_ENDPOINT)";
}

std::string unreachable_hint(Failure failure) {
  switch (failure) {
    case Failure::tls:
      return "for a company's own certificate authority set SSL_CERT_FILE=/path/to/ca.pem";
    case Failure::proxy:
      return "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY";
    default:
      return "check the network (HTTPS_PROXY, HF_ENDPOINT); with --offline only the cache is used";
  }
}

Diagnostic failed(const Exchange& exchange) {
  switch (exchange.failure) {
    case Failure::cancelled:
      return make(ErrorCode::cli_interrupted, "interrupted; nothing was written", {}, {});
    case Failure::too_long:
      return bad_answer(exchange.url, "the answer is longer than announced or allowed");
    case Failure::malformed:
      return bad_answer(exchange.url,
                        "the answer is not HTTP" +
                            (exchange.detail.empty() ? std::string() : ": " + printable(exchange.detail)));
    case Failure::private_ip:
      return make(ErrorCode::hub_redirect, "a redirect leads to an address inside a private network",
                  exchange.url, "use a Hub or mirror that you trust: HF_ENDPOINT");
    default:
      break;
  }
  std::string message = "the Hub cannot be reached: " + std::string(failure_words(exchange.failure));
  if (!exchange.detail.empty()) message += " (" + printable(exchange.detail) + ")";
  return make(ErrorCode::hub_unreachable, std::move(message), exchange.url,
              unreachable_hint(exchange.failure));
}

Diagnostic rate_limited(const Exchange& exchange, const Subject& subject, const Endpoint& endpoint) {
  std::string message = "the Hub's rate limit is reached";
  if (const auto wait = rate_limit_wait(exchange.headers))
    message += "; it allows more in " + std::to_string(static_cast<std::uint64_t>(*wait)) + " seconds";
  const bool log_in = endpoint.is_official() && subject.token_from.empty();
  return make(
      ErrorCode::hub_rate_limited, std::move(message), exchange.url,
      log_in ? "try again later; logged-in users have higher limits: hf auth login" : later(endpoint));
}

Diagnostic not_there(Verdict verdict, const Exchange& exchange, const Subject& subject) {
  switch (verdict) {
    case Verdict::revision_missing:
      return make(ErrorCode::hub_revision_not_found,
                  subject.repo_id + " has no revision '" + subject.revision + "'", exchange.url,
                  "leave the revision out for the default branch, or name a branch, tag or commit");
    case Verdict::file_missing:
      return make(ErrorCode::hub_file_not_found,
                  subject_name(subject) + " has no file '" + subject.file + "'", exchange.url,
                  "modelexport fetch " + subject_name(subject) + " --dry-run");
    default:
      return make(
          ErrorCode::source_not_found, "Model not found on HuggingFace Hub: " + subject_name(subject),
          exchange.url,
          subject.token_from.empty()
              ? "check the model's name; a private model needs a token: hf auth login"
              : "check the model's name; a private model needs a token that may read it, the one of " +
                    subject.token_from + " was sent");
  }
}

Diagnostic no_access(Verdict verdict, const Exchange& exchange, const Subject& subject,
                     const Endpoint& endpoint) {
  switch (verdict) {
    case Verdict::gated: {
      const std::string request = "request access at " + endpoint.page(subject.repo_id);
      return make(ErrorCode::source_private, "access to " + subject.repo_id + " is restricted (gated model)",
                  exchange.url,
                  subject.token_from.empty()
                      ? request + ", then log in: hf auth login (or set HF_TOKEN)"
                      : request + "; the token of " + subject.token_from + " has no access yet");
    }
    case Verdict::bad_token:
      return make(ErrorCode::hub_token,
                  "the Hub does not accept the token" +
                      (subject.token_from.empty() ? std::string() : " of " + subject.token_from),
                  exchange.url, "log in again: hf auth login; or correct HF_TOKEN");
    case Verdict::disabled:
      return make(ErrorCode::source_private, "the Hub has disabled access to " + subject.repo_id,
                  exchange.url,
                  "nobody can read this model at present; see " + endpoint.page(subject.repo_id));
    default:
      break;
  }
  // Who has a token that counts is told 404: the Hub did not take the one that was sent, or a mirror hides
  // more.
  const std::string sent = subject.token_from.empty()
                               ? std::string()
                               : ", and the token of " + subject.token_from + " was not accepted for it";
  return make(ErrorCode::source_private,
              "Model not found on HuggingFace Hub, or private: " + subject_name(subject) + sent, exchange.url,
              "check the model's name; a private or gated model needs a token " +
                  std::string(sent.empty() ? "(hf auth login, or HF_TOKEN)"
                                           : "that is valid and may read it (hf auth login, or HF_TOKEN)") +
                  " and perhaps an access request at " + endpoint.page(subject.repo_id));
}

}  // namespace

Verdict judge(const Exchange& exchange, const Subject& subject) {
  if (exchange.failure != Failure::none) return Verdict::unreachable;
  const std::string code = exchange.headers.get("x-error-code");
  const std::string message = server_message(exchange);
  const bool known_repo = exchange.headers.find("x-repo-commit").has_value();
  if (code == "RevisionNotFound") return Verdict::revision_missing;
  if (code == "EntryNotFound") return Verdict::file_missing;
  if (code == "GatedRepo") return Verdict::gated;
  if (message == "Access to this resource is disabled.") return Verdict::disabled;
  switch (exchange.status) {
    case 401:
      if (message == "Invalid credentials in Authorization header") return Verdict::bad_token;
      return Verdict::private_or_missing;
    case 403:
      return code == "RepoNotFound" ? Verdict::private_or_missing : Verdict::gated;
    case 404:
      // The Hub says what is missing; a bare page is somebody else's: a proxy, or a wrong HF_ENDPOINT.
      if (code.empty() && message.empty() && !known_repo) return Verdict::bad_answer;
      return known_repo && !subject.file.empty() ? Verdict::file_missing : Verdict::model_missing;
    case 429:
      return Verdict::rate_limited;
    default:
      return Verdict::bad_answer;
  }
}

Diagnostic explain(const Exchange& exchange, const Subject& subject, const Endpoint& endpoint) {
  const Verdict verdict = judge(exchange, subject);
  const auto url = parse_url(exchange.url);
  const bool elsewhere = url && !endpoint.owns(*url);
  switch (verdict) {
    case Verdict::unreachable:
      return failed(exchange);
    case Verdict::rate_limited:
      return rate_limited(exchange, subject, endpoint);
    case Verdict::model_missing:
    case Verdict::revision_missing:
    case Verdict::file_missing:
      if (elsewhere) break;
      return not_there(verdict, exchange, subject);
    case Verdict::private_or_missing:
    case Verdict::gated:
    case Verdict::bad_token:
    case Verdict::disabled:
      if (elsewhere) break;
      return no_access(verdict, exchange, subject, endpoint);
    case Verdict::bad_answer:
      break;
  }
  if (elsewhere) {  // it knows bytes, not models
    return make(ErrorCode::hub_server_error,
                "the host that keeps the Hub's files answered with status " + std::to_string(exchange.status),
                exchange.url,
                exchange.status == 403
                    ? "try again: its addresses expire after a while, also when this clock is wrong"
                    : later(endpoint));
  }
  std::string what = "the Hub answered with status " + std::to_string(exchange.status);
  if (const std::string message = server_message(exchange); !message.empty()) what += ": " + message;
  return make(
      ErrorCode::hub_server_error, std::move(what), exchange.url,
      exchange.status >= 500 ? later(endpoint) : std::string("check HF_ENDPOINT and the proxy settings"));
}

Diagnostic bad_answer(const std::string& url, std::string what) {
  return make(
      ErrorCode::hub_bad_answer, std::move(what), url,
      "a proxy or login page may answer in place of the Hub: check HF_ENDPOINT and the proxy settings");
}

}  // namespace modelexport::hub
