#include "lower/list_parts.h"

#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

using aten::ValueId;
using test::AtenGraph;

struct ListParts : testing::Test {
  AtenGraph g;
  ValueId x = g.input("x", DType::float32, {Expr::symbol("batch"), 4});
  ValueId list = g.op("aten::unbind", "int", {{"self", g.ref(x)}, {"dim", g.number(0)}});
  std::vector<ValueId> parts = g.ops("prim::ListUnpack", "", {{"list", g.ref(list)}}, 2);
};

TEST_F(ListParts, AListForOneUnpackingGoesAway) {
  join_unpacked_lists(g.graph);
  ASSERT_EQ(g.graph.ops.size(), 1U);
  EXPECT_EQ(g.graph.ops[0].target, "aten::unbind");
  EXPECT_EQ(g.graph.ops[0].outputs, parts);
  EXPECT_TRUE(g.infer());  // two parts, whatever the batch
}

TEST_F(ListParts, AListThatIsReadElsewhereStays) {
  g.op("aten::len", "t", {{"a", g.ref(list)}});
  join_unpacked_lists(g.graph);
  EXPECT_EQ(g.graph.ops.size(), 3U);
}

}  // namespace
}  // namespace modelexport::lower
