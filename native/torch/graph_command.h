// The steps of `graph`: inputs, walk, outputs, tensors.
#pragma once

#include <string>

#include "loader.h"
#include "modelexport/aten.h"

namespace modelexport::torchscript {

/// The graph of a loaded archive. Constants that the archive does not hold as such go to `side_path`.
aten::Graph build_graph(const LoadedArchive& archive, const std::string& side_path);

}  // namespace modelexport::torchscript
