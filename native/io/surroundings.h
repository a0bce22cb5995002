// The directory of a model file, as checks see it: names and facts, never contents of other places.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modelexport/check.h"

namespace modelexport::io {

/// Directory listings of one run: a shelf has many models in one directory. Files that appear meanwhile are
/// not seen. One thread at a time.
class DirectoryListings {
 public:
  /// Names in the directory, sorted; empty if it cannot be read.
  std::shared_ptr<const std::vector<std::string>> get(const std::string& directory);

 private:
  std::string directory_;  ///< the last one
  std::shared_ptr<const std::vector<std::string>> names_;
};

class DirectorySurroundings final : public check::Surroundings {
 public:
  /// `listings` is borrowed; without it the directory is listed for this model alone.
  explicit DirectorySurroundings(const std::string& model_path, DirectoryListings* listings = nullptr);

  [[nodiscard]] File look_up(const std::string& location) const override;
  [[nodiscard]] const std::vector<std::string>& siblings() const override;
  [[nodiscard]] std::optional<std::string> read_text(const std::string& name,
                                                     std::uint64_t limit) const override;

  /// A file that was looked up and is there has a name with this ending.
  [[nodiscard]] bool has_seen(std::string_view ending) const;

 private:
  [[nodiscard]] File examine(const std::string& location) const;

  std::string model_;
  std::string directory_;
  std::string real_directory_;  ///< with a final slash; "" if it cannot be resolved
  std::string real_model_directory_;
  mutable std::map<std::string, File> known_;
  DirectoryListings* listings_ = nullptr;
  mutable std::shared_ptr<const std::vector<std::string>> siblings_;
};

}  // namespace modelexport::io
