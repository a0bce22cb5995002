// Instance paths from names, and what is known about modules.
#include "migrate/scopes.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace modelexport::migrate {
namespace {

TEST(Scopes, AreTheNamesWithoutTheOperator) {
  EXPECT_EQ(scope_of_name("/encoder/layer.0/attention/MatMul"), "encoder.layer.0.attention");
  EXPECT_EQ(scope_of_name("/Cast"), "");
  // A container that runs repeats its name in front of the child's.
  EXPECT_EQ(scope_of_name("/encoder/stages.0/layers/layers.1/Conv"), "encoder.stages.0.layers.1");
  EXPECT_EQ(scope_of_name("/layers/layers.0/layers.0.1/Relu"), "layers.0.1");
  // Names that only look alike are two modules.
  EXPECT_EQ(scope_of_name("/layer/layer_norm/Add"), "layer.layer_norm");
  for (const char* name : {"", "Constant_318", "a/b/MatMul", "/a//MatMul"})
    EXPECT_EQ(scope_of_name(name), std::nullopt) << name;
}

TEST(Scopes, ValuesNameTheirNode) {
  EXPECT_EQ(node_of_value("/emb/Gather_output_0"), "/emb/Gather");
  EXPECT_EQ(node_of_value("last_hidden_state"), "");
  EXPECT_EQ(node_of_value("x_output_y"), "");
  NodeRecord node;
  node.outputs = {"/emb/Gather_output_0"};
  EXPECT_EQ(scope_of_node(node), "emb");
}

TEST(ModuleTable, FindsTheNearestModule) {
  const ModuleTable table(
      {{"", "/T", "T"}, {"enc", "/T/S", "S"}, {"enc.block.0", "/T/S/B.0", "B"}, {"dec", "/T/S", "S"}});
  EXPECT_EQ(table.nearest("enc.block.0.act")->tag, "/T/S/B.0");
  EXPECT_EQ(table.nearest("enc.other")->scope, "enc");
  EXPECT_EQ(table.nearest("foreign.part"), nullptr);
  EXPECT_EQ(table.nearest(""), nullptr);
  const auto shared = table.shared_tags();
  ASSERT_EQ(shared.size(), 1U);
  EXPECT_EQ(shared[0].first, "/T/S");
  EXPECT_EQ(shared[0].second, (std::vector<std::string>{"enc", "dec"}));
}

TEST(ModuleTable, ListsWhatIsKnownAndWhatNodesCarry) {
  const ModuleTable table({{"", "/T", "T"}, {"enc", "/T/S", "S"}});
  const auto list = json::parse(modules_json(table, {"/T/S", "/T/X.3", ""}), {});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ(json::find_string((*list)[2], "tag"), "/T/X.3");
  EXPECT_EQ(json::find_string((*list)[2], "class"), "X");
  EXPECT_TRUE(json::find((*list)[2], "path")->is_null());  // not known, so not said
}

}  // namespace
}  // namespace modelexport::migrate
