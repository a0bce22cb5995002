// Executions of an archive (by the worker) and of an ONNX file (by ONNX Runtime), each in a process of its
// own.
//
// Files     Inputs and outputs travel as safetensors in a private temporary directory.
// Errors    A run that fails is an Execution with an error; the Result fails when nothing could be run at
// all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/torch_worker.h"
#include "verify/sizes.h"
#include "verify/tensor.h"

namespace modelexport::commands {

/// What verification must know of the archive; taken before the graph is lowered.
struct ArchiveNotes {
  std::string path;
  std::string graph_file, side_file;      ///< the graph as the worker runs it
  bool own_forward = false;               ///< the archive can run itself, and does so as it was saved
  std::vector<std::vector<Expr>> shapes;  ///< of the inputs, as the archive names them
  verify::Ranges ranges;
  std::chrono::seconds limit{0};                    ///< of one execution, besides --timeout; 0: none
  std::vector<std::optional<std::int64_t>> bounds;  ///< of the inputs' integers
};

struct Execution {
  std::optional<Diagnostic> error;
  verify::Tensors outputs;
};
struct Executions {
  std::vector<Execution> runs;
  std::string version;  ///< of the runtime
  std::uint64_t peak_rss = 0;
};

/// The archive's own execution: its forward, or the graph operator by operator.
Result<Executions> run_archive(cli::Context& context, const ArchiveNotes& archive,
                               const std::vector<verify::Tensors>& inputs);
/// The archive's graph operator by operator; errors name module and source line. `values` are added to the
/// outputs as "value:NAME".
Result<Executions> run_archive_graph(cli::Context& context, const ArchiveNotes& archive,
                                     const std::vector<verify::Tensors>& inputs,
                                     const std::vector<std::string>& values = {});
/// Errors: runtime_unusable, runtime_refused, runtime_lacks, worker_timeout, worker_crashed.
Result<Executions> run_model(cli::Context& context, const std::string& library, const std::string& model,
                             const std::vector<verify::Tensors>& inputs, std::chrono::seconds limit);

}  // namespace modelexport::commands
