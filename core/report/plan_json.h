// An edit plan as JSON: for --json --dry-run's readers and for the page, which executes it itself.
//
// Schema    "modelexport/plan/1": {unchanged, source_size, output_size, notes:[{path, before, after}],
//           pieces:[{offset, size} | {base64}]}. A host that can slice its file needs nothing else: the
//           edited file is the pieces one after the other.
#pragma once

#include "json/json.h"
#include "modelexport/edit_plan.h"

namespace modelexport::report {

json::Json plan_json(const onnx::EditPlan& plan);

}  // namespace modelexport::report
