// Data files of ONNX files on disk: only what lies in the ONNX file's directory, or in the shared cache's
// blobs when that directory is one of its snapshots.
#pragma once

#include <string>
#include <vector>

#include "io/file_source.h"
#include "package/data_files.h"

namespace modelexport::commands {

class ModelData final : public package::DataSizes {
 public:
  explicit ModelData(std::vector<std::string> model_paths) : models_(std::move(model_paths)) {}
  [[nodiscard]] std::optional<std::uint64_t> size(std::size_t model,
                                                  const std::string& location) const override;
  [[nodiscard]] Result<std::unique_ptr<io::FileSource>> open(std::size_t model,
                                                             const std::string& location) const;

 private:
  /// Real path, "" if there is no such file within bounds.
  [[nodiscard]] std::string resolve(std::size_t model, const std::string& location) const;
  std::vector<std::string> models_;
};

}  // namespace modelexport::commands
