// Where a .pt2 archive keeps its tensors: state_dict name → view of stored bytes.
//
// Layouts   - PyTorch 2.9 and later: JSON tables next to raw members (data/weights/weight_0).
//           - 2.8: data/weights/model.pt and data/constants/model.pt, torch.save archives as stored members.
//           - 2.6, 2.7: serialized_state_dict.pt and serialized_constants.pt, likewise.
//           Ranges are of the outer file, also for tensors of an archive inside it.
// Errors    pt2_malformed, zip_*, pickle_*, json_*.
// Limits    Limits::tensors, json_bytes, inflated_member (pickles).
// Source    torch/export/pt2_archive/_package.py, torch/csrc/export/pt2_archive_constants.h.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/json.h"
#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "zip/zip.h"

namespace modelexport::pt2 {

class WeightTable {
 public:
  /// `model` is the program's name in the archive ("model").
  static Result<WeightTable> read(const zip::Archive& archive, const std::string& model,
                                  const Limits& limits);

  /// nullptr if the archive has no tensor of this name. Weights come before constants.
  [[nodiscard]] const aten::Tensor* find(const std::string& name) const;
  /// All names of the very same stored tensor, in archive order, the given one included.
  [[nodiscard]] const std::vector<std::string>& names_of(const aten::Tensor& tensor) const;

 private:
  Status read_config(const zip::Archive& archive, const json::Json& document, const std::string& directory,
                     const Limits& limits);
  Status read_saved(const zip::Archive& archive, const zip::Entry& entry, const Limits& limits);
  Status add(aten::Tensor tensor, const Limits& limits);

  std::vector<aten::Tensor> tensors_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::vector<std::string>> by_identity_;
};

}  // namespace modelexport::pt2
