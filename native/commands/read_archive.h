// Either kind of archive as an aten::Graph.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "commands/torch_worker.h"
#include "format/format.h"
#include "modelexport/aten.h"

namespace modelexport::commands {

/// TorchScript through the worker, .pt2 in this process. `archive` is the open file at `path`.
Result<WorkerGraph> read_archive(cli::Context& context, format::Format format, const ByteSource& archive,
                                 const std::string& path, const Limits& limits);

}  // namespace modelexport::commands
