// Shapes that cannot fit are found, and those that fit, or are not known, are not.
#include <gtest/gtest.h>

#include "models.h"

namespace modelexport::check {
namespace {

using Ints = std::vector<std::int64_t>;

/// One node; inputs are graph inputs of these shapes (-1: a symbol), or constants of these numbers.
struct Case {
  const char* name;
  const char* op;
  std::vector<Ints> shapes;
  std::vector<std::pair<std::size_t, Ints>> constants;  ///< by input
  std::vector<std::pair<const char*, std::int64_t>> integers;
  std::vector<std::pair<const char*, Ints>> lists;
  bool refused;
};

const Case kCases[] = {
    {"Add", "Add", {{2, 3}, {3}}, {}, {}, {}, false},
    {"AddDiffer", "Add", {{2, 3}, {2}}, {}, {}, {}, true},
    {"AddUnknown", "Add", {{2, 3}, {-1}}, {}, {}, {}, false},
    {"AddOnes", "Add", {{2, 1, 3}, {4, 1}}, {}, {}, {}, false},
    {"AddEmptyAndThree", "Add", {{0}, {3}}, {}, {}, {}, true},
    {"Where", "Where", {{2}, {2}, {3}}, {}, {}, {}, true},
    {"MatMul", "MatMul", {{5, 2, 4}, {4, 3}}, {}, {}, {}, false},
    {"MatMulInner", "MatMul", {{2, 4}, {3, 4}}, {}, {}, {}, true},
    {"MatMulBatch", "MatMul", {{5, 2, 4}, {3, 4, 2}}, {}, {}, {}, true},
    {"MatMulVector", "MatMul", {{4}, {4}}, {}, {}, {}, false},
    {"MatMulScalar", "MatMul", {{}, {4}}, {}, {}, {}, true},
    {"Gemm", "Gemm", {{2, 4}, {3, 4}}, {}, {{"transB", 1}}, {}, false},
    {"GemmInner", "Gemm", {{2, 4}, {3, 4}}, {}, {}, {}, true},
    {"GemmRank", "Gemm", {{2, 4, 1}, {4, 3}}, {}, {}, {}, true},
    {"Transpose", "Transpose", {{2, 3}}, {}, {}, {{"perm", {1, 0}}}, false},
    {"TransposeBeyond", "Transpose", {{2, 3}}, {}, {}, {{"perm", {1, 2}}}, true},
    {"TransposeTwice", "Transpose", {{2, 3}}, {}, {}, {{"perm", {1, 1}}}, true},
    {"Concat", "Concat", {{2, 3}, {2, 1}}, {}, {{"axis", -1}}, {}, false},
    {"ConcatRank", "Concat", {{2, 3}, {2}}, {}, {{"axis", 0}}, {}, true},
    {"ConcatOther", "Concat", {{2, 3}, {2, 1}}, {}, {{"axis", 0}}, {}, true},
    {"ConcatAxis", "Concat", {{2, 3}, {2, 1}}, {}, {{"axis", 2}}, {}, true},
    {"Flatten", "Flatten", {{2, 3}}, {}, {{"axis", 2}}, {}, false},
    {"FlattenBeyond", "Flatten", {{2, 3}}, {}, {{"axis", 3}}, {}, true},
    {"Gather", "Gather", {{2, 3}, {5}}, {}, {{"axis", -2}}, {}, false},
    {"GatherAxis", "Gather", {{2, 3}, {5}}, {}, {{"axis", 2}}, {}, true},
    {"Squeeze", "Squeeze", {{2, 1}, {}}, {{1, {1}}}, {}, {}, false},
    {"SqueezeNotOne", "Squeeze", {{2, 1}, {}}, {{1, {0}}}, {}, {}, true},
    {"Unsqueeze", "Unsqueeze", {{2}, {}}, {{1, {-1}}}, {}, {}, false},
    {"UnsqueezeBeyond", "Unsqueeze", {{2}, {}}, {{1, {3}}}, {}, {}, true},
    {"UnsqueezeTwice", "Unsqueeze", {{2}, {}}, {{1, {0, 0}}}, {}, {}, true},
    {"Reshape", "Reshape", {{2, 6}, {}}, {{1, {0, 2, -1}}}, {}, {}, false},
    {"ReshapeTwoOpen", "Reshape", {{2, 6}, {}}, {{1, {-1, -1}}}, {}, {}, true},
    {"ReshapeCopiesNothing", "Reshape", {{2, 6}, {}}, {{1, {1, 1, 0}}}, {}, {}, true},
    {"ReshapeRest", "Reshape", {{2, 6}, {}}, {{1, {5, -1}}}, {}, {}, true},
    {"ReshapeNegative", "Reshape", {{2, 6}, {}}, {{1, {-2, 6}}}, {}, {}, true},
    {"Expand", "Expand", {{2, 1}, {}}, {{1, {3, 2, 4}}}, {}, {}, false},
    {"ExpandDiffers", "Expand", {{2, 3}, {}}, {{1, {4}}}, {}, {}, true},
    {"Tile", "Tile", {{2, 3}, {}}, {{1, {1, 2}}}, {}, {}, false},
    {"TileCount", "Tile", {{2, 3}, {}}, {{1, {2}}}, {}, {}, true},
    {"Pad", "Pad", {{2, 3}, {}}, {{1, {0, 1, 0, 1}}}, {}, {}, false},
    {"PadCount", "Pad", {{2, 3}, {}}, {{1, {1, 1}}}, {}, {}, true},
    {"Slice", "Slice", {{2, 3}, {}, {}}, {{1, {0}}, {2, {1}}}, {}, {}, false},
    {"SliceCount", "Slice", {{2, 3}, {}, {}}, {{1, {0}}, {2, {1, 1}}}, {}, {}, true},
    {"SliceAxis", "Slice", {{2, 3}, {}, {}, {}}, {{1, {0}}, {2, {1}}, {3, {2}}}, {}, {}, true},
    {"Softmax", "Softmax", {{2, 3}}, {}, {{"axis", -2}}, {}, false},
    {"SoftmaxAxis", "Softmax", {{2, 3}}, {}, {{"axis", 2}}, {}, true},
    {"ReduceMean", "ReduceMean", {{2, 3}}, {}, {}, {{"axes", {1}}}, false},
    {"ReduceMeanAxis", "ReduceMean", {{2, 3}}, {}, {}, {{"axes", {2}}}, true},
    {"ReduceSum", "ReduceSum", {{2, 3}, {}}, {{1, {-3}}}, {}, {}, true},
    {"ArgMax", "ArgMax", {{2, 3}}, {}, {{"axis", 2}}, {}, true},
    {"Conv", "Conv", {{1, 3, 8, 8}, {6, 3, 3, 3}}, {}, {}, {{"pads", {1, 1, 1, 1}}}, false},
    {"ConvPads", "Conv", {{1, 3, 8, 8}, {6, 3, 3, 3}}, {}, {}, {{"pads", {1, 1}}}, true},
    {"ConvStrides", "Conv", {{1, 3, 8, 8}, {6, 3, 3, 3}}, {}, {}, {{"strides", {1}}}, true},
    {"MaxPoolKernel", "MaxPool", {{1, 3, 8, 8}}, {}, {}, {{"kernel_shape", {2}}}, true},
    {"MaxPoolRank", "MaxPool", {{3, 8}}, {}, {}, {{"kernel_shape", {}}}, true},
    {"BatchNormalization", "BatchNormalization", {{1, 3, 8}, {3}, {3}, {3}, {3}}, {}, {}, {}, false},
    {"BatchNormalizationChannels", "BatchNormalization", {{1, 3, 8}, {3}, {3}, {3}, {4}}, {}, {}, {}, true},
    {"BatchNormalizationRank", "BatchNormalization", {{1, 3, 8}, {3}, {3}, {3}, {3, 1}}, {}, {}, {}, true},
    {"DepthToSpace", "DepthToSpace", {{1, 4, 2}}, {}, {{"blocksize", 2}}, {}, true},
};

proto::ModelProto model_of(const Case& test) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < test.shapes.size(); ++i) {
    inputs.push_back("i" + std::to_string(i));
    const auto constant = std::find_if(test.constants.begin(), test.constants.end(),
                                       [&](const auto& entry) { return entry.first == i; });
    if (constant != test.constants.end()) {
      proto::TensorProto* tensor = graph->add_initializer();
      tensor->set_name(inputs.back());
      tensor->set_data_type(7);
      tensor->add_dims(static_cast<std::int64_t>(constant->second.size()));
      for (const std::int64_t value : constant->second) tensor->add_int64_data(value);
      continue;
    }
    const int type = std::string_view(test.op) == "Where" && i == 0    ? 9
                     : std::string_view(test.op) == "Gather" && i == 1 ? 7
                                                                       : 1;
    set_value(graph->add_input(), inputs.back(), test.shapes[i], type);
  }
  proto::NodeProto* node = add_node(graph, test.op, inputs, {"out"});
  for (const auto& [name, value] : test.integers) add_int(node, name, value);
  for (const auto& [name, values] : test.lists) {
    proto::AttributeProto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(proto::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute->add_ints(value);
  }
  return model;
}

class Shapes : public ::testing::TestWithParam<Case> {};

TEST_P(Shapes, AreRefusedOnlyWhereTheyCannotFit) {
  const std::string bytes = model_of(GetParam()).SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  const Report report = check_model(source, {});
  const Finding* finding = find(report, "ME-OP-012");
  EXPECT_EQ(finding != nullptr, GetParam().refused) << (finding != nullptr ? finding->message : "");
  if (finding == nullptr) return;
  EXPECT_EQ(finding->severity, Severity::error);
  EXPECT_TRUE(finding->refused_by.has(Reader::ort));
  EXPECT_FALSE(finding->refused_by.has(Reader::onnx));
}

INSTANTIATE_TEST_SUITE_P(Operators, Shapes, ::testing::ValuesIn(kCases),
                         [](const auto& item) { return std::string(item.param.name); });

std::vector<std::string> errors(const proto::ModelProto& model) {
  const std::string bytes = model.SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  return errors_of(check_model(source, {}));
}

TEST(ShapeFlow, ResultsAreInputsOfWhatFollows) {
  proto::ModelProto model = good_model();  // y is [2,4]
  set_value(model.mutable_graph()->add_input(), "other", {3, 5});
  add_node(model.mutable_graph(), "MatMul", {"y", "other"}, {"z"});
  EXPECT_EQ(errors(model), std::vector<std::string>{"ME-OP-012"});
}

TEST(ShapeFlow, WhatIsDeclaredOtherwiseIsNotKnown) {
  proto::ModelProto model = good_model();
  set_value(model.mutable_graph()->add_value_info(), "h", {2, 7});
  set_value(model.mutable_graph()->add_input(), "other", {4, 5});
  add_node(model.mutable_graph(), "MatMul", {"h", "other"}, {"z"});
  EXPECT_TRUE(errors(model).empty());
}

TEST(ShapeFlow, ConstantsInAFileOfTheirOwnComeTooLate) {
  proto::ModelProto model = good_model();
  proto::TensorProto* tensor = model.mutable_graph()->add_initializer();
  tensor->set_name("target");
  tensor->set_data_type(7);
  tensor->add_dims(2);
  tensor->set_data_location(proto::TensorProto::EXTERNAL);
  add_entry(tensor->mutable_external_data(), "location", "target.bin");
  add_node(model.mutable_graph(), "Reshape", {"x", "target"}, {"z"});
  EXPECT_EQ(errors(model), std::vector<std::string>{"ME-OP-012"});
}

TEST(ShapeFlow, WhatFlowsIntoABodyFromOutsideIsKnownThere) {
  proto::ModelProto model = good_model();
  set_value(model.mutable_graph()->add_input(), "c", {}, 9);
  set_value(model.mutable_graph()->add_input(), "other", {3, 5});
  proto::NodeProto* branch = add_node(model.mutable_graph(), "If", {"c"}, {"z"});
  for (const char* name : {"then_branch", "else_branch"}) {
    proto::AttributeProto* attribute = branch->add_attribute();
    attribute->set_name(name);
    attribute->set_type(proto::AttributeProto::GRAPH);
    attribute->mutable_g()->set_name(name);
    const std::string out = std::string(name) + "_out";
    add_node(attribute->mutable_g(), "MatMul", {"y", "other"}, {out});
    set_value(attribute->mutable_g()->add_output(), out, {2, 5});
  }
  EXPECT_EQ(errors(model), (std::vector<std::string>{"ME-OP-012", "ME-OP-012"}));
}

}  // namespace
}  // namespace modelexport::check
