// Component files beside an ONNX file: its own package's, when the manifest there says so.
//
// Purpose   A package needs neither network nor cache to be packed again. What merely lies there may be
// another
//           model's, so that for a Hub model only the files count that a manifest of the stamped commit
//           lists.
// Errors    Those of reading the directory. That it has nothing to offer is no error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "io/file_tree.h"
#include "package/manifest.h"

namespace modelexport::commands {

/// The directory of a model's components: its own, or the one above onnx/. "" if neither has config.json.
std::string directory_beside(const std::string& model_path);

struct ComponentsBeside {
  std::unique_ptr<io::FileTree> tree;  ///< nullptr: there are none
  package::ManifestSource source;      ///< as the manifest says it
  std::vector<std::string> changed;    ///< files that differ from what the manifest lists
};

/// The components in `directory` that its manifest lists, if that names the commit `revision` of `hub_id` and
/// all are there. Files that were changed since are warned of, and used: somebody wanted them so.
Result<ComponentsBeside> components_of_commit(cli::Context& context, const std::string& directory,
                                              const std::string& hub_id, const std::string& revision,
                                              const Limits& limits);

}  // namespace modelexport::commands
