#include "io/surroundings.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "io/file_sink.h"
#include "io/file_source.h"
#include "io/staged_file.h"

namespace modelexport::io {
namespace {

constexpr std::size_t kMostSiblings = 100'000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : "";
}

std::string with_slash(std::string path) {
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path;
}

}  // namespace

DirectorySurroundings::DirectorySurroundings(const std::string& model_path) : model_(model_path) {
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

const std::vector<std::string>& DirectorySurroundings::siblings() const {
  if (listed_) return siblings_;
  listed_ = true;
  const std::unique_ptr<DIR, CloseDirectory> handle(::opendir(directory_.c_str()));
  if (handle == nullptr) return siblings_;
  while (const dirent* entry = ::readdir(handle.get())) {
    if (siblings_.size() >= kMostSiblings) break;
    siblings_.emplace_back(entry->d_name);
  }
  std::sort(siblings_.begin(), siblings_.end());
  return siblings_;
}

std::optional<std::string> DirectorySurroundings::read_text(const std::string& name,
                                                            std::uint64_t limit) const {
  const auto source = FileSource::open(join_path(directory_, name));
  if (!source) return std::nullopt;
  auto text = modelexport::read_text(**source, limit);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace modelexport::io
