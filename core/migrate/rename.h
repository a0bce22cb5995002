// Giving inputs the names of what they are, where only one assignment is possible.
//
// Rule      The set of names stays. A name goes to the only input whose type and rank it fits; among token
// ids
//           of one shape an input that keeps a fitting name keeps it, and what is looked up in an embedding
//           is input_ids. Anything else is refused.
// Errors    migrate_rename.
#pragma once

#include "migrate/nodes.h"
#include "migrate/report.h"
#include "modelexport/edit_plan.h"

namespace modelexport::migrate {

struct Renaming {
  std::string from;
  std::string to;
};
/// Empty when every name fits.
Result<std::vector<Renaming>> find_renamings(const onnx::ModelView& model,
                                             const std::vector<NodeRecord>& nodes);

/// Renames the graph's inputs and every use of them, also in bodies.
Status rename_inputs(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes,
                     onnx::EditBuilder& edit, std::vector<Step>& steps);

}  // namespace modelexport::migrate
