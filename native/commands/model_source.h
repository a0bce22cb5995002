// Which source an export is stamped with, and which component files come with it.
//
// Rule      --source, else the record inside the archive, else a config.json beside the archive, else none
//           (contract.md §2, export).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/context.h"
#include "io/file_tree.h"
#include "modelexport/components.h"
#include "modelexport/source.h"
#include "modelexport/stamp.h"

namespace modelexport::commands {

struct ModelSource {
  std::optional<source::Source> source;  ///< nothing: unknown
  std::optional<stamp::Record> record;
  std::unique_ptr<io::FileTree> tree;    ///< of a local source that exists
  components::ComponentPlan components;  ///< empty without tree
  std::string hub_config;                ///< config.json of a Hub source, "" if it cannot be had
  std::string note;                      ///< what the user should know when all went well, "" if nothing
};

/// `given` is --source or the directory that was captured, "" if none; `archive` may be nullptr when it is
/// not made yet. `package`: a missing config.json is an error rather than a warning.
Result<ModelSource> find_model_source(cli::Context& context, const std::string& given,
                                      const ByteSource* archive, const std::string& archive_path,
                                      bool package, const Limits& limits);

}  // namespace modelexport::commands
