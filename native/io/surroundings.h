// The directory of a model file, as checks see it: names and facts, never contents of other places.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "modelexport/check.h"

namespace modelexport::io {

class DirectorySurroundings final : public check::Surroundings {
 public:
  explicit DirectorySurroundings(const std::string& model_path);

  [[nodiscard]] File look_up(const std::string& location) const override;
  [[nodiscard]] const std::vector<std::string>& siblings() const override;
  [[nodiscard]] std::optional<std::string> read_text(const std::string& name,
                                                     std::uint64_t limit) const override;

 private:
  [[nodiscard]] File examine(const std::string& location) const;

  std::string model_;
  std::string directory_;
  std::string real_directory_;  ///< with a final slash; "" if it cannot be resolved
  std::string real_model_directory_;
  mutable std::map<std::string, File> known_;
  mutable bool listed_ = false;
  mutable std::vector<std::string> siblings_;
};

}  // namespace modelexport::io
