// Bodies of If, Loop, Scan and SequenceMap: as many inputs and outputs as the node gives and takes.
#include <algorithm>
#include <array>
#include <set>

#include "check/rules/groups.h"

namespace modelexport::check {
namespace {

constexpr Rule kBody{
    .id = "ME-OP-015",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A body has another number of inputs or outputs than its node.",
    .why =
        "A branch takes no inputs and returns what the If returns; a loop's body takes the iteration, the "
        "condition and the carried values and returns the condition and all results.",
    .fix = "the model was edited wrongly: export it again",
    .example = "If with two outputs and branches with one",
};
constexpr const Rule* kRules[] = {&kBody};

/// How a body's inputs and outputs follow from the node's.
struct Shape {
  std::string_view op;
  std::int64_t since;
  bool takes_inputs;            ///< the node's inputs are the body's
  std::size_t further_outputs;  ///< that the node does not return
};
// Scan in version 8 has an input of its own.
constexpr std::array kShapes = {Shape{"If", 1, false, 0}, Shape{"Loop", 1, true, 1},
                                Shape{"Scan", 9, true, 0}, Shape{"SequenceMap", 17, true, 0}};

/// Inputs without default.
Result<std::size_t> required_inputs(const onnx::ModelView& model, const onnx::GraphView& body) {
  std::set<std::string_view> defaults;
  for (const onnx::TensorView& tensor : body.initializers) defaults.insert(tensor.name);
  std::size_t count = body.inputs.size();
  for (std::size_t i = 0; i < body.inputs.size() && !defaults.empty(); ++i) {
    ME_TRY(const onnx::ValueView value, model.value(body.inputs[i]));
    count -= defaults.count(value.name);
  }
  return count;
}

void check_body(const NodeContext& context, const Shape& shape, const onnx::AttributeView& attribute,
                const onnx::GraphView& body) {
  const onnx::NodeView& node = context.node;
  const auto report = [&](std::size_t has, std::size_t wanted, std::string_view what) {
    context.report(kBody, "the body '" + attribute.name + "' of " + node_text(node) + " has " +
                              std::to_string(has) + " " + std::string(what) + ", its node asks for " +
                              std::to_string(wanted));
  };
  const std::size_t outputs = node.outputs.size() + shape.further_outputs;
  // ONNX Runtime takes a loop's body without outputs for one that it could not look into.
  if (body.outputs.empty() && shape.takes_inputs) return;
  if (body.outputs.size() != outputs) return report(body.outputs.size(), outputs, "outputs");
  const std::size_t given = shape.takes_inputs ? node.inputs.size() : 0;
  const auto required = required_inputs(context.model().model, body);
  if (required && *required != given && body.inputs.size() != given)
    report(body.inputs.size(), given, "inputs");
}

void check_node(NodeContext& context) {
  const onnx::NodeView& node = context.node;
  if (!is_default_domain(node.domain) || context.graph.kind == GraphKind::function) return;
  const auto* shape =
      std::find_if(kShapes.begin(), kShapes.end(), [&](const Shape& row) { return row.op == node.op_type; });
  const std::int64_t* version = context.graph.opsets.find(node.domain);
  if (shape == kShapes.end() || version == nullptr || *version < shape->since) return;
  for (const onnx::AttributeView& attribute : node.attributes) {
    if (attribute.graphs.size() != 1) continue;
    const auto body = context.model().model.subgraph(attribute.graphs.front());
    if (body) check_body(context, *shape, attribute, *body);
  }
}

}  // namespace

const Group kBodiesGroup{.rules = kRules, .node = check_node};

}  // namespace modelexport::check
