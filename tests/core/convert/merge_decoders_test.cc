#include "convert/merge_decoders.h"

#include <gtest/gtest.h>

namespace modelexport::convert {
namespace {

using onnx::Dim;
using onnx::Graph;
using onnx::Model;

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

onnx::Initializer weight(std::string name, Bytes data) {
  return {std::move(name), DType::uint8, {static_cast<std::int64_t>(data.size())}, std::move(data)};
}

onnx::Node node(std::string op, std::vector<std::string> inputs, std::string output) {
  onnx::Node made;
  made.op_type = std::move(op);
  made.inputs = std::move(inputs);
  made.outputs = {std::move(output)};
  return made;
}

/// x, encoder_hidden_states -> logits, present.0.encoder.key
Model first_step() {
  Model model;
  model.opset_imports = {{"", 18}};
  model.graph.inputs = {
      {"x", DType::uint8, {std::string("batch"), std::string("steps")}},
      {"encoder_hidden_states", DType::uint8, {std::string("batch"), Dim(std::int64_t{4})}}};
  model.graph.initializers = {weight("w", bytes({1, 2})), weight("c", bytes({5}))};
  model.graph.nodes = {node("Add", {"x", "w"}, "sum"), node("Add", {"sum", "c"}, "logits"),
                       node("Identity", {"encoder_hidden_states"}, "present.0.encoder.key")};
  model.graph.outputs = {
      {"logits", DType::uint8, {std::string("batch"), Dim(std::int64_t{2})}},
      {"present.0.encoder.key", DType::uint8, {std::string("batch"), Dim(std::int64_t{4})}}};
  return model;
}

/// x, past_key_values.0.encoder.key -> logits
Model cached_step() {
  Model model;
  model.opset_imports = {{"", 18}};
  model.graph.inputs = {
      {"x", DType::uint8, {std::string("batch"), Dim(std::int64_t{1})}},
      {"past_key_values.0.encoder.key",
       DType::uint8,
       {std::string("batch"), Dim(std::int64_t{4}), std::string("length"), Dim(std::int64_t{8})}}};
  model.graph.initializers = {weight("w", bytes({1, 2})), weight("c", bytes({6}))};
  model.graph.nodes = {node("Add", {"x", "w"}, "sum"), node("Add", {"sum", "c"}, "logits")};
  model.graph.outputs = {{"logits", DType::uint8, {std::string("batch"), Dim(std::int64_t{2})}}};
  return model;
}

const Graph& branch(const Model& model, std::size_t index) {
  return *std::get<std::shared_ptr<Graph>>(model.graph.nodes[0].attributes[index].value);
}

TEST(MergeDecoders, OneIfOverTheInputsOfBoth) {
  const auto merged = merge_decoders(first_step(), cached_step());
  ASSERT_TRUE(merged);
  const Graph& graph = merged->graph;
  std::vector<std::string> inputs;
  for (const auto& input : graph.inputs) inputs.push_back(input.name);
  EXPECT_EQ(inputs, (std::vector<std::string>{"x", "encoder_hidden_states", "past_key_values.0.encoder.key",
                                              "use_cache_branch"}));
  EXPECT_EQ(graph.inputs[0].shape[1], Dim(std::string("steps")));      // 1 in the cached decoder
  EXPECT_EQ(graph.inputs[2].shape[1], Dim(std::string("num_heads")));  // loaders guess it
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].op_type, "If");
  EXPECT_EQ(graph.nodes[0].inputs, std::vector<std::string>{"use_cache_branch"});
  EXPECT_EQ(graph.nodes[0].outputs, (std::vector<std::string>{"logits", "present.0.encoder.key"}));
}

TEST(MergeDecoders, EqualWeightsOnceOthersRenamed) {
  const auto merged = merge_decoders(first_step(), cached_step());
  ASSERT_TRUE(merged);
  std::vector<std::string> names;
  for (const auto& tensor : merged->graph.initializers) names.push_back(tensor.name);
  EXPECT_EQ(names, (std::vector<std::string>{"w", "c", "c_cached"}));
  EXPECT_EQ(branch(*merged, 0).nodes[1].inputs, (std::vector<std::string>{"sum", "c_cached"}));
  EXPECT_EQ(branch(*merged, 1).nodes[1].inputs, (std::vector<std::string>{"sum", "c"}));
}

TEST(MergeDecoders, StoredWeightsAreComparedByTheirBytes) {
  const MemorySource one("....abcd"), two("abcd"), other("abce");
  const auto stored = [](const ByteSource& source, std::uint64_t offset) {
    return onnx::Initializer{"w", DType::uint8, {4}, onnx::StoredTensor{&source, {offset, 4}, 0, {1}}};
  };
  Model first = first_step(), cached = cached_step();
  first.graph.initializers[0] = stored(one, 4);
  cached.graph.initializers[0] = stored(two, 0);
  EXPECT_EQ(merge_decoders(first, cached)->graph.initializers.size(), 3U);
  cached.graph.initializers[0] = stored(other, 0);
  EXPECT_EQ(merge_decoders(first, cached)->graph.initializers.size(), 4U);
}

TEST(MergeDecoders, WhatOnlyTheFirstStepComputesIsEmptyInTheOther) {
  const auto merged = merge_decoders(first_step(), cached_step());
  ASSERT_TRUE(merged);
  const Graph& cached = branch(*merged, 0);
  ASSERT_EQ(cached.outputs.size(), 2U);
  EXPECT_EQ(cached.nodes.back().op_type, "Constant");
  EXPECT_EQ(cached.nodes.back().outputs[0], cached.outputs[1].name);
  EXPECT_EQ(cached.outputs[1].shape, (std::vector<Dim>{std::int64_t{0}, std::int64_t{4}}));
  // No name of a branch is one of the graph around it.
  EXPECT_EQ(cached.outputs[0].name, "logits/cached");
  EXPECT_EQ(branch(*merged, 1).outputs[0].name, "logits/first");
}

TEST(MergeDecoders, WhatDoesNotFitIsRefused) {
  Model opset = cached_step();
  opset.opset_imports[0].second = 19;
  Model dtype = cached_step();
  dtype.graph.inputs[0].dtype = DType::int64;
  Model more = cached_step();
  more.graph.outputs.push_back({"extra", DType::uint8, {}});
  for (const Model& cached : {opset, dtype, more}) {
    const auto merged = merge_decoders(first_step(), cached);
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.error().code, ErrorCode::model_value);
    EXPECT_FALSE(merged.error().hint.empty());
  }
}

}  // namespace
}  // namespace modelexport::convert
