#include "safetensors/compare.h"

#include <algorithm>
#include <set>
#include <utility>

#include "safetensors/safetensors.h"

namespace modelexport::safetensors {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;
constexpr std::uint64_t kBlock = 8 << 20;

/// A tensor and its counterpart in a file.
struct Pair {
  const Candidate* tensor = nullptr;
  const ByteSource* file = nullptr;
  std::size_t file_index = 0;
  const Tensor* found = nullptr;
  bool transposed = false;
};

struct File {
  const ByteSource* source;
  Tensors tensors;
};

bool find(const std::vector<File>& files, const std::string& name, Pair& pair) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto found = files[i].tensors.find(name);
    if (found == files[i].tensors.end()) continue;
    pair.file = files[i].source;
    pair.file_index = i;
    pair.found = &found->second;
    return true;
  }
  return false;
}

bool counterpart(const std::vector<File>& files, Pair& pair) {
  const std::string& name = pair.tensor->name;
  if (find(files, name, pair)) return true;
  pair.transposed = name.size() > 2 && name.substr(name.size() - 2) == "_t" && pair.tensor->dims.size() == 2;
  return pair.transposed && find(files, name.substr(0, name.size() - 2), pair);
}

/// The file that a tensor refers to already, if it does.
const File* referred(const std::vector<File>& files, const Candidate& tensor) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const File& file) { return file.source == tensor.source; });
  return found == files.end() ? nullptr : &*found;
}

/// Whether a reference is to exactly one tensor of the file, also to a tied one of another name.
bool is_tensor_of(const File& file, const Candidate& tensor) {
  return std::any_of(file.tensors.begin(), file.tensors.end(), [&](const auto& entry) {
    return entry.second.range == tensor.range && entry.second.dtype == tensor.dtype &&
           entry.second.dims == tensor.dims;
  });
}

Result<bool> equal_bytes(const Pair& pair) {
  const Candidate& a = *pair.tensor;
  if (a.source == pair.file && a.range == pair.found->range) return true;
  Bytes left(static_cast<std::size_t>(std::min(a.range.size, kWindow)));
  Bytes right(left.size());
  for (std::uint64_t done = 0; done < a.range.size; done += left.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(a.range.size - done, left.size()));
    ME_CHECK(a.source->read_at(a.range.offset + done, std::span(left).first(n)));
    ME_CHECK(pair.file->read_at(pair.found->range.offset + done, std::span(right).first(n)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), right.begin())) return false;
  }
  return true;
}

/// Columns `first` to `first + count` of a rows × columns tensor, against as many rows of its counterpart.
Result<bool> equal_columns(const Pair& pair, std::size_t first, std::size_t count) {
  const Candidate& a = *pair.tensor;
  const auto rows = static_cast<std::size_t>(a.dims[0]);
  const auto columns = static_cast<std::size_t>(a.dims[1]);
  const std::size_t width = dtype_bytes(a.dtype);
  Bytes block(count * rows * width);
  ME_CHECK(pair.file->read_at(pair.found->range.offset + first * rows * width, block));
  Bytes line(count * width);
  for (std::size_t row = 0; row < rows; ++row) {
    ME_CHECK(a.source->read_at(a.range.offset + (row * columns + first) * width, line));
    for (std::size_t column = 0; column < count; ++column) {
      const auto* left = line.data() + column * width;
      if (!std::equal(left, left + width, block.data() + (column * rows + row) * width)) return false;
    }
  }
  return true;
}

/// The tensor is rows × columns, its counterpart columns × rows.
Result<bool> equal_transposed(const Pair& pair) {
  const auto rows = static_cast<std::size_t>(pair.tensor->dims[0]);
  const auto columns = static_cast<std::size_t>(pair.tensor->dims[1]);
  const std::size_t step = std::max<std::size_t>(
      1, static_cast<std::size_t>(kBlock / std::max<std::size_t>(1, rows * dtype_bytes(pair.tensor->dtype))));
  for (std::size_t first = 0; first < columns; first += step) {
    ME_TRY(const bool equal, equal_columns(pair, first, std::min(step, columns - first)));
    if (!equal) return false;
  }
  return true;
}

bool same_shape(const Pair& pair) {
  std::vector<std::int64_t> dims = pair.found->dims;
  if (pair.transposed) std::reverse(dims.begin(), dims.end());
  return pair.found->dtype == pair.tensor->dtype && dims == pair.tensor->dims &&
         pair.found->range.size == pair.tensor->range.size;
}

Result<bool> equal(const Pair& pair) {
  if (!same_shape(pair)) return false;
  return pair.transposed ? equal_transposed(pair) : equal_bytes(pair);
}

class Comparison {
 public:
  Comparison(const std::vector<File>& files, Progress& progress) : files_(files), progress_(progress) {}

  Result<Compared> run(const std::vector<Candidate>& tensors) {
    for (const Candidate& tensor : tensors) sort_in(tensor);
    std::stable_sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
      return std::pair(a.file_index, a.found->range.offset) < std::pair(b.file_index, b.found->range.offset);
    });
    for (const Pair& pair : pairs_) {
      ME_TRY(const bool same, equal(pair));
      ME_CHECK(advance(*pair.tensor));
      same ? is_equal(*pair.tensor) : differs(*pair.tensor);
    }
    std::uint64_t unnamed = 0;
    for (const Candidate* tensor : unnamed_) unnamed += tensor->range.size;
    for (const Candidate* tensor : unnamed_) ME_CHECK(compare_unnamed(*tensor, unnamed <= total_ / 2));
    return counts_;
  }

 private:
  void sort_in(const Candidate& tensor) {
    total_ += tensor.range.size;
    Pair pair;
    pair.tensor = &tensor;
    if (counterpart(files_, pair)) {
      compared_.insert(pair.found);
      pairs_.push_back(pair);
    } else if (const File* file = referred(files_, tensor)) {
      is_tensor_of(*file, tensor) ? is_equal(tensor) : differs(tensor);
      done_ += tensor.range.size;
    } else {
      unnamed_.push_back(&tensor);
    }
  }

  /// A tensor that has no namesake, against those of its type and shape.
  Status compare_unnamed(const Candidate& tensor, bool contents) {
    ME_CHECK(advance(tensor));
    bool missing = false;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (const auto& [name, found] : files_[i].tensors) {
        if (found.dtype != tensor.dtype || found.dims != tensor.dims) continue;
        if (contents) {
          ME_TRY(const bool same, equal(Pair{&tensor, files_[i].source, i, &found, false}));
          if (same) {
            is_equal(tensor);
            return {};
          }
        }
        missing = missing || (tensor.dims.size() > 1 && compared_.count(&found) == 0);
      }
    }
    ++counts_.unknown;
    counts_.unknown_bytes += tensor.range.size;
    if (missing) counts_.missing_bytes += tensor.range.size;
    if (tensor.range.size > counts_.largest_unknown_bytes) {
      counts_.largest_unknown = tensor.name;
      counts_.largest_unknown_bytes = tensor.range.size;
    }
    return {};
  }

  Status advance(const Candidate& tensor) {
    done_ += tensor.range.size;
    progress_.update("comparing weights", done_, total_);
    return progress_.cancelled() ? Status(fail(ErrorCode::cli_interrupted, "interrupted")) : Status();
  }
  void is_equal(const Candidate& tensor) {
    ++counts_.equal;
    counts_.equal_bytes += tensor.range.size;
  }
  void differs(const Candidate& tensor) {
    if (counts_.differ++ == 0) counts_.first_differing = tensor.name;
  }

  const std::vector<File>& files_;
  Progress& progress_;
  Compared counts_;
  std::vector<Pair> pairs_;
  std::set<const Tensor*> compared_;  ///< tensors of the files that have a namesake
  std::vector<const Candidate*> unnamed_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<Compared> compare_weights(const std::vector<Candidate>& tensors,
                                 const std::vector<const ByteSource*>& files, const Limits& limits,
                                 Progress& progress) {
  std::vector<File> opened;
  for (const ByteSource* source : files) {
    ME_TRY(Tensors header, read_header(*source, limits));
    opened.push_back({source, std::move(header)});
  }
  return Comparison(opened, progress).run(tensors);
}

}  // namespace modelexport::safetensors
