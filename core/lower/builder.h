// The ONNX graph under construction: nodes in order, initializers on demand, no duplicates, no dead ends.
//
// Purpose   Lowering rules (lower/<family>.cc) emit nodes here and get back value names. The builder
//           - merges equal nodes (a node that serves several module calls moves to their common ancestor),
//           - merges equal constants and turns weights into initializers when first used,
//           - turns symbolic sizes into as few Shape/arithmetic nodes as possible,
//           - at the end drops what no output needs and gives nodes and values readable names.
// Names     While building, values have internal names ("%12"); finish() replaces them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aten/infer.h"
#include "modelexport/onnx_model.h"

namespace modelexport::lower {

using aten::Shape;
using aten::ValueId;
using Attributes = std::vector<onnx::Attribute>;

/// Where the graph's tensors are read from.
struct TensorSources {
  const ByteSource* archive = nullptr;
  const ByteSource* side = nullptr;
};

/// A shape in the form that ONNX files have: sizes and expressions of symbols.
std::vector<onnx::Dim> dims_of(const Shape& shape);

class Builder {
 public:
  Builder(const aten::Graph& graph, aten::Types& types, TensorSources sources, std::int64_t opset);

  [[nodiscard]] std::int64_t opset() const { return opset_; }
  /// Nodes emitted from now on belong to this module call.
  void set_call(std::uint32_t call) { call_ = call; }

  /// Adds a node and returns its output names; an equal node of this or an enclosing scope is used again.
  std::vector<std::string> add(std::string op_type, std::vector<std::string> inputs, Attributes attributes,
                               std::size_t outputs, std::string domain = {});
  std::string add1(std::string op_type, std::vector<std::string> inputs, Attributes attributes = {}) {
    return add(std::move(op_type), std::move(inputs), std::move(attributes), 1).front();
  }

  /// The node that made a value, if it is in an open scope; valid until the next add().
  [[nodiscard]] const onnx::Node* producer(const std::string& value) const;
  /// Elements of a 1-D int64 constant made by ints(), or nullopt.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> constant_ints(const std::string& name) const;
  /// Remembers that `value` is `source` of shape `from` in another shape, so that a chain of reshapes is one
  /// node.
  void note_reshape(const std::string& value, std::string source, Shape from);
  [[nodiscard]] const std::pair<std::string, Shape>* reshape_source(const std::string& value) const;

  /// An Identity of its own, never merged: for a graph output that is no node's own result.
  std::string copy(const std::string& value);

  /// An initializer with these raw little-endian elements; equal ones are shared.
  std::string constant(DType dtype, std::vector<std::int64_t> dims, Bytes data);
  std::string ints(const std::vector<std::int64_t>& values);  ///< 1-D int64
  std::string scalar(DType dtype, double value);              ///< rank 0
  std::string scalar_int(std::int64_t value, DType dtype = DType::int64);

  std::string numbers(DType dtype, std::vector<std::int64_t> dims, const std::vector<double>& values);
  std::string filled(DType dtype, const std::vector<std::int64_t>& dims,
                     double value);  ///< every element equal

  /// Symbolic sizes as tensors.
  std::string sizes(const Shape& sizes);      ///< 1-D int64, constant if all are
  std::string size1(const Expr& size);        ///< 1-D with one element
  std::string size_scalar(const Expr& size);  ///< rank 0
  /// A size that was asked for before there was a value to read it from; asking forgets it.
  std::optional<std::string> take_unreadable() { return std::exchange(unreadable_, std::nullopt); }

  /// Graph::tensors entry as an initializer under its state_dict name.
  std::string weight(std::uint32_t tensor);
  /// The same with its two last... dimensions permuted; a 2-D transpose is stored as "<name>_t".
  std::string weight_transposed(std::uint32_t tensor);
  /// From now on row-major weights are transposed by a node, so that initializers can refer to the stored
  /// bytes.
  void keep_stored_weights(bool keep) { keep_stored_ = keep; }

  // ---- values of the aten graph
  void bind(ValueId id, std::string name);
  void bind_list(ValueId id, std::vector<std::string> names);
  /// The ONNX name of a value: bound, a weight, or made from its known content. "" if it has none.
  std::string name_of(ValueId id);
  const std::vector<std::string>* list_of(ValueId id) const;
  /// Known elements as a tensor of the given dtype and shape.
  std::string content(const aten::Type& type, DType dtype);

  // ---- subgraphs of If and Loop
  /// A new internal value name, for a subgraph's input.
  std::string new_value() { return fresh(); }
  void open_scope();
  /// Ends the innermost scope and returns it as an ONNX graph with the given outputs.
  onnx::Graph close_scope(std::vector<onnx::ValueInfo> inputs, std::vector<onnx::ValueInfo> outputs,
                          const std::vector<std::string>& output_names);

  struct BuiltNode {
    onnx::Node node;
    std::uint32_t call = 0;
  };
  struct Finished {
    std::vector<BuiltNode> nodes;  ///< live ones, in order, with internal value names
    std::vector<onnx::Initializer> initializers;
    std::vector<onnx::ValueInfo> types;  ///< of node results that are values of the aten graph
    std::set<std::string> parameters;    ///< names of initializers that are state_dict tensors
  };
  /// Live nodes and the initializers they use, for the given output values.
  Finished finish(const std::vector<std::string>& outputs);

  const aten::Graph& graph() const { return graph_; }
  aten::Types& types() { return types_; }

 private:
  struct Scope {
    std::vector<BuiltNode> nodes;
    std::map<std::string, std::size_t> index;  ///< node key -> position in nodes
  };
  std::string fresh() { return "%" + std::to_string(next_++); }
  std::string node_key(const onnx::Node& node) const;
  [[nodiscard]] std::vector<onnx::ValueInfo> result_types(const std::vector<BuiltNode>& nodes) const;
  std::string atom(const Expr::Atom& atom);
  std::string term(const Expr::Term& term);
  onnx::Initializer stored(std::uint32_t tensor, bool transposed) const;
  std::string symbol(const std::string& name);

  const aten::Graph& graph_;
  aten::Types& types_;
  TensorSources sources_;
  std::int64_t opset_;
  std::uint32_t call_ = 0;
  bool keep_stored_ = false;
  std::optional<std::string> unreadable_;
  std::uint64_t next_ = 0;
  std::vector<Scope> scopes_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> producers_;  ///< value -> scope, node
  std::map<std::string, std::pair<std::string, Shape>> reshapes_;
  std::map<std::string, onnx::Initializer> initializers_;
  std::set<std::string> parameters_;
  std::map<std::string, std::uint32_t> transposed_;  ///< "<name>_t" -> tensor
  std::map<std::string, std::string> constants_;     ///< content key -> initializer name
  std::vector<std::string> names_;                   ///< by ValueId
  std::map<ValueId, std::vector<std::string>> lists_;
};

}  // namespace modelexport::lower
