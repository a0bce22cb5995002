#include "commands/pack_source.h"

#include <unistd.h>

#include "commands/package_manifest.h"
#include "commands/source_option.h"
#include "commands/source_tree.h"
#include "io/directory_tree.h"
#include "io/file_sink.h"

namespace modelexport::commands {
namespace {

bool has_config(const std::string& directory) {
  return ::access(io::join_path(directory, "config.json").c_str(), F_OK) == 0;
}

/// The directory of the model's components: its own, or the one above onnx/. "" if neither has config.json.
std::string directory_beside(const std::string& model_path) {
  std::string directory = io::split_path(model_path).first;
  if (directory.empty()) directory = ".";
  if (has_config(directory)) return directory;
  const auto [parent, name] = io::split_path(directory);
  if (name != "onnx") return {};
  const std::string above = parent.empty() ? "." : parent;
  return has_config(above) ? above : std::string();
}

Result<PackSource> open_directory(const std::string& path, const Limits& limits, std::string shown) {
  PackSource made;
  ME_TRY(made.tree, io::DirectoryTree::open(path, limits));
  made.shown = std::move(shown);
  return made;
}

Result<PackSource> from_source(cli::Context& context, source::Source source, bool everything,
                               const Limits& limits) {
  PackSource made;
  ME_TRY(made.tree, open_source_tree(context, source, limits, everything));
  made.source.kind = std::string(source::to_string(source.kind));
  made.source.license = source.hub.license;
  made.shown = source.input;
  if (source.kind == source::Kind::hub) {
    made.source.hub_id = source.repo_id;
    made.source.revision = source.commit;
    made.source.evidence = source.revision == source.commit ? "given" : "branch-head";
  } else {
    made.source.path = source.input;
  }
  return made;
}

Result<PackSource> from_given(cli::Context& context, const std::string& given, bool everything,
                              const Limits& limits) {
  source::Source source = classify_source(context, given);
  ME_CHECK(source::require_usable(source));
  return from_source(context, std::move(source), everything, limits);
}

Result<PackSource> from_local_stamp(const std::string& model_path, const stamp::Stamp& stamp,
                                    const Limits& limits) {
  const std::string directory = directory_beside(model_path);
  if (!directory.empty()) return open_directory(directory, limits, "beside the model");
  const std::string was = stamp.original_path.empty() ? std::string("DIRECTORY") : stamp.original_path;
  return fail(ErrorCode::pack_no_config,
              "Config.json not found for local model: there is none beside " + model_path +
                  (stamp.original_path.empty() ? "" : ", which was made from '" + was + "'") + ".",
              {.path = model_path}, "Name the model's directory: --source " + was);
}

Result<PackSource> from_hub_stamp(cli::Context& context, const std::string& model_path,
                                  const stamp::Stamp& stamp, bool everything, const Limits& limits) {
  const std::string directory = directory_beside(model_path);
  if (!directory.empty()) {
    const auto manifest = read_manifest_in(directory);
    const bool same = manifest && manifest->source.hub_id == stamp.hub_id && !stamp.revision.empty() &&
                      manifest->source.revision == stamp.revision;
    if (same) return open_directory(directory, limits, "beside the model");
  }
  ME_TRY(source::Source source, stamp::source_of(stamp, model_path));
  ME_TRY(PackSource made, from_source(context, std::move(source), everything, limits));
  if (made.source.revision == stamp.revision) made.source = {};  // the stamp says more: evidence, license
  return made;
}

}  // namespace

Result<PackSource> find_pack_source(cli::Context& context, const std::string& given,
                                    const std::string& model_path, const stamp::Stamp& stamp, bool everything,
                                    const Limits& limits) {
  everything = everything || context.arguments.has("trust-remote-code");
  if (!given.empty()) return from_given(context, given, everything, limits);
  if (stamp.kind == stamp::Kind::hub) return from_hub_stamp(context, model_path, stamp, everything, limits);
  if (stamp.kind == stamp::Kind::local) return from_local_stamp(model_path, stamp, limits);
  const std::string directory = directory_beside(model_path);
  if (!directory.empty()) {
    context.note("the model has no stamp: its components are taken from beside it");
    return open_directory(directory, limits, "beside the model");
  }
  ME_CHECK(stamp::source_of(stamp, model_path));
  return fail(ErrorCode::stamp_unknown_type, "Cannot determine model type.", {.path = model_path},
              "--source SOURCE");
}

}  // namespace modelexport::commands
