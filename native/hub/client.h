// The Hub's API: which model, which commit, which files, and their bytes.
//
// Purpose   Follows redirects itself, so that the token goes to the endpoint's origin only; repeats what
// failed
//           for a passing reason; checks that answers are what they should be.
// Errors    SRC and HUB codes (hub/failure.h), exit 4. Messages name the address without its query.
#pragma once

#include <memory>
#include <string>

#include "hub/endpoint.h"
#include "hub/failure.h"
#include "hub/hub_settings.h"
#include "hub/listing.h"
#include "hub/model_info.h"
#include "hub/token_source.h"
#include "hub/transport.h"
#include "modelexport/limits.h"

namespace modelexport::hub {

/// Where a part of a file was found, so that the next one is asked for there and of the same representation.
struct PartOfFile {
  std::optional<Url> url;  ///< after the redirects; may expire
  bool public_start = false;
  std::string etag;  ///< as the header has it; "" unless strong
};

/// How long one question may take.
enum class Patience : std::uint8_t {
  quick,   ///< 2.5 s with everything, no repetition: a local decision waits for it
  normal,  ///< repeated, up to minutes
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> make(const Settings& settings, Progress& progress);

  Result<ModelInfo> model_info(const std::string& repo_id, const std::string& revision, Patience patience);
  /// The same with the exchange that failed, for callers that look at its reason.
  struct Answer {
    std::optional<ModelInfo> info;
    Verdict verdict = Verdict::bad_answer;
    std::optional<Diagnostic> error;
  };
  Answer ask(const std::string& repo_id, const std::string& revision, Patience patience);
  Result<Listing> listing(const std::string& repo_id, const std::string& commit, const Limits& limits);

  /// One pass for a file's bytes, redirects included and no repetition; `range` as in Request. Facts are
  /// those of all answers on the way.
  struct Got {
    Exchange exchange;
    FileFacts facts;
  };
  Result<Got> get_file(const Subject& subject, const std::string& range, Receiver& receiver);
  /// The same for a part in the middle. `known` is used if it has an address (no facts then), and updated.
  Result<Got> get_part(const Subject& subject, const std::string& range, PartOfFile& known,
                       Receiver& receiver);
  /// Whether the Hub would send a file now, by an answer that is not read on: the error it would be, else.
  Status try_file(const Subject& subject);
  /// Waits before retry `attempt`, or fails with the error of `exchange` when there is no further one.
  Status wait_to_retry(const Exchange& exchange, int attempt, const Subject& subject);
  /// The error of an exchange that is not ok().
  [[nodiscard]] Diagnostic error_of(const Exchange& exchange, const Subject& subject) const;
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] bool has_token() const { return token_.has_token(); }

 private:
  Client(const Settings& settings, Endpoint endpoint, Progress& progress);
  struct Hop {
    Exchange exchange;
    FileFacts facts;
    Url url;
    bool public_start = false;
  };
  Result<Hop> follow(Request request, Receiver* receiver, Patience patience, bool public_start = false);
  [[nodiscard]] Request file_request(const Subject& subject, const std::string& range) const;
  Result<Hop> get_text(const Url& url, const Subject& subject, Patience patience);
  Status pause(double seconds);

  Settings settings_;
  Endpoint endpoint_;
  Progress& progress_;
  Transport transport_;
  TokenSource token_;
};

}  // namespace modelexport::hub
