#include "check/walker.h"

#include <algorithm>
#include <optional>

#include "check/body_values.h"
#include "check/calls.h"
#include "check/flow.h"
#include "check/shape/shapes.h"
#include "check/types.h"
#include "onnx/message_reader.h"

namespace modelexport::check {
namespace {

template <class Context>
void call(void (*Group::*function)(Context&), Context& context) {
  for (const Group* group : all_groups())
    if (group->*function) (group->*function)(context);
}

class Walker {
 public:
  explicit Walker(ModelContext& model) : model_(model), view_(model.model), calls_(model) {}

  void run() {
    call(&Group::model, model_);
    const Place main{nullptr, "graph"};
    if (!view_.graph().messages.empty())
      graph(view_.graph(), GraphKind::main, main, model_.opsets, nullptr, nullptr);
    functions();
    training();
    call(&Group::end, model_);
  }

 private:
  /// Reports a failed read; the part is then not visited.
  template <class T>
  bool ok(const Result<T>& result) {
    if (result) return true;
    Diagnostic diagnostic = result.error();
    if (diagnostic.where.field.empty() && diagnostic.where.offset)
      diagnostic.where.field = view_.path_at(*diagnostic.where.offset);
    model_.findings.add(diagnostic);
    return false;
  }

  void functions() {
    for (std::size_t i = 0; i < view_.header().functions.size(); ++i) {
      const auto function = view_.function(view_.header().functions[i]);
      if (!ok(function)) continue;
      const Place place{nullptr, "functions", i};
      onnx::GraphView body;
      body.messages = {function->message};
      body.nodes = function->nodes;
      body.value_infos = function->value_infos;
      Opsets opsets;
      for (const onnx::OpsetImport& import : function->opset_imports)
        opsets.imports.emplace_back(import.domain, import.version);
      graph(body, GraphKind::function, place, opsets, nullptr, &*function);
    }
  }

  void training() {
    for (std::size_t i = 0; i < view_.header().training_infos.size(); ++i) {
      const onnx::MessageRef& info = view_.header().training_infos[i];
      const Place place{nullptr, "training_info", i};
      wire::Scanner scanner(view_.window(), info.content());
      std::vector<std::pair<std::uint32_t, onnx::MessageRef>> parts;
      wire::Field field;
      while (scanner.next(field))
        if (field.number <= 2 && field.is_length())
          parts.emplace_back(field.number, onnx::MessageReader::ref(field, info.depth));
      if (!ok(scanner.status())) continue;
      for (const auto& [number, part] : parts) {
        const auto body = view_.subgraph(part);
        if (!ok(body)) continue;
        const Place inner{&place, number == 1 ? "initialization" : "algorithm"};
        graph(*body, GraphKind::training, inner, model_.opsets, nullptr, nullptr);
      }
    }
  }

  std::vector<PendingUse> graph(const onnx::GraphView& view, GraphKind kind, const Place& place,
                                const Opsets& opsets, Scope* outer, const onnx::FunctionView* function,
                                BodyValues* node_of = nullptr, std::string_view attribute = {}) {
    GraphContext context{model_, kind, view, place, opsets, function};
    call(&Group::graph, context);
    Scope scope(outer);
    Flow flow(context, scope);
    Types types(context, scope);
    Shapes shapes(context, scope);
    if (function)
      for (const std::string& name : function->inputs) scope.define(name, {});
    inputs(context, flow, types, shapes);
    initializers(context, flow, types, shapes);
    if (node_of != nullptr) bind_arguments(context, scope, node_of->arguments());
    if (kind == GraphKind::main || kind == GraphKind::subgraph) expect(view, types, shapes);
    for (std::size_t i = 0; i < view.nodes.size(); ++i)
      node(context, scope, flow, types, shapes, static_cast<std::uint32_t>(i));
    outputs(context, flow, types);
    if (function)
      for (const std::string& name : function->outputs)
        flow.graph_output(name, place, function->message.offset, true);
    value_infos(context, types);
    if (node_of != nullptr) node_of->returned(attribute, returned_values(context, scope));
    std::vector<PendingUse> pending = kind == GraphKind::training ? std::vector<PendingUse>() : flow.finish();
    tensors(context, scope);
    return pending;
  }

  /// Outputs first: a value_info of the same name counts for nobody.
  void expect(const onnx::GraphView& view, Types& types, Shapes& shapes) {
    for (const auto* list : {&view.outputs, &view.value_infos}) {
      for (const onnx::MessageRef& message : *list) {
        const auto value = view_.value(message);
        if (!value) continue;
        types.expect(*value);
        shapes.expect(*value);
      }
    }
  }

  void inputs(GraphContext& graph, Flow& flow, Types& types, Shapes& shapes) {
    for (std::size_t i = 0; i < graph.graph.inputs.size(); ++i) {
      const auto value = view_.value(graph.graph.inputs[i]);
      if (!ok(value)) continue;
      const Place place{&graph.place, "input", i};
      ValueContext context{graph, *value, ValueRole::input, place};
      call(&Group::value, context);
      flow.input(*value, place);
      types.input(*value);
      shapes.input(*value);
    }
  }

  void outputs(GraphContext& graph, Flow& flow, Types& types) {
    for (std::size_t i = 0; i < graph.graph.outputs.size(); ++i) {
      const auto value = view_.value(graph.graph.outputs[i]);
      if (!ok(value)) continue;
      const Place place{&graph.place, "output", i};
      ValueContext context{graph, *value, ValueRole::output, place};
      call(&Group::value, context);
      if (graph.kind != GraphKind::training) flow.graph_output(value->name, place, value->message.offset);
      types.declared(*value, place, ValueRole::output);
    }
  }

  void value_infos(GraphContext& graph, Types& types) {
    for (std::size_t i = 0; i < graph.graph.value_infos.size(); ++i) {
      const auto value = view_.value(graph.graph.value_infos[i]);
      if (!ok(value)) continue;
      const Place place{&graph.place, "value_info", i};
      ValueContext context{graph, *value, ValueRole::value_info, place};
      call(&Group::value, context);
      types.declared(*value, place, ValueRole::value_info);
    }
  }

  void initializers(GraphContext& graph, Flow& flow, Types& types, Shapes& shapes) {
    for (std::size_t i = 0; i < graph.graph.initializers.size(); ++i) {
      const Place place{&graph.place, "initializer", i};
      types.initializer(graph.graph.initializers[i], place);
      flow.initializer(graph.graph.initializers[i], place, false);
      shapes.initializer(graph.graph.initializers[i]);
    }
    for (std::size_t i = 0; i < graph.graph.sparse_initializers.size(); ++i) {
      const auto sparse = view_.sparse_tensor(graph.graph.sparse_initializers[i]);
      if (!ok(sparse)) continue;
      const Place place{&graph.place, "sparse_initializer", i};
      if (sparse->values) flow.initializer(*sparse->values, place, true);
      shapes.sparse(*sparse);
      sparse_parts(*sparse, place, true, nullptr);
    }
  }

  void sparse_parts(const onnx::SparseTensorView& sparse, const Place& place, bool used,
                    const NodeContext* node) {
    if (sparse.values) tensor(*sparse.values, TensorRole::sparse_part, used, Place{&place, "values"}, node);
    if (sparse.indices)
      tensor(*sparse.indices, TensorRole::sparse_part, used, Place{&place, "indices"}, node);
  }

  /// When all uses are known.
  void tensors(GraphContext& graph, Scope& scope) {
    for (std::size_t i = 0; i < graph.graph.initializers.size(); ++i) {
      const onnx::TensorView& view = graph.graph.initializers[i];
      const Definition* definition = scope.own(view.name);
      tensor(view, TensorRole::initializer, definition != nullptr && definition->used,
             Place{&graph.place, "initializer", i}, nullptr);
    }
  }

  void tensor(const onnx::TensorView& view, TensorRole role, bool used, const Place& place,
              const NodeContext* node) {
    TensorContext context{model_, view, role, used, place, node};
    call(&Group::tensor, context);
  }

  void node(GraphContext& graph, Scope& scope, Flow& flow, Types& types, Shapes& shapes,
            std::uint32_t index) {
    const auto view = view_.node(graph.graph.nodes[index]);
    if (!ok(view)) return;
    const Place place{&graph.place, "node", index};
    NodeContext context{graph, *view, place};
    flow.uses(context, index);
    call(&Group::node, context);
    const bool is_call = calls_.is_call(*view);
    std::optional<BodyValues> bodies;
    if (!is_call && graph.kind != GraphKind::function && has_graphs(*view)) bodies.emplace(context, scope);
    BodyValues* const known = bodies && bodies->applies() ? &*bodies : nullptr;
    for (std::size_t i = 0; i < view->attributes.size(); ++i)
      attribute(context, scope, flow, index, i, known);
    flow.outputs(context, index);
    const std::vector<Value> results = known != nullptr ? known->results()
                                       : is_call        ? calls_.results(context, scope)
                                                        : std::vector<Value>();
    types.node(context, results);
    shapes.node(context, results);
  }

  static bool has_graphs(const onnx::NodeView& node) {
    return std::any_of(node.attributes.begin(), node.attributes.end(),
                       [](const onnx::AttributeView& attribute) { return !attribute.graphs.empty(); });
  }

  void attribute(NodeContext& node, Scope& scope, Flow& flow, std::uint32_t node_index, std::size_t index,
                 BodyValues* bodies) {
    const onnx::AttributeView& view = node.node.attributes[index];
    const Place place{&node.place, "attribute", index};
    AttributeContext context{node, view, place};
    call(&Group::attribute, context);
    for (std::size_t i = 0; i < view.tensors.size(); ++i) {
      const auto part = view_.tensor(view.tensors[i]);
      if (ok(part)) tensor(*part, TensorRole::attribute, true, Place{&place, "t"}, &node);
    }
    for (const onnx::MessageRef& message : view.sparse_tensors) {
      const auto part = view_.sparse_tensor(message);
      if (ok(part)) sparse_parts(*part, Place{&place, "sparse_tensor"}, true, &node);
    }
    for (std::size_t i = 0; i < view.graphs.size(); ++i) {
      const auto body = view_.subgraph(view.graphs[i]);
      if (!ok(body)) continue;
      const Place inner{&place, "g"};
      flow.captured(
          graph(*body, GraphKind::subgraph, inner, node.graph.opsets, &scope, nullptr, bodies, view.name),
          node_index);
    }
  }

  ModelContext& model_;
  const onnx::ModelView& view_;
  Calls calls_;
};

}  // namespace

void walk(ModelContext& model) { Walker(model).run(); }

}  // namespace modelexport::check
