// Which example input belongs to which input of a trace.
//
// Purpose   A trace made with keyword arguments records its example inputs in the order of the call, while
// the
//           program has the order of the parameters. Dtypes and ranks tell where they do not fit: an input
//           that is an index of an embedding holds integers, pixel_values have four axes, a box has four
//           numbers. The examples are then given to the inputs that they fit, moving as few as possible.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

/// Permutes dtypes and example shapes of graph.inputs; leaves all as it is when nothing contradicts or no
/// order fits.
void settle_examples(aten::Graph& graph);

/// "--input tokens:int64:2x16 --input image:float32:1x3x224x224": what to give for the inputs whose shape
/// nobody knows, with dtypes and channels as far as the operators that read them tell.
std::string missing_examples(const aten::Graph& graph, const std::vector<std::string>& names);

}  // namespace modelexport::lower
