#include "commands/read_archive.h"

#include "pt2/pt2.h"

namespace modelexport::commands {

Result<WorkerGraph> read_archive(cli::Context& context, format::Format format, const ByteSource& archive,
                                 const std::string& path, const Limits& limits) {
  if (format == format::Format::torchscript) return run_torch_worker(context, path, limits);
  WorkerGraph made;
  ME_TRY(made.graph, pt2::read_pt2(archive, limits));
  return made;
}

}  // namespace modelexport::commands
