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

TEST(RepeatedCalls, AreToldFromModulesThatAreNumbered) {
  std::vector<NodeRecord> nodes;
  for (const char* name : {"/l/dense/MatMul", "/l/dense_1/MatMul", "/l/act/Mul", "/l/act_1/Mul",
                           "/l/conv/Conv", "/l/conv_1/Conv", "/l/act_2/Mul"}) {
    nodes.emplace_back();
    nodes.back().name = name;
  }
  std::vector<onnx::TensorView> weights;
  for (const char* name : {"l.dense.bias", "l.conv.weight", "l.conv_1.weight"}) {
    weights.emplace_back();
    weights.back().name = name;
  }
  const ModuleTable none;
  const RepeatedCalls calls(nodes, weights, none);
  EXPECT_EQ(calls.resolve("l.dense_1"), "l.dense@2");
  EXPECT_EQ(calls.resolve("l.act_1"), "l.act@2");    // as often as dense
  EXPECT_EQ(calls.resolve("l.act_2"), "l.act_2");    // nothing proves a third call
  EXPECT_EQ(calls.resolve("l.conv_1"), "l.conv_1");  // has weights of its own
  EXPECT_EQ(calls.resolve("l.dense"), "l.dense");
  EXPECT_EQ(calls.resolve("l.other_1"), "l.other_1");
  const ModuleTable table({{"", "/T", "T"}, {"l.act", "/T/A", "A"}});
  EXPECT_EQ(RepeatedCalls(nodes, {}, table).resolve("l.act_2"), "l.act@3");
}

}  // namespace
}  // namespace modelexport::migrate
