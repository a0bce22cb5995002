#include "lower/hazards.h"

#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

using test::AtenGraph;

struct Hazards : testing::Test {
  AtenGraph g;
  aten::Shape shape = {Expr::symbol("batch_size"), Expr::symbol("length"), 8};
  aten::ValueId x = g.input("x", DType::float32, shape);

  Diagnostics find() {
    EXPECT_TRUE(g.infer());
    return find_hazards(g.graph, g.types,
                        {{"x", DType::float32, shape, std::vector<std::int64_t>{2, 16, 8}}});
  }
};

TEST_F(Hazards, AFixedLengthThatIsAdded) {
  g.graph.sources = {"model.py:7"};
  const auto fixed = g.op("aten::zeros", "", {{"size", g.list({g.number(16), g.number(8)})}});
  g.op("aten::add", "Tensor", {{"self", g.ref(x)}, {"other", g.ref(fixed)}});
  g.graph.ops.back().source = 0;
  const Diagnostics found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, ErrorCode::trace_hazard);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].where.field, "(root) (model.py:7)");
  EXPECT_NE(found[0].message.find("length (axis 1 of x) is dynamic, but the archive fixes it at 16"),
            std::string::npos)
      << found[0].message;
}

TEST_F(Hazards, AViewWithFixedBatch) {
  const auto flat = g.op("aten::view", "",
                         {{"self", g.ref(x)}, {"size", g.list({g.number(2), g.number(16), g.number(-1)})}});
  const auto weight = g.op("aten::ones", "", {{"size", g.list({g.number(3), g.number(8)})}});
  g.op("aten::linear", "", {{"input", g.ref(flat)}, {"weight", g.ref(weight)}});
  const Diagnostics found = find();
  ASSERT_EQ(found.size(), 2U);  // the batch and the length
  EXPECT_NE(found[0].message.find("batch_size"), std::string::npos);
  EXPECT_NE(found[1].message.find("length"), std::string::npos);
}

TEST_F(Hazards, AFixedSizeThatNothingContradicts) {
  g.op("aten::view", "", {{"self", g.ref(x)}, {"size", g.list({g.number(2), g.number(-1), g.number(4)})}});
  const Diagnostics found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].message.find("aten::view puts sizes batch_size and 2 together"), std::string::npos);
}

TEST_F(Hazards, ANumberOfPartsThatOneLengthHas) {
  g.ops("aten::split", "Tensor", {{"self", g.ref(x)}, {"split_size", g.number(4)}, {"dim", g.number(1)}}, 4);
  g.ops("aten::unbind", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}}, 2);
  const Diagnostics found = find();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].message.find("aten::unbind puts sizes batch_size and 2 together"), std::string::npos)
      << found[0].message;
  EXPECT_NE(found[1].message.find("length (axis 1 of x) is dynamic, but the archive fixes it at 16"),
            std::string::npos)
      << found[1].message;
}

TEST_F(Hazards, PartsThatEveryLengthHas) {
  const auto n = g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(1)}});
  const auto twice = g.op("aten::cat", "", {{"tensors", g.list({g.ref(x), g.ref(x)})}, {"dim", g.number(1)}});
  g.ops("aten::split", "Tensor", {{"self", g.ref(twice)}, {"split_size", g.ref(n)}, {"dim", g.number(1)}}, 2);
  EXPECT_TRUE(find().empty());
}

TEST_F(Hazards, SizesThatFollowTheInputAreNone) {
  const auto n = g.op("aten::size", "int", {{"self", g.ref(x)}, {"dim", g.number(1)}});
  const auto range = g.op("aten::arange", "", {{"end", g.ref(n)}});
  const auto column = g.op("aten::unsqueeze", "", {{"self", g.ref(range)}, {"dim", g.number(-1)}});
  g.op("aten::add", "Tensor", {{"self", g.ref(x)}, {"other", g.ref(column)}});
  g.op("aten::view", "", {{"self", g.ref(x)}, {"size", g.list({g.number(-1), g.number(8)})}});
  EXPECT_TRUE(find().empty());
}

}  // namespace
}  // namespace modelexport::lower
