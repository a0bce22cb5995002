// Which inputs are written as paths, and the path they mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modelexport/source.h"

namespace modelexport::source {

/// path_prefix or path_separator if the text can only be a path; nothing if it could be a Hub id.
/// `id` is the text without revision: slashes inside a revision do not count.
std::optional<Reason> path_reason(std::string_view text, std::string_view id);

/// The path without file: and with ~ replaced.
std::string local_path(std::string_view text, std::string_view home);

/// Absolute on any system: /x, \x, C:\x, ~ (of somebody's home), file:.
bool is_absolute(std::string_view text);

}  // namespace modelexport::source
