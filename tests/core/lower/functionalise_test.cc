#include "lower/functionalise.h"

#include <gtest/gtest.h>

#include "lower/program_state.h"
#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

using aten::Graph;
using aten::Op;
using aten::ValueId;
using test::AtenGraph;

std::string targets(const std::vector<Op>& ops) {
  std::string out;
  for (const Op& op : ops) out += (out.empty() ? "" : " ") + op.target.substr(op.target.find("::") + 2);
  return out;
}

const Op* maker(const Graph& graph, ValueId id) {
  for (const Op& op : graph.ops)
    for (ValueId output : op.outputs)
      if (output == id) return &op;
  return nullptr;
}

ValueId argument(const Op& op, std::string_view name) { return op.find(name)->get<aten::Ref>()->value; }

struct Functionalise : testing::Test {
  AtenGraph g;
  ValueId x = g.input("x", DType::float32, {Expr::symbol("batch"), 4});

  ValueId clone() { return g.op("aten::clone", "", {{"self", g.ref(x)}}); }
};

TEST_F(Functionalise, LaterUsesSeeTheChange) {
  const auto y = clone();
  g.op("aten::relu_", "", {{"self", g.ref(y)}});
  const auto z = g.op("aten::neg", "", {{"self", g.ref(y)}});
  g.output(z);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone relu neg");
  EXPECT_EQ(maker(g.graph, argument(*maker(g.graph, z), "self"))->target, "aten::relu");
}

TEST_F(Functionalise, ChangeKeepsTheDtype) {
  const auto y = clone();
  g.op("aten::add_", "Tensor", {{"self", g.ref(y)}, {"other", g.ref(x)}});
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone add type_as");
}

TEST_F(Functionalise, ChangeOfASliceIsWrittenBack) {
  const auto y = clone();
  const auto part =
      g.op("aten::slice", "Tensor",
           {{"self", g.ref(y)}, {"dim", g.number(1)}, {"start", g.number(0)}, {"end", g.number(2)}});
  g.op("aten::relu_", "", {{"self", g.ref(part)}});
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone slice relu slice_scatter");
  const Op& scatter = g.graph.ops.back();
  EXPECT_EQ(argument(scatter, "self"), y);
  EXPECT_EQ(*scatter.find("end")->get<std::int64_t>(), 2);
}

TEST_F(Functionalise, ViewsAreMadeAgainAfterAChangeOfTheirBase) {
  const auto y = clone();
  const auto row =
      g.op("aten::select", "int", {{"self", g.ref(y)}, {"dim", g.number(0)}, {"index", g.number(0)}});
  g.op("aten::relu_", "", {{"self", g.ref(y)}});
  g.output(row);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone relu select");
}

TEST_F(Functionalise, PermutationIsInverted) {
  const auto y = clone();
  const auto z =
      g.op("aten::permute", "", {{"self", g.ref(y)}, {"dims", g.list({g.number(1), g.number(0)})}});
  g.op("aten::relu_", "", {{"self", g.ref(z)}});
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone permute relu permute");
}

TEST_F(Functionalise, ReshapeOfATransposeIsACopy) {
  const auto y = clone();
  const auto z =
      g.op("aten::transpose", "int", {{"self", g.ref(y)}, {"dim0", g.number(0)}, {"dim1", g.number(1)}});
  const auto flat = g.op("aten::reshape", "", {{"self", g.ref(z)}, {"shape", g.list({g.number(-1)})}});
  g.op("aten::relu_", "", {{"self", g.ref(flat)}});
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone") << "nothing that y shows has changed";
}

TEST_F(Functionalise, ElementsOfAListAreViews) {
  const auto y = clone();
  const auto list = g.op("aten::unbind", "int", {{"self", g.ref(y)}, {"dim", g.number(1)}});
  const auto parts = g.ops("prim::ListUnpack", "", {{"list", g.ref(list)}}, 4);
  g.op("aten::relu_", "", {{"self", g.ref(parts[2])}});
  g.output(y);
  g.output(parts[2]);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone unbind ListUnpack relu select_scatter");
  EXPECT_EQ(*g.graph.ops.back().find("index")->get<std::int64_t>(), 2);
}

TEST_F(Functionalise, UnwritableViewsMatterOnlyIfRead) {
  const auto y = clone();
  const auto view =
      g.op("aten::unfold", "",
           {{"self", g.ref(y)}, {"dimension", g.number(1)}, {"size", g.number(2)}, {"step", g.number(2)}});
  g.op("aten::relu_", "", {{"self", g.ref(view)}});
  g.output(view);
  Graph dead = g.graph;
  EXPECT_TRUE(functionalise(dead));
  g.output(y);
  const auto status = functionalise(g.graph);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::exp_unsupported_form);
}

TEST_F(Functionalise, UnusedOperatorsAreDropped) {
  g.op("aten::rand", "", {{"size", g.list({})}});
  g.ops("aten::_assert_tensor_metadata", "", {{"a", g.ref(x)}}, 0);
  const auto y = clone();
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  EXPECT_EQ(targets(g.graph.ops), "clone");
}

TEST_F(Functionalise, ChangedBuffersAreListed) {
  const auto stored = [&](const char* name, aten::TensorKind kind) {
    const ValueId id = g.graph.add_value(name);
    g.graph.values[id].tensor = static_cast<std::uint32_t>(g.graph.tensors.size());
    aten::Tensor tensor;
    tensor.name = name;
    tensor.kind = kind;
    tensor.sizes = {2, 4};
    tensor.strides = {4, 1};
    g.graph.tensors.push_back(tensor);
    return id;
  };
  stored("weight", aten::TensorKind::parameter);
  const auto mask = stored("mask", aten::TensorKind::constant);
  const auto cache = stored("cache", aten::TensorKind::buffer);
  g.op("aten::neg_", "", {{"self", g.ref(mask)}});
  const auto row =
      g.op("aten::select", "int", {{"self", g.ref(cache)}, {"dim", g.number(0)}, {"index", g.number(1)}});
  g.op("aten::relu_", "", {{"self", g.ref(row)}});
  g.output(x);
  EXPECT_FALSE(lost_state(g.graph));
  ASSERT_TRUE(functionalise(g.graph));
  ASSERT_EQ(g.graph.updated.size(), 1U);
  EXPECT_EQ(g.graph.tensors[g.graph.updated[0]].name, "cache");
  const auto warning = lost_state(g.graph);
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->code, ErrorCode::exp_state_lost);
  EXPECT_NE(warning->message.find("the archive changes cache while it runs"), std::string::npos)
      << warning->message;
}

TEST_F(Functionalise, ABranchGivesWhatItChanges) {
  const auto y = clone();
  const auto condition = g.input("c", DType::boolean, {});
  Op branch;
  branch.target = "prim::If";
  branch.args = {{"cond", g.ref(condition)}};
  branch.blocks.resize(2);
  Op change;
  change.target = "aten::relu_";
  change.args = {{"self", g.ref(y)}};
  change.outputs = {g.graph.add_value("changed")};
  branch.blocks[0].ops = {change};
  g.graph.ops.push_back(branch);
  g.output(y);
  ASSERT_TRUE(functionalise(g.graph));
  ASSERT_EQ(targets(g.graph.ops), "clone If");
  const Op& out = g.graph.ops.back();
  ASSERT_EQ(out.outputs.size(), 1U);
  EXPECT_EQ(g.graph.outputs[0].value, out.outputs[0]);
  EXPECT_EQ(out.blocks[1].outputs[0], y);
  EXPECT_EQ(out.blocks[0].outputs[0], out.blocks[0].ops[0].outputs[0]);
}

}  // namespace
}  // namespace modelexport::lower
