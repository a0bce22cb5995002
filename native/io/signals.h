// Interruption: signals set a flag that long work asks for; a second one ends the process at once.
//
// Purpose   SIGINT, SIGTERM and SIGHUP make interrupted() true; commands return cli_interrupted (exit 130)
// and
//           their destructors remove what is unfinished. Who insists (second signal) gets the registered
//           temporary files removed by the handler itself and _exit(130).
// Globals   The flag and the list of temporaries are process-wide because signals are.
#pragma once

#include <string>

#include "modelexport/result.h"

namespace modelexport::io {

/// Installs the handlers; SIGPIPE and SIGXFSZ become errors of the write that caused them.
void install_signal_handlers();
[[nodiscard]] bool interrupted();
/// ErrorCode::cli_interrupted if a signal came.
Status check_interrupted();
/// For tests.
void reset_interrupted();

/// Keeps a temporary path registered for removal by the handler while it lives.
class TemporaryPath {
 public:
  TemporaryPath() = default;
  explicit TemporaryPath(const std::string& path);
  TemporaryPath(TemporaryPath&& other) noexcept;
  TemporaryPath& operator=(TemporaryPath&& other) noexcept;
  ~TemporaryPath();

 private:
  void release();
  int slot_ = -1;
};

}  // namespace modelexport::io
