// The error to show for an answer of the Hub that is not what was asked for.
#pragma once

#include <string>

#include "hub/endpoint.h"
#include "hub/exchange.h"
#include "modelexport/result.h"

namespace modelexport::hub {

/// What was asked for.
struct Subject {
  std::string repo_id;
  std::string revision;    ///< "" default
  std::string file;        ///< "" none
  std::string token_from;  ///< where the token that was sent comes from (HF_TOKEN, a file); "" none was sent
};

/// What a failed exchange is about, before words are found for it.
enum class Verdict : std::uint8_t {
  unreachable,
  model_missing,       ///< 404
  revision_missing,    ///< 404, RevisionNotFound
  file_missing,        ///< 404, EntryNotFound
  private_or_missing,  ///< 401 without a token: the Hub does not say which
  gated,               ///< 401 or 403: access must be granted
  bad_token,           ///< 401: the token is not accepted
  disabled,            ///< 403: nobody may read it
  rate_limited,
  bad_answer,
};
Verdict judge(const Exchange& exchange, const Subject& subject);

/// The error for an exchange that is not ok(). Never holds a token or a signed address.
Diagnostic explain(const Exchange& exchange, const Subject& subject, const Endpoint& endpoint);

/// An answer that cannot be right: HTML, a missing header, a wrong length.
Diagnostic bad_answer(const std::string& url, std::string what);

}  // namespace modelexport::hub
