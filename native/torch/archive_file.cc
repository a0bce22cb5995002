#include "archive_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.h"

namespace modelexport::torchscript {
namespace {

// Smaller reads are done: they are cheap, and deflated records are read in blocks of 64 KiB, so a read above
// that is the whole of a stored record.
constexpr std::uint64_t kSkipFrom = 128 * 1024;

}  // namespace

ArchiveFile::ArchiveFile(std::string path, Weights weights) : path_(std::move(path)), weights_(weights) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    throw Failure(errno == ENOENT ? ErrorCode::io_not_found : ErrorCode::io_read, std::strerror(errno),
                  {.path = path_});
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor_);
    throw Failure(ErrorCode::io_not_a_file, "It is no regular file", {.path = path_});
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
}

ArchiveFile::~ArchiveFile() { ::close(descriptor_); }

void ArchiveFile::read_fully(std::uint64_t pos, void* buffer, std::size_t n) const {
  auto* out = static_cast<char*>(buffer);
  while (n > 0) {
    const ssize_t got = ::pread(descriptor_, out, n, static_cast<off_t>(pos));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Failure(ErrorCode::io_read, std::strerror(errno), {.path = path_});
    if (got == 0)
      throw Failure(ErrorCode::io_short_read, "The file ended early", {.path = path_, .offset = pos});
    out += got;
    pos += static_cast<std::uint64_t>(got);
    n -= static_cast<std::size_t>(got);
  }
}

size_t ArchiveFile::read(uint64_t pos, void* buffer, size_t n, const char*) const {
  if (pos >= size_) return 0;
  n = static_cast<std::size_t>(std::min<std::uint64_t>(n, size_ - pos));
  const ByteRange range{pos, n};
  const bool skipped = weights_ == Weights::skip && n >= kSkipFrom && skippable_.count(pos) != 0;
  if (!skipped) read_fully(pos, buffer, n);
  reads_[buffer] = {range, skipped};  // memory is reused: the last read is the one that counts
  return n;
}

std::optional<ByteRange> ArchiveFile::origin(const void* memory, std::uint64_t bytes) const {
  const auto found = reads_.find(memory);
  if (found == reads_.end() || found->second.range.size != bytes) return std::nullopt;
  if (found->second.skipped) return found->second.range;
  // An inflated record could lie where a record of equal size had been read before: compare.
  std::vector<char> file(bytes);
  read_fully(found->second.range.offset, file.data(), bytes);
  if (std::memcmp(file.data(), memory, bytes) != 0) return std::nullopt;
  return found->second.range;
}

bool ArchiveFile::is_skipped(const void* memory) const {
  const auto found = reads_.find(memory);
  return found != reads_.end() && found->second.skipped;
}

}  // namespace modelexport::torchscript
