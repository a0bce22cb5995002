// as_strided of a view becomes as_strided of the tensor whose memory the view shows.
//
// Purpose   as_strided counts elements in memory, not in its operand. Longformer's and LED's sliding windows
// take
//           overlapping chunks of a transposed tensor that way. An ONNX value has no memory layout, so the
//           strides of every view are followed, symbolically, to the tensor that owns the memory: there
//           elements lie in order.
// When      After inference, which knows the sizes.
// Errors    exp_unsupported_form where the memory is not that of a tensor in order: parts of a list,
// overlapping or
//           repeated elements, results of operators that keep an unusual order of their operands.
// Source    PyTorch's rules for views: aten/src/ATen/TensorUtils.cpp (computeStride).
#pragma once

#include "aten/infer.h"

namespace modelexport::lower {

void address_memory(aten::Graph& graph, aten::Types& types, Diagnostics& problems);

}  // namespace modelexport::lower
