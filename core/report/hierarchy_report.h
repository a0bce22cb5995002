// The hierarchy part of `inspect` as JSON, and its line in the text.
#pragma once

#include <string>

#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::report {

/// {form, derived, modules: […]}.
json::Json hierarchy_json(const hierarchy::Tree& tree);
/// [{name, op, tag, scope}, …]; the tree must have been read with its nodes.
json::Json nodes_json(const hierarchy::Tree& tree);

/// "modelexport, 23 modules"; "none".
std::string hierarchy_line(const json::Json& hierarchy);

}  // namespace modelexport::report
