#include "hub/exchange.h"

#include <algorithm>

#include "modelexport/source.h"

namespace modelexport::hub {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

void Headers::add(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || list_.size() >= kMost) return;
  std::string name(trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  list_.emplace_back(std::move(name), std::string(trimmed(line.substr(colon + 1))));
}

std::optional<std::string_view> Headers::find(std::string_view lower_name) const {
  for (auto entry = list_.rbegin(); entry != list_.rend(); ++entry)
    if (entry->first == lower_name) return std::string_view(entry->second);
  return std::nullopt;
}

std::string Headers::get(std::string_view lower_name) const {
  return std::string(find(lower_name).value_or(std::string_view{}));
}

std::string normal_etag(std::string_view header) {
  header = trimmed(header);
  if (header.substr(0, 2) == "W/") header.remove_prefix(2);
  while (!header.empty() && header.front() == '"') header.remove_prefix(1);
  while (!header.empty() && header.back() == '"') header.remove_suffix(1);
  return std::string(header);
}

bool is_blob_name(std::string_view etag) {
  if (etag.empty() || etag.size() > 128 || etag.front() == '.') return false;
  return std::all_of(etag.begin(), etag.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::optional<DigestKind> digest_of(std::string_view etag) {
  if (!is_hex(etag)) return std::nullopt;
  if (etag.size() == 40) return DigestKind::sha1;
  if (etag.size() == 64) return DigestKind::sha256;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void collect(FileFacts& facts, const Exchange& exchange, bool on_hub) {
  const Headers& headers = exchange.headers;
  if (on_hub && facts.commit.empty()) {
    if (const std::string commit = headers.get("x-repo-commit"); source::is_commit(commit))
      facts.commit = commit;
  }
  const auto linked = on_hub ? headers.find("x-linked-etag") : std::nullopt;
  if (linked && !facts.linked) {
    facts.etag = normal_etag(*linked);
    facts.linked = true;
  } else if (!facts.linked && facts.etag.empty() && !exchange.redirects()) {
    facts.etag = normal_etag(headers.get("etag"));
  }
  if (facts.size) return;
  if (const auto size = on_hub ? headers.find("x-linked-size") : std::nullopt) {
    facts.size = parse_number(*size);
  } else if (exchange.status == 206) {
    if (const auto range = parse_content_range(headers.get("content-range"))) facts.size = range->total;
  } else if (!exchange.redirects()) {  // a redirect's length is that of its own body
    facts.size = parse_number(headers.get("content-length"));
  }
}

std::optional<ContentRange> parse_content_range(std::string_view header) {
  if (header.substr(0, 6) != "bytes ") return std::nullopt;
  header.remove_prefix(6);
  const std::size_t dash = header.find('-');
  const std::size_t slash = header.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = parse_number(header.substr(0, dash));
  const auto last = parse_number(header.substr(dash + 1, slash - dash - 1));
  const auto total = parse_number(header.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *total};
}

}  // namespace modelexport::hub
