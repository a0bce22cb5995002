// What rules see: the model, and the graph, node, value or tensor at hand.
//
// Purpose   The walker visits everything once and calls each group's functions; rules only look and report.
// Lifetime  All of these live on the walker's stack and are valid during the call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "check/findings.h"
#include "check/place.h"
#include "modelexport/model_view.h"
#include "onnx/runtime.h"

namespace modelexport::check {

/// Operator sets that nodes at one place use. Readers agree on the last entry of a domain.
struct Opsets {
  std::vector<std::pair<std::string, std::int64_t>> imports;
  /// "" and "ai.onnx" are one domain.
  [[nodiscard]] const std::int64_t* find(std::string_view domain) const;
};

inline bool is_default_domain(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

struct ModelContext {
  const onnx::ModelView& model;
  const Options& options;
  Findings& findings;
  const onnx::RuntimeRelease& release;
  std::int64_t ir = 0;
  Opsets opsets;
  /// Indices of model-local functions by function_key().
  std::unordered_map<std::string, std::uint32_t> functions;
  /// What lies beside the model in the place of a missing data file, by location; empty: nothing does.
  std::unordered_map<std::string, std::string> renamed = {};

  Finding& report(const Rule& rule, std::string message, const Place& place, std::uint64_t offset) {
    return findings.add(rule, std::move(message), &place, offset);
  }
  Finding& report(const Rule& rule, std::string message) { return findings.add(rule, std::move(message)); }
};

std::string function_key(std::string_view domain, std::string_view name, std::string_view overload);

/// `call`: a function's body with what one call gives it.
enum class GraphKind : std::uint8_t { main, subgraph, function, training, call };

struct GraphContext {
  ModelContext& model;
  GraphKind kind;
  const onnx::GraphView& graph;
  const Place& place;
  const Opsets& opsets;
  const onnx::FunctionView* function = nullptr;  ///< for GraphKind::function; `graph` then has only nodes
  [[nodiscard]] const onnx::MessageRef& message() const { return graph.messages.front(); }
};

struct NodeContext {
  GraphContext& graph;
  const onnx::NodeView& node;
  const Place& place;

  [[nodiscard]] ModelContext& model() const { return graph.model; }
  /// A finding at the node (or at `offset` in it), with the node's name and module.
  Finding& report(const Rule& rule, std::string message, const Place& at, std::uint64_t offset) const;
  Finding& report(const Rule& rule, std::string message) const {
    return report(rule, std::move(message), place, node.message.offset);
  }
};
/// A Constant outside of functions: ONNX Runtime makes an initializer of its first attribute before it looks
/// at schemas, names and what else the node has.
bool becomes_initializer(const NodeContext& context);
/// "node 'x' (MatMul)" for messages.
std::string node_text(const onnx::NodeView& node);

struct AttributeContext {
  NodeContext& node;
  const onnx::AttributeView& attribute;
  const Place& place;
  Finding& report(const Rule& rule, std::string message) const {
    return node.report(rule, std::move(message), place, attribute.message.offset);
  }
};

enum class ValueRole : std::uint8_t { input, output, value_info };

struct ValueContext {
  GraphContext& graph;
  const onnx::ValueView& value;
  ValueRole role;
  const Place& place;
};

enum class TensorRole : std::uint8_t { initializer, sparse_part, attribute };

struct TensorContext {
  ModelContext& model;
  const onnx::TensorView& tensor;
  TensorRole role;
  bool used;  ///< false: an initializer that no node reads; ONNX Runtime drops it unseen
  const Place& place;
  const NodeContext* node = nullptr;  ///< for attributes

  Finding& report(const Rule& rule, std::string message) const;
  /// One finding for all that share the cause.
  Finding& report_group(const std::string& group, const Rule& rule, std::string message) const;
  /// Of `all`, those who look at this tensor: ONNX Runtime skips unused initializers.
  [[nodiscard]] Readers readers(Readers all) const;
};

/// A group of rules: what it calls where. A file of core/check/rules defines one.
struct Group {
  std::span<const Rule* const> rules;
  void (*model)(ModelContext&) = nullptr;
  void (*graph)(GraphContext&) = nullptr;
  void (*node)(NodeContext&) = nullptr;
  void (*attribute)(AttributeContext&) = nullptr;
  void (*value)(ValueContext&) = nullptr;
  void (*tensor)(TensorContext&) = nullptr;
  void (*end)(ModelContext&) = nullptr;  ///< after everything was visited
};

std::span<const Group* const> all_groups();

}  // namespace modelexport::check
