// What a configuration can be compared with: outputs and tables and modules of a graph, from a file.
#pragma once

#include "modelexport/model_view.h"
#include "stamp/config_fit.h"

namespace modelexport::report {

/// Outputs with their dimensions (-1 for a symbol), initializers of rank 2, and classes of modules. Outputs
/// that cannot be read are left out: a comparison says nothing about them.
stamp::GraphShape graph_shape(const onnx::ModelView& model);

}  // namespace modelexport::report
