#include "io/surroundings.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "io/file_sink.h"
#include "io/file_source.h"
#include "io/real_path.h"
#include "io/staged_file.h"

namespace modelexport::io {
namespace {

constexpr std::size_t kMostSiblings = 100'000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::string with_slash(std::string path) {
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path;
}

}  // namespace

DirectorySurroundings::DirectorySurroundings(const std::string& model_path, DirectoryListings* listings)
    : model_(model_path), listings_(listings) {
  directory_ = split_path(model_path).first;
  if (directory_.empty()) directory_ = ".";
  real_directory_ = with_slash(real_path(directory_));
  // A model that is a link itself (the Hub cache): data may lie where the real file is.
  const std::string real = real_path(model_path);
  real_model_directory_ = real.empty() ? "" : with_slash(split_path(real).first);
}

check::Surroundings::File DirectorySurroundings::look_up(const std::string& location) const {
  const auto known = known_.find(location);
  if (known != known_.end()) return known->second;
  return known_.emplace(location, examine(location)).first->second;
}

bool DirectorySurroundings::has_seen(std::string_view ending) const {
  return std::any_of(known_.begin(), known_.end(),
                     [&](const auto& file) { return file.second.exists && file.first.ends_with(ending); });
}

check::Surroundings::File DirectorySurroundings::examine(const std::string& location) const {
  File file;
  const std::string path = join_path(directory_, location);
  struct stat own {};
  struct stat target {};
  if (::lstat(path.c_str(), &own) != 0 || ::stat(path.c_str(), &target) != 0) return file;
  const std::string real = real_path(path);
  const auto below = [&](const std::string& root) { return !root.empty() && real.starts_with(root); };
  file.exists = true;
  file.inside = below(real_directory_) || below(real_model_directory_) || real + "/" == real_directory_;
  file.regular = S_ISREG(target.st_mode);
  file.link = S_ISLNK(own.st_mode);
  file.hard_linked = file.regular && target.st_nlink > 1;
  file.size = static_cast<std::uint64_t>(target.st_size);
  struct stat model {};
  file.is_model =
      ::stat(model_.c_str(), &model) == 0 && model.st_dev == target.st_dev && model.st_ino == target.st_ino;
  return file;
}

std::shared_ptr<const std::vector<std::string>> DirectoryListings::get(const std::string& directory) {
  if (names_ != nullptr && directory == directory_) return names_;
  auto names = std::make_shared<std::vector<std::string>>();
  const std::unique_ptr<DIR, CloseDirectory> handle(::opendir(directory.c_str()));
  while (const dirent* entry = handle != nullptr ? ::readdir(handle.get()) : nullptr) {
    if (names->size() >= kMostSiblings) break;
    names->emplace_back(entry->d_name);
  }
  std::sort(names->begin(), names->end());
  directory_ = directory;
  names_ = names;
  return names;
}

const std::vector<std::string>& DirectorySurroundings::siblings() const {
  DirectoryListings own;
  if (siblings_ == nullptr) siblings_ = (listings_ != nullptr ? *listings_ : own).get(directory_);
  return *siblings_;
}

std::optional<std::string> DirectorySurroundings::read_text(const std::string& name,
                                                            std::uint64_t limit) const {
  const auto source = FileSource::open(join_path(directory_, name));
  if (!source) return std::nullopt;
  auto text = modelexport::read_text(**source, limit);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace modelexport::io
