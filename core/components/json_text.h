// Small changes to JSON text that leave every other byte alone.
//
// Purpose   Configuration files keep their formatting, key order and number spelling; only a listed member
// changes. Errors    none: callers parse the text first; on text that is no JSON the result is merely
// unspecified.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::components {

/// A member whose value is a string or null, as byte positions.
struct TextMember {
  std::string where;      ///< "text_config._name_or_path"
  std::string key;        ///< as written, without unescaping
  std::string value;      ///< unescaped as far as paths need it; "" for null
  std::size_t depth = 0;  ///< 1: member of the root
  std::size_t begin = 0;  ///< of the key's quote
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
};
std::vector<TextMember> string_members(std::string_view text, std::size_t max_depth);

void blank_value(std::string& text, const TextMember& member);
/// Removes the member and one of the commas around it.
void remove_member(std::string& text, const TextMember& member);

/// Text that a strict reader takes: no byte order mark; NaN and Infinity, which Python writes, become null.
struct Strict {
  std::string text;
  bool had_mark = false;
  bool had_non_finite = false;
};
Strict make_strict(std::string_view text);

}  // namespace modelexport::components
