// Making the batch axis symbolic, with a proof: every operator on the way is known to carry the first axis
// through, and no constant, shape or weight depends on its size.
//
// Purpose   Exports with fixed sizes usually hold constants that were computed from them; whoever only
// renames
//           the axis gets wrong results. What the table below does not cover is refused, with the node that
//           stands in the way. Only the batch axis is freed: nothing proves the others.
// Errors    migrate_dynamic.
#pragma once

#include <map>

#include "migrate/nodes.h"
#include "migrate/report.h"
#include "modelexport/edit_plan.h"

namespace modelexport::migrate {

/// Ranks of the values whose first axis is the batch.
using BatchValues = std::map<std::string, std::size_t, std::less<>>;
Result<BatchValues> prove_batch(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes);

/// Nothing to do where no input has a fixed batch size.
Status free_batch(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes, onnx::EditBuilder& edit,
                  std::vector<Step>& steps);

}  // namespace modelexport::migrate
