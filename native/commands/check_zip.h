// Zip files of `check`: packages and models in them, judged where they lie.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/check_files.h"
#include "io/file_source.h"
#include "modelexport/check.h"
#include "package/zip_tree.h"

namespace modelexport::commands {

/// An open zip that holds a package or ONNX files.
class ModelZip {
 public:
  /// nullptr for every other file, also a PyTorch archive or a damaged zip: those are judged as a file.
  static std::unique_ptr<ModelZip> open(const std::string& path, const Limits& limits);

  [[nodiscard]] const package::ZipTree& tree() const { return *tree_; }
  [[nodiscard]] bool is_package() const;
  /// ONNX files in it, sorted.
  [[nodiscard]] std::vector<std::string> models() const;
  [[nodiscard]] Status verify_unchanged() const { return file_->verify_unchanged(); }

 private:
  std::unique_ptr<io::FileSource> file_;
  std::unique_ptr<zip::Archive> archive_;
  std::unique_ptr<package::ZipTree> tree_;
};

/// Zips among the named files become what is in them: the package, then its models.
std::vector<CheckTarget> with_zip_members(std::vector<CheckTarget> targets, const Limits& limits);

/// What is beside a model in a zip.
class ZipSurroundings final : public check::Surroundings {
 public:
  ZipSurroundings(const package::ZipTree& tree, const std::string& model);
  [[nodiscard]] File look_up(const std::string& location) const override;
  [[nodiscard]] const std::vector<std::string>& siblings() const override { return siblings_; }
  [[nodiscard]] std::optional<std::string> read_text(const std::string& name,
                                                     std::uint64_t limit) const override;
  /// A location as a path in the zip, "" when it leaves it.
  [[nodiscard]] std::string path_of(const std::string& location) const;

 private:
  const package::ZipTree& tree_;
  std::string model_;
  std::string directory_;  ///< with a final slash, or ""
  std::vector<std::string> siblings_;
};

}  // namespace modelexport::commands
