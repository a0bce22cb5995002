// The two steps that every scan of JSON text makes: over space, and over a string.
#pragma once

#include <cstddef>
#include <string_view>

namespace modelexport::components {

inline bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

inline std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_json_space(text[at])) ++at;
  return at;
}

/// One past the closing quote of the string that starts at `at`; the text's end if there is none.
inline std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

}  // namespace modelexport::components
