#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::aten {
namespace {

using test::AtenGraph;

const Expr kBatch = Expr::symbol("batch");
const Expr kSequence = Expr::symbol("sequence");

std::string binary(const std::string& target, DType a, Shape a_shape, DType b, Shape b_shape) {
  AtenGraph g;
  const auto x = g.input("x", a, std::move(a_shape));
  const auto y = g.input("y", b, std::move(b_shape));
  const auto z = g.op(target, "Tensor", {{"self", g.ref(x)}, {"other", g.ref(y)}});
  return g.infer() ? g.text(z) : "error";
}

TEST(InferElementwise, PromotesAndBroadcasts) {
  EXPECT_EQ(binary("aten::add", DType::float32, {kBatch, 1, 4}, DType::float32, {kSequence, 1}),
            "float32[batch, sequence, 4]");
  EXPECT_EQ(binary("aten::mul", DType::boolean, {kBatch}, DType::int64, {kBatch}), "int64[batch]");
  EXPECT_EQ(binary("aten::mul", DType::float16, {kBatch}, DType::float32, {}), "float16[batch]");
  EXPECT_EQ(binary("aten::add", DType::int64, {kBatch}, DType::float16, {}), "float16[batch]");
  EXPECT_EQ(binary("aten::div", DType::int64, {kBatch}, DType::int32, {kBatch}), "float32[batch]");
  EXPECT_EQ(binary("aten::floor_divide", DType::int64, {kBatch}, DType::int32, {kBatch}), "int64[batch]");
  EXPECT_EQ(binary("aten::lt", DType::int64, {kBatch}, DType::float32, {kBatch}), "bool[batch]");
  EXPECT_EQ(binary("aten::bitwise_and", DType::boolean, {kBatch}, DType::boolean, {1}), "bool[batch]");
  EXPECT_EQ(binary("aten::add", DType::uint8, {kBatch}, DType::int8, {kBatch}), "int16[batch]");
  EXPECT_EQ(binary("aten::add", DType::float32, {3}, DType::float32, {4}), "error");
}

TEST(InferElementwise, PythonNumbersDoNotWiden) {
  AtenGraph g;
  const auto x = g.input("x", DType::float16, {kBatch});
  const auto i = g.input("i", DType::int64, {kBatch});
  const auto scaled = g.op("aten::mul", "Scalar", {{"self", g.ref(x)}, {"other", g.real(0.5)}});
  const auto shifted = g.op("aten::add", "Scalar", {{"self", g.ref(i)}, {"other", g.real(0.5)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.type(scaled).dtype, DType::float16);
  EXPECT_EQ(g.type(shifted).dtype, DType::float32);
}

TEST(InferElementwise, KnownElementsFollowArithmeticAndCasts) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, kSequence});
  const auto n = g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(1)}});
  const auto t = g.op("prim::NumToTensor", "Scalar", {{"a", g.ref(n)}});
  const auto cast = g.op("aten::to", "dtype", {{"self", g.ref(t)}, {"dtype", g.dtype(DType::int32)}});
  const auto sum =
      g.op("aten::add", "Tensor", {{"self", g.ref(cast)}, {"other", g.number(3)}, {"alpha", g.number(2)}});
  const auto flipped =
      g.op("aten::rsub", "Scalar", {{"self", g.ref(sum)}, {"other", g.number(0)}, {"alpha", g.number(1)}});
  const auto real = g.op("aten::div", "Tensor", {{"self", g.ref(t)}, {"other", g.number(2)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.type(sum).dtype, DType::int32);
  EXPECT_EQ(g.type(sum).integer(), kSequence + 6);
  EXPECT_EQ(g.type(flipped).integer(), -(kSequence + 6));
  EXPECT_FALSE(g.type(real).content) << "a true quotient of a size is left to the graph";
}

TEST(InferElementwise, ComparisonsOfSizesAreDecidedOnlyWhenTheyHoldForAll) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, kSequence});
  const auto n = g.op("aten::sym_size", "int", {{"self", g.ref(x)}, {"dim", g.number(1)}});
  const auto more = g.op("aten::add", "int", {{"a", g.ref(n)}, {"b", g.number(1)}});
  const auto greater = g.op("aten::gt", "int", {{"a", g.ref(more)}, {"b", g.ref(n)}});
  const auto open = g.op("aten::gt", "int", {{"a", g.ref(n)}, {"b", g.number(3)}});
  ASSERT_TRUE(g.infer());
  EXPECT_TRUE(g.type(greater).integer()->is(1));
  EXPECT_FALSE(g.type(open).content);
}

TEST(InferElementwise, ComplexNumbersKeepTheirShape) {
  AtenGraph g;
  const auto x = g.input("x", DType::float32, {kBatch, 4, 2});
  const auto pairs = g.op("aten::view_as_complex", "", {{"self", g.ref(x)}});
  const auto real = g.op("aten::view_as_real", "", {{"self", g.ref(pairs)}});
  ASSERT_TRUE(g.infer());
  EXPECT_EQ(g.text(pairs), "complex64[batch, 4]");
  EXPECT_EQ(g.text(real), "float32[batch, 4, 2]");
}

}  // namespace
}  // namespace modelexport::aten
