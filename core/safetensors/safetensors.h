// The header of a .safetensors file: which tensor lies where.
//
// Purpose   Eight bytes of header length, a JSON header, raw little-endian rows. Reads the header only.
// Errors    tensor_view with the tensor's name; json_* for the header's text.
// Limits    Limits::json_bytes, tensors, rank. Every range is inside the file and as long as its shape needs.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"

namespace modelexport::safetensors {

struct Tensor {
  DType dtype = DType::undefined;  ///< undefined: a type that ONNX has not
  std::vector<std::int64_t> dims;
  ByteRange range;  ///< in the file
};
using Tensors = std::unordered_map<std::string, Tensor>;

/// "F32"; "" for a type that the format has not.
std::string_view type_name(DType dtype);

Result<Tensors> read_header(const ByteSource& file, const Limits& limits);

}  // namespace modelexport::safetensors
