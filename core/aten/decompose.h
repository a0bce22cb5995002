// Operators that are written as others before the graph is lowered: hstack, embedding_bag, cumprod ...
//
// Purpose   A composite needs one small function in aten/decompose/<family>.cc instead of an inference rule
// and
//           a lowering rule. The function emits simpler ATen operators; each is inferred at once, so that the
//           next step may ask for shapes.
// Assumes   Functional operators (lower/functionalise ran before). Operators inside of If and Loop bodies are
//           not rewritten.
#pragma once

#include "aten/infer.h"

namespace modelexport::aten {

class Composer : public OpReader {
 public:
  Composer(Graph& graph, Types& types, const Op& op, std::vector<Op>& out)
      : OpReader(graph, types, op), mutable_graph_(graph), out_(out) {}

  using Args = std::vector<NamedArg>;
  /// Emits an operator with one result. References to types do not survive it: copy what you need.
  Arg call(std::string target, Args args);
  std::vector<Arg> call_n(std::string target, Args args, std::size_t outputs);
  /// The type of a value or constant.
  [[nodiscard]] Type of(const Arg& value) const { return type_of(value); }
  /// An argument as it was given, or None.
  [[nodiscard]] Arg given_arg(std::string_view name) const;
  /// All tensors of a Tensor[] argument.
  std::vector<Arg> items(std::string_view name);
  /// A size as an argument: an integer, or computed from the sizes of values.
  Arg size(const Expr& size);
  Arg sizes(const Shape& shape);

  // ---- shorthands
  Arg unary(const char* name, const Arg& x) { return call(std::string("aten::") + name, {{"self", x}}); }
  Arg binary(const char* name, const Arg& a, const Arg& b) {
    return call(std::string("aten::") + name, {{"self", a}, {"other", b}});
  }
  Arg unsqueeze(const Arg& x, std::int64_t dim) {
    return call("aten::unsqueeze", {{"self", x}, {"dim", {dim}}});
  }
  Arg reshape(const Arg& x, const Shape& shape) {
    return call("aten::reshape", {{"self", x}, {"shape", sizes(shape)}});
  }
  Arg permute(const Arg& x, const std::vector<std::int64_t>& dims) {
    return call("aten::permute", {{"self", x}, {"dims", ints(dims)}});
  }
  Arg cast(const Arg& x, DType dtype) { return call("aten::to", {{"self", x}, {"dtype", {dtype}}}); }
  Arg where(const Arg& condition, const Arg& yes, const Arg& no) {
    return call("aten::where", {{"condition", condition}, {"self", yes}, {"other", no}});
  }
  Arg sum(const Arg& x, std::int64_t dim) { return call("aten::sum", {{"self", x}, {"dim", ints({dim})}}); }
  Arg arange(const Expr& end) { return call("aten::arange", {{"end", size(end)}}); }
  Arg cat(std::vector<Arg> tensors, std::int64_t dim) {
    return call("aten::cat", {{"tensors", {std::move(tensors)}}, {"dim", {dim}}});
  }
  Arg slice(const Arg& x, std::int64_t dim, const Expr& start, const Expr& end) {
    return call("aten::slice", {{"self", x}, {"dim", {dim}}, {"start", size(start)}, {"end", size(end)}});
  }
  static Arg ints(const std::vector<std::int64_t>& values);

  // ---- results
  void result(const Arg& value, std::size_t output = 0);
  void result_list(std::vector<Arg> values);

 private:
  Arg atom(const Expr::Atom& atom);
  void emit(Op op);

  Graph& mutable_graph_;
  std::vector<Op>& out_;
};

struct Decomposition {
  std::string_view target;
  void (*compose)(Composer&);
  /// Says which forms are composed; nullptr: all. The others keep their own rules.
  bool (*applies)(OpReader&) = nullptr;
};
const Decomposition* find_decomposition(std::string_view target);

/// Rewrites the graph's composites. `types` holds the types of inputs and tensors.
void decompose(Graph& graph, Types types, Diagnostics& problems);

struct DecompositionTable {
  const Decomposition* rows;
  std::size_t size;
};
DecompositionTable view_decompositions();
DecompositionTable arithmetic_decompositions();
DecompositionTable reduce_decompositions();
DecompositionTable index_decompositions();
DecompositionTable layer_decompositions();
DecompositionTable loss_decompositions();
DecompositionTable fourier_decompositions();

}  // namespace modelexport::aten
