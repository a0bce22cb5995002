// Buffers that a program changes for its next run: what an ONNX file cannot keep.
#pragma once

#include <optional>

#include "modelexport/aten.h"

namespace modelexport::lower {

/// A warning that names what Graph::updated lists; none for a program without state. After
/// functionalise, which completes that list.
std::optional<Diagnostic> lost_state(const aten::Graph& graph);

}  // namespace modelexport::lower
