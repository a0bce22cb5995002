#include "report/graph_shape.h"

#include <variant>

#include "modelexport/hierarchy.h"

namespace modelexport::report {
namespace {

std::vector<std::int64_t> plain_dims(const std::vector<onnx::Dim>& shape) {
  std::vector<std::int64_t> dims;
  for (const onnx::Dim& dim : shape) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    dims.push_back(size == nullptr ? -1 : *size);
  }
  return dims;
}

}  // namespace

stamp::GraphShape graph_shape(const onnx::ModelView& model) {
  stamp::GraphShape shape;
  for (const onnx::MessageRef& message : model.graph().outputs) {
    const auto value = model.value(message);
    if (value) shape.outputs.push_back({value->name, plain_dims(value->shape)});
  }
  for (const onnx::TensorView& tensor : model.graph().initializers)
    if (tensor.dims.size() == 2) shape.weights.push_back({tensor.name, tensor.dims});
  if (const auto tree = hierarchy::read_hierarchy(model))
    for (const hierarchy::TreeModule& module : tree->modules)
      if (!module.class_name.empty()) shape.classes.emplace_back(hierarchy::short_class(module.class_name));
  return shape;
}

}  // namespace modelexport::report
