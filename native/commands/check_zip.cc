#include "commands/check_zip.h"

#include <algorithm>

#include "format/format.h"
#include "modelexport/check_package.h"
#include "package/manifest.h"

namespace modelexport::commands {
namespace {

const components::FileEntry* find(const package::ZipTree& tree, const std::string& path) {
  const auto& files = tree.list();
  const auto found =
      std::lower_bound(files.begin(), files.end(), path,
                       [](const auto& file, const std::string& name) { return file.path < name; });
  return found != files.end() && found->path == path ? &*found : nullptr;
}

}  // namespace

std::unique_ptr<ModelZip> ModelZip::open(const std::string& path, const Limits& limits) {
  auto file = io::FileSource::open(path);
  if (!file) return nullptr;
  const auto detected = format::detect_format(**file, limits);
  if (!detected || detected->format != format::Format::zip || detected->zip_error) return nullptr;
  auto archive = zip::Archive::open(**file, limits);
  if (!archive) return nullptr;
  auto zip = std::make_unique<ModelZip>();
  zip->file_ = std::move(*file);
  zip->archive_ = std::make_unique<zip::Archive>(std::move(*archive));
  zip->tree_ = std::make_unique<package::ZipTree>(*zip->archive_, path, limits);
  return zip->is_package() || !zip->models().empty() ? std::move(zip) : nullptr;
}

/// As a directory is one: a manifest alone will do, the models that it lists may be missing.
bool ModelZip::is_package() const {
  return find(*tree_, std::string(package::kManifestName)) != nullptr || check::is_package(tree_->list());
}

std::vector<std::string> ModelZip::models() const {
  std::vector<std::string> names;
  for (const components::FileEntry& file : tree_->list())
    if (file.path.ends_with(".onnx")) names.push_back(file.path);
  return names;
}

std::vector<CheckTarget> with_zip_members(std::vector<CheckTarget> targets, const Limits& limits) {
  std::vector<CheckTarget> out;
  for (CheckTarget& target : targets) {
    const auto zip = target.named && !target.package ? ModelZip::open(target.path, limits) : nullptr;
    if (zip == nullptr) {
      out.push_back(std::move(target));
      continue;
    }
    if (zip->is_package()) out.push_back({target.path, true, true, true, {}});
    for (std::string& model : zip->models())
      out.push_back({target.path, true, false, true, std::move(model)});
  }
  return out;
}

ZipSurroundings::ZipSurroundings(const package::ZipTree& tree, const std::string& model)
    : tree_(tree), model_(model), directory_(model.substr(0, model.find_last_of('/') + 1)) {
  for (const components::FileEntry& file : tree.list()) {
    if (!file.path.starts_with(directory_)) continue;
    const std::string name = file.path.substr(directory_.size());
    if (name.find('/') == std::string::npos) siblings_.push_back(name);
  }
}

std::string ZipSurroundings::path_of(const std::string& location) const {
  std::vector<std::string> parts;
  const std::string text = directory_ + location;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t slash = std::min(text.find('/', at), text.size());
    const std::string part = text.substr(at, slash - at);
    if (part == "..") {
      if (parts.empty()) return {};
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = slash + 1;
  }
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  return path;
}

check::Surroundings::File ZipSurroundings::look_up(const std::string& location) const {
  File file;
  const std::string path = path_of(location);
  const components::FileEntry* entry = find(tree_, path);
  if (entry == nullptr) return file;
  file.exists = file.regular = true;
  file.inside = path.starts_with(directory_);
  file.is_model = path == model_;
  file.size = entry->size;
  return file;
}

std::optional<std::string> ZipSurroundings::read_text(const std::string& name, std::uint64_t limit) const {
  auto text = tree_.read(path_of(name), limit);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace modelexport::commands
