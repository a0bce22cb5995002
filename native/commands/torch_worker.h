// The TorchScript worker: archive in, aten::Graph out, in a process of its own.
//
// Purpose   TorchScript archives are programs; a hostile or damaged one can only end the worker. The worker
// writes
//           the graph as JSON and computed constants as a side file into a private directory.
// Errors    The worker's own errors as they are; worker_missing, worker_crashed, worker_timeout,
// worker_protocol.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "cli/context.h"
#include "io/file_source.h"
#include "io/process.h"
#include "io/temporary_directory.h"
#include "modelexport/aten.h"
#include "verify/sizes.h"

namespace modelexport::commands {

struct WorkerGraph {
  aten::Graph graph;
  std::unique_ptr<io::TemporaryDirectory> directory;  ///< holds the side file
  std::unique_ptr<io::FileSource> side;               ///< nullptr if nothing was computed
  std::uint64_t peak_rss = 0;
  std::map<std::string, verify::Range> ranges;  ///< of the archive's symbols
  std::string graph_file, side_file;            ///< in the directory; "" if there is none
};

/// --timeout: 0 means no limit.
Result<std::chrono::seconds> worker_timeout_of(const cli::Context& context);

/// The shorter of two limits, where 0 means none.
std::chrono::seconds shorter(std::chrono::seconds a, std::chrono::seconds b);

/// Runs one command of the worker on an archive to its successful end. `what` is what the progress shows;
/// `limit` is one of time besides --timeout, 0 for none.
Result<io::ProcessResult> call_torch_worker(cli::Context& context, const std::string& archive,
                                            std::vector<std::string> words, const char* what,
                                            std::chrono::seconds limit = std::chrono::seconds(0));

Result<WorkerGraph> run_torch_worker(cli::Context& context, const std::string& archive, const Limits& limits);

}  // namespace modelexport::commands
