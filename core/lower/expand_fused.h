// Fused operators of PyTorch's inference path as the operators that they stand for.
//
// Purpose   In eval mode nn.TransformerEncoderLayer and nn.MultiheadAttention run as one operator each, which
// a
//           trace records: aten::_transformer_encoder_layer_fwd and aten::_native_multi_head_attention. A
//           layer that gets a padding mask runs on nested tensors between aten::_nested_tensor_from_mask and
//           aten::nested_to_padded_tensor. Here they become linear, layer_norm, scaled_dot_product_attention
//           and their like, in the same module call; everything after this sees only those.
// Leaves    Forms that PyTorch does not record (query, key and value that differ): reported as unsupported.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

void expand_fused(aten::Graph& graph);

}  // namespace modelexport::lower
