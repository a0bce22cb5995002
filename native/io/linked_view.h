// A passing directory of hard links: files that have no name of their own yet, as a reader sees them.
//
// Purpose   ONNX Runtime opens paths and looks for external data beside them; outputs appear under their
// names only
//           at the very end. Everything in the directory goes with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/signals.h"
#include "modelexport/result.h"

namespace modelexport::io {

class LinkedView {
 public:
  static Result<std::unique_ptr<LinkedView>> create(const std::string& directory);
  LinkedView(const LinkedView&) = delete;
  LinkedView& operator=(const LinkedView&) = delete;
  ~LinkedView();

  /// The path of a file in it, which is removed with the directory if it exists by then.
  std::string add(const std::string& name);
  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

 private:
  explicit LinkedView(std::string directory);
  std::string directory_;
  TemporaryPath registration_;
  std::vector<std::string> files_;
  std::vector<TemporaryPath> file_registrations_;
};

}  // namespace modelexport::io
