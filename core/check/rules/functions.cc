// Model-local functions: unique, without recursion, and not exploding when they are expanded.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "check/rules/groups.h"
#include "wire/scanner.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;
/// Calls included. ONNX Runtime 1.30 needs 4.4 s for 49,000 of this kind and more than a minute for 390,000.
constexpr std::uint64_t kMostExpanded = 150'000;

constexpr std::uint32_t kMostDepth = 100;

constexpr Rule kNoName{
    .id = "ME-GRAPH-040",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A function has no name or domain.",
    .why = "Nodes call functions by domain and name.",
    .fix = "export the model again",
    .example = "functions { node { … } }",
};
constexpr Rule kTwice{
    .id = "ME-GRAPH-041",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "Two functions have the same domain, name and overload.",
    .why = "Calls are ambiguous. Older runtimes took the last one silently.",
    .fix = "remove one of them; export the model again",
    .example = "function f::F twice",
};
constexpr Rule kRecursive{
    .id = "ME-GRAPH-042",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A function calls itself.",
    .why = "Functions are expanded where they are called, so recursion never ends: old runtimes crash on it.",
    .fix = "export the model again; loops are Loop and Scan operators",
    .example = "function F: y = F(x)",
    .unsafe = true,
};
constexpr Rule kBomb{
    .id = "ME-SEC-001",
    .severity = Severity::error,
    .refused_by = Reader::ort,
    .title = "The functions of the model expand to an enormous graph.",
    .why =
        "A few functions that call each other twice double the graph with each level. Loading such a file "
        "takes "
        "all memory or does not end in useful time.",
    .fix = "do not open files of unknown origin like this one; if it is yours, export it without functions",
    .example = "thirty functions, each calling the next one twice",
    .unsafe = true,
};
constexpr Rule kParameters{
    .id = "ME-GRAPH-043",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A function has an input or attribute twice.",
    .why = "Arguments are bound by position and name.",
    .fix = "export the model again",
    .example = "function inputs x, x",
};

constexpr Rule kDeep{
    .id = "ME-GRAPH-045",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "Functions call each other too deeply.",
    .why = "ONNX Runtime puts bodies in the place of calls, up to a depth of 100.",
    .fix = "export the model without functions, or with fewer levels of them",
    .example = "a chain of 101 functions, each calling the next",
};

constexpr const Rule* kRules[] = {&kNoName, &kTwice, &kRecursive, &kBomb, &kParameters, &kDeep};

struct Body {
  std::uint64_t nodes = 0;
  std::vector<std::uint32_t> calls;  ///< functions, once per call
};

class Calls {
 public:
  explicit Calls(ModelContext& model) : model_(model) {}

  void run() {
    const auto& functions = model_.model.header().functions;
    if (functions.empty()) return;
    bodies_.resize(functions.size());
    for (std::size_t i = 0; i < functions.size(); ++i) {
      const auto function = model_.model.function(functions[i]);
      if (!function) continue;
      check_interface(*function, i);
      scan(function->nodes, bodies_[i], model_.model.limits().depth);
    }
    check_recursion();
    Body main;
    scan(model_.model.graph().nodes, main, model_.model.limits().depth);
    check_size(main);
  }

 private:
  static constexpr std::uint32_t kDomainField = 10;
  /// An empty text that is written down is one, for onnx.checker.
  [[nodiscard]] bool has_field(const onnx::MessageRef& message, std::uint32_t number) const {
    wire::Scanner scanner(model_.model.window(), message.content());
    for (wire::Field field; scanner.next(field);)
      if (field.number == number) return true;
    return false;
  }

  void check_interface(const onnx::FunctionView& function, std::size_t index) {
    const Place place{nullptr, "functions", index};
    const std::uint64_t offset = function.message.offset;
    if (function.name.empty() || (function.domain.empty() && model_.ir >= 8))
      model_
          .report(kNoName,
                  "function " + in_quotes(function.name) + " has no " +
                      (function.name.empty() ? "name" : "domain"),
                  place, offset)
          .refused_by = function.name.empty() || !has_field(function.message, kDomainField)
                            ? Readers(Reader::onnx)
                            : Readers();
    const auto found = model_.functions.find(function_key(function.domain, function.name, function.overload));
    if (found != model_.functions.end() && found->second != index)
      model_.report(kTwice,
                    "function " + in_quotes(function.domain + "::" + function.name) + " is there twice",
                    place, offset);
    for (const auto* list : {&function.inputs, &function.attributes}) {
      const std::unordered_set<std::string> unique(list->begin(), list->end());
      if (unique.size() != list->size())
        model_.report(kParameters, "function " + in_quotes(function.name) + " has a parameter twice", place,
                      offset);
    }
  }

  void scan(const std::vector<onnx::MessageRef>& nodes, Body& body, unsigned depth) {
    for (const onnx::MessageRef& message : nodes) {
      const auto node = model_.model.node(message);
      if (!node) continue;
      ++body.nodes;
      const auto called = model_.functions.find(function_key(node->domain, node->op_type, node->overload));
      if (called != model_.functions.end()) body.calls.push_back(called->second);
      if (depth == 0) continue;
      for (const onnx::AttributeView& attribute : node->attributes) {
        for (const onnx::MessageRef& graph : attribute.graphs) {
          const auto inner = model_.model.subgraph(graph);
          if (inner) scan(inner->nodes, body, depth - 1);
        }
      }
    }
  }

  /// Functions in an order in which callees come first; what is on a circle stays out.
  void check_recursion() {
    std::vector<std::uint32_t> waiting(bodies_.size(), 0);
    std::vector<std::vector<std::uint32_t>> callers(bodies_.size());
    for (std::uint32_t i = 0; i < bodies_.size(); ++i) {
      for (const std::uint32_t callee : bodies_[i].calls) {
        callers[callee].push_back(i);
        ++waiting[i];
      }
    }
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < bodies_.size(); ++i)
      if (waiting[i] == 0) ready.push_back(i);
    while (!ready.empty()) {
      order_.push_back(ready.back());
      ready.pop_back();
      for (const std::uint32_t caller : callers[order_.back()])
        if (--waiting[caller] == 0) ready.push_back(caller);
    }
    if (order_.size() == bodies_.size()) return;
    // Following calls among those that wait ends in a circle.
    std::uint32_t at = 0;
    while (waiting[at] == 0) ++at;
    std::vector<char> seen(bodies_.size(), 0);
    while (!seen[at]) {
      seen[at] = 1;
      for (const std::uint32_t callee : bodies_[at].calls) {
        if (waiting[callee] == 0) continue;
        at = callee;
        break;
      }
    }
    const Place place{nullptr, "functions", at};
    model_.report(kRecursive, "a function calls itself, directly or through others", place,
                  model_.model.header().functions[at].offset);
  }

  void check_size(const Body& main) {
    if (order_.size() != bodies_.size()) return;
    std::vector<std::uint64_t> expanded(bodies_.size(), 0);
    const auto size_of = [&](const Body& body) {
      std::uint64_t size = body.nodes;
      for (const std::uint32_t callee : body.calls) {
        if (expanded[callee] > ~size) return ~std::uint64_t{0};
        size += expanded[callee];
      }
      return size;
    };
    std::vector<std::uint32_t> depth(bodies_.size(), 1);
    for (const std::uint32_t function : order_) {
      expanded[function] = size_of(bodies_[function]);
      for (const std::uint32_t callee : bodies_[function].calls)
        depth[function] = std::max(depth[function], depth[callee] + 1);
      if (depth[function] == kMostDepth + 1)
        model_.report(kDeep, "calls are nested more than " + std::to_string(kMostDepth) + " deep",
                      Place{nullptr, "functions", function},
                      model_.model.header().functions[function].offset);
    }
    const std::uint64_t total = size_of(main);
    if (total <= kMostExpanded || total / 64 < main.nodes) return;
    model_.report(kBomb,
                  "the graph expands to " +
                      (total == ~std::uint64_t{0} ? "more than 2^64" : std::to_string(total)) + " nodes",
                  Place{nullptr, "functions"}, model_.model.header().functions.front().offset);
  }

  ModelContext& model_;
  std::vector<Body> bodies_;
  std::vector<std::uint32_t> order_;
};

void check_model(ModelContext& model) { Calls(model).run(); }

}  // namespace

const Group kFunctionsGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
