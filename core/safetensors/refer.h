// Initializers that point into safetensors files instead of the archive.
//
// Purpose   A weight is referred to only if a tensor of its state_dict name (or of a tied one) has the same
// type,
//           shape and bytes: a file of another revision is never taken by accident.
// Order     The files are read in ascending order: they may be far away.
// Ownership `files` are borrowed by the model afterwards and must live until it is written.
// Errors    tensor_view, read errors; cli_interrupted when the progress is cancelled.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modelexport/limits.h"
#include "modelexport/onnx_model.h"

namespace modelexport::safetensors {

/// The bytes of an initializer: where they were before, and the equal ones that it points to now.
struct Moved {
  const ByteSource* from = nullptr;
  ByteRange range;
  std::size_t file = 0;  ///< index of `files`
  std::uint64_t offset = 0;
};

struct Referred {
  std::uint64_t tensors = 0;  ///< initializers that point into the files now
  std::uint64_t bytes = 0;
  std::uint64_t differ = 0;  ///< a tensor of the name exists with another type, shape or content
  std::string first_differing;
  std::vector<Moved> moved;  ///< one for each of `tensors`
};

using TiedNames = std::vector<std::pair<std::string, std::vector<std::string>>>;

Result<Referred> refer_weights(onnx::Model& model, const TiedNames& tied,
                               const std::vector<const ByteSource*>& files, const Limits& limits,
                               Progress& progress);

}  // namespace modelexport::safetensors
