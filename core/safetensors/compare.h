// Are these tensors those of safetensors files?
//
// Purpose   The proof that an ONNX file's weights come from a commit: equal type, shape and bytes under the
// same
//           name, or the transpose under NAME_t (as export writes it).
// Order     The files are read in ascending order, each byte about once: they may be far away.
// Memory    Windows of 1 MiB; for a transpose of 8 MiB.
// Unknown   A tensor without counterpart is a constant of the exporter's, or a weight under another name: the
//           latter has the type and shape of a tensor of the files that no other tensor is compared with.
//           Equal bytes make it equal (tied weights as well); else nobody knows whose it is. If more than
//           half of the bytes have no namesake, only names are compared: the model has other names
//           altogether.
#pragma once

#include <string>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"

namespace modelexport::safetensors {

struct Candidate {
  std::string name;
  DType dtype = DType::undefined;
  std::vector<std::int64_t> dims;
  const ByteSource* source = nullptr;  ///< one of the files: the tensor refers to it, and is not read
  ByteRange range;                     ///< row-major elements
};

struct Compared {
  std::uint64_t equal = 0;
  std::uint64_t equal_bytes = 0;
  std::uint64_t differ = 0;
  std::string first_differing;
  std::uint64_t unknown = 0;  ///< no tensor of that name
  std::uint64_t unknown_bytes = 0;
  std::string largest_unknown;
  std::uint64_t largest_unknown_bytes = 0;
  std::uint64_t missing_bytes =
      0;  ///< of `unknown_bytes`: tensors of two dimensions and more that may be weights of other names
};

Result<Compared> compare_weights(const std::vector<Candidate>& tensors,
                                 const std::vector<const ByteSource*>& files, const Limits& limits,
                                 Progress& progress);

}  // namespace modelexport::safetensors
