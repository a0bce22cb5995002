#include "io/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "io/posix_error.h"

namespace modelexport::io {

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path, std::string name) {
  if (name.empty()) name = path;
  // O_NONBLOCK: opening a FIFO must not hang; it has no effect on regular files.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return input_error("open", name, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return input_error("examine", name, errno);
  if (!S_ISREG(info.st_mode)) {
    const bool directory = S_ISDIR(info.st_mode);
    return fail(ErrorCode::io_not_a_file,
                directory ? "the input is a directory" : "the input is a pipe, socket or device, not a file",
                {.path = name}, directory ? "name a file inside it" : "copy its content to a file first");
  }
  std::unique_ptr<FileSource> source(new FileSource(std::move(fd), std::move(name)));
  source->size_ = static_cast<std::uint64_t>(info.st_size);
  source->modified_ = info.st_mtim;
  source->device_ = info.st_dev;
  source->inode_ = info.st_ino;
  return source;
}

Status FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  const auto missing = [&](std::uint64_t at) {
    return fail(ErrorCode::io_short_read, "the file has " + std::to_string(size_) + " bytes, more are needed",
                {.path = name_, .offset = at}, "the file is incomplete: copy or download it again");
  };
  if (offset > size_ || out.size() > size_ - offset) return missing(offset);
  ++requests_;
  while (!out.empty()) {
    // Linux transfers at most 0x7ffff000 bytes per call; staying below keeps the loop obvious.
    const std::size_t want = std::min<std::size_t>(out.size(), std::size_t{1} << 30);
    const ssize_t got = ::pread(fd_.get(), out.data(), want, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return input_error("read", name_, errno);
    if (got == 0) {
      return fail(ErrorCode::io_short_read, "the file became shorter while it was read",
                  {.path = name_, .offset = offset}, "run again when nothing else writes to the file");
    }
    offset += static_cast<std::uint64_t>(got);
    bytes_read_ += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status FileSource::verify_unchanged() const {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return input_error("examine", name_, errno);
  if (static_cast<std::uint64_t>(info.st_size) == size_ && info.st_mtim.tv_sec == modified_.tv_sec &&
      info.st_mtim.tv_nsec == modified_.tv_nsec) {
    return {};
  }
  return fail(ErrorCode::io_short_read, "the file was changed while it was read", {.path = name_},
              "run again when nothing else writes to the file");
}

}  // namespace modelexport::io
