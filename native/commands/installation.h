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
/// The library named by $MODELEXPORT_ONNXRUNTIME, else the one in the Python's site-packages.
std::optional<std::string> find_onnxruntime(const cli::Context& context);
/// Directory of the running program.
std::string program_directory();

}  // namespace modelexport::commands
