// The token for the Hub: as the environment has it, or exchanged for the identity of a CI job when it is
// first needed.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "hub/endpoint.h"
#include "hub/hub_settings.h"
#include "hub/transport.h"

namespace modelexport::hub {

class TokenSource {
 public:
  /// All three must live longer.
  TokenSource(const Settings& settings, const Endpoint& endpoint, Transport& transport)
      : settings_(settings), endpoint_(endpoint), transport_(transport) {}

  [[nodiscard]] bool has_token() const { return !settings_.token.empty() || settings_.job.has_value(); }
  /// "" if there is none. hub_token if the exchange fails: a job that has asked for it does not go on as
  /// somebody else, so the first failure is every failure. A token of the job that is about to expire is
  /// exchanged again.
  Result<std::string> token(double connect_timeout, double total_timeout);

 private:
  using Clock = std::chrono::steady_clock;
  Result<std::string> exchange(Request request);
  Result<std::string> id_token(Request request);
  Result<std::string> answer_of(const Request& request, const std::string& what);

  const Settings& settings_;
  const Endpoint& endpoint_;
  Transport& transport_;
  std::optional<Result<std::string>> exchanged_;
  Clock::time_point until_ = Clock::time_point::max();
};

}  // namespace modelexport::hub
