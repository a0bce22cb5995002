// A sink that passes on one window of an output: what comes before is skipped, and so is everything once
// enough was taken.
//
// Use       Write the same output with a window that starts at 0, then at end() of the one before, and so on.
//           Windows end where an append ends, so that no piece is made twice.
#pragma once

#include "modelexport/bytes.h"

namespace modelexport {

class WindowSink final : public ByteSink {
 public:
  /// Takes at least `enough` bytes from `start` of the output, if it has as many.
  WindowSink(ByteSink& to, std::uint64_t start, std::uint64_t enough)
      : to_(to), start_(start), enough_(enough) {}

  /// True if the next `size` bytes are not wanted: the writer goes on behind them without making them.
  [[nodiscard]] bool skip(std::uint64_t size);
  Status append(ByteSpan bytes) override;
  using ByteSink::append;
  Status finish() override { return {}; }
  /// Where the window ended.
  [[nodiscard]] std::uint64_t end() const { return start_ + taken_; }

 private:
  ByteSink& to_;
  std::uint64_t start_;
  std::uint64_t enough_;
  std::uint64_t position_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace modelexport
