// Streams a strided view of stored elements in row-major order.
//
// Purpose   Weights go from an archive to the output without being held: contiguous views are copied in
//           windows, transposed and other views are gathered block by block.
// Memory    At most one output block (8 MiB) and one input window (16 MiB).
// Errors    tensor_view: the view leaves its storage, or the storage its source; cli_interrupted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bytes/window_sink.h"
#include "modelexport/bytes.h"
#include "modelexport/onnx_model.h"

namespace modelexport::onnx {

/// Counts written bytes for a progress display; one object accompanies a whole run. With a window as its
/// sink, what lies outside the window is neither read nor made.
class ProgressMeter {
 public:
  ProgressMeter(Progress& progress, const char* what, std::uint64_t total, WindowSink* window = nullptr)
      : progress_(progress), what_(what), total_(total), window_(window) {}
  /// True if the next `size` bytes are not wanted: the writer goes on behind them.
  [[nodiscard]] bool skip(std::uint64_t size) { return window_ != nullptr && window_->skip(size); }
  /// Adds `bytes`; fails with cli_interrupted when the user asked to stop.
  Status add(std::uint64_t bytes);

 private:
  Progress& progress_;
  const char* what_;
  std::uint64_t total_;
  WindowSink* window_;
  std::uint64_t done_ = 0;
};

/// Product of `dims`; nothing when one is negative or the product exceeds 2^56.
std::optional<std::uint64_t> element_count(const std::vector<std::int64_t>& dims);

/// Whether the view's elements lie behind each other in row-major order.
bool is_contiguous(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& strides);

/// Checks that every element of the view lies in its storage and the storage in its source.
Status check_view(const StoredTensor& view, const std::vector<std::int64_t>& dims, unsigned element_bytes);

/// The bytes of a contiguous view inside the source. Requires a checked view.
ByteRange contiguous_range(const StoredTensor& view, const std::vector<std::int64_t>& dims,
                           unsigned element_bytes);

/// Appends the view's elements to `out`. Requires a checked view.
Status write_view(const StoredTensor& view, const std::vector<std::int64_t>& dims, unsigned element_bytes,
                  ByteSink& out, ProgressMeter& meter);

}  // namespace modelexport::onnx
