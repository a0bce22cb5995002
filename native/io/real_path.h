// What a path leads to, links followed: for telling whether something is inside a directory, or is one file
// under two names.
#pragma once

#include <string>

namespace modelexport::io {

/// The absolute path without links, "." and ".."; "" if there is nothing at `path`.
std::string real_path(const std::string& path);

/// Whether both lead to one file or directory; "" is the current directory. False if one is not there.
bool is_same_file(const std::string& a, const std::string& b);

}  // namespace modelexport::io
