// `modelexport-torchscript graph`: archive → aten::Graph as JSON, computed constants in a side file.
#pragma once

#include <string>

#include "loader.h"
#include "modelexport/aten.h"

namespace modelexport::torchscript {

/// The graph of a loaded archive. Constants that the archive does not hold as such go to `side_path`.
aten::Graph build_graph(const LoadedArchive& archive, const std::string& side_path);

/// Loads `archive_path` and writes both files. Throws Failure; partial files may remain then.
void run_graph_command(const std::string& archive_path, const std::string& json_path, const std::string& side_path);

}  // namespace modelexport::torchscript
