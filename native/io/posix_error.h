// errno as a Diagnostic: which code, which words, which hint.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::io {

/// "No space left on device": the system's words, thread-safe.
std::string errno_text(int error);

/// A failed open or read of an input.
tl::unexpected<Diagnostic> input_error(std::string_view action, const std::string& path, int error);
/// A failed create, write, sync or rename of an output.
tl::unexpected<Diagnostic> output_error(std::string_view action, const std::string& path, int error);

}  // namespace modelexport::io
