// A tensor with its elements in memory, as verification makes, sends and compares them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"

namespace modelexport::verify {

struct Tensor {
  std::string name;
  DType dtype = DType::undefined;
  std::vector<std::int64_t> dims;
  Bytes data;  ///< row-major, little-endian

  /// Product of the dimensions; nothing on overflow.
  [[nodiscard]] std::optional<std::uint64_t> count() const;
};
using Tensors = std::vector<Tensor>;

/// "float32[2, 16]".
std::string describe(const Tensor& tensor);

const Tensor* find(const Tensors& tensors, std::string_view name);

/// The bytes of a .safetensors file.
Bytes to_safetensors(const Tensors& tensors);
/// All tensors of one; refuses more than `limit` bytes of data in total. Errors: safetensors'.
Result<Tensors> from_safetensors(const ByteSource& file, std::uint64_t limit, const Limits& limits);

}  // namespace modelexport::verify
