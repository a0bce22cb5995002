// Small aten graphs for tests of inference and lowering, written as calls:
//
//     AtenGraph g;
//     const auto x = g.input("x", DType::float32, {Expr::symbol("batch"), 4});
//     const auto n = g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}});
//     ASSERT_TRUE(g.infer());
//     EXPECT_EQ(g.type(n).integer()->to_string(), "batch");
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aten/infer.h"

namespace modelexport::test {

struct AtenGraph {
  aten::Graph graph;
  aten::Types types;
  Diagnostics problems;

  AtenGraph() {
    graph.modules.push_back({"", "Root"});
    graph.calls.emplace_back();
  }

  aten::ValueId input(std::string name, DType dtype, aten::Shape shape) {
    const aten::ValueId id = graph.add_value(name);
    aten::Input input;
    input.path = {std::move(name)};
    input.value = id;
    input.dtype = dtype;
    graph.inputs.push_back(std::move(input));
    types.of.resize(graph.values.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      if (auto symbol = shape[axis].as_symbol())
        types.origins.try_emplace(*symbol, aten::SymbolOrigin{id, static_cast<std::int32_t>(axis)});
    types.of[id] = aten::Type::tensor(dtype, std::move(shape));
    return id;
  }

  static aten::Arg ref(aten::ValueId id) { return {aten::Ref{id}}; }
  static aten::Arg number(std::int64_t value) { return {value}; }
  static aten::Arg real(double value) { return {value}; }
  static aten::Arg flag(bool value) { return {value}; }
  static aten::Arg dtype(DType value) { return {value}; }
  static aten::Arg list(std::vector<aten::Arg> items) { return {aten::ArgList(std::move(items))}; }

  std::vector<aten::ValueId> ops(std::string target, std::string overload, std::vector<aten::NamedArg> args,
                                 std::size_t outputs) {
    aten::Op op;
    op.target = std::move(target);
    op.overload = std::move(overload);
    op.args = std::move(args);
    for (std::size_t i = 0; i < outputs; ++i)
      op.outputs.push_back(graph.add_value("v" + std::to_string(graph.values.size())));
    graph.ops.push_back(op);
    return op.outputs;
  }
  aten::ValueId op(std::string target, std::string overload, std::vector<aten::NamedArg> args) {
    return ops(std::move(target), std::move(overload), std::move(args), 1).front();
  }
  void output(aten::ValueId id) { graph.outputs.push_back({{}, id}); }

  /// Infers everything; what went wrong is in `problems`.
  bool infer() { return static_cast<bool>(aten::infer(graph, types, problems)); }
  [[nodiscard]] const aten::Type& type(aten::ValueId id) const { return types.of[id]; }
  [[nodiscard]] std::string text(aten::ValueId id) const { return types.of[id].to_string(); }
};

}  // namespace modelexport::test
