// What is sent and read when a CI job's identity is exchanged for a token (RFC 8693, which the Hub calls
// trusted publishers; huggingface.co/docs/hub/trusted-publishers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::hub {

/// The JSON body of the exchange. `resource` is a repository or a user's name, `id_token` what the CI
/// provider says of the job.
std::string token_request(std::string_view resource, std::string_view id_token);

struct AccessToken {
  std::string text;
  std::uint64_t seconds = 0;  ///< how long it is valid
};
/// hub_token if the Hub's answer holds no token that could be sent. No error quotes an answer.
Result<AccessToken> parse_access_token(std::string_view text, const std::string& url, const Limits& limits);
/// The job's id token in the answer of the CI provider; hub_token if there is none.
Result<std::string> parse_id_token(std::string_view text, const std::string& url, const Limits& limits);

/// Printable characters without spaces, not longer than any token is.
bool is_sendable_token(std::string_view token);

}  // namespace modelexport::hub
