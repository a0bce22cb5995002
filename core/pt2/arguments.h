// Arguments of the program's nodes ({"as_tensor": {"name": "x"}} …) as aten::Arg.
//
// Errors    pt2_malformed (unknown name, unknown kind), pt2_unsupported (objects, complex numbers,
// operators).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "modelexport/aten.h"
#include "pt2/scope.h"

namespace modelexport::pt2 {

/// A one-key object: {"as_int": 3} → kind "as_int" and its content.
struct Tagged {
  std::string_view kind;
  const json::Json* content = nullptr;
};
Result<Tagged> read_tagged(const json::Json& value, const json::Path& at);

/// Nothing for arguments that do not change values: devices, layouts, memory formats.
Result<std::optional<aten::Arg>> read_argument(const json::Json& value, const Scope& scope,
                                               const json::Path& at);
/// Names whose arguments are left out whatever they hold (aten.h): "device", "pin_memory" …
bool is_left_out(std::string_view name);

/// Names of the values that a graph or node output (or a graph input) defines; "" for one that is not used.
Result<std::vector<std::string_view>> read_names(const json::Json& value, const json::Path& at);

}  // namespace modelexport::pt2
