#include "safetensors/refer.h"

#include <algorithm>

#include "onnx/strided_copy.h"
#include "safetensors/safetensors.h"

namespace modelexport::safetensors {
namespace {

constexpr std::size_t kWindow = 1U << 20;

struct File {
  const ByteSource* source = nullptr;
  Tensors tensors;
};

Result<bool> equal(const ByteSource& a, ByteRange from, const ByteSource& b, std::uint64_t at) {
  Bytes left(static_cast<std::size_t>(std::min<std::uint64_t>(from.size, kWindow)));
  Bytes right(left.size());
  for (std::uint64_t done = 0; done < from.size; done += left.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(from.size - done, kWindow));
    ME_CHECK(a.read_at(from.offset + done, std::span(left).first(n)));
    ME_CHECK(b.read_at(at + done, std::span(right).first(n)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), right.begin())) return false;
  }
  return true;
}

std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& dims) {
  std::vector<std::int64_t> strides(dims.size());
  std::int64_t stride = 1;
  for (std::size_t i = dims.size(); i-- > 0; stride *= dims[i]) strides[i] = stride;
  return strides;
}

std::uint64_t size_of(const onnx::Initializer& tensor) {
  return onnx::element_count(tensor.dims).value_or(0) * dtype_bytes(tensor.dtype);
}

/// One initializer, in the first file that has it.
class Matcher {
 public:
  Matcher(const std::vector<File>& files, Referred& counts) : files_(files), counts_(counts) {}

  Result<bool> refer(onnx::Initializer& tensor, const std::string& name) {
    auto* stored = std::get_if<onnx::StoredTensor>(&tensor.data);
    if (stored == nullptr || stored->source == nullptr || !onnx::is_contiguous(tensor.dims, stored->strides))
      return false;
    if (!onnx::check_view(*stored, tensor.dims, dtype_bytes(tensor.dtype)))
      return false;  // the writer says why
    const ByteRange range = onnx::contiguous_range(*stored, tensor.dims, dtype_bytes(tensor.dtype));
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const File& file = files_[i];
      const auto found = file.tensors.find(name);
      if (found == file.tensors.end()) continue;
      const Tensor& candidate = found->second;
      bool same = candidate.dtype == tensor.dtype && candidate.dims == tensor.dims &&
                  candidate.range.size == range.size;
      if (same) {
        ME_TRY(same, equal(*stored->source, range, *file.source, candidate.range.offset));
      }
      if (!same) {
        if (counts_.differ++ == 0) counts_.first_differing = name;
        continue;
      }
      counts_.moved.push_back({stored->source, range, i, candidate.range.offset});
      *stored = {file.source, candidate.range, 0, row_major(tensor.dims)};
      ++counts_.tensors;
      counts_.bytes += range.size;
      return true;
    }
    return false;
  }

 private:
  const std::vector<File>& files_;
  Referred& counts_;
};

/// The initializers as their counterparts lie in the files, which may be far away: reading goes forward.
std::vector<onnx::Initializer*> in_file_order(onnx::Model& model, const std::vector<File>& files) {
  std::vector<std::pair<std::pair<std::size_t, std::uint64_t>, onnx::Initializer*>> placed;
  for (onnx::Initializer& tensor : model.graph.initializers) {
    std::pair<std::size_t, std::uint64_t> place{files.size(), 0};
    for (std::size_t i = 0; i < files.size() && place.first == files.size(); ++i) {
      const auto found = files[i].tensors.find(tensor.name);
      if (found != files[i].tensors.end()) place = {i, found->second.range.offset};
    }
    placed.emplace_back(place, &tensor);
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<onnx::Initializer*> out;
  for (const auto& entry : placed) out.push_back(entry.second);
  return out;
}

}  // namespace

Result<Referred> refer_weights(onnx::Model& model, const TiedNames& tied,
                               const std::vector<const ByteSource*>& files, const Limits& limits,
                               Progress& progress) {
  std::vector<File> opened;
  for (const ByteSource* source : files) {
    ME_TRY(Tensors tensors, read_header(*source, limits));
    opened.push_back({source, std::move(tensors)});
  }
  std::unordered_map<std::string, const std::vector<std::string>*> others;
  for (const auto& [name, names] : tied) others[name] = &names;
  Referred counts;
  Matcher matcher(opened, counts);
  const std::vector<onnx::Initializer*> initializers = in_file_order(model, opened);
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;
  for (const onnx::Initializer* tensor : initializers) total_bytes += size_of(*tensor);
  for (std::size_t i = 0; i < initializers.size(); ++i) {
    progress.update("comparing weights", done_bytes, total_bytes);
    if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted");
    onnx::Initializer& tensor = *initializers[i];
    done_bytes += size_of(tensor);
    ME_TRY(bool done, matcher.refer(tensor, tensor.name));
    const auto more = others.find(tensor.name);
    if (more == others.end()) continue;
    for (const std::string& name : *more->second) {
      if (done) break;
      ME_TRY(done, matcher.refer(tensor, name));
    }
  }
  return counts;
}

}  // namespace modelexport::safetensors
