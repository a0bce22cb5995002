// What came back from one request, and what it says about a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/digest.h"

namespace modelexport::hub {

/// Response headers; names without case, the last of equal ones wins, as clients of the Hub read them.
class Headers {
 public:
  /// One line "Name: value"; others are ignored.
  void add(std::string_view line);
  void clear() { list_.clear(); }
  [[nodiscard]] std::optional<std::string_view> find(std::string_view lower_name) const;
  [[nodiscard]] std::string get(std::string_view lower_name) const;

 private:
  static constexpr std::size_t kMost = 200;
  std::vector<std::pair<std::string, std::string>> list_;
};

/// Why there is no complete answer.
enum class Failure : std::uint8_t {
  none,
  name,        ///< the host's name is not known
  connect,     ///< no connection
  timeout,     ///< no connection, no answer, or too slow
  tls,         ///< the certificate or the protocol is not accepted
  proxy,       ///< the proxy is not there or refuses
  cut,         ///< the connection broke off
  too_long,    ///< more bytes than announced or allowed, of the body or of headers
  malformed,   ///< what came is no HTTP answer
  private_ip,  ///< a redirect led from a public to a private address
  cancelled,
  refused,  ///< the receiver of the bytes refused them (its own error is elsewhere)
  other,
};

struct Exchange {
  std::string url;  ///< for messages: without query
  int status = 0;
  Headers headers;
  Failure failure = Failure::none;
  std::string detail;  ///< the transport's words about a failure
  std::string text;    ///< body of an API answer, or the start of an error's body
  [[nodiscard]] bool redirects() const { return status >= 300 && status < 400 && status != 304; }
  [[nodiscard]] bool ok() const { return failure == Failure::none && status >= 200 && status < 300; }
};

/// ETag without W/ and quotes.
std::string normal_etag(std::string_view header);
/// Usable as the name of a blob: one safe path component.
bool is_blob_name(std::string_view etag);
/// What an ETag of the Hub is a digest of: 40 hex are Git's SHA-1 of a blob, 64 hex SHA-256 of the bytes.
std::optional<DigestKind> digest_of(std::string_view etag);

/// Facts about a file, collected over the redirects that lead to it (hub_protocol.md §2.3).
struct FileFacts {
  std::string commit;
  std::string etag;
  std::optional<std::uint64_t> size;
  bool linked = false;  ///< etag and size come from the Hub itself, not from where it stores the bytes
};
/// Adds what one answer says; `on_hub`: it came from the endpoint's origin.
void collect(FileFacts& facts, const Exchange& exchange, bool on_hub);

/// "bytes 10-99/100" -> {10, 100}; nothing if malformed or without total.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view header);
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace modelexport::hub
