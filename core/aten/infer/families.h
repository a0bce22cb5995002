// The inference families: each file aten/infer/<family>.cc gives one table; the same split as lower/.
#pragma once

#include <cstddef>

#include "aten/infer.h"

namespace modelexport::aten {

struct InferTable {
  const InferRule* rules;
  std::size_t size;
};

InferTable infer_scalar_rules();
InferTable infer_elementwise_rules();
InferTable infer_unary_rules();
InferTable infer_creation_rules();
InferTable infer_view_rules();
InferTable infer_index_rules();
InferTable infer_linear_rules();
InferTable infer_norm_rules();
InferTable infer_conv_rules();
InferTable infer_reduce_rules();
InferTable infer_sequence_rules();
InferTable infer_control_rules();
InferTable infer_fourier_rules();

}  // namespace modelexport::aten
