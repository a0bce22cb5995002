// The head of an HTTP/1.1 request, as far as a server of files on loopback needs it.
//
// Purpose   Strict: what is not plainly a GET or HEAD of a path for this very host is refused. The Host
// header
//           is compared because a page of another site can point its own name at 127.0.0.1 (DNS rebinding).
// Errors    None: `status` is 200, or the code to refuse with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace modelexport::serve {

/// One range as it was asked for; the size of the file decides what it means.
struct RangeHeader {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;  ///< without `first`: so many bytes at the end
};

struct HttpRequest {
  int status = 200;
  bool head = false;
  std::string path;  ///< decoded, without the query; starts with '/'
  std::optional<RangeHeader> range;
};

/// `head` is everything up to and with the empty line.
HttpRequest parse_request(std::string_view head, std::uint16_t port);

/// First and last byte of a range in a file of `size` bytes; nothing if it lies outside.
std::optional<std::pair<std::uint64_t, std::uint64_t>> resolve_range(const RangeHeader& range,
                                                                     std::uint64_t size);

/// A path or name for a URL.
std::string percent_encoded(std::string_view text);

}  // namespace modelexport::serve
