#include "source/link.h"

#include <algorithm>

#include "modelexport/source.h"

namespace modelexport::source {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// Cuts `text` before the first `separator` and returns that part; takes everything if there is none.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

/// A revision at the start of REV/PATH. refs/pr/N and refs/convert/NAME hold slashes of their own.
std::string_view take_revision(std::string_view& text) {
  std::size_t slashes = 0;
  if (text.substr(0, 8) == "refs/pr/" || text.substr(0, 13) == "refs/convert/") slashes = 2;
  std::size_t end = text.find('/');
  for (; slashes > 0 && end != std::string_view::npos; --slashes) end = text.find('/', end + 1);
  const std::string_view revision = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return revision;
}

bool is_safe_file(std::string_view file) {
  if (file.find('\\') != std::string_view::npos || file.find('\0') != std::string_view::npos) return false;
  if (!file.empty() && file.front() == '/') return false;
  while (!file.empty()) {
    const std::string_view part = take(file, '/');
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

bool is_other_type(std::string_view part) {
  return part == "datasets" || part == "spaces" || part == "kernels" || part == "buckets";
}

std::optional<HubRef> checked(std::string_view id, std::string_view revision, std::string_view file) {
  HubRef ref;
  ref.repo_id = std::string(id);
  ref.revision = percent_decode(revision);
  ref.file = std::string(file);
  if (!is_hub_id(ref.repo_id) || (!ref.revision.empty() && !is_revision(ref.revision))) return std::nullopt;
  if (!is_safe_file(ref.file)) return std::nullopt;
  return ref;
}

std::optional<HubRef> parse_hf(std::string_view rest) {
  if (rest.substr(0, 7) == "models/") rest.remove_prefix(7);
  if (const std::size_t sign = rest.find_first_of("/@");
      sign != std::string_view::npos && rest[sign] == '@') {
    std::string_view tail = rest.substr(sign + 1);  // a model without organisation
    const std::string_view revision = take_revision(tail);
    return revision.empty() ? std::nullopt : checked(rest.substr(0, sign), revision, tail);
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || is_other_type(rest.substr(0, slash))) return std::nullopt;
  std::size_t end = rest.find_first_of("/@", slash + 1);
  const std::string_view id = rest.substr(0, end);
  if (end == std::string_view::npos) return checked(id, {}, {});
  std::string_view tail = rest.substr(end + 1);
  if (rest[end] == '/') return checked(id, {}, tail);
  const std::string_view revision = take_revision(tail);
  if (revision.empty()) return std::nullopt;
  return checked(id, revision, tail);
}

std::optional<HubRef> parse_page(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  const std::string_view first = take(path, '/');
  if (is_other_type(first)) return std::nullopt;
  if (path.empty()) return checked(first, {}, {});
  const std::string id = std::string(first) + "/" + std::string(take(path, '/'));
  if (path.empty()) return checked(id, {}, {});
  const std::string_view view = take(path, '/');
  if (view != "tree" && view != "blob" && view != "resolve" && view != "raw" && view != "commit") {
    return std::nullopt;
  }
  const std::string_view revision = take_revision(path);
  if (revision.empty()) return std::nullopt;
  return checked(id, revision, view == "tree" ? std::string() : percent_decode(path));
}

/// Takes the Hub's host (with the port and path that a mirror may have) from the start of a link.
bool take_hub(std::string_view& link, const std::vector<std::string>& mirrors) {
  const auto take_if = [&](std::string_view hub) {
    if (!starts_with_nocase(link, hub) || (link.size() > hub.size() && link[hub.size()] != '/')) return false;
    link.remove_prefix(std::min(hub.size() + 1, link.size()));
    return true;
  };
  constexpr std::string_view kHub[] = {"huggingface.co", "www.huggingface.co", "hf.co"};
  return std::any_of(std::begin(kHub), std::end(kHub), take_if) ||
         std::any_of(mirrors.begin(), mirrors.end(), take_if);
}

}  // namespace

bool starts_with_nocase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_link(std::string_view text) {
  return starts_with_nocase(text, "hf://") || starts_with_nocase(text, "https://") ||
         starts_with_nocase(text, "http://");
}

std::optional<HubRef> parse_link(std::string_view text, const std::vector<std::string>& mirrors) {
  if (starts_with_nocase(text, "hf://")) return parse_hf(text.substr(5));
  const std::size_t start = text.find("//");
  if (start == std::string_view::npos) return std::nullopt;
  text = text.substr(start + 2);
  text = text.substr(0, text.find_first_of("?#"));
  if (!take_hub(text, mirrors)) return std::nullopt;
  return parse_page(text);
}

std::optional<HubRef> parse_name(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return checked(text, {}, {});
  if (at + 1 == text.size()) return std::nullopt;
  return checked(text.substr(0, at), text.substr(at + 1), {});
}

}  // namespace modelexport::source
