#include "safetensors/compare.h"

#include <algorithm>
#include <optional>

#include "safetensors/safetensors.h"

namespace modelexport::safetensors {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;
constexpr std::uint64_t kMostTransposed = 256ULL << 20;

struct Found {
  const ByteSource* file = nullptr;
  Tensor tensor;
};

struct File {
  const ByteSource* source;
  Tensors tensors;
};

std::optional<Found> find(const std::vector<File>& files, const std::string& name) {
  for (const File& file : files) {
    const auto found = file.tensors.find(name);
    if (found != file.tensors.end()) return Found{file.source, found->second};
  }
  return std::nullopt;
}

Result<bool> equal_bytes(const Candidate& a, const Found& b) {
  Bytes left(static_cast<std::size_t>(std::min(a.range.size, kWindow)));
  Bytes right(left.size());
  for (std::uint64_t done = 0; done < a.range.size; done += left.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(a.range.size - done, left.size()));
    ME_CHECK(a.source->read_at(a.range.offset + done, std::span(left).first(n)));
    ME_CHECK(b.file->read_at(b.tensor.range.offset + done, std::span(right).first(n)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), right.begin())) return false;
  }
  return true;
}

/// `a` is rows × columns, `b` columns × rows.
Result<bool> equal_transposed(const Candidate& a, const Found& b) {
  ME_TRY(const Bytes whole, read_range(*b.file, b.tensor.range, kMostTransposed));
  const auto rows = static_cast<std::size_t>(a.dims[0]);
  const auto columns = static_cast<std::size_t>(a.dims[1]);
  const std::size_t width = dtype_bytes(a.dtype);
  for (std::size_t row = 0; row < rows; ++row) {
    ME_TRY(const Bytes line,
           read_range(*a.source, {a.range.offset + row * columns * width, columns * width}, kMostTransposed));
    for (std::size_t column = 0; column < columns; ++column) {
      const auto* left = line.data() + column * width;
      if (!std::equal(left, left + width, whole.data() + (column * rows + row) * width)) return false;
    }
  }
  return true;
}

/// Nothing if no tensor can be compared with this one.
Result<std::optional<bool>> compare(const Candidate& tensor, const std::vector<File>& files) {
  const auto same = find(files, tensor.name);
  if (same) {
    if (same->tensor.dtype != tensor.dtype || same->tensor.dims != tensor.dims ||
        same->tensor.range.size != tensor.range.size) {
      return std::optional<bool>(false);
    }
    ME_TRY(const bool equal, equal_bytes(tensor, *same));
    return std::optional<bool>(equal);
  }
  const bool transposed =
      tensor.name.size() > 2 && tensor.name.substr(tensor.name.size() - 2) == "_t" && tensor.dims.size() == 2;
  const auto base = transposed ? find(files, tensor.name.substr(0, tensor.name.size() - 2)) : std::nullopt;
  if (!base || base->tensor.range.size > kMostTransposed) return std::optional<bool>();
  const bool fits = base->tensor.dtype == tensor.dtype && base->tensor.dims.size() == 2 &&
                    base->tensor.dims[0] == tensor.dims[1] && base->tensor.dims[1] == tensor.dims[0] &&
                    base->tensor.range.size == tensor.range.size;
  if (!fits) return std::optional<bool>(false);
  ME_TRY(const bool equal, equal_transposed(tensor, *base));
  return std::optional<bool>(equal);
}

}  // namespace

Result<Compared> compare_weights(const std::vector<Candidate>& tensors,
                                 const std::vector<const ByteSource*>& files, const Limits& limits,
                                 Progress& progress) {
  std::vector<File> opened;
  for (const ByteSource* source : files) {
    ME_TRY(Tensors header, read_header(*source, limits));
    opened.push_back({source, std::move(header)});
  }
  Compared counts;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    progress.update("comparing weights", i, tensors.size());
    if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted");
    ME_TRY(const std::optional<bool> equal, compare(tensors[i], opened));
    if (!equal) {
      ++counts.unknown;
      counts.unknown_bytes += tensors[i].range.size;
    } else if (*equal) {
      ++counts.equal;
      counts.equal_bytes += tensors[i].range.size;
    } else if (counts.differ++ == 0) {
      counts.first_differing = tensors[i].name;
    }
  }
  return counts;
}

}  // namespace modelexport::safetensors
