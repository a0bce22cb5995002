// A bounded window over a ByteSource for scanning: reads only what is asked for, more when reading on.
//
// Purpose    A scanner looks at a few bytes, then skips megabytes of weights or reads on through nodes. After
//            a jump a read fetches little; reading on doubles it, up to 256 KiB.
// Ownership  Borrows the source. Counts bytes and requests.
#pragma once

#include <cstdint>
#include <string>

#include "modelexport/bytes.h"

namespace modelexport::wire {

class Window {
 public:
  explicit Window(const ByteSource& source) : source_(source), size_(source.size()) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const ByteSource& source() const { return source_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }

  /// At least min(want, size() - offset) bytes from `offset`, valid until the next call; `want` is at most
  /// 64. Empty at the end of the source or after an error, which status() then holds.
  ByteSpan peek(std::uint64_t offset, std::size_t want) {
    if (offset >= begin_ && offset - begin_ < held_.size() && held_.size() - (offset - begin_) >= want)
      return ByteSpan(held_).subspan(static_cast<std::size_t>(offset - begin_));
    return refill(offset, want);
  }
  [[nodiscard]] const Status& status() const { return status_; }

  /// Copies a range (inside the source) into a string.
  Result<std::string> text(ByteRange range);

 private:
  ByteSpan refill(std::uint64_t offset, std::size_t want);

  const ByteSource& source_;
  std::uint64_t size_;
  std::uint64_t begin_ = 0;
  Bytes held_;
  std::size_t step_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t requests_ = 0;
  Status status_;
};

}  // namespace modelexport::wire
