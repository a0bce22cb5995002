// SHA-256 and CRC-32 of a planned file, window by window.
//
// Use       step() until it gives 0, then sums(). A step that failed to read can be made again: hosts whose
//           reading cannot wait fetch the bytes and repeat it.
// Ownership Borrows the source.
#pragma once

#include <string>

#include "modelexport/digest.h"

namespace modelexport::package {

struct Sums {
  std::string sha256;
  std::uint32_t crc = 0;
};

class FileSums {
 public:
  explicit FileSums(const ByteSource& bytes) : bytes_(bytes) {}
  /// Bytes of the window that was read; 0 at the end.
  Result<std::uint64_t> step();
  [[nodiscard]] Sums sums() const { return {digest_.hex(), crc_}; }

 private:
  const ByteSource& bytes_;
  Digest digest_{DigestKind::sha256};
  std::uint32_t crc_ = 0;
  std::uint64_t at_ = 0;
  Bytes buffer_;
};

}  // namespace modelexport::package
