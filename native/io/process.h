// Running another program under limits: the TorchScript worker, the user's Python.
//
// Purpose   The child gets its own limits (address space, core files), dies with this process, and is stopped
//           after a timeout or when this process is interrupted. Its standard output is captured up to a
//           limit; its standard error goes to ours, or is captured too.
// Errors    run_process fails only when the program cannot be started or this process is interrupted; how the
//           child ended is in ProcessResult.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modelexport/result.h"

namespace modelexport::io {

struct ProcessOptions {
  std::vector<std::string> command;           ///< absolute path of the program, then its arguments
  std::vector<std::string> environment;       ///< "NAME=value", besides or instead of what this process has
  std::chrono::seconds timeout{0};            ///< 0: none
  std::uint64_t address_space = 0;            ///< bytes; 0: no limit of its own
  bool capture_error = true;                  ///< else the child's messages go to our standard error
  std::uint64_t capture_limit = 16ULL << 20;  ///< bytes kept of each stream; the rest is read and dropped
  void (*on_wait)(void*) = nullptr;           ///< called about ten times a second while waiting
  void* on_wait_data = nullptr;
};

struct ProcessResult {
  int exit_code = -1;  ///< valid if no signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string output;
  std::string error;
  std::uint64_t peak_rss = 0;  ///< bytes
};

Result<ProcessResult> run_process(const ProcessOptions& options);

}  // namespace modelexport::io
