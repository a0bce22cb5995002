#include "commands/source_tree.h"

#include "io/directory_tree.h"

namespace modelexport::commands {

Result<std::unique_ptr<io::FileTree>> open_source_tree(cli::Context& /*context*/, source::Source& source,
                                                       const Limits& limits) {
  if (source.kind == source::Kind::hub) {
    return fail(ErrorCode::cli_not_supported_yet, "files of Hub models are not fetched by this version",
                {.path = source.repo_id}, "download the model and name its directory");
  }
  if (source.exists && !source.is_directory) {
    return fail(ErrorCode::source_no_directory, "the source is a file, not a model directory",
                {.path = source.input}, "name the directory that holds config.json");
  }
  ME_TRY(auto tree, io::DirectoryTree::open(source.path, limits));
  return std::unique_ptr<io::FileTree>(std::move(tree));
}

}  // namespace modelexport::commands
