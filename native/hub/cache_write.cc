// Adding to the shared cache.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "hub/cache.h"
#include "hub/cache_error.h"
#include "hub/cache_layout.h"
#include "io/file_source.h"
#include "io/real_path.h"
#include "io/signals.h"
#include "io/unique_fd.h"
#include "modelexport/source.h"
#include "result/shell_word.h"

namespace modelexport::hub {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

Status write_all(int fd, ByteSpan bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cache_error("write into the shared cache", path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

/// A new file beside `path` that is renamed to it when `fill` has succeeded.
template <class Fill>
Status replace_file(const std::string& path, Fill fill) {
  const std::string temporary = path + "." + random_suffix() + ".tmp";
  const io::TemporaryPath registration(temporary);
  io::UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd.valid()) return cache_error("write into the shared cache", path, errno);
  Status status = fill(fd.get());
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = cache_error("write into the shared cache", path, errno);
  if (!status) ::unlink(temporary.c_str());
  return status;
}

Status copy_file(const std::string& from, const std::string& to) {
  ME_TRY(const auto source, io::FileSource::open(from));
  return replace_file(to, [&](int fd) -> Status {
    constexpr std::uint64_t kWindow = 1 << 20;
    for (std::uint64_t done = 0; done < source->size(); done += kWindow) {
      const std::uint64_t n = std::min(kWindow, source->size() - done);
      ME_TRY(const Bytes bytes, read_range(*source, {done, n}, kWindow));
      ME_CHECK(write_all(fd, bytes, to));
    }
    return {};
  });
}

Status replace_link(const std::string& target, const std::string& path) {
  const std::string temporary = path + "." + random_suffix() + ".tmp";
  if (::symlink(target.c_str(), temporary.c_str()) != 0)
    return cache_error("make a link in the shared cache", path, errno);
  if (::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(temporary.c_str());
  return cache_error("make a link in the shared cache", path, error);
}

}  // namespace

/// A directory that is a link out of the model's folder would have files replaced that are none of the
/// cache's.
Status Cache::require_inside(const std::string& repo_id, const std::string& directory) const {
  const std::string real = io::real_path(directory) + "/";
  if (real.starts_with(io::real_path(repo(repo_id)) + "/")) return {};
  return fail(ErrorCode::hub_cache_damaged, "a directory of the shared cache is a link that leads out of it",
              {.path = directory}, "remove the link, and fetch again: rm " + shell_word(directory));
}

std::string random_suffix() {
  std::uint32_t value = 0;
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
    value = static_cast<std::uint32_t>(::getpid());
  char text[16];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

Status make_directories(const std::string& path) {
  if (is_there(path) || path.empty()) return {};
  ME_CHECK(make_directories(parent_of(path)));
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST)
    return cache_error("make a directory of the shared cache", path, errno);
  return {};
}

Status write_small_file(const std::string& path, std::string_view text) {
  return replace_file(path, [&](int fd) { return write_all(fd, as_bytes(text), path); });
}

bool Cache::links_work(const std::string& directory) const {
  if (!use_links_) return false;
  if (!links_work_) {
    const std::string probe = directory + "/link." + random_suffix() + ".tmp";
    links_work_ = ::symlink("blobs", probe.c_str()) == 0;
    ::unlink(probe.c_str());
  }
  return *links_work_;
}

Status Cache::prepare(const std::string& repo_id) const {
  ME_CHECK(make_directories(repo(repo_id) + "/blobs"));
  ME_CHECK(make_directories(repo(repo_id) + "/snapshots"));
  // No CACHEDIR.TAG: older clients report every plain file in the cache's root as damage.
  return make_directories(root_ + "/.locks/" + repo_folder(repo_id));
}

Status Cache::add_pointer(const std::string& repo_id, const std::string& commit, const std::string& file,
                          const std::string& etag, bool fresh) const {
  const std::string path = repo(repo_id) + "/" + snapshot_path(commit, file);
  const std::string blob = blob_path(repo_id, etag);
  ME_CHECK(make_directories(parent_of(path)));
  ME_CHECK(require_inside(repo_id, parent_of(path)));
  if (links_work(repo(repo_id))) return replace_link(link_target(file, etag), path);
  if (!fresh) return copy_file(blob, path);
  if (::rename(blob.c_str(), path.c_str()) != 0)
    return cache_error("write into the shared cache", path, errno);
  return {};
}

Status Cache::add_listing(const std::string& repo_id, const std::string& commit,
                          const Listing& listing) const {
  const std::string path = repo(repo_id) + "/" + tree_path(commit);
  if (is_there(path)) return {};
  ME_CHECK(make_directories(parent_of(path)));
  return write_small_file(path, tree_file(listing));
}

Status Cache::add_absent(const std::string& repo_id, const std::string& commit,
                         const std::string& file) const {
  const std::string path = repo(repo_id) + "/" + no_exist_path(commit, file);
  if (is_there(path)) return {};
  ME_CHECK(make_directories(parent_of(path)));
  return write_small_file(path, {});
}

Status Cache::add_ref(const std::string& repo_id, const std::string& revision,
                      const std::string& commit) const {
  if (source::is_commit(revision)) return {};
  const std::string name = revision.empty() ? "main" : revision;
  if (!source::is_revision(name) || ref(repo_id, name) == commit) return {};
  const std::string path = repo(repo_id) + "/" + ref_path(name);
  ME_CHECK(make_directories(parent_of(path)));
  return write_small_file(path, commit);
}

}  // namespace modelexport::hub
