#include "lower/borders.h"

#include <gtest/gtest.h>

#include "tests/support/aten_graph.h"

namespace modelexport::lower {
namespace {

TEST(Borders, AreValuesThatAnotherCallUses) {
  test::AtenGraph g;
  g.graph.modules.push_back({"inner", "Inner"});
  g.graph.calls.push_back({1, 0, 1});
  const auto x = g.input("x", DType::float32, {2});
  const auto a = g.op("aten::neg", "", {{"self", g.ref(x)}});  // used by the inner call
  const auto b = g.op("aten::relu", "", {{"self", g.ref(a)}});
  g.graph.ops.back().call = 1;
  const auto c = g.op("aten::neg", "", {{"self", g.ref(b)}});  // stays inside, but for the output below
  g.graph.ops.back().call = 1;
  const auto d = g.op("aten::exp", "", {{"self", g.ref(c)}});
  g.graph.ops.back().call = 1;
  g.output(d);
  std::vector<aten::ValueId> values;
  for (const Border& border : find_borders(g.graph, g.graph.values.size())) values.push_back(border.value);
  EXPECT_EQ(values, (std::vector<aten::ValueId>{a, d}));
  EXPECT_TRUE(find_borders(g.graph, a).empty());
}

}  // namespace
}  // namespace modelexport::lower
