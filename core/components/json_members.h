// Members of a JSON document's root object as ranges of its text, and the edits packages need.
//
// Purpose   A configuration gets or changes one member while every other byte stays (json_text.h does the
// same
//           for values that leak paths).
// Errors    none: callers parse the text first; on text that is no JSON object nothing is found or changed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::components {

struct RootMember {
  std::string_view key;         ///< as written, without unescaping
  std::size_t begin = 0;        ///< of the key's quote
  std::size_t value_begin = 0;  ///< of the value, any kind
  std::size_t value_end = 0;
};
std::vector<RootMember> root_members(std::string_view text);
std::optional<RootMember> find_root_member(std::string_view text, std::string_view key);

/// Sets a member of the root object to a JSON text: replaces its value, or appends it in the document's own
/// style (indentation of its first member). Without a root object the text stays as it is.
void set_root_member(std::string& text, std::string_view key, std::string_view value);

/// A JSON string literal, quotes included.
std::string json_quoted(std::string_view text);

}  // namespace modelexport::components
