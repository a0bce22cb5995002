#include "lower/bfloat16.h"

#include <gtest/gtest.h>

namespace modelexport::lower {
namespace {

onnx::Node node(std::string op_type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  onnx::Node out;
  out.op_type = std::move(op_type);
  out.inputs = std::move(inputs);
  out.outputs = std::move(outputs);
  return out;
}

class Bfloat16 : public ::testing::Test {
 protected:
  Bfloat16() {
    calls_.modules = {{"", "Root"}, {"a", "A"}, {"b", "B"}};
    calls_.calls = {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}};
  }
  void run(std::map<std::string, DType> inputs) {
    compute_bfloat16_in_float32(graph_, std::move(inputs), calls_);
  }
  std::vector<std::string> op_types() const {
    std::vector<std::string> out;
    for (const auto& built : graph_.nodes) out.push_back(built.node.op_type);
    return out;
  }

  Builder::Finished graph_;
  aten::Graph calls_;
};

TEST_F(Bfloat16, ArithmeticRunsInFloat32AndIsRounded) {
  graph_.nodes = {{node("Add", {"x", "w"}, {"s"}), 1}};
  graph_.initializers = {{"w", DType::bfloat16, {2}, Bytes(4)}};
  run({{"x", DType::bfloat16}});
  EXPECT_EQ(op_types(), (std::vector<std::string>{"Cast", "Cast", "Add", "Cast"}));
  EXPECT_EQ(graph_.nodes.back().node.outputs[0], "s") << "later nodes find the value under its name";
  EXPECT_EQ(graph_.nodes.back().node.inputs[0], graph_.nodes[2].node.outputs[0]);
}

TEST_F(Bfloat16, MovingNodesStayAndPassTheDtypeOn) {
  graph_.nodes = {{node("Transpose", {"x"}, {"t"}), 0}, {node("Relu", {"t"}, {"r"}), 0}};
  run({{"x", DType::bfloat16}});
  EXPECT_EQ(op_types(), (std::vector<std::string>{"Transpose", "Cast", "Relu", "Cast"}));
}

TEST_F(Bfloat16, OneCastServesAllReadersAndMovesToTheirAncestor) {
  graph_.nodes = {{node("Relu", {"x"}, {"r"}), 1}, {node("Neg", {"x"}, {"n"}), 2}};
  run({{"x", DType::bfloat16}});
  ASSERT_EQ(op_types(), (std::vector<std::string>{"Cast", "Relu", "Cast", "Neg", "Cast"}));
  EXPECT_EQ(graph_.nodes[0].call, 0U);
}

TEST_F(Bfloat16, ComparisonsGiveBoolsAndPositionsGiveIntegers) {
  graph_.nodes = {{node("Less", {"x", "x"}, {"b"}), 0}, {node("ArgMax", {"x"}, {"i"}), 0}};
  run({{"x", DType::bfloat16}});
  EXPECT_EQ(op_types(), (std::vector<std::string>{"Cast", "Less", "ArgMax"}));
}

TEST_F(Bfloat16, BodiesSeeTheOuterValues) {
  auto body = std::make_shared<onnx::Graph>();
  body->nodes = {node("Relu", {"x"}, {"r"})};
  body->outputs = {{"r", DType::bfloat16, {}}};
  onnx::Node choice = node("If", {"c"}, {"y"});
  choice.attributes = {{"then_branch", body}, {"else_branch", body}};
  graph_.nodes = {{choice, 0}, {node("Neg", {"y"}, {"n"}), 0}};
  run({{"x", DType::bfloat16}, {"c", DType::boolean}});
  EXPECT_EQ(op_types(), (std::vector<std::string>{"If", "Cast", "Neg", "Cast"}));
  EXPECT_GE(body->nodes.size(), 3U);
}

TEST_F(Bfloat16, OtherGraphsAreLeftAlone) {
  graph_.nodes = {{node("Add", {"x", "x"}, {"s"}), 0}};
  run({{"x", DType::float32}});
  EXPECT_EQ(op_types(), std::vector<std::string>{"Add"});
}

}  // namespace
}  // namespace modelexport::lower
