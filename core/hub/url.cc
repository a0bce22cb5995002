#include "hub/url.h"

#include <algorithm>
#include <array>

namespace modelexport::hub {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '\\'; });
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  const bool literal = host.front() == '[' && host.back() == ']';
  return std::all_of(host.begin(), host.end(), [&](char c) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    return word || (literal && (c == ':' || c == '[' || c == ']'));
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (value == 0 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

bool parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) return false;
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.port = default_port(url.scheme);
  if (colon != std::string_view::npos && colon + 1 < text.size()) {
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return false;
    url.port = *port;
  }
  url.host = lower(text.substr(0, colon));
  return is_host(url.host);
}

void set_target(std::string_view target, Url& url) {
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  url.path = std::string(target.substr(0, question));
  url.query = question == std::string_view::npos ? std::string() : std::string(target.substr(question + 1));
  if (url.path.empty() || url.path.front() != '/') url.path.insert(0, "/");
}

/// RFC 3986 §5.2.4 for absolute paths.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = path.find('/', 1);
    const std::string_view part = path.substr(0, end);
    const bool last = end == std::string_view::npos;
    path = last ? std::string_view{} : path.substr(end);
    if (part == "/.") {
      if (last) out += '/';
    } else if (part == "/..") {
      const std::size_t cut = out.rfind('/');
      out.erase(cut == std::string::npos ? 0 : cut);
      if (last) out += '/';
    } else {
      out += part;
    }
  }
  return out.empty() ? "/" : out;
}

std::optional<std::array<int, 4>> parse_ipv4(std::string_view host) {
  std::array<int, 4> parts{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i == 3 ? host.size() : host.find('.');
    if (end == std::string_view::npos || end == 0 || end > 3) return std::nullopt;
    for (const char c : host.substr(0, end)) {
      if (c < '0' || c > '9') return std::nullopt;
      parts[i] = parts[i] * 10 + (c - '0');
    }
    if (parts[i] > 255) return std::nullopt;
    host.remove_prefix(std::min(end + 1, host.size()));
  }
  return parts;
}

bool is_private_ipv4(const std::array<int, 4>& a) {
  return a[0] == 0 || a[0] == 10 || a[0] == 127 || (a[0] == 100 && a[1] >= 64 && a[1] < 128) ||
         (a[0] == 169 && a[1] == 254) || (a[0] == 172 && a[1] >= 16 && a[1] < 32) ||
         (a[0] == 192 && a[1] == 168) || a[0] >= 224;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view p) { return text.substr(0, p.size()) == p; });
}

/// A host made of digits, dots and x only is an address in one of the old spellings (0x7f.1, 2130706433),
/// which resolvers accept; ordinary names end in a letter.
bool is_odd_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.empty()) return false;
  const bool hex = last.substr(0, 2) == "0x";
  return hex || std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::size_t kMax = 16 * 1024;
  if (text.size() > kMax || !is_plain(text)) return std::nullopt;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, scheme));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(scheme + 3);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  if (!parse_authority(text.substr(0, end), url)) return std::nullopt;
  set_target(text.substr(end), url);
  return url;
}

std::string authority(const Url& url) {
  return url.host + (url.port == default_port(url.scheme) ? "" : ":" + std::to_string(url.port));
}

std::string shown(const Url& url) { return url.scheme + "://" + authority(url) + url.path; }

std::string to_text(const Url& url) { return shown(url) + (url.query.empty() ? "" : "?" + url.query); }

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

std::optional<Url> join(const Url& base, std::string_view location) {
  if (location.empty() || !is_plain(location)) return std::nullopt;
  const std::size_t colon = location.find(':');
  const std::size_t slash = location.find_first_of("/?#");
  if (colon != std::string_view::npos && colon < slash) return parse_url(location);
  if (location.substr(0, 2) == "//") return parse_url(base.scheme + ":" + std::string(location));
  Url url = base;
  if (location.front() == '/') {
    set_target(location, url);
  } else if (location.front() == '?') {
    set_target(base.path + std::string(location), url);
  } else {
    set_target(base.path.substr(0, base.path.rfind('/') + 1) + std::string(location), url);
  }
  url.path = without_dots(url.path);
  return url;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word || c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

bool is_loopback_host(std::string_view host) {
  if (const auto parts = parse_ipv4(host)) return (*parts)[0] == 127;
  return host == "localhost" || host == "[::1]" || host == "::1";
}

bool is_private_host(std::string_view host) {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);  // fully qualified
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (const auto parts = parse_ipv4(host)) return is_private_ipv4(*parts);
  if (host.find(':') != std::string_view::npos) {
    if (const std::size_t mapped = host.rfind(':'); host.find('.') != std::string_view::npos)
      return is_private_host(host.substr(mapped + 1));
    return host == "::1" || host == "::" ||
           starts_with_any(host,
                           {"fc", "fd", "fe8", "fe9", "fea", "feb", "ff", "::ffff:", "0:0:0:0:0:ffff:"});
  }
  constexpr std::string_view kLocal = ".localhost";
  const bool local = host.size() > kLocal.size() && host.substr(host.size() - kLocal.size()) == kLocal;
  return host == "localhost" || local || is_odd_number(host);
}

}  // namespace modelexport::hub
