// A file as a ByteSource: positioned reads, nothing cached, nothing mapped.
//
// Purpose   Reads only what is asked for (pread), so that facts of a many-GB model cost a few KB. Mapping was
//           left out on purpose: a file that shrinks under a mapping is a SIGBUS, under pread it is an error.
// Errors    io_not_found, io_not_a_file, io_read on open; io_short_read when bytes are missing or the file
//           was changed after opening.
// Threads   read_at may be called from several threads.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

#include "io/unique_fd.h"
#include "modelexport/bytes.h"

namespace modelexport::io {

class FileSource final : public ByteSource {
 public:
  /// Opens a regular file. `name` is what messages call it; the path if empty.
  static Result<std::unique_ptr<FileSource>> open(const std::string& path, std::string name = {});

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return name_; }

  /// Error if size or modification time differ from when the file was opened: call after long reads.
  [[nodiscard]] Status verify_unchanged() const;

  /// What was read so far, for reports.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] dev_t device() const { return device_; }
  [[nodiscard]] ino_t inode() const { return inode_; }

 private:
  FileSource(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  UniqueFd fd_;
  std::string name_;
  std::uint64_t size_ = 0;
  timespec modified_{};
  dev_t device_ = 0;
  ino_t inode_ = 0;
  mutable std::atomic<std::uint64_t> bytes_read_ = 0;
  mutable std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace modelexport::io
