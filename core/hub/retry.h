// When to ask again, and how long to wait first (reference: hub_protocol.md §2.5).
#pragma once

#include <optional>
#include <string>

#include "hub/exchange.h"

namespace modelexport::hub {

struct RetryLimits {
  int retries = 5;
  double longest_wait = 310;  ///< seconds; a rate-limit window is 300
};

/// Time-outs, broken connections, and the statuses 408 429 500 502 503 504.
bool is_retryable(const Exchange& exchange);

/// Seconds to wait before retry number `attempt` (from 0), or nothing when it is time to give up: 1, 2, 4, 8,
/// 8; for 429 what RateLimit or Retry-After says, and a second.
std::optional<double> retry_wait(const Exchange& exchange, int attempt, const RetryLimits& limits = {});

/// What the user is told meanwhile: "HOST is busy (503); trying again in 4 s (2 of 5)".
std::string waiting_text(const Exchange& exchange, int attempt, double seconds,
                         const RetryLimits& limits = {});

/// Seconds until the rate limit's window ends, from RateLimit (`"api";r=0;t=55`) or Retry-After.
std::optional<double> rate_limit_wait(const Headers& headers);

}  // namespace modelexport::hub
