// Walks the un-inlined graphs of a loaded program and writes the flat aten::Graph.
//
// Purpose   Follows every method call itself, so that each operator knows the module call it ran in, true
//           container paths ("encoder.layer.0") included. Constants, tuples, lists of known length,
//           dictionaries, assertions and constant conditions are resolved on the way.
// Ownership Borrows the graph and both tables.
// Errors    Throws Failure(torchscript_unsupported) with module path and source line.
// Limits    Limits::nodes for operators; fixed limits for nested calls, unrolled trips and nodes looked at.
#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modelexport/aten.h"
#include "module_table.h"
#include "symbol.h"
#include "tensor_table.h"

namespace modelexport::torchscript {

class Walker {
 public:
  Walker(aten::Graph& graph, TensorTable& tensors, const ModuleTable& modules)
      : graph_(graph), tensors_(tensors), modules_(modules), ops_(&graph.ops) {}

  /// Runs `forward` of the root module on symbols for its arguments (without self).
  Symbol run(const torch::jit::Module& root, std::vector<Symbol> arguments);

  /// A constant, containers and tensors included, as a symbol of the root scope.
  Symbol import(const c10::IValue& value);
  /// A new graph value named after `name`.
  aten::ValueId new_value(const std::string& name);

 private:
  using Node = torch::jit::Node;
  using Handler = void (Walker::*)(Node*);

  /// One running method or function: its own bindings, the module call it belongs to.
  struct Frame {
    std::unordered_map<const torch::jit::Value*, Symbol> values;
    std::uint32_t call = 0;
    const c10::ivalue::Object* self = nullptr;
  };

  // walker.cc: frames, calls, attributes
  Symbol call_graph(torch::jit::Function& function, std::vector<Symbol> arguments, std::uint32_t call,
                    const c10::ivalue::Object* self);
  void walk(torch::jit::Block* block);
  void walk(Node* node);
  void on_constant(Node* node);
  void on_get_attr(Node* node);
  void on_set_attr(Node* node);
  void on_call_method(Node* node);
  void on_call_function(Node* node);
  std::uint32_t enter_module(const c10::ivalue::Object& object);
  static const std::unordered_map<std::string, Handler>& handlers();

  // walker_containers.cc: what exists only while walking
  void on_tuple_construct(Node* node);
  void on_list_construct(Node* node);
  void on_dict_construct(Node* node);
  void on_unpack(Node* node);
  void on_tuple_index(Node* node);
  void on_tuple_slice(Node* node);
  bool on_list_method(Node* node);  ///< false: not a container, or no such method
  bool on_dict_method(Node* node);
  void change(Container& container, Node* node);
  std::shared_ptr<Container> new_container(Container::Kind kind);

  // walker_control.cc: branches and loops
  void on_if(Node* node);
  void on_loop(Node* node);
  void unroll(Node* node, std::int64_t trips);
  std::vector<aten::Op> walk_aside(torch::jit::Block* block);
  Symbol merge(const Symbol& a, const Symbol& b, aten::Op& op, const std::string& name);
  aten::ValueId materialise(const Symbol& symbol, aten::Block& block);
  Symbol for_each_leaf(const Symbol& symbol, const std::function<Symbol(const Symbol&)>& map);

  // walker_ranks.cc: numbers of dimensions, as far as they are known without running
  void on_dim(Node* node);
  void note_rank(const aten::Op& op);
  [[nodiscard]] std::optional<std::int64_t> rank_of(aten::ValueId value) const;

  // walker_operators.cc: operators of the graph
  void on_placeholder(Node* node);
  void on_operator(Node* node);
  void on_forget(Node* node);    ///< assertions, warnings: nothing remains
  void on_pass(Node* node);      ///< first input is the output
  void on_property(Node* node);  ///< device, requires_grad: known without running
  void on_identity_test(Node* node);
  void on_raise(Node* node);
  bool fold(Node* node);
  void emit(Node* node, std::vector<aten::NamedArg> args);
  aten::Arg to_arg(const Symbol& symbol, bool is_dtype);
  std::uint32_t source_of(Node* node);

  Symbol& at(const torch::jit::Value* value);
  void bind(const torch::jit::Value* value, Symbol symbol) { frame_->values[value] = std::move(symbol); }
  [[nodiscard]] std::string scope() const { return graph_.modules[graph_.calls[frame_->call].module].path; }
  [[noreturn]] void unsupported(Node* node, const std::string& what, const std::string& hint = {});
  static std::string describe_place(Node* node);

  aten::Graph& graph_;
  TensorTable& tensors_;
  const ModuleTable& modules_;
  std::vector<aten::Op>* ops_;
  Frame* frame_ = nullptr;
  unsigned depth_ = 0;
  int block_depth_ = 0;
  std::uint64_t emitted_ = 0;
  std::uint64_t steps_ = 0;
  std::unordered_map<std::uint32_t, std::uint32_t> calls_of_module_;
  std::unordered_map<std::string, std::uint32_t> names_;
  std::unordered_map<std::string, std::uint32_t> sources_;
  std::unordered_map<aten::ValueId, std::int64_t> ranks_;  ///< of inputs and operators' results
  bool ranks_change_ = false;  ///< an operator changes the rank of a value in place: none is known any more
};

}  // namespace modelexport::torchscript
