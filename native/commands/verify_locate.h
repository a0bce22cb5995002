// Where two executions of one model part: the first module whose result differs.
//
// Purpose   Writes the exported model once more, with the values that cross borders between modules as
// further
//           outputs, runs it and the archive's graph on the same inputs, and compares in the order of
//           execution.
#pragma once

#include "commands/verify_runs.h"
#include "io/linked_view.h"
#include "modelexport/export.h"
#include "verify/compare.h"

namespace modelexport::commands {

struct LocateRequest {
  const ExportResult* result = nullptr;
  const ArchiveNotes* archive = nullptr;
  const onnx::WriteOptions* write = nullptr;
  io::LinkedView* view = nullptr;  ///< where the further file is written
  std::string library;
  verify::Tensors archive_inputs, model_inputs;
  verify::Sizes sizes;
  std::optional<double> atol;
  double coarsest = 0;  ///< without atol: no value is judged by less than this
};

struct Located {
  BorderFact border;
  verify::Difference difference;
};
/// Nothing if no such value differs by more than is accepted.
Result<std::optional<Located>> locate_difference(cli::Context& context, const LocateRequest& request);

}  // namespace modelexport::commands
