// bfloat16 arithmetic as float32 between casts, because ONNX Runtime's CPU kernels move bfloat16 but do not
// compute with it.
//
// Results are rounded to bfloat16 after every node, as PyTorch does on a CPU. Weights keep their dtype;
// runtimes fold the casts of weights when a model is loaded.
#pragma once

#include <map>
#include <string>

#include "lower/builder.h"

namespace modelexport::lower {

/// `inputs`: dtypes of the graph's inputs by name.
void compute_bfloat16_in_float32(Builder::Finished& graph, std::map<std::string, DType> inputs,
                                 const aten::Graph& calls);

}  // namespace modelexport::lower
