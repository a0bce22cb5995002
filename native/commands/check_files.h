// Which files `check` looks at: named paths, lists of them, and trees.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace modelexport::commands {

struct CheckTarget {
  std::string path;
  bool named = false;       ///< by the user: unreadable is exit 3
  bool package = false;     ///< a directory (or its zip) that loaders open as a whole
  bool zip = false;         ///< `path` is a zip file
  std::string member = {};  ///< the model's path in it
};

/// Models of the arguments and --files-from, in the order of the arguments, trees sorted by name; the shard's
/// part of them. Directories that cannot be read are targets, too: opening them says why.
Result<std::vector<CheckTarget>> find_targets(cli::Context& context);

}  // namespace modelexport::commands
