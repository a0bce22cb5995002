#include "onnx/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace modelexport::onnx {
namespace {

constexpr std::uint64_t copy_window = 1ULL << 20;
constexpr std::uint64_t output_block = 8ULL << 20;
constexpr std::uint64_t input_window = 16ULL << 20;

/// One dimension of a view, and where its elements go in a row-major output block.
struct Axis {
  std::uint64_t size = 0;
  std::uint64_t stride = 0;         ///< elements, in the storage
  std::uint64_t output_stride = 0;  ///< elements, in the block being gathered
};

/// Drops dimensions of size one and joins neighbours that are one run in the storage.
std::vector<Axis> collapse(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& strides) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const Axis axis{static_cast<std::uint64_t>(dims[i]), static_cast<std::uint64_t>(strides[i]), 0};
    if (axis.size == 1) continue;
    if (!axes.empty() && axes.back().stride == axis.stride * axis.size) {
      axes.back().size *= axis.size;
      axes.back().stride = axis.stride;
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

std::uint64_t product(const std::vector<Axis>& axes, std::size_t first) {
  std::uint64_t count = 1;
  for (std::size_t i = first; i < axes.size(); ++i) count *= axes[i].size;
  return count;
}

template <unsigned N>
void scatter_run(const std::byte* from, const Axis& axis, std::byte* to) {
  const std::uint64_t from_step = axis.stride * N;
  const std::uint64_t to_step = axis.output_stride * N;
  for (std::uint64_t i = 0; i < axis.size; ++i, from += from_step, to += to_step) std::memcpy(to, from, N);
}

void scatter_run(const std::byte* from, const Axis& axis, unsigned element, std::byte* to) {
  switch (element) {
    case 1:
      return scatter_run<1>(from, axis, to);
    case 2:
      return scatter_run<2>(from, axis, to);
    case 4:
      return scatter_run<4>(from, axis, to);
    case 8:
      return scatter_run<8>(from, axis, to);
    default:
      return scatter_run<16>(from, axis, to);
  }
}

/// Gathers one block (a box of the view) into memory: axes with large strides are walked one by one, the
/// ones with small strides are read as one window per step.
class BlockGatherer {
 public:
  BlockGatherer(const ByteSource& source, unsigned element, std::vector<Axis> axes)
      : source_(source), element_(element), axes_(std::move(axes)) {
    std::stable_sort(axes_.begin(), axes_.end(),
                     [](const Axis& a, const Axis& b) { return a.stride > b.stride; });
    first_windowed_ = axes_.size();
    std::uint64_t span = 1;
    std::uint64_t count = 1;
    while (first_windowed_ > 0) {
      const Axis& axis = axes_[first_windowed_ - 1];
      const std::uint64_t wider = span + (axis.size - 1) * axis.stride;
      const bool dense = wider / 4 <= count * axis.size;
      if (wider > input_window / element_ || (!dense && count > 1)) break;
      span = wider;
      count *= axis.size;
      --first_windowed_;
    }
    window_.resize(span * element_);
  }

  Status gather(std::uint64_t offset, std::byte* out) { return walk(0, offset, out); }

 private:
  Status walk(std::size_t depth, std::uint64_t offset, std::byte* out) {
    if (depth == first_windowed_) {
      ME_CHECK(source_.read_at(offset, window_));
      scatter(depth, window_.data(), out);
      return {};
    }
    const Axis& axis = axes_[depth];
    for (std::uint64_t i = 0; i < axis.size; ++i) {
      ME_CHECK(walk(depth + 1, offset + i * axis.stride * element_, out + i * axis.output_stride * element_));
    }
    return {};
  }

  void scatter(std::size_t depth, const std::byte* from, std::byte* out) const {
    if (depth == axes_.size()) {
      std::memcpy(out, from, element_);
      return;
    }
    const Axis& axis = axes_[depth];
    if (depth + 1 == axes_.size()) return scatter_run(from, axis, element_, out);
    for (std::uint64_t i = 0; i < axis.size; ++i)
      scatter(depth + 1, from + i * axis.stride * element_, out + i * axis.output_stride * element_);
  }

  const ByteSource& source_;
  unsigned element_;
  std::vector<Axis> axes_;  ///< largest stride first
  std::size_t first_windowed_ = 0;
  Bytes window_;
};

/// Splits a view into output blocks: whole rows of the outermost axis that has fitting rows.
class StridedWriter {
 public:
  StridedWriter(const ByteSource& source, unsigned element, ByteSink& out, ProgressMeter& meter)
      : source_(source), element_(element), out_(out), meter_(meter) {}

  Status write(const std::vector<Axis>& axes, std::size_t depth, std::uint64_t offset) {
    const Axis& axis = axes[depth];
    const std::uint64_t row_bytes = product(axes, depth + 1) * element_;
    if (row_bytes > output_block) {
      for (std::uint64_t i = 0; i < axis.size; ++i) {
        ME_CHECK(write(axes, depth + 1, offset + i * axis.stride * element_));
      }
      return {};
    }
    const std::uint64_t rows = std::min(axis.size, std::max<std::uint64_t>(1, output_block / row_bytes));
    for (std::uint64_t row = 0; row < axis.size; row += rows) {
      const std::uint64_t here = std::min(rows, axis.size - row);
      ME_CHECK(write_block(axes, depth, here, offset + row * axis.stride * element_));
    }
    return {};
  }

 private:
  Status write_block(const std::vector<Axis>& axes, std::size_t depth, std::uint64_t rows,
                     std::uint64_t offset) {
    std::vector<Axis> box(axes.begin() + static_cast<std::ptrdiff_t>(depth), axes.end());
    box.front().size = rows;
    std::uint64_t stride = 1;
    for (std::size_t i = box.size(); i-- > 0;) {
      box[i].output_stride = stride;
      stride *= box[i].size;
    }
    if (meter_.skip(stride * element_)) return {};
    block_.resize(stride * element_);
    ME_CHECK(BlockGatherer(source_, element_, std::move(box)).gather(offset, block_.data()));
    ME_CHECK(out_.append(ByteSpan(block_)));
    return meter_.add(block_.size());
  }

  const ByteSource& source_;
  unsigned element_;
  ByteSink& out_;
  ProgressMeter& meter_;
  Bytes block_;
};

Status copy_window_by_window(const ByteSource& source, ByteRange range, ByteSink& out, ProgressMeter& meter) {
  Bytes window(std::min(range.size, copy_window));
  for (std::uint64_t done = 0; done < range.size;) {
    const std::uint64_t size = std::min<std::uint64_t>(window.size(), range.size - done);
    const std::span<std::byte> part(window.data(), size);
    const std::uint64_t at = range.offset + done;
    done += size;
    if (meter.skip(size)) continue;
    ME_CHECK(source.read_at(at, part));
    ME_CHECK(out.append(ByteSpan(part)));
    ME_CHECK(meter.add(size));
  }
  return {};
}

}  // namespace

Status ProgressMeter::add(std::uint64_t bytes) {
  done_ += bytes;
  progress_.update(what_, done_, total_);
  if (progress_.cancelled()) return fail(ErrorCode::cli_interrupted, "stopped while writing");
  return {};
}

std::optional<std::uint64_t> element_count(const std::vector<std::int64_t>& dims) {
  constexpr std::uint64_t cap = 1ULL << 56;  // times 16 bytes still fits
  std::uint64_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) {
      empty = true;
    } else if (static_cast<std::uint64_t>(dim) > cap / count) {
      return std::nullopt;
    } else {
      count *= static_cast<std::uint64_t>(dim);
    }
  }
  return empty ? 0 : count;
}

bool is_contiguous(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& strides) {
  std::int64_t expected = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    if (dims[i] == 0) return true;
    if (dims[i] != 1 && strides[i] != expected) return false;
    expected *= dims[i];
  }
  return true;
}

Status check_view(const StoredTensor& view, const std::vector<std::int64_t>& dims, unsigned element_bytes) {
  const auto bad = [&](const char* what) {
    return fail(ErrorCode::tensor_view, what,
                {.path = view.source ? view.source->name() : "", .field = "", .offset = view.storage.offset});
  };
  if (!view.source || element_bytes == 0) return bad("the stored tensor has no source or no element size");
  const std::uint64_t size = view.source->size();
  if (view.storage.offset > size || view.storage.size > size - view.storage.offset)
    return bad("the storage of a tensor lies outside its file");
  const auto count = element_count(dims);
  if (!count || view.strides.size() != dims.size()) return bad("the shape of a stored tensor is not valid");
  const std::uint64_t capacity = view.storage.size / element_bytes;
  if (view.storage_offset < 0 || static_cast<std::uint64_t>(view.storage_offset) > capacity)
    return bad("the offset of a stored tensor lies outside its storage");
  if (*count == 0) return {};
  std::uint64_t left = capacity - static_cast<std::uint64_t>(view.storage_offset);
  if (left == 0) return bad("a stored tensor is larger than its storage");
  --left;  // elements after the first one
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 1) continue;
    if (view.strides[i] < 0) return bad("a stored tensor has a negative stride");
    const auto steps = static_cast<std::uint64_t>(dims[i] - 1);
    const auto stride = static_cast<std::uint64_t>(view.strides[i]);
    if (stride != 0 && steps > left / stride) return bad("a stored tensor is larger than its storage");
    left -= steps * stride;
  }
  return {};
}

ByteRange contiguous_range(const StoredTensor& view, const std::vector<std::int64_t>& dims,
                           unsigned element_bytes) {
  return {view.storage.offset + static_cast<std::uint64_t>(view.storage_offset) * element_bytes,
          element_count(dims).value_or(0) * element_bytes};
}

Status write_view(const StoredTensor& view, const std::vector<std::int64_t>& dims, unsigned element_bytes,
                  ByteSink& out, ProgressMeter& meter) {
  const ByteRange range = contiguous_range(view, dims, element_bytes);
  if (range.size == 0) return {};
  if (is_contiguous(dims, view.strides)) return copy_window_by_window(*view.source, range, out, meter);
  return StridedWriter(*view.source, element_bytes, out, meter)
      .write(collapse(dims, view.strides), 0, range.offset);
}

}  // namespace modelexport::onnx
