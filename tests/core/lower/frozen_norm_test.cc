#include "lower/frozen_norm.h"

#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

using aten::ValueId;
using test::AtenGraph;

/// x * s + (bias - mean * s), s = weight * rsqrt(var + eps), as detection models write it.
struct FrozenNorm : AtenGraph {
  ValueId x = input("x", DType::float32, {Expr::symbol("batch"), 8, Expr::symbol("height"), 5});
  ValueId weight = input("weight", DType::float32, {8});
  ValueId bias = input("bias", DType::float32, {8});
  ValueId mean = input("mean", DType::float32, {8});
  ValueId variance = input("variance", DType::float32, {8});

  ValueId wide(ValueId vector) {
    return op("aten::reshape", "",
              {{"self", ref(vector)}, {"shape", list({number(1), number(-1), number(1), number(1)})}});
  }
  ValueId both(const char* target, ValueId a, ValueId b) {
    return op(target, "Tensor", {{"self", ref(a)}, {"other", ref(b)}});
  }
  ValueId scale_of(ValueId vector, aten::Arg eps) {
    const ValueId sum = op("aten::add", "Tensor", {{"self", ref(wide(variance))}, {"other", std::move(eps)}});
    return both("aten::mul", wide(vector), op("aten::rsqrt", "", {{"self", ref(sum)}}));
  }
  void finish(ValueId scale, ValueId shift_scale) {
    const ValueId shift = both("aten::sub", wide(bias), both("aten::mul", wide(mean), shift_scale));
    output(both("aten::add", both("aten::mul", x, scale), shift));
    ASSERT_TRUE(infer());
    recognise_frozen_norms(graph, types);
  }
};

TEST(FrozenNormTest, ArithmeticBecomesOneOperatorOnTheVectors) {
  FrozenNorm g;
  const ValueId scale = g.scale_of(g.weight, AtenGraph::real(1e-5));
  g.finish(scale, scale);
  ASSERT_EQ(g.graph.ops.size(), 1U);
  const aten::Op& op = g.graph.ops[0];
  EXPECT_EQ(op.target, "aten::batch_norm");
  EXPECT_EQ(op.outputs[0], g.graph.outputs[0].value);
  const std::pair<const char*, ValueId> wanted[] = {{"input", g.x},
                                                    {"weight", g.weight},
                                                    {"bias", g.bias},
                                                    {"running_mean", g.mean},
                                                    {"running_var", g.variance}};
  for (const auto& [name, id] : wanted) EXPECT_EQ(op.find(name)->get<aten::Ref>()->value, id) << name;
  EXPECT_EQ(*op.find("eps")->get<double>(), 1e-5);
}

TEST(FrozenNormTest, AnotherScaleInTheShiftStaysArithmetic) {
  FrozenNorm g;
  const ValueId scale = g.scale_of(g.weight, AtenGraph::real(1e-5));
  const ValueId other = g.scale_of(g.weight, AtenGraph::real(1e-3));
  g.finish(scale, other);
  for (const auto& op : g.graph.ops) EXPECT_NE(op.target, "aten::batch_norm");
}

TEST(FrozenNormTest, VectorsOfAnotherDtypeStayArithmetic) {
  FrozenNorm g;
  const ValueId half = g.input("half", DType::float16, {8});
  const ValueId scale = g.scale_of(half, AtenGraph::real(1e-5));
  g.finish(scale, scale);
  for (const auto& op : g.graph.ops) EXPECT_NE(op.target, "aten::batch_norm");
}

TEST(FrozenNormTest, EpsilonThatIsNoConstantStaysArithmetic) {
  FrozenNorm g;
  const ValueId eps = g.input("eps", DType::float32, {});
  const ValueId scale = g.scale_of(g.weight, AtenGraph::ref(eps));
  g.finish(scale, scale);
  for (const auto& op : g.graph.ops) EXPECT_NE(op.target, "aten::batch_norm");
}

}  // namespace
}  // namespace modelexport::lower
