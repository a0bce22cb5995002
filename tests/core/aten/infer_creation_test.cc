#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::aten {
namespace {

using test::AtenGraph;

const Expr kSequence = Expr::symbol("sequence");

TEST(InferCreation, ArangeCountsSymbolically) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kSequence});
  const auto n = g.op("aten::sym_size", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}});
  const auto end = g.op("operator::add", "", {{"a", g.ref(n)}, {"b", g.number(2)}});
  const auto range = g.op("aten::arange", "start", {{"start", g.number(2)}, {"end", g.ref(end)}});
  const auto few = g.op("aten::arange", "start_step",
                        {{"start", g.number(1)}, {"end", g.number(8)}, {"step", g.number(3)}});
  const auto real = g.op("aten::arange", "", {{"end", g.real(2.5)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.text(range), "int64[sequence]");
  EXPECT_EQ(g.text(few), "int64[3]");
  EXPECT_EQ(std::get<Expr>(g.type(few).content->back()), Expr(7));
  EXPECT_EQ(g.text(real), "float32[3]");
}

TEST(InferCreation, FilledTensorsAreKnownWhenSmall) {
  AtenGraph g;
  const auto x = g.input("x", DType::int64, {kSequence, 3});
  const auto small =
      g.op("aten::full", "", {{"size", g.list({g.number(2), g.number(2)})}, {"fill_value", g.number(7)}});
  const auto like = g.op("aten::zeros_like", "", {{"self", g.ref(x)}, {"dtype", g.dtype(DType::boolean)}});
  const auto real = g.op("aten::full", "", {{"size", g.list({})}, {"fill_value", g.real(0.5)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.type(small).content->size(), 4U);
  EXPECT_EQ(g.text(like), "bool[sequence, 3]");
  EXPECT_EQ(g.text(real), "float32[]");
}

TEST(InferCreation, OneHotNeedsTheNumberOfClasses) {
  AtenGraph g;
  const auto x = g.input("x", DType::int64, {kSequence});
  g.op("aten::one_hot", "", {{"self", g.ref(x)}});
  EXPECT_FALSE(g.infer());
  ASSERT_FALSE(g.problems.empty());
  EXPECT_NE(g.problems.front().hint.find("num_classes"), std::string::npos);
}

}  // namespace
}  // namespace modelexport::aten
