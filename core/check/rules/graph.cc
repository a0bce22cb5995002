// Graphs as such: one piece, a name, inputs and outputs with types.
#include <unordered_map>
#include <unordered_set>

#include "check/rules/groups.h"
#include "onnx/message_reader.h"
#include "wire/scanner.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kSplit{
    .id = "ME-MODEL-002",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The model holds its graph in more than one piece.",
    .why =
        "C++ readers merge the pieces, JavaScript readers keep only the last one, so different programs see "
        "different models.",
    .fix = "modelexport check --fix joins the pieces",
    .example = "two fields of number 7 in the file",
    .fixable = true,
};
constexpr Rule kNoName{
    .id = "ME-GRAPH-020",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The graph has no name.",
    .why = "The specification demands one; onnx.checker refuses the file.",
    .fix = "modelexport check --fix names it main_graph",
    .example = "graph { node { … } }",
    .fixable = true,
};
constexpr Rule kValueNoName{
    .id = "ME-GRAPH-021",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An input or output has no name.",
    .why = "Values are fed and fetched by name.",
    .fix = "export the model again",
    .example = "input { type { … } }",
};
constexpr Rule kNoType{
    .id = "ME-GRAPH-022",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An input or output has no type.",
    .why = "Types of inputs cannot be inferred, and onnx.checker demands them for outputs, too.",
    .fix = "export the model again",
    .example = "input { name: \"x\" }",
};
constexpr Rule kBadType{
    .id = "ME-GRAPH-023",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An input or output has an unknown element type.",
    .why =
        "The number names no element type. onnx.checker does not look at it, ONNX Runtime refuses the model.",
    .fix = "export the model again",
    .example = "input { name: \"x\" type { tensor_type { elem_type: 99 } } }",
};
constexpr Rule kNoShape{
    .id = "ME-GRAPH-024",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "An input or output has no shape.",
    .why = "onnx.checker demands one; ONNX Runtime takes a missing shape as unknown.",
    .fix = "export the model again; unknown sizes are dimensions without value",
    .example = "input { name: \"x\" type { tensor_type { elem_type: 1 } } }",
};
constexpr Rule kNegativeDim{
    .id = "ME-GRAPH-025",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A dimension of an input or output is negative.",
    .why = "Some exporters write -1 for an unknown size. Readers take it in different ways.",
    .fix = "use a symbolic dimension; export the model again",
    .example = "dim { dim_value: -1 }",
};
constexpr Rule kOutputTwice{
    .id = "ME-GRAPH-026",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A graph has two outputs of the same name.",
    .why = "Callers that fetch outputs by name get only one of them.",
    .fix = "remove one of the outputs; export the model again",
    .example = "output \"y\" twice",
};
constexpr Rule kNoOutputs{
    .id = "ME-GRAPH-027",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The graph has no outputs.",
    .why = "A model that returns nothing is of no use; outputs were lost.",
    .fix = "export the model again",
    .example = "graph { node { … } } without output",
};
constexpr Rule kNoNodes{
    .id = "ME-GRAPH-028",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The graph has no nodes.",
    .why = "Such a model computes nothing.",
    .fix = "export the model again",
    .example = "graph { input { … } output { … } }",
};
constexpr Rule kInfoTwice{
    .id = "ME-GRAPH-029",
    .severity = Severity::info,
    .refused_by = {},
    .title = "A value is described twice.",
    .why = "Readers take one of the value_info entries.",
    .fix = "nothing needs to be done",
    .example = "value_info \"a\" twice",
};

constexpr Rule kNodeTwice{
    .id = "ME-GRAPH-032",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "Two nodes of a graph have the same name.",
    .why = "ONNX Runtime refuses that; names may be left out, but not repeated.",
    .fix = "modelexport check --fix gives the later node another name",
    .example = "two nodes called /encoder/Add",
    .fixable = true,
};

constexpr const Rule* kRules[] = {&kNodeTwice,   &kSplit,     &kNoName,  &kValueNoName,
                                  &kNoType,      &kBadType,   &kNoShape, &kNegativeDim,
                                  &kOutputTwice, &kNoOutputs, &kNoNodes, &kInfoTwice};

/// The name field of a node, the last one that counts.
std::optional<onnx::MessageRef> name_field(const onnx::ModelView& model, const onnx::MessageRef& node) {
  wire::Scanner scanner(model.window(), node.content());
  wire::Field field;
  std::optional<onnx::MessageRef> found;
  while (scanner.next(field))
    if (field.number == 3 && field.is_length()) found = onnx::MessageReader::ref(field, node.depth);
  return found;
}

/// ONNX Runtime makes initializers of constants: their names are nobody's.
bool is_constant(const GraphContext& graph, std::size_t index) {
  const auto node = graph.model.model.node(graph.graph.nodes[index]);
  return node && node->op_type == "Constant" && is_default_domain(node->domain);
}

void check_node_names(GraphContext& graph) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < graph.graph.nodes.size(); ++i) {
    const onnx::MessageRef& message = graph.graph.nodes[i];
    const auto field = name_field(graph.model.model, message);
    if (!field || field->size == 0 || field->size > 65536) continue;
    const auto name = graph.model.model.content(*field);
    if (!name) continue;
    const auto [first, is_new] = seen.emplace(*name, i);
    if (is_new || is_constant(graph, i)) continue;
    if (is_constant(graph, first->second)) {
      first->second = i;
      continue;
    }
    const Place place{&graph.place, "node", i};
    Finding& finding =
        graph.model.report(kNodeTwice, "two nodes are called " + in_quotes(*name), place, message.offset);
    finding.node = *name;
    const std::string other = *name + "_" + std::to_string(i);
    if (seen.count(other) != 0) continue;
    finding.fixes.push_back({field->field(), [message, field = *field, before = *name, other,
                                              path = place.text()](onnx::EditBuilder& edit) {
                               edit.replace(message, field, 3, other, {path + ".name", before, other});
                             }});
  }
}

void check_model(ModelContext& model) {
  const auto& pieces = model.model.header().graph_fields;
  if (pieces.size() < 2) return;
  const Place place{nullptr, "graph"};
  model
      .report(kSplit, "the graph comes in " + std::to_string(pieces.size()) + " pieces", place,
              pieces[1].offset)
      .fixes.push_back({{pieces.front().offset, model.model.root().size - pieces.front().offset},
                        [](onnx::EditBuilder& edit) { edit.merge_graphs(); }});
}

/// The place of a name that is there but empty is not kept; the edit then replaces nothing.
void check_name(GraphContext& graph) {
  if (!graph.graph.name.empty() || graph.kind == GraphKind::function || graph.kind == GraphKind::training)
    return;
  const onnx::MessageRef message = graph.message();
  Finding& finding = graph.model.report(kNoName, "the graph has no name", graph.place, message.offset);
  // Last wins where an empty one is there already.
  finding.fixes.push_back({{}, [message, path = graph.place.text()](onnx::EditBuilder& edit) {
                             edit.insert(message, 2, "main_graph", {path + ".name", {}, "main_graph"});
                           }});
}

void check_value_names(GraphContext& graph, const std::vector<onnx::MessageRef>& messages, const Rule& rule,
                       std::string_view field) {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto value = graph.model.model.value(messages[i]);
    if (!value || value->name.empty() || seen.insert(value->name).second) continue;
    graph.model.report(rule, in_quotes(value->name) + " is there twice", Place{&graph.place, field, i},
                       messages[i].offset);
  }
}

void check_graph(GraphContext& graph) {
  if (graph.kind == GraphKind::function) return;
  check_name(graph);
  check_node_names(graph);
  check_value_names(graph, graph.graph.outputs, kOutputTwice, "output");
  check_value_names(graph, graph.graph.value_infos, kInfoTwice, "value_info");
  if (graph.kind != GraphKind::main) return;
  if (graph.graph.outputs.empty())
    graph.model.report(kNoOutputs, "the graph has no outputs", graph.place, graph.message().offset);
  if (graph.graph.nodes.empty())
    graph.model.report(kNoNodes, "the graph has no nodes", graph.place, graph.message().offset);
}

void check_tensor_type(ValueContext& context, const std::string& name) {
  const onnx::ValueView& value = context.value;
  ModelContext& model = context.graph.model;
  const std::uint64_t offset = value.message.offset;
  if (onnx::data_type_name(value.elem_type).empty())
    model.report(kBadType,
                 name + " has element type " + std::to_string(value.elem_type) + ", which does not exist",
                 context.place, offset);
  if (context.role == ValueRole::value_info) return;
  if (!value.has_shape && context.graph.kind == GraphKind::main)
    model.report(kNoShape, name + " has no shape", context.place, offset);
  for (const onnx::Dim& dim : value.shape) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    if (size == nullptr || *size >= 0) continue;
    model.report(kNegativeDim, name + " has the dimension " + std::to_string(*size), context.place, offset);
    return;
  }
}

void check_value(ValueContext& context) {
  const onnx::ValueView& value = context.value;
  ModelContext& model = context.graph.model;
  const std::string name = value.name.empty() ? "a value without name" : in_quotes(value.name);
  if (value.name.empty() && context.role != ValueRole::value_info)
    model.report(kValueNoName, "an input or output has no name", context.place, value.message.offset);
  if (value.kind == onnx::ValueKind::tensor || value.kind == onnx::ValueKind::sparse_tensor)
    return check_tensor_type(context, name);
  if (value.kind != onnx::ValueKind::none || context.role == ValueRole::value_info) return;
  if (context.graph.kind != GraphKind::main) return;
  model.report(kNoType, name + " has no type", context.place, value.message.offset).refused_by =
      context.role == ValueRole::input ? kBoth : Readers(Reader::onnx);
}

}  // namespace

const Group kGraphGroup{.rules = kRules, .model = check_model, .graph = check_graph, .value = check_value};

}  // namespace modelexport::check
