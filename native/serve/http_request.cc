#include "serve/http_request.h"

#include <algorithm>
#include <charconv>

namespace modelexport::serve {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The next line without its end; a bare line feed ends none.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  const bool clean = std::none_of(line.begin(), line.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
  return clean ? std::optional(line) : std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Anything but one plain range is as if it were not there, as the protocol allows.
std::optional<RangeHeader> parse_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes=";
  if (value.substr(0, kUnit.size()) != kUnit) return std::nullopt;
  value.remove_prefix(kUnit.size());
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos || value.find(',') != std::string_view::npos) return std::nullopt;
  RangeHeader range{number(value.substr(0, dash)), number(value.substr(dash + 1))};
  const bool first = dash == 0 || range.first;
  const bool last = dash + 1 == value.size() || range.last;
  if (!first || !last || (!range.first && !range.last)) return std::nullopt;
  if (range.first && range.last && *range.last < *range.first) return std::nullopt;
  return range;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const char* begin = text.data() + i + 1;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc() || end != begin + 2 || value == 0) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

bool is_own_host(std::string_view host, std::uint16_t port) {
  const std::string number = ":" + std::to_string(port);
  return host == "127.0.0.1" + number || host == "localhost" + number;
}

int parse_first_line(std::string_view line, HttpRequest& request) {
  const std::size_t one = line.find(' ');
  const std::size_t two = line.rfind(' ');
  if (one == std::string_view::npos || two == one) return 400;
  const std::string_view version = line.substr(two + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return 400;
  const std::string_view method = line.substr(0, one);
  request.head = method == "HEAD";
  if (method != "GET" && !request.head) return 405;
  const std::string_view target = line.substr(one + 1, two - one - 1);
  const auto path = decoded(target.substr(0, target.find('?')));
  if (!path || path->empty() || path->front() != '/' || path->find(' ') == 0) return 400;
  request.path = *path;
  return 200;
}

HttpRequest refused(int status) {
  HttpRequest request;
  request.status = status;
  return request;
}

}  // namespace

HttpRequest parse_request(std::string_view head, std::uint16_t port) {
  HttpRequest request;
  const auto first = take_line(head);
  if (!first) return refused(400);
  if (const int status = parse_first_line(*first, request); status != 200) return refused(status);
  int hosts = 0;
  for (;;) {
    const auto line = take_line(head);
    if (!line) return refused(400);
    if (line->empty()) break;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || colon == 0) return refused(400);
    const std::string name = lower(line->substr(0, colon));
    const std::string_view value = trim(line->substr(colon + 1));
    if (name == "host") {
      ++hosts;
      if (!is_own_host(value, port)) return refused(403);
    } else if (name == "range") {
      request.range = parse_range(value);
    }
  }
  return hosts == 1 ? request : refused(400);
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> resolve_range(const RangeHeader& range,
                                                                     std::uint64_t size) {
  if (size == 0) return std::nullopt;
  if (!range.first) {
    const std::uint64_t wanted = std::min(range.last.value_or(0), size);
    if (wanted == 0) return std::nullopt;
    return std::pair(size - wanted, size - 1);
  }
  if (*range.first >= size) return std::nullopt;
  return std::pair(*range.first, std::min(range.last.value_or(size - 1), size - 1));
}

std::string percent_encoded(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

}  // namespace modelexport::serve
