// Residual sums before a layer normalisation whose sequence axis has no name in the file.
//
// Purpose   A session of ONNX Runtime fuses Add and LayerNormalization to SkipLayerNormalization if it can
//           prove that both operands have one shape, which it does by the names of symbolic axes. Its CPU
//           kernel is slower than the two that it replaces (1.32, BERT-base at length 128, one thread: 12
//           ms instead of 3 of 240), and files of other exporters, whose intermediate shapes say nothing,
//           run without it. Where a sum feeds nothing but a normalisation, heads are therefore merged with
//           -1 for the sequence, and intermediate shapes leave that axis without a name.
//           onnxruntime.transformers.optimizer, which computes shapes itself, fuses as before.
// Leaves    inputs and outputs of the graph: their axes keep their names. Files without such sums.
#pragma once

#include "lower/builder.h"

namespace modelexport::lower {

void open_residuals(Builder::Finished& finished);

}  // namespace modelexport::lower
