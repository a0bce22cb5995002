// Names and symbolic axes of a graph's inputs, as Optimum and transformers.js expect them (contract.md,
// export).
#pragma once

#include "aten/infer.h"
#include "modelexport/export.h"

namespace modelexport::lower {

struct NamedInput {
  std::string name;
  DType dtype = DType::undefined;
  aten::Shape shape;
  std::optional<std::vector<std::int64_t>> example;  ///< sizes that the archive was made with
};

/// One entry per Graph::inputs. Reads --input, --dynamic and --static from the options.
Result<std::vector<NamedInput>> name_inputs(const aten::Graph& graph, const ExportOptions& options);

/// Names of Graph::outputs: from the archive, --output-name, the task, else output_0, output_1 ...
std::vector<std::string> name_outputs(const aten::Graph& graph, const ExportOptions& options);

}  // namespace modelexport::lower
