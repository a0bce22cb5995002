// Weights outside an ONNX file: into one sibling data file, with every `location` rewritten.
//
// Purpose   Loaders find "<file>.onnx_data" beside the ONNX file and nothing else (Optimum from the Hub,
//           transformers.js in browsers). A single data file that is used as a whole is copied as it is;
//           parts of others (per-tensor files, safetensors, archives, shared files) are gathered, equal
//           ranges once.
// Errors    pack_data: missing or short data files, locations that loaders refuse, tensors of unknown size.
// Source    reference: optimum_loading.md §3.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modelexport/edit_plan.h"
#include "package/plan.h"

namespace modelexport::package {

/// Size of a data file that an ONNX file names; nothing if it is missing or lies outside its directory.
class DataSizes {
 public:
  virtual ~DataSizes() = default;
  [[nodiscard]] virtual std::optional<std::uint64_t> size(std::size_t model,
                                                          const std::string& location) const = 0;
};

struct GatheredData {
  std::vector<std::string> locations;  ///< the data files used
  std::uint64_t size = 0;
  /// Pieces of the new file; `input` counts within `locations`.
  std::vector<Piece> pieces;
  bool whole = false;  ///< one file, copied as it is
};

/// Plans the data file `new_name` for a model and asks `edit` for the rewritten entries. Nothing if the model
/// holds all its weights itself.
Result<std::optional<GatheredData>> gather_data(const onnx::ModelView& model, std::size_t index,
                                                const DataSizes& sizes, const std::string& new_name,
                                                onnx::EditBuilder& edit);

}  // namespace modelexport::package
