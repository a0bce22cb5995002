// Sizes that an archive keeps as constants although their axis is dynamic: found without running anything.
//
// Purpose   Tracing turns a size that Python reads into a number; `x.view(2, 16, -1)` then holds for one
// batch size
//           only. What every operator needs of its operands' sizes is evaluated at the example and with one
//           symbol changed; a need that holds at the example only is a hazard.
// Output    One warning (trace_hazard) per symbol: the first place with module and source line, and how many
// more.
#pragma once

#include "aten/infer.h"
#include "lower/axes.h"

namespace modelexport::lower {

Diagnostics find_hazards(const aten::Graph& graph, aten::Types& types, const std::vector<NamedInput>& inputs);

}  // namespace modelexport::lower
