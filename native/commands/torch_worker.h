// The TorchScript worker: archive in, aten::Graph out, in a process of its own.
//
// Purpose   TorchScript archives are programs; a hostile or damaged one can only end the worker. The worker
// writes
//           the graph as JSON and computed constants as a side file into a private directory.
// Errors    The worker's own errors as they are; worker_missing, worker_crashed, worker_timeout,
// worker_protocol.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "io/file_source.h"
#include "io/temporary_directory.h"
#include "modelexport/aten.h"

namespace modelexport::commands {

struct WorkerGraph {
  aten::Graph graph;
  std::unique_ptr<io::TemporaryDirectory> directory;  ///< holds the side file
  std::unique_ptr<io::FileSource> side;               ///< nullptr if nothing was computed
  std::uint64_t peak_rss = 0;
};

Result<WorkerGraph> run_torch_worker(cli::Context& context, const std::string& archive, const Limits& limits);

}  // namespace modelexport::commands
