// Addresses of the Hub's protocol: http(s) only, taken apart once, so that "same origin" is never a guess.
//
// Rule      A token goes to the endpoint's origin (scheme, host and port) and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelexport::hub {

struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; IPv6 with its brackets
  std::uint16_t port = 0;
  std::string path;   ///< starts with '/'
  std::string query;  ///< without '?'
};

/// Nothing for other schemes, user names in the address, control characters, spaces or a bad port.
std::optional<Url> parse_url(std::string_view text);
std::string to_text(const Url& url);
/// For messages: without the query, which may be a signature.
std::string shown(const Url& url);
/// Host, and port where it is not the scheme's own: "127.0.0.1:8080".
std::string authority(const Url& url);
bool same_origin(const Url& a, const Url& b);
/// What a Location header means (absolute, //host/…, /path, ?query or relative to the last path part).
std::optional<Url> join(const Url& base, std::string_view location);

/// Everything but A-Z a-z 0-9 - . _ ~ becomes %XX; '/' stays if `keep_slash`.
std::string percent_encode(std::string_view text, bool keep_slash);

/// 127.0.0.1, ::1, localhost.
bool is_loopback_host(std::string_view host);
/// An address literal (with or without brackets) that is not on the public internet, or localhost. Names say
/// nothing and are false.
bool is_private_host(std::string_view host);

}  // namespace modelexport::hub
