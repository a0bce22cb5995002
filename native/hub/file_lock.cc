#include "hub/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "hub/cache_error.h"

namespace modelexport::hub {
namespace {

constexpr mode_t kMode = 0664;  // also under a strict umask: other users of a shared cache take it, too

bool has_no_locks(int error) { return error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK; }

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path, Progress& progress) {
  for (bool waiting = false;;) {
    io::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!fd.valid()) return cache_error("lock a file of the shared cache", path, errno);
    if (!waiting) (void)::fchmod(fd.get(), kMode);
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (has_no_locks(errno)) return FileLock(std::move(fd));
      if (errno != EWOULDBLOCK && errno != EINTR)
        return cache_error("lock a file of the shared cache", path, errno);
      waiting = true;
      progress.update("waiting for another program that downloads the same file", 0, 0);
      if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted; nothing was written");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) == 0 && info.st_nlink > 0) return FileLock(std::move(fd));
    // Somebody removed the file meanwhile: a lock on it keeps nobody out.
  }
}

}  // namespace modelexport::hub
