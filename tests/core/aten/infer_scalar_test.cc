#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::aten {
namespace {

using test::AtenGraph;

const Expr kBatch = Expr::symbol("batch");
const Expr kSequence = Expr::symbol("sequence");

TEST(InferScalar, SizesStayExpressionsThroughTracedArithmetic) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, kSequence, 8});
  const auto size = g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(-2)}});
  const auto tensor = g.op("prim::NumToTensor", "Scalar", {{"a", g.ref(size)}});
  const auto half = g.op("aten::floor_divide", "", {{"self", g.ref(tensor)}, {"other", g.number(2)}});
  const auto back = g.op("aten::Int", "Tensor", {{"a", g.ref(half)}});
  const auto sum = g.op("aten::add", "int", {{"a", g.ref(back)}, {"b", g.number(1)}});
  ASSERT_TRUE(g.infer());
  EXPECT_TRUE(g.type(tensor).wrapped);
  EXPECT_EQ(g.type(sum).kind, Type::Kind::number);
  EXPECT_EQ(g.type(sum).integer()->to_string(), (floor_div(kSequence, 2) + 1).to_string());
}

TEST(InferScalar, SizeWithoutDimensionIsAListThatUnpacks) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4});
  const auto sizes = g.op("aten::size", "", {{"self", g.ref(x)}});
  const auto parts = g.ops("prim::ListUnpack", "", {{"list", g.ref(sizes)}}, 2);
  const auto last = g.op("aten::__getitem__", "t", {{"list", g.ref(sizes)}, {"idx", g.number(-1)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.type(parts[0]).integer(), kBatch);
  EXPECT_TRUE(g.type(last).integer()->is(4));
}

TEST(InferScalar, PythonArithmeticOfSizes) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4});
  const auto size = g.op("aten::sym_size", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}});
  const auto product = g.op("operator::mul", "", {{"a", g.number(4)}, {"b", g.ref(size)}});
  const auto quotient = g.op("operator::truediv", "", {{"a", g.ref(size)}, {"b", g.number(2)}});
  const auto same = g.op("operator::eq", "", {{"a", g.ref(size)}, {"b", g.ref(size)}});
  const auto positive = g.op("operator::ge", "", {{"a", g.ref(product)}, {"b", g.number(0)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.type(product).integer(), kBatch * 4);
  EXPECT_EQ(g.type(quotient).dtype, DType::float64);
  EXPECT_FALSE(g.type(quotient).content);
  EXPECT_TRUE(g.type(same).integer()->is(1));
  EXPECT_TRUE(g.type(positive).integer()->is(1));
}

TEST(InferScalar, NumbersOfTheDataAreSymbolsReadFromTheTensor) {
  AtenGraph g;
  const auto x = g.input("x", DType::int64, {1});
  const auto n = g.op("aten::item", "", {{"self", g.ref(x)}});
  const auto negative = g.op("operator::lt", "", {{"a", g.ref(n)}, {"b", g.number(0)}});
  ASSERT_TRUE(g.infer());
  const auto symbol = g.type(n).integer()->as_symbol();
  ASSERT_TRUE(symbol);
  EXPECT_EQ(g.types.origins.at(*symbol).value, x);
  EXPECT_FALSE(g.type(negative).content) << "data may be negative, unlike a size";
}

TEST(InferScalar, AListOfAnotherLengthIsAnError) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4});
  const auto sizes = g.op("aten::size", "", {{"self", g.ref(x)}});
  g.ops("prim::ListUnpack", "", {{"list", g.ref(sizes)}}, 3);
  EXPECT_FALSE(g.infer());
}

}  // namespace
}  // namespace modelexport::aten
