// A private directory for intermediate files, removed with its files on destruction.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/signals.h"
#include "modelexport/result.h"

namespace modelexport::io {

class TemporaryDirectory {
 public:
  /// Below $TMPDIR or /tmp, mode 0700. io_temporary if none can be made.
  static Result<std::unique_ptr<TemporaryDirectory>> create();
  /// In the directory that will hold `output`, or the nearest one above it that exists: on the same disk.
  static Result<std::unique_ptr<TemporaryDirectory>> create_beside(const std::string& output);
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  /// The path of a file in it, which is removed with the directory if it exists by then.
  std::string file(const std::string& name);
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path);
  std::string path_;
  TemporaryPath registration_;
  std::vector<std::string> files_;
  std::vector<TemporaryPath> file_registrations_;
};

}  // namespace modelexport::io
