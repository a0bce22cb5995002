// Grammar of Hub ids and revisions (reference: hub_protocol.md §1).
#include <algorithm>

#include "modelexport/source.h"

namespace modelexport::source {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_segment(std::string_view text) {
  if (text.empty() || !is_word(text.front()) || !is_word(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

bool is_hub_id(std::string_view text) {
  constexpr std::size_t kMaxName = 96;
  constexpr std::size_t kMaxId = 256;  // the Hub leaves the namespace open; a bound keeps URLs and paths sane
  if (text.size() > kMaxId || contains(text, "--") || contains(text, "..")) return false;
  if (text.size() >= 4 && text.substr(text.size() - 4) == ".git") return false;
  const std::size_t slash = text.find('/');
  const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (slash != std::string_view::npos && !is_segment(text.substr(0, slash))) return false;
  return name.size() <= kMaxName && is_segment(name);
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_revision(std::string_view text) {
  constexpr std::size_t kMax = 255;
  if (text.empty() || text.size() > kMax || text.front() == '/' || text.back() == '/' ||
      text.front() == '-') {
    return false;
  }
  if (contains(text, "..") || contains(text, "//") || contains(text, "@{")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    constexpr std::string_view kRefused = "\\ ~^:?*[\x7f";  // what git refuses in names of references
    return static_cast<unsigned char>(c) > 0x20 && kRefused.find(c) == std::string_view::npos;
  });
}

}  // namespace modelexport::source
