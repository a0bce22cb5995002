// Where the program's companions are: the TorchScript worker, a Python, an ONNX Runtime library.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"

namespace modelexport::commands {

/// $MODELEXPORT_WORKER, else ../libexec/modelexport/modelexport-torchscript beside the program.
std::optional<std::string> find_worker(const cli::Context& context);
/// --python / $MODELEXPORT_PYTHON / python3, looked up in PATH.
std::optional<std::string> find_python(const cli::Context& context);
/// The program beside this one that runs ONNX files with an ONNX Runtime library.
std::optional<std::string> find_runner();

struct FoundRuntime {
  std::optional<std::string> library;
  std::string reason;  ///< why there is none: "no ONNX Runtime found in /usr/bin/python3"
};
/// The library named by $MODELEXPORT_ONNXRUNTIME ("none": none is wanted), else that of the Python
/// environment: of $VIRTUAL_ENV, of the Python's own prefix, or where that Python itself finds the package.
FoundRuntime find_onnxruntime(const cli::Context& context);
/// Directory of the running program.
std::string program_directory();

}  // namespace modelexport::commands
