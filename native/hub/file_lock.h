// The lock of one blob, as the official clients take it: flock(2) on an empty file that is never deleted.
//
// Purpose   Two programs do not download the same file at once. Correctness does not depend on it (blobs
// appear
//           whole by rename), so a file system without locks is no error.
#pragma once

#include <string>

#include "io/unique_fd.h"
#include "modelexport/bytes.h"

namespace modelexport::hub {

class FileLock {
 public:
  /// Waits as long as another process holds it; cli_interrupted when the progress is cancelled.
  static Result<FileLock> acquire(const std::string& path, Progress& progress);

 private:
  explicit FileLock(io::UniqueFd fd) : fd_(std::move(fd)) {}
  io::UniqueFd fd_;
};

}  // namespace modelexport::hub
