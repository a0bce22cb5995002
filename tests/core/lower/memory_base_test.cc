#include "lower/memory_base.h"

#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

using aten::ValueId;
using test::AtenGraph;

struct MemoryBase : testing::Test {
  AtenGraph g;
  ValueId x = g.input("x", DType::float32, {Expr::symbol("batch"), 6, 4});
  Diagnostics problems;

  /// as_strided of `view` with one row of four elements, after the pass.
  const aten::Op& strided(ValueId view, std::vector<aten::NamedArg> more = {}) {
    std::vector<aten::NamedArg> args = {
        {"self", g.ref(view)}, {"size", g.list({g.number(4)})}, {"stride", g.list({g.number(1)})}};
    args.insert(args.end(), more.begin(), more.end());
    g.op("aten::as_strided", "", std::move(args));
    EXPECT_TRUE(g.infer());
    address_memory(g.graph, g.types, problems);
    return g.graph.ops.back();
  }
  static ValueId self(const aten::Op& op) { return op.find("self")->get<aten::Ref>()->value; }
  ValueId batch() { return g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}}); }
  ValueId transposed() {
    return g.op("aten::transpose", "int", {{"self", g.ref(x)}, {"dim0", g.number(1)}, {"dim1", g.number(2)}});
  }
  ValueId reshaped(ValueId value, std::vector<aten::Arg> sizes) {
    return g.op("aten::reshape", "", {{"self", g.ref(value)}, {"shape", g.list(std::move(sizes))}});
  }
};

TEST_F(MemoryBase, AViewShowsTheMemoryOfItsBase) {
  EXPECT_EQ(self(strided(transposed())), x);
  EXPECT_EQ(g.graph.ops.back().find("storage_offset"), nullptr);
  EXPECT_TRUE(problems.empty());
}

TEST_F(MemoryBase, ReshapeIsAViewWhereStridesAllowIt) {
  // (batch, 4, 6) with strides 24, 1, 4: the four columns stay apart, the six rows can be cut into 2 x 3.
  EXPECT_EQ(self(strided(reshaped(transposed(), {g.number(-1), g.number(4), g.number(2), g.number(3)}))), x);
}

TEST_F(MemoryBase, ReshapeThatCopiesOwnsItsMemory) {
  const ValueId copy = reshaped(transposed(), {g.number(-1), g.number(24)});
  EXPECT_EQ(self(strided(copy)), copy);
}

TEST_F(MemoryBase, OffsetsOfSlicesAndSelections) {
  const auto slice =
      g.op("aten::slice", "Tensor",
           {{"self", g.ref(x)}, {"dim", g.number(1)}, {"start", g.number(2)}, {"step", g.number(2)}});
  const auto row =
      g.op("aten::select", "int", {{"self", g.ref(slice)}, {"dim", g.number(2)}, {"index", g.number(3)}});
  const aten::Op& op = strided(row);
  EXPECT_EQ(self(op), x);
  ASSERT_NE(op.find("storage_offset"), nullptr);
  EXPECT_EQ(*op.find("storage_offset")->get<std::int64_t>(), 2 * 4 + 3);
}

TEST_F(MemoryBase, AGivenOffsetIsThatOfTheMemory) {
  const auto row =
      g.op("aten::select", "int", {{"self", g.ref(x)}, {"dim", g.number(1)}, {"index", g.number(3)}});
  const aten::Op& op = strided(row, {{"storage_offset", g.number(1)}});
  EXPECT_EQ(self(op), x);
  EXPECT_EQ(*op.find("storage_offset")->get<std::int64_t>(), 1);
}

TEST_F(MemoryBase, ElementWiseResultsOfRepeatedRowsLieInOrder) {
  const auto row =
      g.op("aten::slice", "Tensor", {{"self", g.ref(x)}, {"dim", g.number(1)}, {"end", g.number(1)}});
  const auto rows = g.op("aten::expand", "",
                         {{"self", g.ref(row)}, {"size", g.list({g.number(-1), g.number(3), g.number(-1)})}});
  const auto sum = g.op("aten::add", "Tensor", {{"self", g.ref(rows)}, {"other", g.number(1)}});
  EXPECT_EQ(self(strided(sum)), sum);
  EXPECT_TRUE(problems.empty());
}

TEST_F(MemoryBase, WhatIsNotKnownIsRefused) {
  const auto sum = g.op("aten::add", "Tensor", {{"self", g.ref(transposed())}, {"other", g.number(1)}});
  strided(sum);  // PyTorch keeps the transposed order here
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, ErrorCode::exp_unsupported_form);
}

TEST_F(MemoryBase, StridesThatSayTheSameOrderAreTaken) {
  const auto sum = g.op("aten::add", "Tensor", {{"self", g.ref(transposed())}, {"other", g.number(1)}});
  g.op("aten::as_strided", "",
       {{"self", g.ref(sum)},
        {"size", g.list({g.ref(batch()), g.number(24)})},
        {"stride", g.list({g.number(24), g.number(1)})}});
  ASSERT_TRUE(g.infer());
  address_memory(g.graph, g.types, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(self(g.graph.ops.back()), sum);
}

}  // namespace
}  // namespace modelexport::lower
