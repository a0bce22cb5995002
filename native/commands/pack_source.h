// Where a package's components come from: --source, or what the ONNX file's stamp says.
//
// Rule      A local stamp means the files beside the ONNX file (or above onnx/); the path inside the stamp is
//           shown, never followed. A Hub stamp: the files beside it if a manifest there names the stamped
//           commit, else the Hub (contract.md §2, pack).
// Errors    stamp_unknown_type, pack_no_config, those of the source.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "io/file_tree.h"
#include "modelexport/stamp.h"
#include "package/manifest.h"

namespace modelexport::commands {

struct PackSource {
  std::unique_ptr<io::FileTree> tree;
  package::ManifestSource source;     ///< kind "unknown": what the stamp says
  std::string shown;                  ///< for the summary: "./model_dir", "beside the model"
  std::vector<std::string> changed;   ///< files that are no longer as the package beside the model had them
  std::optional<Diagnostic> warning;  ///< the stamp names another commit, or none: to be said once it is used
};

/// `given` is --source, "" if none. `everything`: the list of a Hub model's files must be complete, for
/// weights and code.
Result<PackSource> find_pack_source(cli::Context& context, const std::string& given,
                                    const std::string& model_path, const stamp::Stamp& stamp, bool everything,
                                    const Limits& limits);

}  // namespace modelexport::commands
