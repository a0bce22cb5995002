#include <gtest/gtest.h>

#include <cmath>

#include "modelexport/aten.h"

namespace modelexport::aten {
namespace {

Graph small_graph() {
  Graph g;
  g.modules = {{"", "Net"}, {"linear", "torch.nn.modules.linear.Linear"}};
  g.calls = {{0, 0, 1}, {1, 0, 1}};
  const ValueId x = g.add_value("x");
  g.inputs.push_back({{"x"}, x, DType::float32, std::vector<std::int64_t>{2, 4}, std::nullopt});
  const ValueId w = g.add_value("w");
  g.values[w].tensor = 0;
  Tensor tensor;
  tensor.name = "linear.weight";
  tensor.kind = TensorKind::parameter;
  tensor.sizes = {3, 4};
  tensor.strides = {4, 1};
  tensor.storage = {64, 48};
  tensor.aliases = {"tied.weight"};
  g.tensors.push_back(tensor);
  const ValueId y = g.add_value("y");
  Op op;
  op.target = "aten::linear";
  op.args = {{"input", {Ref{x}}},
             {"weight", {Ref{w}}},
             {"bias", {}},
             {"scale", {INFINITY}},
             {"dtype", {DType::float16}},
             {"sizes", {ArgList{{std::int64_t{1}}, {2.5}, {true}, {std::string("text")}}}}};
  op.outputs = {y};
  op.call = 1;
  g.ops.push_back(op);
  g.outputs.push_back({{"logits"}, y});
  return g;
}

TEST(Graph, JsonRoundTripKeepsEverything) {
  const std::string text = to_json(small_graph());
  const auto back = from_json(text, {});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), text);
  EXPECT_TRUE(std::isinf(*back->ops[0].find("scale")->get<double>()));
  EXPECT_EQ(*back->ops[0].find("dtype")->get<DType>(), DType::float16);
  EXPECT_EQ(back->tensors[0].aliases, std::vector<std::string>{"tied.weight"});
}

TEST(Graph, ValidateFindsUseBeforeDefinition) {
  Graph g = small_graph();
  g.ops[0].args[0].value = {Ref{g.ops[0].outputs[0]}};
  EXPECT_FALSE(g.validate({}));
}

TEST(Graph, ValidateFindsTensorsPastTheirStorage) {
  Graph g = small_graph();
  g.tensors[0].storage.size = 44;
  const auto status = g.validate({});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("past its storage"), std::string::npos);
}

TEST(Graph, ValidateSurvivesHostileSizes) {
  Graph g = small_graph();
  g.tensors[0].sizes = {INT64_MAX, INT64_MAX};
  g.tensors[0].strides = {INT64_MAX, 1};
  EXPECT_FALSE(g.validate({}));
  g = small_graph();
  g.calls[1].parent = 7;
  EXPECT_FALSE(g.validate({}));
  g = small_graph();
  g.ops[0].call = 9;
  EXPECT_FALSE(g.validate({}));
}

TEST(Graph, ForeignJsonIsRefused) {
  EXPECT_FALSE(from_json("{}", {}));
  EXPECT_FALSE(from_json("[1", {}));
  EXPECT_FALSE(from_json(R"({"schema":"modelexport/aten/1","values":3})", {}));
}

}  // namespace
}  // namespace modelexport::aten
