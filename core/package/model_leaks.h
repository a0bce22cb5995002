// Paths of the exporting machine inside an ONNX file: what exporters leave in doc strings and stack traces.
//
// Rule      Doc strings and metadata of nodes that show somebody's home directory go: nothing reads them to
//           run the model. Entries of the model itself may be meant; they stay, with a warning.
// Errors    those of reading the nodes.
#pragma once

#include <string>
#include <vector>

#include "modelexport/edit_plan.h"

namespace modelexport::package {

/// Asks `edit` for the removals; one line in `edits` says how many, `warnings` get pack_leak.
Status clean_model(const onnx::ModelView& model, onnx::EditBuilder& edit, std::vector<std::string>& edits,
                   Diagnostics& warnings);

}  // namespace modelexport::package
