#include "source/local_path.h"

#include <algorithm>

#include "source/link.h"

namespace modelexport::source {
namespace {

bool has_drive(std::string_view text) {
  if (text.size() < 2 || text[1] != ':') return false;
  return (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
}

bool has_dot_part(std::string_view text) {
  return text.front() == '.' || text.find("/.") != std::string_view::npos;
}

/// file:///a, file://localhost/a, file://server/share, file:a, file:///C:/a
std::string from_file_uri(std::string_view rest) {
  if (rest.substr(0, 2) == "//") {
    rest.remove_prefix(2);
    if (starts_with_nocase(rest, "localhost/")) rest.remove_prefix(9);
    if (!rest.empty() && rest.front() != '/') return "//" + percent_decode(rest);
  }
  std::string path = percent_decode(rest);
  if (path.size() > 2 && path[0] == '/' && has_drive(std::string_view(path).substr(1))) path.erase(0, 1);
  return path;
}

}  // namespace

std::optional<Reason> path_reason(std::string_view text, std::string_view id) {
  if (text.empty()) return std::nullopt;
  if (text.front() == '/' || text.front() == '\\' || text.front() == '~' || has_drive(text) ||
      starts_with_nocase(text, "file:") || has_dot_part(id.empty() ? text : id)) {
    return Reason::path_prefix;
  }
  if (text.find('\\') != std::string_view::npos) return Reason::path_separator;
  const auto slashes = std::count(id.begin(), id.end(), '/');
  if (slashes > 1 || (!id.empty() && id.back() == '/')) return Reason::path_separator;
  return std::nullopt;
}

std::string local_path(std::string_view text, std::string_view home) {
  if (starts_with_nocase(text, "file:")) return from_file_uri(text.substr(5));
  const bool own_home = text == "~" || text.substr(0, 2) == "~/" || text.substr(0, 2) == "~\\";
  if (own_home && !home.empty()) return std::string(home) + std::string(text.substr(1));
  return std::string(text);
}

bool is_absolute(std::string_view text) {
  if (text.empty()) return false;
  return text.front() == '/' || text.front() == '\\' || text.front() == '~' || has_drive(text) ||
         starts_with_nocase(text, "file:");
}

}  // namespace modelexport::source
