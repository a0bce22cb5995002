// A list that is made and taken apart at once becomes an operator with several results.
//
// Purpose   TorchScript writes `a, b = x.unbind(0)` as a list and prim::ListUnpack; torch.export as one
// operator with
//           two results. The second form says how many parts there are, which a size that moves does not.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

/// For unbind, split, chunk and their kin, where nothing else reads the list. Linear in the graph.
void join_unpacked_lists(aten::Graph& graph);

}  // namespace modelexport::lower
