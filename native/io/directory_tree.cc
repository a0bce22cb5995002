#include "io/directory_tree.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "io/posix_error.h"
#include "io/real_path.h"
#include "io/staged_file.h"

namespace modelexport::io {
namespace {

constexpr int kDepth = 32;

/// ".../models--org--name/snapshots/REV" keeps its bytes in ".../models--org--name/blobs".
std::string blobs_of(const std::string& real) {
  const std::size_t revision = real.rfind('/');
  if (revision == std::string::npos || revision == 0) return {};
  const std::string snapshots = real.substr(0, revision);
  constexpr std::string_view kName = "/snapshots";
  if (!std::string_view(snapshots).ends_with(kName)) return {};
  return snapshots.substr(0, snapshots.size() - kName.size()) + "/blobs/";
}

struct CloseDir {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Result<std::unique_ptr<DirectoryTree>> DirectoryTree::open(const std::string& path, const Limits& limits) {
  std::unique_ptr<DirectoryTree> tree(new DirectoryTree(path));
  const std::string real = real_path(path);
  if (real.empty()) return input_error("open", path, errno);
  tree->root_ = real == "/" ? real : real + "/";
  tree->blobs_ = blobs_of(real);
  ME_CHECK(tree->walk("", 0, limits.zip_members));
  std::sort(tree->entries_.begin(), tree->entries_.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return tree;
}

bool DirectoryTree::is_inside(const std::string& real) const {
  return real.starts_with(root_) || (!blobs_.empty() && real.starts_with(blobs_));
}

components::Link DirectoryTree::classify_link(const std::string& path, std::uint64_t& size) const {
  struct stat target {};
  const std::string real = real_path(path);
  if (real.empty() || ::stat(real.c_str(), &target) != 0 || !S_ISREG(target.st_mode))
    return components::Link::broken;
  size = static_cast<std::uint64_t>(target.st_size);
  return is_inside(real) ? components::Link::inside : components::Link::outside;
}

Status DirectoryTree::add(const std::string& relative, int depth, std::uint64_t most) {
  const std::string full = root_ + relative;
  struct stat info {};
  if (::lstat(full.c_str(), &info) != 0) return {};  // gone meanwhile
  if (S_ISDIR(info.st_mode)) return depth < kDepth ? walk(relative + "/", depth + 1, most) : Status{};
  components::FileEntry entry{relative, static_cast<std::uint64_t>(info.st_size), components::Link::none};
  if (S_ISLNK(info.st_mode)) {
    entry.size = 0;
    entry.link = classify_link(full, entry.size);
  } else if (!S_ISREG(info.st_mode)) {
    return {};
  }
  if (entries_.size() >= most) {
    return fail(ErrorCode::io_too_large, "the directory has more than " + std::to_string(most) + " files",
                {.path = path_}, "name the model's own directory");
  }
  entries_.push_back(std::move(entry));
  return {};
}

Status DirectoryTree::walk(const std::string& below, int depth, std::uint64_t most) {
  const std::unique_ptr<DIR, CloseDir> directory(::opendir((root_ + below).c_str()));
  if (directory == nullptr) {
    return below.empty() ? Status(input_error("list", path_, errno)) : Status{};
  }
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || name == ".git") continue;
    ME_CHECK(add(below + name, depth, most));
  }
  return {};
}

Result<std::unique_ptr<FileSource>> DirectoryTree::source(std::string_view path) const {
  const std::string shown = join_path(path_, std::string(path));
  const std::string real = real_path(root_ + std::string(path));
  if (real.empty()) return input_error("open", shown, errno);
  if (!is_inside(real)) {
    return fail(ErrorCode::pack_link, "the file is a link that leads outside the model directory",
                {.path = shown}, "replace the link by a copy of the file");
  }
  return FileSource::open(real, shown);
}

Result<std::string> DirectoryTree::read(std::string_view path, std::uint64_t limit) const {
  ME_TRY(const auto file, source(path));
  return read_text(*file, limit);
}

}  // namespace modelexport::io
