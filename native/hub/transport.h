// One HTTP request by libcurl: no redirects, no retries, no decisions.
//
// Purpose   Everything that protects this program from the other side is here: http and https only,
// certificate
//           checks, time limits, bounded headers and texts, slow senders, private addresses. Proxies
//           (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) and own authorities (SSL_CERT_FILE, SSL_CERT_DIR,
//           REQUESTS_CA_BUNDLE) are honoured.
// Errors    In Exchange::failure; nothing is thrown or printed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hub/exchange.h"
#include "hub/url.h"
#include "modelexport/bytes.h"

namespace modelexport::hub {

struct Request {
  Url url;
  bool head = false;
  std::string json;      ///< the body of a POST; "" for a GET
  std::string token;     ///< sent as it is: the caller decides whether `url` may see it
  std::string range;     ///< "10-" or "10-99"; "" none
  std::string if_range;  ///< the ETag that the range is of; "" none
  double connect_timeout = 10;
  double total_timeout = 0;            ///< 0: none
  double idle_timeout = 30;            ///< seconds at less than 1 KiB/s
  std::uint64_t text_limit = 1 << 16;  ///< bytes of Exchange::text
  bool public_only = false;            ///< connect to public addresses only
};

/// Takes the body of a 200 or 206 answer.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Before the first byte; false ends the transfer with Failure::refused.
  virtual bool begin(const Exchange& exchange) = 0;
  virtual bool take(ByteSpan bytes) = 0;
};

class Transport {
 public:
  Transport(std::string user_agent, const Progress& progress);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Without receiver the body goes to Exchange::text.
  Exchange perform(const Request& request, Receiver* receiver);
  /// The last request went over a proxy, or to an address in a private network.
  [[nodiscard]] bool was_private() const { return was_private_; }

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::string user_agent_;
  const Progress& progress_;
  bool was_private_ = false;
};

}  // namespace modelexport::hub
