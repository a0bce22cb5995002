#include "io/in_place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/posix_error.h"
#include "io/signals.h"
#include "io/unique_fd.h"

namespace modelexport::io {

Status write_tail(const std::string& path, std::uint64_t offset, ByteSpan bytes, std::uint64_t new_size) {
  ME_CHECK(check_interrupted());
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return output_error("open the file for writing", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return output_error("examine", path, errno);
  const auto old_size = static_cast<std::uint64_t>(info.st_size);
  if (new_size > old_size) {
    const int error =
        ::posix_fallocate(fd.get(), static_cast<off_t>(old_size), static_cast<off_t>(new_size - old_size));
    if (error != 0) {
      [[maybe_unused]] const int ignored = ::ftruncate(fd.get(), static_cast<off_t>(old_size));
      return output_error("write", path, error);
    }
  }
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return output_error("write", path, errno);
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  if (new_size < old_size && ::ftruncate(fd.get(), static_cast<off_t>(new_size)) != 0) {
    return output_error("shorten", path, errno);
  }
  if (::fsync(fd.get()) != 0) return output_error("write", path, errno);
  return {};
}

}  // namespace modelexport::io
