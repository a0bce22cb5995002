// JSON without exceptions: parsing untrusted text, typed access, deterministic output.
//
// Purpose   The only way the core reads and writes JSON. nlohmann's own parse/at/get throw (here: abort);
//           use the functions below instead.
// Errors    json_syntax (with byte offset), json_limit, json_field (wrong type or missing, with the field
// path). Limits    Limits::json_bytes, json_values, depth. Duplicate keys are refused: readers disagree about
// them. Speed     Objects keep the order of the text and are searched linearly: iterate over wide ones, or
// index them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::json {

using Json = nlohmann::ordered_json;

/// `name` is what errors call the document (file or archive member).
Result<Json> parse(std::string_view text, const Limits& limits, std::string_view name = {});

/// The same for text of Python's json module, whose bare NaN, Infinity and -Infinity become strings.
Result<Json> parse_python(std::string_view text, const Limits& limits, std::string_view name = {});

/// Compact for indent < 0. Invalid UTF-8 becomes U+FFFD, NaN and infinities become null. Never fails.
std::string dump(const Json& value, int indent = -1);

/// Where in a document a value is. A chain of stack objects that becomes text only when there is an error:
///   Path nodes{&root, "nodes"};  Path node{&nodes, {}, i};  get_string(value, "target", node);
struct Path {
  static constexpr std::uint64_t kNoIndex = ~std::uint64_t{0};
  const Path* parent = nullptr;
  std::string_view key;
  std::uint64_t index = kNoIndex;
  [[nodiscard]] std::string text() const;  ///< "graph.nodes[12].target"
};

/// Member of an object; nullptr if it is absent or `object` is none.
const Json* find(const Json& object, std::string_view key);

/// Member that must exist (and may be null).
Result<const Json*> get(const Json& object, std::string_view key, const Path& at = {});
Result<const Json*> get_object(const Json& object, std::string_view key, const Path& at = {});
Result<const Json*> get_array(const Json& object, std::string_view key, const Path& at = {});
Result<std::string_view> get_string(const Json& object, std::string_view key, const Path& at = {});
Result<std::int64_t> get_int(const Json& object, std::string_view key, const Path& at = {});
Result<double> get_number(const Json& object, std::string_view key, const Path& at = {});
Result<bool> get_bool(const Json& object, std::string_view key, const Path& at = {});

/// The same for a value itself (an element of an array).
Result<std::string_view> as_string(const Json& value, const Path& at = {});
Result<std::int64_t> as_int(const Json& value, const Path& at = {});
Result<double> as_number(const Json& value, const Path& at = {});
Result<bool> as_bool(const Json& value, const Path& at = {});

/// For callers that do not care why: nothing if absent or of another type. The views live as long as
/// `object`.
std::optional<std::string_view> find_string(const Json& object, std::string_view key);
std::optional<std::int64_t> find_int(const Json& object, std::string_view key);

/// The keys' vector of an object, the elements of an array; both empty for other values.
const Json::object_t& members(const Json& object);
const Json::array_t& elements(const Json& array);

/// The error that a field is not as expected; `what` is e.g. "must be a string".
tl::unexpected<Diagnostic> field_error(const Path& at, std::string what);

}  // namespace modelexport::json
