// What the worker can do, one function per command. Free of libtorch headers.
//
// Errors   All throw Failure, or what libtorch throws; files written so far may remain then.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace modelexport::torchscript {

/// Archive → aten::Graph as JSON, computed constants in a side file.
void graph_command(const std::string& archive_path, const std::string& json_path,
                   const std::string& side_path);

struct Runs {
  std::vector<std::pair<std::string, std::string>> files;  ///< inputs and outputs of every run
  std::string report;                                      ///< "": the first failure ends the command
};

/// Executes the archive's own forward.
void run_command(const std::string& archive_path, const Runs& runs);

/// Executes a graph of either kind of archive, operator by operator. `side_path` may be "". `values_path`
/// names a JSON list of values to add to the outputs, or is "".
void run_graph_command(const std::string& graph_path, const std::string& archive_path,
                       const std::string& side_path, const Runs& runs, const std::string& values_path);

}  // namespace modelexport::torchscript
