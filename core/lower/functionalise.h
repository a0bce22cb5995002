// Rewrites in-place operators into functional ones, so that inference and lowering see pure values only.
//
// Purpose   "aten::add_(x, y)" becomes "aten::add(x, y)" whose result every later use of x sees. If x is a
// view
//           (slice, select, transpose, view, unbind ...), the result is written back into the tensor it
//           shows, by aten::slice_scatter, select_scatter, diagonal_scatter, the inverse permutation or
//           modelexport::reshape_like(self, like); other views of that tensor are made again when next used.
// Aliasing  Whether reshape() and contiguous() copy depends on strides. They count as views where everything
//           between them and the tensor's own operator keeps elements in order, and as copies elsewhere.
//           to() counts as a copy.
// Cleaning  Operators whose results nothing needs are dropped (also checks, and random numbers that only an
//           unused branch draws).
// State     Parameters and buffers that are changed are added to Graph::updated: the change is seen by the
// rest
//           of this run and is lost after it.
// Errors    A change through a view that cannot be written back, if anything reads it afterwards.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

Status functionalise(aten::Graph& graph);

/// Only the cleaning.
void drop_unused(aten::Graph& graph);

}  // namespace modelexport::lower
