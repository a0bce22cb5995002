#include "commands/source_tree.h"

#include "commands/source_option.h"
#include "io/directory_tree.h"

namespace modelexport::commands {

Status complete_commit(cli::Context& context, hub::Hub& hub, source::Source& source) {
  if (!source.commit.empty()) return {};
  const auto commit = hub.resolve(source.repo_id, source.revision);
  if (!commit) return fail(with_nearest_model(hub, source.repo_id, commit.error()));
  if (!commit->note.empty()) context.note(commit->note);
  source.commit = commit->commit;
  source.verified = commit->from_cache ? source::Verified::cache : source::Verified::api;
  source.hub = commit->hub;
  return {};
}

Result<std::unique_ptr<hub::HubTree>> open_hub_tree(cli::Context& context, source::Source& source,
                                                    const Limits& limits, bool everything) {
  ME_TRY(const auto hub, make_hub(context, limits));
  ME_CHECK(complete_commit(context, *hub, source));
  auto tree = hub->open(source.repo_id, source.revision, source.commit,
                        everything ? hub::Need::everything : hub::Need::components);
  if (!tree) return fail(with_nearest_model(*hub, source.repo_id, tree.error()));
  return tree;
}

Result<std::unique_ptr<io::FileTree>> open_source_tree(cli::Context& context, source::Source& source,
                                                       const Limits& limits, bool everything) {
  if (source.kind == source::Kind::hub) {
    ME_TRY(auto tree, open_hub_tree(context, source, limits, everything));
    return std::unique_ptr<io::FileTree>(std::move(tree));
  }
  if (source.exists && !source.is_directory) {
    return fail(ErrorCode::source_no_directory, "the source is a file, not a model directory",
                {.path = source.input}, "name the directory that holds config.json");
  }
  ME_TRY(auto tree, io::DirectoryTree::open(source.path, limits));
  return std::unique_ptr<io::FileTree>(std::move(tree));
}

}  // namespace modelexport::commands
