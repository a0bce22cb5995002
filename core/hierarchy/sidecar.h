// Node tags in the predecessor's sidecar files (reference: legacy_htp.md §7).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::hierarchy {

using SidecarTags = std::unordered_map<std::string, std::string>;  // looked up by node name only

/// What follows a model's name in its sidecars' names, in the order in which the predecessor looked for them.
std::span<const std::string_view> sidecar_endings();

/// Every documented form; an object without node tags gives an empty table.
Result<SidecarTags> read_sidecar(std::string_view text, const Limits& limits);

}  // namespace modelexport::hierarchy
