#include "io/staged_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "io/posix_error.h"

namespace modelexport::io {
namespace {

constexpr int kAttempts = 100;
constexpr mode_t kMode = 0666;  // umask applies
constexpr std::uint64_t kFlushEvery = 64ULL << 20;

int open_unnamed(const std::string& directory) {
#ifdef O_TMPFILE
  return ::open(directory.empty() ? "." : directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
#else
  (void)directory;
  errno = EOPNOTSUPP;
  return -1;
#endif
}

tl::unexpected<Diagnostic> exists_error(const std::string& path) {
  return fail(ErrorCode::io_output_exists, "the output already exists", {.path = path},
              "choose another name with -o, or add --force to replace it");
}

}  // namespace

std::string join_path(const std::string& directory, const std::string& name) {
  if (directory.empty() || directory == ".") return name;
  return directory.back() == '/' ? directory + name : directory + "/" + name;
}

std::string temporary_name(const std::string& name) {
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    random = static_cast<std::uint32_t>(::getpid());
  }
  char suffix[16];
  ::snprintf(suffix, sizeof suffix, "%08x", random);
  // Names are limited to 255 bytes; the visible part is only there to say whose file this is.
  return "." + name.substr(0, 200) + ".modelexport-" + suffix;
}

void sync_directory(const std::string& directory) {
  const UniqueFd fd(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) ::fsync(fd.get());
}

Result<std::unique_ptr<StagedFile>> StagedFile::create(const std::string& directory, const std::string& name,
                                                       std::string shown) {
  std::unique_ptr<StagedFile> file(new StagedFile());
  file->directory_ = directory;
  file->path_ = join_path(directory, name);
  file->shown_ = shown.empty() ? file->path_ : std::move(shown);
  file->fd_ = UniqueFd(open_unnamed(directory));
  if (file->fd_.valid()) return file;
  int error = errno;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string temporary = join_path(directory, temporary_name(name));
    file->registration_ = TemporaryPath(temporary);
    file->fd_ =
        UniqueFd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (file->fd_.valid()) {
      file->temporary_ = std::move(temporary);
      return file;
    }
    error = errno;
    if (error != EEXIST) break;
  }
  file->registration_ = {};
  return output_error("create a file here", file->shown_, error);
}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status StagedFile::append(ByteSpan bytes) {
  ME_CHECK(check_interrupted());
  while (!bytes.empty()) {
    const std::size_t want = std::min<std::size_t>(bytes.size(), std::size_t{16} << 20);
    const ssize_t put = ::write(fd_.get(), bytes.data(), want);
    if (put < 0 && errno == EINTR) {
      ME_CHECK(check_interrupted());
      continue;
    }
    if (put < 0) return output_error("write", shown_, errno);
    size_ += static_cast<std::uint64_t>(put);
    unsynced_ += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
#ifdef SYNC_FILE_RANGE_WRITE
  // Starts write-back early, so that the sync at the end of a many-GB export does not come as one long stall.
  if (unsynced_ >= kFlushEvery) {
    ::sync_file_range(fd_.get(), static_cast<off_t>(size_ - unsynced_), static_cast<off_t>(unsynced_),
                      SYNC_FILE_RANGE_WRITE);
    unsynced_ = 0;
  }
#endif
  return {};
}

Status StagedFile::sync() {
  ME_CHECK(check_interrupted());
  if (::fsync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS)
    return output_error("write", shown_, errno);
  return {};
}

Status StagedFile::link_temporary() {
  const std::string name = path_.substr(path_.rfind('/') + 1);  // npos + 1 == 0: the whole path
  const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
  int error = EEXIST;
  for (int attempt = 0; error == EEXIST && attempt < kAttempts; ++attempt) {
    std::string temporary = join_path(directory_, temporary_name(name));
    registration_ = TemporaryPath(temporary);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(temporary);
      return {};
    }
    error = errno;
  }
  return output_error("create", shown_, error);
}

Status StagedFile::close() {
  if (temporary_.empty()) ME_CHECK(link_temporary());
  fd_ = UniqueFd();
  return {};
}

Status StagedFile::link_as(const std::string& path) {
  // A file without any name can be given one only once: the temporary one has to exist before a passing one.
  if (temporary_.empty()) ME_CHECK(link_temporary());
  if (::link(temporary_.c_str(), path.c_str()) != 0) return output_error("link", shown_, errno);
  return {};
}

Status StagedFile::publish(bool replace) {
  if (temporary_.empty()) ME_CHECK(link_temporary());
  const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
  int result = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags);
  if (result != 0 && errno == EINVAL && !replace) {
    // The file system has no RENAME_NOREPLACE: a hard link refuses existing names just as well.
    result = ::link(temporary_.c_str(), path_.c_str());
    if (result == 0) ::unlink(temporary_.c_str());
  }
  if (result != 0) {
    if (errno == EEXIST) return exists_error(shown_);
    return output_error("create", shown_, errno);
  }
  temporary_.clear();
  registration_ = {};
  return {};
}

}  // namespace modelexport::io
