#include "commands/beside_model.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "commands/package_manifest.h"
#include "io/directory_tree.h"
#include "io/file_sink.h"
#include "package/verify.h"

namespace modelexport::commands {
namespace {

bool has_config(const std::string& directory) {
  return ::access(io::join_path(directory, "config.json").c_str(), F_OK) == 0;
}

/// A tree that shows some of another's files.
class SomeFiles final : public io::FileTree {
 public:
  SomeFiles(std::unique_ptr<io::FileTree> all, const std::set<std::string>& paths) : all_(std::move(all)) {
    for (const components::FileEntry& file : all_->list())
      if (paths.count(file.path) != 0) entries_.push_back(file);
  }
  [[nodiscard]] std::string name() const override { return all_->name(); }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  [[nodiscard]] Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    return all_->read(path, limit);
  }
  [[nodiscard]] Result<std::unique_ptr<io::FileSource>> source(std::string_view path) const override {
    return all_->source(path);
  }

 private:
  std::unique_ptr<io::FileTree> all_;
  std::vector<components::FileEntry> entries_;
};

/// The files of a package that came from the model's source.
package::Manifest only_components(package::Manifest manifest) {
  std::erase_if(manifest.files, [](const package::ManifestFile& file) { return file.from != "source"; });
  return manifest;
}

bool lists_config(const package::Manifest& manifest) {
  return std::any_of(manifest.files.begin(), manifest.files.end(),
                     [](const package::ManifestFile& file) { return file.path == "config.json"; });
}

}  // namespace

std::string directory_beside(const std::string& model_path) {
  std::string directory = io::split_path(model_path).first;
  if (directory.empty()) directory = ".";
  if (has_config(directory)) return directory;
  const auto [parent, name] = io::split_path(directory);
  if (name != "onnx") return {};
  const std::string above = parent.empty() ? "." : parent;
  return has_config(above) ? above : std::string();
}

Result<ComponentsBeside> components_of_commit(cli::Context& context, const std::string& directory,
                                              const std::string& hub_id, const std::string& revision,
                                              const Limits& limits) {
  ComponentsBeside none;
  auto found = read_manifest_in(directory);
  if (!found || found->source.hub_id != hub_id || found->source.revision != revision) return none;
  const package::Manifest manifest = only_components(std::move(*found));
  if (!lists_config(manifest)) return none;
  ME_TRY(std::unique_ptr<io::FileTree> tree, io::DirectoryTree::open(directory, limits));
  ME_TRY(const Diagnostics findings, package::verify(manifest, *tree, {}, context.progress));
  for (const Diagnostic& finding : findings) {
    if (finding.code != ErrorCode::pkg_file_missing) continue;
    context.note("the package beside the model is not complete: " + finding.message +
                 " Its components are taken from the cache or the Hub.");
    return none;
  }
  std::vector<std::string> changed;
  for (Diagnostic finding : findings) {
    if (finding.code != ErrorCode::pkg_file_changed) continue;
    changed.push_back(finding.where.path);
    finding.where.path = io::join_path(directory, finding.where.path);
    finding.hint =
        "it is taken as it is; --source " + hub_id + "@" + revision + " takes the commit's own files";
    context.warn(finding);
  }
  std::set<std::string> paths;
  for (const package::ManifestFile& file : manifest.files) paths.insert(file.path);
  return ComponentsBeside{std::make_unique<SomeFiles>(std::move(tree), paths), manifest.source,
                          std::move(changed)};
}

}  // namespace modelexport::commands
