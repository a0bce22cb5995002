#include "check/shape/shapes.h"

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

constexpr Rule kShapes{
    .id = "ME-OP-012",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "The shapes that a node is given do not fit its operator.",
    .why =
        "ONNX Runtime works out shapes when it loads the model, and refuses nodes that could never run: "
        "matrices that cannot be multiplied, axes that do not exist, sizes that contradict each other.",
    .fix = "correct the shape of the input or weight that is wrong; else export the model again",
    .example = "MatMul of [2,4] and [3,4]",
};
constexpr const Rule* kRules[] = {&kShapes};

/// Where both are known and differ, ONNX Runtime goes on with nothing.
ShapeRef join(const ShapeRef& inferred, const ShapeRef& declared) {
  if (inferred == nullptr || declared == nullptr) return inferred == nullptr ? declared : inferred;
  if (*inferred == *declared) return inferred;
  if (inferred->size() != declared->size()) return nullptr;
  Dims out = *inferred;
  bool differ = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t said = (*declared)[i];
    differ = differ || (out[i] >= 0 && said >= 0 && out[i] != said);
    if (out[i] < 0) out[i] = said;
  }
  // One contradiction, and it keeps only what both say.
  for (std::size_t i = 0; i < out.size() && differ; ++i)
    if ((*inferred)[i] != (*declared)[i]) out[i] = -1;
  return std::make_shared<const Dims>(std::move(out));
}

}  // namespace

const Group kShapesGroup{.rules = kRules};

ShapeRef declared_shape(const onnx::ValueView& value) {
  if (value.kind != onnx::ValueKind::tensor || !value.has_shape) return nullptr;
  Dims dims;
  for (const onnx::Dim& dim : value.shape) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    dims.push_back(size != nullptr && *size >= 0 ? *size : -1);
  }
  return std::make_shared<const Dims>(std::move(dims));
}

/// Shapes of a function's inputs are those of its calls.
bool Shapes::active() const {
  return graph_.kind != GraphKind::function && graph_.kind != GraphKind::training;
}

void Shapes::input(const onnx::ValueView& value) {
  if (!active() || value.name.empty()) return;
  if (Definition* own = scope_.own(value.name)) own->shape = declared_shape(value);
}

void Shapes::initializer(const onnx::TensorView& tensor) {
  if (!active() || tensor.name.empty()) return;
  Definition* own = scope_.own(tensor.name);
  if (own == nullptr) return;
  own->shape = check::shape_of(tensor);
  // A default may be replaced by another value.
  if (own->kind != Definition::Kind::initializer) return;
  own->ints = small_ints(graph_.model.model, tensor);
  own->external = tensor.data_location == 1 && (tensor.data_type == 6 || tensor.data_type == 7);
}

void Shapes::sparse(const onnx::SparseTensorView& tensor) {
  if (!active() || !tensor.values || tensor.values->name.empty()) return;
  Definition* own = scope_.own(tensor.values->name);
  if (own != nullptr) own->shape = std::make_shared<const Dims>(tensor.dims);
}

void Shapes::expect(const onnx::ValueView& value) {
  if (!active()) return;
  ShapeRef shape = declared_shape(value);
  if (shape != nullptr) declared_.emplace(value.name, std::move(shape));
}

void Shapes::constant(const NodeContext& context) {
  const onnx::NodeView& node = context.node;
  if (node.attributes.size() != 1 || node.outputs.size() != 1) return;
  Definition* own = scope_.own(node.outputs.front());
  const onnx::AttributeView& value = node.attributes.front();
  if (own == nullptr) return;
  if (value.name == "value" && value.tensors.size() == 1) {
    const auto tensor = graph_.model.model.tensor(value.tensors.front());
    if (!tensor) return;
    own->shape = check::shape_of(*tensor);
    own->ints = small_ints(graph_.model.model, *tensor);
    own->external = tensor->data_location == 1 && (tensor->data_type == 6 || tensor->data_type == 7);
  } else if (value.name == "value_ints") {
    const ShapeNode view(graph_.model.model, node, 0);
    auto list = std::make_shared<std::vector<std::int64_t>>(view.list("value_ints"));
    if (list->empty() || list->size() > 64) return;
    own->shape = std::make_shared<const Dims>(1, static_cast<std::int64_t>(list->size()));
    own->ints = std::move(list);
  } else if (value.name == "value_int" || value.name == "value_float" || value.name == "value_string") {
    own->shape = std::make_shared<const Dims>();
    if (value.name == "value_int") own->ints = std::make_shared<std::vector<std::int64_t>>(1, value.i);
  }
}

void Shapes::finish(const std::string& name, ShapeRef inferred) {
  if (name.empty()) return;
  Definition* own = scope_.own(name);
  if (own == nullptr) return;
  const auto declared = declared_.find(name);
  own->shape = declared == declared_.end() ? std::move(inferred) : join(inferred, declared->second);
}

void Shapes::node(const NodeContext& context, const std::vector<Value>& results) {
  const onnx::NodeView& node = context.node;
  if (!active()) return;
  const bool ours = is_default_domain(node.domain) &&
                    graph_.model.functions.count(function_key(node.domain, node.op_type, node.overload)) == 0;
  const std::int64_t* version = graph_.opsets.find(node.domain);
  if (ours && node.op_type == "Constant") return constant(context);
  ShapeNode view(graph_.model.model, node, version != nullptr ? *version : 0);
  if (ours && version != nullptr) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (!node.inputs[i].empty()) view.set_input(i, scope_.find(node.inputs[i]));
    const auto infer = find_shape_rule(node.op_type, *version);
    if (check_ranks(view) && infer != nullptr) infer(view);
  }
  if (!view.problem().empty()) context.report(kShapes, node_text(node) + ": " + view.problem());
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    finish(node.outputs[i], i < results.size() ? results[i].shape : view.outputs()[i]);
  Definition* own = node.outputs.empty() ? nullptr : scope_.own(node.outputs.front());
  if (own == nullptr) return;
  if (own->ints == nullptr) own->ints = results.empty() ? view.constant() : results.front().ints;
}

}  // namespace modelexport::check
