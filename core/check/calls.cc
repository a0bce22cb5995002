#include "check/calls.h"

#include <algorithm>

#include "check/body_values.h"
#include "check/ops/schema.h"
#include "check/shape/shapes.h"
#include "check/types.h"
#include "onnx/message_reader.h"

namespace modelexport::check {
namespace {

constexpr std::uint64_t kMostNodes = 50'000;
constexpr unsigned kMostDepth = 32;

constexpr Rule kCall{
    .id = "ME-OP-018",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A function cannot work with what a call gives it.",
    .why =
        "ONNX Runtime puts the function's body in the place of the call. Its operators then get the call's "
        "types, shapes and attributes, and must be able to take them.",
    .fix = "correct the call, or the function's body; export the model again",
    .example = "a function with MatMul(a, b), called with float[2,3] and float[4,3]",
};
constexpr const Rule* kRules[] = {&kCall};

std::string count_text(std::size_t has, std::size_t wanted, std::string_view what) {
  return "it has " + std::to_string(has) + " " + std::string(what) + ", the function " +
         std::to_string(wanted);
}

/// Inputs that the operator needs and the call left out.
std::string missing_input(const NodeContext& context) {
  const onnx::NodeView& node = context.node;
  const std::int64_t* version = context.graph.opsets.find(node.domain);
  const OpRow* op = version ? find_op(node.domain, node.op_type, *version, Reader::ort) : nullptr;
  if (op == nullptr) return {};
  const auto params = inputs_of(*op);
  for (std::size_t i = 0; i < node.inputs.size() && i < params.size(); ++i)
    if (node.inputs[i].empty() && params[i].option == kSingle)
      return node_text(node) + " needs its input " + std::to_string(i) + ", which the call leaves out";
  return {};
}

}  // namespace

const Group kCallsGroup{.rules = kRules};

bool Calls::is_call(const onnx::NodeView& node) const {
  return !model_.functions.empty() &&
         model_.functions.count(function_key(node.domain, node.op_type, node.overload)) != 0;
}

Calls::Bindings Calls::bind(const onnx::FunctionView& function, const onnx::NodeView& call) {
  Bindings bindings;
  for (const onnx::MessageRef& message : function.attribute_protos) {
    onnx::AttributeView attribute;
    onnx::MessageReader reader(model_.model.window(), model_.model.limits());
    if (reader.read(message, attribute)) bindings[attribute.name] = attribute;
  }
  for (const onnx::AttributeView& attribute : call.attributes)
    if (attribute.ref_attr_name.empty()) bindings[attribute.name] = attribute;
  return bindings;
}

/// References become what the call gives; what it does not give is left out. False, and a problem, where the
/// types differ.
bool Calls::substitute(onnx::NodeView& node, const Bindings& bindings, std::string& problem) {
  std::vector<onnx::AttributeView> kept;
  for (onnx::AttributeView& attribute : node.attributes) {
    if (attribute.ref_attr_name.empty()) {
      kept.push_back(std::move(attribute));
      continue;
    }
    const auto bound = bindings.find(attribute.ref_attr_name);
    if (bound == bindings.end()) continue;
    if (attribute.type != 0 && bound->second.type != 0 && attribute.type != bound->second.type) {
      problem = "attribute " + in_quotes(attribute.ref_attr_name) + " has another type than " +
                node_text(node) + " takes";
      return false;
    }
    onnx::AttributeView copy = bound->second;
    copy.name = attribute.name;
    kept.push_back(std::move(copy));
  }
  node.attributes = std::move(kept);
  return true;
}

std::vector<Value> Calls::node_results(NodeContext& context, Scope& scope, const Bindings& bindings,
                                       std::string& problem) {
  const onnx::NodeView& node = context.node;
  if (is_call(node)) {
    const auto function = model_.model.function(
        model_.model.header()
            .functions[model_.functions[function_key(node.domain, node.op_type, node.overload)]]);
    if (!function || depth_ >= kMostDepth) return {};
    std::vector<Value> arguments;
    for (const std::string& name : node.inputs) arguments.push_back(scope.value(name));
    std::vector<Value> values = evaluate(context.model(), *function, node, arguments, problem);
    if (!problem.empty()) problem = node_text(node) + ": " + problem;
    return values;
  }
  BodyValues bodies(context, scope);
  for (const onnx::AttributeView& attribute : node.attributes) {
    for (const onnx::MessageRef& message : attribute.graphs) {
      const auto view = model_.model.subgraph(message);
      if (!view) return {};
      const Place place{&context.place, "g"};
      GraphContext inner{context.model(), GraphKind::subgraph, *view, place, context.graph.opsets, nullptr};
      Scope own(&scope);
      Types types(inner, own);
      Shapes shapes(inner, own);
      for (const onnx::MessageRef& input : view->inputs) {
        const auto value = model_.model.value(input);
        if (!value) return {};
        own.define(value->name, {.type = type_of(model_.model, *value), .shape = declared_shape(*value)});
      }
      for (const onnx::TensorView& tensor : view->initializers) {
        own.define(tensor.name, {.kind = Definition::Kind::initializer, .type = tensor.data_type});
        shapes.initializer(tensor);
      }
      if (bodies.applies()) bind_arguments(inner, own, bodies.arguments());
      std::vector<Value> values = body(inner, own, bindings, problem);
      if (!problem.empty()) return {};
      bodies.returned(attribute.name, std::move(values));
    }
  }
  return bodies.applies() ? bodies.results() : std::vector<Value>();
}

std::vector<Value> Calls::body(GraphContext& graph, Scope& scope, const Bindings& bindings,
                               std::string& problem) {
  Types types(graph, scope);
  Shapes shapes(graph, scope);
  for (const auto* list : {&graph.graph.outputs, &graph.graph.value_infos}) {
    for (const onnx::MessageRef& message : *list) {
      const auto value = model_.model.value(message);
      if (!value) continue;
      types.expect(*value);
      shapes.expect(*value);
    }
  }
  for (std::size_t i = 0; i < graph.graph.nodes.size() && problem.empty(); ++i) {
    if (++nodes_ > kMostNodes) return {};
    auto view = model_.model.node(graph.graph.nodes[i]);
    if (!view || !substitute(*view, bindings, problem)) return {};
    for (std::string& name : view->inputs)
      if (const Definition* found = scope.find(name); found != nullptr && found->type < 0) name.clear();
    const Place place{&graph.place, "node", i};
    NodeContext context{graph, *view, place};
    problem = missing_input(context);
    if (!problem.empty()) return {};
    const std::vector<Value> results = node_results(context, scope, bindings, problem);
    for (const std::string& name : view->outputs)
      if (!name.empty()) scope.define(name, {.kind = Definition::Kind::node});
    types.node(context, results);
    shapes.node(context, results);
  }
  if (!problem.empty() || graph.kind == GraphKind::call) return {};
  for (std::size_t i = 0; i < graph.graph.outputs.size(); ++i) {
    const auto value = model_.model.value(graph.graph.outputs[i]);
    if (value) types.declared(*value, Place{&graph.place, "output", i}, ValueRole::output);
  }
  return returned_values(graph, scope);
}

std::vector<Value> Calls::evaluate(ModelContext& quiet, const onnx::FunctionView& function,
                                   const onnx::NodeView& call, const std::vector<Value>& arguments,
                                   std::string& problem) {
  if (call.inputs.size() > function.inputs.size()) {
    problem = count_text(call.inputs.size(), function.inputs.size(), "inputs");
    return {};
  }
  if (call.outputs.size() != function.outputs.size()) {
    problem = count_text(call.outputs.size(), function.outputs.size(), "outputs");
    return {};
  }
  Scope scope;
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    const Value value = i < arguments.size() ? arguments[i] : Value{.given = false};
    // A type below 0: not there.
    scope.define(function.inputs[i],
                 {.type = value.given ? value.type : -1, .shape = value.shape, .ints = value.ints});
  }
  onnx::GraphView view;
  view.messages = {function.message};
  view.nodes = function.nodes;
  Opsets opsets;
  for (const onnx::OpsetImport& import : function.opset_imports)
    opsets.imports.emplace_back(import.domain, import.version);
  const Place place{nullptr, "functions"};
  GraphContext graph{quiet, GraphKind::call, view, place, opsets, &function};
  ++depth_;
  body(graph, scope, bind(function, call), problem);
  --depth_;
  std::vector<Value> values;
  if (problem.empty() && nodes_ <= kMostNodes)
    for (const std::string& name : function.outputs) values.push_back(scope.value(name));
  return values;
}

std::vector<Value> Calls::results(const NodeContext& node, Scope& scope) {
  if (nodes_ > kMostNodes || node.graph.kind == GraphKind::function) return {};
  // ONNX Runtime takes its own operator where one has the function's name.
  const std::int64_t* version = node.graph.opsets.find(node.node.domain);
  if (version != nullptr && find_op(node.node.domain, node.node.op_type, *version, Reader::ort) != nullptr)
    return {};
  const auto function = model_.model.function(model_.model.header().functions[model_.functions[function_key(
      node.node.domain, node.node.op_type, node.node.overload)]]);
  if (!function) return {};
  inside_.emplace(options_);
  if (!quiet_)
    quiet_.emplace(ModelContext{model_.model, options_, *inside_, model_.release, model_.ir, model_.opsets,
                                model_.functions});
  std::vector<Value> arguments;
  for (const std::string& name : node.node.inputs) arguments.push_back(scope.value(name));
  std::string problem;
  std::vector<Value> values = evaluate(*quiet_, *function, node.node, arguments, problem);
  if (problem.empty()) {
    const auto inside = inside_->take();
    const auto first = std::find_if(inside.begin(), inside.end(), [](const Finding& finding) {
      return finding.severity == Severity::error;
    });
    if (first != inside.end()) problem = first->message;
  }
  if (!problem.empty()) {
    node.report(kCall, node_text(node.node) + ": " + problem);
    values.clear();
  }
  return values;
}

}  // namespace modelexport::check
