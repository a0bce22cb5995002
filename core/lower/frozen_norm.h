// Batch normalisation written out as arithmetic becomes aten::batch_norm again.
//
// Purpose   Detection models freeze their batch norms: x * s + (bias - mean * s) with s = weight * rsqrt(var
// +
//           eps), on vectors reshaped to (1, C, 1, 1). As one operator it is one node that reads its four
//           tensors under their own names, and runtimes merge it into the convolution before it.
// When      After inference, which knows the dtypes and shapes that must agree.
#pragma once

#include "aten/infer.h"

namespace modelexport::lower {

void recognise_frozen_norms(aten::Graph& graph, const aten::Types& types);

}  // namespace modelexport::lower
