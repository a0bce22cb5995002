#include "components/json_members.h"

#include "components/json_scan.h"
#include "json/json.h"

namespace modelexport::components {
namespace {

/// One past the value that starts at `at`: up to the comma or bracket that ends it.
std::size_t value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  std::size_t last = at;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = last = string_end(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
    if (!is_json_space(c)) last = at;
  }
  return last;
}

/// What stands before a member that starts a line ("\n  "), or a space.
std::string separator_of(std::string_view text, const std::vector<RootMember>& members, std::size_t open) {
  if (members.empty()) return "\n  ";
  const std::string_view between = text.substr(open + 1, members.front().begin - open - 1);
  if (between.find('\n') != std::string_view::npos) return std::string(between);
  return " ";
}

}  // namespace

std::vector<RootMember> root_members(std::string_view text) {
  std::vector<RootMember> out;
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '{') return out;
  at = skip_space(text, at + 1);
  while (at < text.size() && text[at] == '"') {
    RootMember member;
    member.begin = at;
    at = string_end(text, at);
    if (at < member.begin + 2) break;
    member.key = text.substr(member.begin + 1, at - member.begin - 2);
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != ':') break;
    member.value_begin = skip_space(text, at + 1);
    member.value_end = value_end(text, member.value_begin);
    out.push_back(member);
    at = skip_space(text, member.value_end);
    if (at >= text.size() || text[at] != ',') break;
    at = skip_space(text, at + 1);
  }
  return out;
}

std::optional<RootMember> find_root_member(std::string_view text, std::string_view key) {
  for (const RootMember& member : root_members(text)) {
    if (member.key == key) return member;
  }
  return std::nullopt;
}

void set_root_member(std::string& text, std::string_view key, std::string_view value) {
  if (const auto member = find_root_member(text, key)) {
    text.replace(member->value_begin, member->value_end - member->value_begin, value);
    return;
  }
  const std::size_t open = skip_space(text, 0);
  if (open >= text.size() || text[open] != '{') return;
  const auto members = root_members(text);
  const std::string separator = separator_of(text, members, open);
  const std::string added = json_quoted(key) + ": " + std::string(value);
  if (members.empty()) {
    const std::size_t close = text.find('}', open);
    if (close != std::string::npos) text.replace(open, close - open + 1, "{" + separator + added + "\n}");
    return;
  }
  text.insert(members.back().value_end, "," + separator + added);
}

std::string json_quoted(std::string_view text) { return json::dump(json::Json(std::string(text))); }

}  // namespace modelexport::components
