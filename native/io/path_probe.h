// The file system's answers for source::classify.
#pragma once

#include "modelexport/source.h"

namespace modelexport::io {

class FilePathProbe final : public source::PathProbe {
 public:
  [[nodiscard]] bool exists(std::string_view path) const override;
  [[nodiscard]] bool is_directory(std::string_view path) const override;
};

}  // namespace modelexport::io
