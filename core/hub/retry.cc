#include "hub/retry.h"

#include <algorithm>

#include "hub/url.h"

namespace modelexport::hub {
namespace {

/// The number after `key` in `"resolvers";r=0;t=55`.
std::optional<std::uint64_t> parameter(std::string_view header, std::string_view key) {
  for (std::size_t at = header.find(key); at != std::string_view::npos; at = header.find(key, at + 1)) {
    if (at == 0 || (header[at - 1] != ';' && header[at - 1] != ' ')) continue;
    const std::string_view rest = header.substr(at + key.size());
    return parse_number(rest.substr(0, rest.find_first_of(";,")));
  }
  return std::nullopt;
}

/// Who is not there at all is asked three times only: that is seconds, not half a minute.
int most_retries(const Exchange& exchange, const RetryLimits& limits) {
  const bool absent = exchange.failure == Failure::connect || exchange.failure == Failure::timeout;
  return absent ? std::min(limits.retries, 2) : limits.retries;
}

std::string trouble(const Exchange& exchange) {
  switch (exchange.failure) {
    case Failure::connect:
      return "cannot be connected to";
    case Failure::timeout:
      return "does not answer";
    case Failure::cut:
      return "broke off the connection";
    default:
      break;
  }
  const std::string status = std::to_string(exchange.status);
  if (exchange.status == 429) return "allows no more requests for now (429)";
  return exchange.status == 503 ? "is busy (503)" : "answered with status " + status;
}

}  // namespace

bool is_retryable(const Exchange& exchange) {
  switch (exchange.failure) {
    case Failure::connect:
    case Failure::timeout:
    case Failure::cut:
      return true;
    case Failure::none:
      break;
    default:
      return false;
  }
  constexpr int kStatuses[] = {408, 429, 500, 502, 503, 504};
  return std::find(std::begin(kStatuses), std::end(kStatuses), exchange.status) != std::end(kStatuses);
}

std::optional<double> rate_limit_wait(const Headers& headers) {
  if (const auto limit = headers.find("ratelimit")) {
    const auto left = parameter(*limit, "r=");
    const auto seconds = parameter(*limit, "t=");
    if (left && *left == 0 && seconds) return static_cast<double>(*seconds);
  }
  if (const auto after = headers.find("retry-after")) {
    if (const auto seconds = parse_number(*after)) return static_cast<double>(*seconds);
  }
  return std::nullopt;
}

std::optional<double> retry_wait(const Exchange& exchange, int attempt, const RetryLimits& limits) {
  if (attempt >= most_retries(exchange, limits) || !is_retryable(exchange)) return std::nullopt;
  if (exchange.failure == Failure::none && exchange.status == 429) {
    if (const auto seconds = rate_limit_wait(exchange.headers)) {
      if (*seconds + 1 > limits.longest_wait) return std::nullopt;
      return *seconds + 1;
    }
  }
  return static_cast<double>(1 << std::min(attempt, 3));
}

std::string waiting_text(const Exchange& exchange, int attempt, double seconds, const RetryLimits& limits) {
  const auto url = parse_url(exchange.url);
  return (url ? authority(*url) : exchange.url) + " " + trouble(exchange) + "; trying again in " +
         std::to_string(static_cast<std::uint64_t>(seconds)) + " s (" + std::to_string(attempt + 1) + " of " +
         std::to_string(most_retries(exchange, limits)) + ")";
}

}  // namespace modelexport::hub
