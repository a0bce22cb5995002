// Containment of external data locations.
//
// Purpose   A location comes out of a model file; followed blindly it reads files that the model's author
//           chose. This is the textual half of the check (no file system: links are native/io's business).
// Errors    ext_location, with the reason and the location, escaped for display.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::onnx {

/// Accepts relative paths of plain components joined by '/', optionally starting with "./". Refuses empty
/// and absolute ones, "..", backslashes, drive letters and URLs, NUL and control characters, a trailing
/// slash, and ONNX Runtime's in-memory marker.
Status check_external_location(std::string_view location);

/// The location without "./" components: what to compare file names with. Requires an accepted location.
std::string normalized_location(std::string_view location);

}  // namespace modelexport::onnx
