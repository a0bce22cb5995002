// What the worker can do, one function per command. Free of libtorch headers.
//
// Errors   All throw Failure, or what libtorch throws; files written so far may remain then.
#pragma once

#include <string>

namespace modelexport::torchscript {

/// Archive → aten::Graph as JSON, computed constants in a side file.
void graph_command(const std::string& archive_path, const std::string& json_path,
                   const std::string& side_path);

/// Executes the archive's own forward.
void run_command(const std::string& archive_path, const std::string& inputs_path,
                 const std::string& outputs_path);

/// Executes a graph that graph_command wrote, operator by operator.
void run_graph_command(const std::string& graph_path, const std::string& archive_path,
                       const std::string& side_path, const std::string& inputs_path,
                       const std::string& outputs_path);

}  // namespace modelexport::torchscript
