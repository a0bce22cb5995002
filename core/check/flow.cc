#include "check/flow.h"

#include <algorithm>

#include "check/types.h"

namespace modelexport::check {
namespace {

constexpr std::size_t kMostPending = 100'000;
constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kTwice{
    .id = "ME-GRAPH-010",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A name is defined more than once.",
    .why =
        "Values are in single assignment form: an input, an initializer or a node's output defines a name "
        "once, and subgraphs must not define names of the graphs around them. Readers cannot tell which "
        "definition is meant.",
    .fix = "give every node output a name of its own; export the model again",
    .example = "two nodes with output \"y\"",
};
constexpr Rule kInputTwice{
    .id = "ME-GRAPH-011",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A graph has two inputs of the same name.",
    .why = "Callers feed inputs by name.",
    .fix = "rename or remove one of the inputs; export the model again",
    .example = "graph.input \"x\" twice",
};
constexpr Rule kInitializerTwice{
    .id = "ME-GRAPH-012",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "Two initializers have the same name.",
    .why = "ONNX Runtime takes one of them silently, onnx.checker refuses the file.",
    .fix = "remove the initializer that is not meant; export the model again",
    .example = "graph.initializer \"W\" twice",
};
constexpr Rule kUnnamedInitializer{
    .id = "ME-GRAPH-013",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "An initializer has no name.",
    .why = "Nothing can use it, and onnx.checker refuses the file.",
    .fix = "modelexport check --fix removes it",
    .example = "initializer { dims: 4 data_type: 1 raw_data: \"…\" }",
    .fixable = true,
};
constexpr Rule kOldInitializer{
    .id = "ME-GRAPH-014",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "An initializer is not among the graph's inputs, which IR version 3 demands.",
    .why = "Up to IR version 3 initializers are default values of inputs.",
    .fix = "write the model with IR version 4 or later",
    .example = "ir_version: 3, initializer \"W\", inputs \"x\"",
};
constexpr Rule kUnsorted{
    .id = "ME-GRAPH-015",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The nodes are not in the order in which they can run.",
    .why =
        "The specification demands topological order. ONNX Runtime sorts the nodes itself, other readers do "
        "not.",
    .fix = "save the model with a tool that sorts its nodes",
    .example = "a node that reads \"a\" before the node that makes \"a\"",
};
constexpr Rule kUndefined{
    .id = "ME-GRAPH-016",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A node reads a value that nothing defines.",
    .why = "The name is no graph input, no initializer and no node's output.",
    .fix = "the model was cut or edited wrongly: export it again",
    .example = "Add(x, nope)",
};
constexpr Rule kNoOutput{
    .id = "ME-GRAPH-017",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A graph output is not produced by anything.",
    .why = "The name is no input, no initializer and no node's output, so there is nothing to return.",
    .fix = "the model was cut or edited wrongly: export it again",
    .example = "output \"z\" of a graph whose nodes make \"y\"",
};
constexpr Rule kCycle{
    .id = "ME-GRAPH-018",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "Nodes depend on each other in a circle.",
    .why = "No order exists in which the nodes could run.",
    .fix = "the model was edited wrongly: export it again",
    .example = "a = Add(x, b), b = Relu(a)",
};

constexpr Rule kOuterOutput{
    .id = "ME-GRAPH-033",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A branch or loop body returns a value of the graph around it.",
    .why = "A body's outputs must be made in the body. What is outside may be read there, not returned.",
    .fix = "put an Identity node in between; export the model again",
    .example = "If with a then_branch without nodes whose output is the model's input",
};

constexpr const Rule* kRules[] = {&kOuterOutput,        &kTwice,          &kInputTwice, &kInitializerTwice,
                                  &kUnnamedInitializer, &kOldInitializer, &kUnsorted,   &kUndefined,
                                  &kNoOutput,           &kCycle};

/// Names that nodes read, with those that their subgraphs read.
Status collect_inputs(const onnx::ModelView& model, const onnx::NodeView& node, unsigned depth,
                      std::vector<std::string>& names) {
  names.insert(names.end(), node.inputs.begin(), node.inputs.end());
  if (depth == 0) return {};
  for (const onnx::AttributeView& attribute : node.attributes) {
    for (const onnx::MessageRef& message : attribute.graphs) {
      ME_TRY(const onnx::GraphView body, model.subgraph(message));
      for (const onnx::MessageRef& inner : body.nodes) {
        ME_TRY(const onnx::NodeView view, model.node(inner));
        ME_CHECK(collect_inputs(model, view, depth - 1, names));
      }
    }
  }
  return {};
}

/// Index of a node on a circle, or nothing. `needs[i]` are the nodes that node i waits for.
std::optional<std::uint32_t> find_cycle(const std::vector<std::vector<std::uint32_t>>& needs) {
  std::vector<std::uint32_t> waiting(needs.size(), 0);
  std::vector<std::vector<std::uint32_t>> feeds(needs.size());
  for (std::uint32_t i = 0; i < needs.size(); ++i) {
    for (const std::uint32_t source : needs[i]) {
      feeds[source].push_back(i);
      ++waiting[i];
    }
  }
  std::vector<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < needs.size(); ++i)
    if (waiting[i] == 0) ready.push_back(i);
  std::size_t done = 0;
  while (!ready.empty()) {
    const std::uint32_t node = ready.back();
    ready.pop_back();
    ++done;
    for (const std::uint32_t next : feeds[node])
      if (--waiting[next] == 0) ready.push_back(next);
  }
  if (done == needs.size()) return std::nullopt;
  const auto stuck = std::find_if(waiting.begin(), waiting.end(), [](std::uint32_t n) { return n > 0; });
  return static_cast<std::uint32_t>(stuck - waiting.begin());
}

}  // namespace

const Group kFlowGroup{.rules = kRules};

void Flow::input(const onnx::ValueView& value, const Place& place) {
  if (value.name.empty()) return;
  if (scope_.own(value.name))
    graph_.model.report(kInputTwice, "the graph has two inputs called " + in_quotes(value.name), place,
                        value.message.offset);
  scope_.define(value.name, {.kind = Definition::Kind::input, .type = type_of(graph_.model.model, value)});
}

void Flow::initializer(const onnx::TensorView& tensor, const Place& place, bool sparse) {
  const std::uint64_t offset = tensor.message.offset;
  if (tensor.name.empty()) {
    Finding& finding = graph_.model.report(kUnnamedInitializer, "an initializer has no name", place, offset);
    if (!sparse && graph_.graph.messages.size() == 1) {
      finding.fixes.push_back({tensor.message.field(), [parent = graph_.message(), message = tensor.message,
                                                        path = place.text()](onnx::EditBuilder& edit) {
                                 edit.remove(parent, message, {path, "an initializer without name", {}});
                               }});
    }
    return;
  }
  Definition* known = scope_.own(tensor.name);
  if (known && (known->kind == Definition::Kind::initializer || known->has_initializer)) {
    graph_.model.report(kInitializerTwice, "two initializers are called " + in_quotes(tensor.name), place,
                        offset);
    return;
  }
  if (known) {
    known->has_initializer = true;
    return;
  }
  if (graph_.model.ir <= 3 && !sparse && graph_.kind != GraphKind::function)
    graph_.model.report(kOldInitializer,
                        "initializer " + in_quotes(tensor.name) +
                            " is not a graph input, and IR "
                            "version " +
                            std::to_string(graph_.model.ir) + " demands it",
                        place, offset);
  scope_.define(tensor.name, {.kind = Definition::Kind::initializer, .type = tensor.data_type});
}

void Flow::uses(const NodeContext& node, std::uint32_t index) {
  for (const std::string& name : node.node.inputs) {
    if (name.empty()) continue;
    if (Definition* found = scope_.find(name)) {
      found->used = true;
    } else if (pending_.size() < kMostPending) {
      pending_.push_back({name, index, node.place.text(), node.node.message.offset, node.node.name});
    }
  }
}

void Flow::captured(std::vector<PendingUse> uses, std::uint32_t index) {
  for (PendingUse& use : uses) {
    if (pending_.size() >= kMostPending) return;
    use.node = index;
    pending_.push_back(std::move(use));
  }
}

void Flow::outputs(const NodeContext& node, std::uint32_t index) {
  for (const std::string& name : node.node.outputs) {
    if (name.empty()) continue;
    if (scope_.find(name)) {
      node.report(kTwice, "the output " + in_quotes(name) + " of " + node_text(node.node) +
                              " is defined a second time");
      if (!scope_.own(name)) continue;
    }
    scope_.define(name, {.kind = Definition::Kind::node, .node = index});
  }
}

void Flow::graph_output(const std::string& name, const Place& place, std::uint64_t offset, bool of_function) {
  if (name.empty()) return;
  if (Definition* found = scope_.find(name)) {
    found->used = true;
    if (graph_.kind == GraphKind::subgraph && scope_.own(name) == nullptr)
      graph_.model.report(kOuterOutput,
                          "the body returns " + in_quotes(name) + ", which the graph around it defines",
                          place, offset);
    return;
  }
  Finding& finding =
      graph_.model.report(kNoOutput, "nothing produces the graph output " + in_quotes(name), place, offset);
  if (of_function) finding.refused_by = Reader::ort;
}

Finding& Flow::report(const Rule& rule, std::string message, const PendingUse& use) {
  Finding& finding = graph_.model.findings.add(rule, std::move(message), nullptr, use.offset);
  finding.where.field = use.place;
  finding.node = use.node_name;
  return finding;
}

std::vector<PendingUse> Flow::finish() {
  std::vector<PendingUse> outer;
  for (PendingUse& use : pending_) {
    if (Definition* found = scope_.own(use.name)) {
      found->used = true;
      unsorted_ = true;
      Finding& finding =
          report(kUnsorted, in_quotes(use.name) + " is used before the node that makes it", use);
      // ONNX Runtime sorts the nodes of the main graph only.
      if (graph_.kind == GraphKind::subgraph) finding.refused_by = kBoth;
    } else if (graph_.kind == GraphKind::subgraph) {
      outer.push_back(std::move(use));
    } else {
      report(kUndefined, in_quotes(use.name) + " is no input, no initializer and no node's output", use);
    }
  }
  if (unsorted_) report_cycle();
  return outer;
}

void Flow::report_cycle() {
  const onnx::ModelView& model = graph_.model.model;
  std::vector<std::vector<std::uint32_t>> needs(graph_.graph.nodes.size());
  for (std::size_t i = 0; i < graph_.graph.nodes.size(); ++i) {
    const auto node = model.node(graph_.graph.nodes[i]);
    std::vector<std::string> names;
    if (!node || !collect_inputs(model, *node, model.limits().depth, names)) return;
    for (const std::string& name : names) {
      const Definition* found = scope_.own(name);
      if (found && found->kind == Definition::Kind::node && found->node < needs.size())
        needs[i].push_back(found->node);
    }
  }
  const auto stuck = find_cycle(needs);
  if (!stuck) return;
  const Place place{&graph_.place, "node", *stuck};
  graph_.model.report(kCycle, "nodes wait for each other in a circle", place,
                      graph_.graph.nodes[*stuck].offset);
}

}  // namespace modelexport::check
