// Data files of ONNX files on disk: only what lies in the ONNX file's directory, or in the shared cache's
// blobs when that directory is one of its snapshots; and the safetensors of the model's source (--weights
// hub).
#pragma once

#include <string>
#include <vector>

#include "io/file_tree.h"
#include "package/data_files.h"

namespace modelexport::commands {

class ModelData final : public package::DataSizes {
 public:
  explicit ModelData(std::vector<std::string> model_paths) : models_(std::move(model_paths)) {}
  /// Safetensors that are not beside the model are looked for in its source, under the same name. Borrowed.
  void use_source(const io::FileTree* source) { source_ = source; }
  [[nodiscard]] std::optional<std::uint64_t> size(std::size_t model,
                                                  const std::string& location) const override;
  [[nodiscard]] bool is_in_source(std::size_t model, const std::string& location) const {
    return resolve(model, location).empty() && in_source(location) != nullptr;
  }
  /// Whether there is such a file beside the model.
  [[nodiscard]] bool is_beside(std::size_t model, const std::string& location) const {
    return !resolve(model, location).empty();
  }
  [[nodiscard]] Result<std::unique_ptr<io::FileSource>> open(std::size_t model,
                                                             const std::string& location) const;

 private:
  /// Real path, "" if there is no such file within bounds.
  [[nodiscard]] std::string resolve(std::size_t model, const std::string& location) const;
  /// The source's file of that name; nullptr if there is none or it is no weight file.
  [[nodiscard]] const components::FileEntry* in_source(const std::string& location) const;
  std::vector<std::string> models_;
  const io::FileTree* source_ = nullptr;
};

}  // namespace modelexport::commands
