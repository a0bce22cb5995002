// Files that a user picked, as the source tree, data files and inputs of a package.
//
// Purpose   A browser has no directories to look into: what is there is a list. Paths are as far as the host
//           knows them; a data file is found by its location, or by its name alone where a browser gave no
//           directory.
// Ownership PickedFiles owns the sources; trees and inputs made of it borrow it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modelexport/components.h"
#include "package/data_files.h"
#include "package/file_bytes.h"

namespace modelexport::pick {

struct PickedFile {
  package::Origin origin = package::Origin::component;
  std::string path;
  std::unique_ptr<ByteSource> bytes;
};

class PickedFiles final : public package::Inputs, public package::DataSizes {
 public:
  /// Errors: pack_name when two files of one kind have one path.
  static Result<std::unique_ptr<PickedFiles>> make(std::vector<PickedFile> files);

  [[nodiscard]] const std::vector<PickedFile>& files() const { return files_; }
  /// The ONNX files as indices of files().
  [[nodiscard]] const std::vector<std::size_t>& models() const { return models_; }
  /// The components; `name` is what messages call them.
  [[nodiscard]] std::unique_ptr<components::SourceTree> tree(std::string name) const;
  /// Index of an input of a plan in files().
  [[nodiscard]] Result<std::size_t> index(const package::InputFile& input) const;

  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(const package::InputFile& input) const override;
  [[nodiscard]] std::optional<std::uint64_t> size(std::size_t model,
                                                  const std::string& location) const override;

 private:
  using Paths = std::map<std::string, std::size_t, std::less<>>;
  [[nodiscard]] std::optional<std::size_t> find_data(std::size_t model, const std::string& location) const;

  std::vector<PickedFile> files_;
  std::vector<std::size_t> models_;
  Paths data_;
  Paths components_;
};

}  // namespace modelexport::pick
