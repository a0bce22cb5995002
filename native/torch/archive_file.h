// Reading an archive for libtorch without reading its weights, and learning where every tensor lies.
//
// Purpose    libtorch reads each stored record straight into the memory of its storage. ArchiveFile watches
//            these reads: it remembers which bytes of the file fill which memory, and it can leave large
//            tensor records unread (their memory stays untouched, so it costs nothing). A graph of a 3 GB
//            archive is so made in the memory of its code.
// Ownership  Owns the file descriptor; libtorch shares it through std::shared_ptr.
// Errors     Throws Failure (io_not_found, io_not_a_file, io_read).
// Threads    One reader at a time.
#pragma once

#include <caffe2/serialize/read_adapter_interface.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modelexport/bytes.h"

namespace modelexport::torchscript {

class ArchiveFile final : public caffe2::serialize::ReadAdapterInterface {
 public:
  enum class Weights { skip, read };

  ArchiveFile(std::string path, Weights weights);
  ~ArchiveFile() override;
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;

  size_t size() const override { return size_; }
  size_t read(uint64_t pos, void* buffer, size_t n, const char* what) const override;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The record whose payload begins here ("data/17") may stay unread.
  void allow_skipping(std::uint64_t payload_offset) { skippable_.insert(payload_offset); }
  /// Where the `bytes` bytes at `memory` come from, if they were read from one place of the file.
  [[nodiscard]] std::optional<ByteRange> origin(const void* memory, std::uint64_t bytes) const;
  /// True if the memory was never filled because the record was skipped.
  [[nodiscard]] bool is_skipped(const void* memory) const;

 private:
  struct Read {
    ByteRange range;
    bool skipped = false;
  };
  void read_fully(std::uint64_t pos, void* buffer, std::size_t n) const;

  std::string path_;
  Weights weights_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::unordered_set<std::uint64_t> skippable_;
  mutable std::unordered_map<const void*, Read> reads_;
};

}  // namespace modelexport::torchscript
