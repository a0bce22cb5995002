#include "pickle/tensor_range.h"

namespace modelexport::pickle {

bool view_fits(const aten::Tensor& tensor) {
  const std::uint64_t unit = dtype_bytes(tensor.dtype);
  if (unit == 0 || tensor.storage_offset < 0 || tensor.sizes.size() != tensor.strides.size()) return false;
  for (const std::int64_t size : tensor.sizes) {
    if (size < 0) return false;
    if (size == 0) return true;  // no element is read
  }
  std::uint64_t last = static_cast<std::uint64_t>(tensor.storage_offset);
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    std::uint64_t span = 0;
    if (tensor.strides[i] < 0 ||
        __builtin_mul_overflow(static_cast<std::uint64_t>(tensor.sizes[i] - 1),
                               static_cast<std::uint64_t>(tensor.strides[i]), &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return false;
    }
  }
  return last < tensor.storage.size / unit;
}

std::string identity_of(const aten::Tensor& tensor) {
  std::string key = std::to_string(tensor.storage.offset) + ":" + std::to_string(tensor.storage_offset) +
                    ":" + std::to_string(static_cast<int>(tensor.dtype));
  for (const std::int64_t size : tensor.sizes) key += "," + std::to_string(size);
  key += ";";
  for (const std::int64_t stride : tensor.strides) key += "," + std::to_string(stride);
  return key;
}

Result<aten::Tensor> locate(const Pickle& pickle, const TensorRef& ref, const zip::Archive& archive,
                            std::string_view directory, std::string name) {
  const auto* storage = pickle.get<Storage>(ref.storage);
  if (storage == nullptr) return fail(ErrorCode::pickle_malformed, "a tensor has no storage", {{}, name, {}});
  ME_TRY(const zip::Entry* entry, archive.require(std::string(directory) + "/" + storage->key));
  aten::Tensor tensor;
  tensor.name = std::move(name);
  tensor.kind = aten::TensorKind::buffer;
  tensor.dtype = ref.dtype;
  tensor.sizes = ref.sizes;
  tensor.strides = ref.strides;
  tensor.storage_offset = ref.offset;
  ME_TRY(tensor.storage, archive.range(*entry));
  if (!view_fits(tensor)) {
    return fail(ErrorCode::torchscript_malformed,
                "tensor `" + tensor.name + "` reaches beyond its storage of " + std::to_string(entry->size) +
                    " bytes",
                {archive.source().name(), entry->name, entry->payload.offset});
  }
  return tensor;
}

}  // namespace modelexport::pickle
