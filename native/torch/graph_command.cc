#include "graph_command.h"

#include <fstream>

#include "commands.h"
#include "failure.h"
#include "module_table.h"
#include "signature.h"
#include "tensor_table.h"
#include "walker.h"

namespace modelexport::torchscript {

aten::Graph build_graph(const LoadedArchive& archive, const std::string& side_path) {
  aten::Graph graph;
  graph.record = archive.record;
  TensorTable tensors(graph, *archive.file, side_path);
  const ModuleTable modules(graph, tensors, archive.module);
  Walker walker(graph, tensors, modules);
  auto arguments = make_inputs(forward_parameters(archive), graph, walker);
  make_outputs(walker.run(archive.module, std::move(arguments)), graph);
  tensors.finish();
  return graph;
}

void graph_command(const std::string& archive_path, const std::string& json_path,
                   const std::string& side_path) {
  const LoadedArchive archive = load_archive(archive_path, ArchiveFile::Weights::skip);
  const aten::Graph graph = build_graph(archive, side_path);
  std::ofstream out(json_path, std::ios::binary | std::ios::trunc);
  out << aten::to_json(graph);
  out.close();
  if (!out) throw Failure(ErrorCode::io_write, "The graph cannot be written", {.path = json_path});
}

}  // namespace modelexport::torchscript
