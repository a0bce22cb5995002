// The graph of an ONNX file for viewers: which node makes what, which module it is in, where tensors lie.
//
// Purpose   The page's node lists, module graphs and tensor panels are made from these documents; nothing in
//           them needs a tensor's bytes.
// Schemas   "modelexport/graph/1":
//             nodes         [{name, op, module, inputs, outputs, offset, size, header}]; `module` indexes the
//                           modules of inspect's `hierarchy`; a node's bodies follow it. offset, size and
//                           header (bytes of tag and length) name the node's message for node_json().
//             initializers  [{name, dtype, shape, bytes, where, ...}] with where = "inline" {offset, length},
//                           "external" {location, offset, length} or "fields" (typed elements, as
//                           `data_field`).
//             runtimes      [{version, refusal}]: ONNX Runtime releases and why one cannot load the file's
//             versions.
//           "modelexport/node/1": attributes [{name, type, value}] and metadata of one node; long values
//           shortened.
// Errors    Those of reading.
#pragma once

#include "json/json.h"
#include "modelexport/hierarchy.h"
#include "modelexport/model_view.h"

namespace modelexport::report {

/// `tree` must have been read with its nodes.
/// [{version, refusal}]: every measured ONNX Runtime release, and why it refuses the file's versions, or
/// null.
json::Json runtimes_json(const onnx::ModelHeader& header);

Result<json::Json> graph_json(const onnx::ModelView& model, const hierarchy::Tree& tree);

/// One node by the place that graph_json() gave.
Result<json::Json> node_json(const onnx::ModelView& model, const onnx::MessageRef& message);

}  // namespace modelexport::report
