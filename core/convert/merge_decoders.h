// One decoder file out of two: decoder_model_merged.onnx.
//
// Purpose   transformers.js opens encoder-decoder models only with it, and Optimum prefers it: the first step
//           of generation and the cached ones share one copy of the weights. An If node chooses between the
//           two graphs by the input use_cache_branch (bool[1]).
// Form      That of Optimum's exporter: the inputs of both decoders, then use_cache_branch; the outputs of
//           the first. What only the first step computes (present.*.encoder.*) comes out of the cached branch
//           empty: loaders go on with the tensors they have. Heads and head size of the cache inputs are
//           symbolic, because loaders feed an empty cache whose sizes they guess from the configuration.
// Ownership The result borrows the same sources as the two models, which must outlive it. Weights are
//           compared byte by byte; equal ones are stored once.
// Source    reference: optimum_loading.md ("merged"), optimum.onnx.merge_decoders.
#pragma once

#include "modelexport/onnx_model.h"

namespace modelexport::convert {

inline constexpr const char* kUseCacheBranch = "use_cache_branch";

/// `first` is decoder_model, `cached` decoder_with_past_model. model_value if they do not fit together.
Result<onnx::Model> merge_decoders(const onnx::Model& first, const onnx::Model& cached);

}  // namespace modelexport::convert
