#include "commands/stand_in.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "io/posix_error.h"
#include "io/unique_fd.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kWindow = 1U << 20;

Status write_at(int fd, std::uint64_t offset, ByteSpan bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io::output_error("write", path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

}  // namespace

Status write_stand_in(const StandIn& file, const std::string& path, Progress& progress) {
  const io::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return io::output_error("create the file", path, errno);
  if (::ftruncate(fd.get(), static_cast<off_t>(file.size)) != 0)
    return io::output_error("write", path, errno);
  for (const StandIn::Part& part : file.parts) {
    for (std::uint64_t done = 0; done < part.range.size; done += kWindow) {
      if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted");
      const std::uint64_t n = std::min(kWindow, part.range.size - done);
      ME_TRY(const Bytes bytes, read_range(*part.source, {part.range.offset + done, n}, kWindow));
      ME_CHECK(write_at(fd.get(), part.offset + done, bytes, path));
    }
  }
  return {};
}

}  // namespace modelexport::commands
