// Tensors that an archive stores twice: clones of tied weights become one tensor again.
#pragma once

#include "lower/builder.h"

namespace modelexport::lower {

/// Points values of byte-equal parameters (1 MiB and more, same dtype, sizes and strides) at one tensor and
/// records the other names as its aliases. Reads only tensors whose shape and samples agree.
void merge_equal_tensors(aten::Graph& graph, const TensorSources& sources);

/// Names a tied tensor after the module that uses it first, where one of its state_dict names is of that
/// module: readers find the weight under the tag of the node that consumes it.
void name_by_first_use(aten::Graph& graph);

}  // namespace modelexport::lower
