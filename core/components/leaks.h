// Paths of the exporting machine inside configuration files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelexport/result.h"

namespace modelexport::components {

/// A path of somebody's machine rather than a Hub id or a name inside the package.
bool is_local_path(std::string_view value);

/// Somebody's home directory anywhere in a text.
bool names_home(std::string_view text);

struct Cleaned {
  std::string text;
  std::vector<std::string> edits;  ///< empty: `text` equals the input
  Diagnostics warnings;            ///< leaks that were left, because no reader's meaning of the key is known
};
/// Removes what must not travel from a configuration file. Loaders read none of the removed values; the file
/// keys of tokenizer_config.json must go even with `keep_paths`, because transformers 4 lets them win over
/// packaged files.
Cleaned clean(std::string_view path, std::string_view text, bool keep_paths, std::size_t max_depth);

}  // namespace modelexport::components
