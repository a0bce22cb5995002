// Copies a package's files with one bar for all of them.
#pragma once

#include "cli/progress_bar.h"
#include "modelexport/bytes.h"

namespace modelexport::commands {

class PackProgress {
 public:
  PackProgress(Progress& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  Status copy(const ByteSource& from, ByteSink& to);

 private:
  Progress& progress_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  Bytes buffer_;
};

}  // namespace modelexport::commands
