#include "aten/decompose.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/aten_graph.h"

namespace modelexport::aten {
namespace {

using test::AtenGraph;

const Expr kBatch = Expr::symbol("batch");

std::vector<std::string> targets(const Graph& graph) {
  std::vector<std::string> out;
  for (const Op& op : graph.ops) out.push_back(op.target);
  return out;
}

bool run(AtenGraph& g) {
  decompose(g.graph, g.types, g.problems);
  g.types.of.resize(g.graph.values.size());
  return g.problems.empty() && g.infer();
}

TEST(Decompose, ResultsKeepTheirValuesAndTheCall) {
  AtenGraph g;
  g.graph.modules.push_back({"block", "Block"});
  g.graph.calls.push_back({1, 0, 1});
  const auto a = g.input("a", DType::float32, {kBatch});
  const auto b = g.input("b", DType::float32, {3});
  const auto joined = g.op("aten::hstack", "", {{"tensors", g.list({g.ref(a), g.ref(b)})}});
  g.graph.ops.back().call = 1;
  ASSERT_TRUE(run(g));
  EXPECT_EQ(g.type(joined).shape, Shape{kBatch + 3});
  EXPECT_TRUE(std::all_of(g.graph.ops.begin(), g.graph.ops.end(), [](const Op& op) { return op.call == 1; }));
}

TEST(Decompose, WhatFollowsAnUnknownOperatorIsNotJudged) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4});
  const auto unknown = g.op("custom::grouped", "", {{"self", g.ref(x)}});
  g.op("aten::chunk", "",
       {{"self", g.ref(unknown)}, {"chunks", {std::int64_t{2}}}, {"dim", {std::int64_t{-1}}}});
  g.op("aten::hstack", "", {{"tensors", g.list({g.ref(unknown), g.ref(x)})}});
  EXPECT_FALSE(run(g));
  ASSERT_EQ(g.problems.size(), 1U);
  EXPECT_NE(g.problems[0].message.find("custom::grouped"), std::string::npos);
}

TEST(Decompose, SizesAreComputedFromTheValuesThatHaveThem) {
  AtenGraph g;
  const auto a = g.input("a", DType::float32, {kBatch, 2});
  const auto b = g.input("b", DType::float32, {1, 3});
  const auto blocks = g.op("aten::block_diag", "", {{"tensors", g.list({g.ref(a), g.ref(b)})}});
  ASSERT_TRUE(run(g));
  EXPECT_EQ(g.type(blocks).shape, (Shape{kBatch + 1, 5}));

  AtenGraph other;
  const auto x = other.input("x", DType::float32, {kBatch});
  const auto diagonal = other.op("aten::diag", "", {{"self", other.ref(x)}});
  ASSERT_TRUE(run(other));
  EXPECT_EQ(other.type(diagonal).shape, (Shape{kBatch, kBatch}));
}

TEST(Decompose, CompositesOfCompositesEndInPlainOperators) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4});
  g.op("aten::trace", "", {{"self", g.ref(x)}});
  g.op("aten::inner", "", {{"self", g.ref(x)}, {"other", g.ref(x)}});
  ASSERT_TRUE(run(g));
  for (const std::string& target : targets(g.graph)) EXPECT_EQ(find_decomposition(target), nullptr) << target;
}

TEST(Decompose, FormsThatDoNotApplyKeepTheirOwnRule) {
  AtenGraph g;
  const auto x = g.input("x", DType::int64, {kBatch, 4});
  const auto largest = g.op("aten::fmax", "", {{"self", g.ref(x)}, {"other", g.ref(x)}});
  ASSERT_TRUE(run(g));
  EXPECT_EQ(targets(g.graph), std::vector<std::string>{"aten::fmax"});
  EXPECT_EQ(g.type(largest).dtype, DType::int64);
}

TEST(Decompose, WhatAFormLacksIsReportedWithItsPlace) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch});
  g.op("aten::combinations", "", {{"self", g.ref(x)}, {"r", g.number(3)}});
  EXPECT_FALSE(run(g));
  ASSERT_FALSE(g.problems.empty());
  EXPECT_NE(g.problems.front().message.find("aten::combinations"), std::string::npos);
  EXPECT_EQ(g.problems.front().where.field, "(root)");
}

TEST(Decompose, UniqueTargets) {
  std::vector<std::string_view> all;
  for (const DecompositionTable& table :
       {view_decompositions(), arithmetic_decompositions(), reduce_decompositions(), index_decompositions(),
        layer_decompositions()})
    for (std::size_t i = 0; i < table.size; ++i) all.push_back(table.rows[i].target);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

}  // namespace
}  // namespace modelexport::aten
