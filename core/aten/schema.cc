#include "aten/schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>

namespace modelexport::aten {
namespace {

constexpr std::string_view kTable[] = {
#include "aten/schema_table.inc"
};

std::string_view name_of(std::string_view row) { return row.substr(0, row.find('(')); }

std::optional<std::string_view> find_row(std::string_view name) {
  // Rows are sorted by their full text, which does not sort by name where one name is a prefix of another.
  for (std::string_view row : kTable)
    if (name_of(row) == name) return row;
  return std::nullopt;
}

Arg parse_default(std::string_view text);

ArgList parse_list(std::string_view body) {
  ArgList items;
  while (!body.empty()) {
    const std::size_t comma = body.find(',');
    std::string_view item = body.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    if (!item.empty()) items.push_back(parse_default(item));
    body = comma == std::string_view::npos ? std::string_view() : body.substr(comma + 1);
  }
  return items;
}

Arg parse_default(std::string_view text) {
  if (text == "None") return {};
  if (text == "True" || text == "False") return {text == "True"};
  if (text.starts_with('"') || text.starts_with('\'')) return {std::string(text.substr(1, text.size() - 2))};
  if (text.starts_with('[')) return {parse_list(text.substr(1, text.size() - 2))};
  const std::string copy(text);
  if (text.find_first_of(".e") == std::string_view::npos) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(copy.data(), copy.data() + copy.size(), value);
    if (error == std::errc() && end == copy.data() + copy.size()) return {value};
  }
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (end != nullptr && *end == '\0') return {value};
  return {std::string(text)};  // an enumerator such as contiguous_format
}

/// The next argument of a signature body, split at commas outside brackets and quotes.
std::string_view next_argument(std::string_view& rest) {
  int depth = 0;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
    if (c == ',' && depth == 0) break;
  }
  std::string_view argument = rest.substr(0, i);
  rest = i < rest.size() ? rest.substr(i + 1) : std::string_view();
  while (!argument.empty() && argument.front() == ' ') argument.remove_prefix(1);
  return argument;
}

}  // namespace

std::optional<std::string_view> find_schema(std::string_view target, std::string_view overload) {
  std::string name(target);
  if (name.size() > 1 && name.back() == '_' && !name.ends_with("__")) name.pop_back();
  if (!overload.empty()) name.append(".").append(overload);
  return find_row(name);
}

std::optional<Arg> schema_default(std::string_view target, std::string_view overload,
                                  std::string_view argument) {
  const auto row = find_schema(target, overload);
  if (!row) return std::nullopt;
  std::string_view rest = row->substr(row->find('(') + 1);
  rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::string_view declared = next_argument(rest);
    const std::size_t equals = declared.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view left = declared.substr(0, equals);
    if (left.substr(left.rfind(' ') + 1) == argument) return parse_default(declared.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace modelexport::aten
