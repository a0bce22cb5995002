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
    {"ConvStrideZero", "Conv", {{1, 3, 8, 8}, {6, 3, 3, 3}}, {}, {}, {{"strides", {0, 1}}}, true},
    {"ConvNegativePads", "Conv", {{1, 3, 8, 8}, {6, 3, 3, 3}}, {}, {}, {{"pads", {-1, 0, 0, 0}}}, true},
    {"ConvWeightRank", "Conv", {{1, 3, 8, 8}, {6, 3, 3}}, {}, {}, {}, true},
    {"ConvUnknownWeight", "Conv", {{1, 3, 8, 8}, {6, 3, -1}}, {}, {}, {}, false},
    {"ConvTransposeGroup", "ConvTranspose", {{1, 4, 8, 8}, {4, 6, 3, 3}}, {}, {{"group", 3}}, {}, true},
    {"ConvTransposeShape", "ConvTranspose", {{1, 4, 8}, {4, 6, 3}}, {}, {}, {{"output_shape", {9, 9}}}, true},
    {"PoolDilation", "MaxPool", {{1, 3, 8}}, {}, {}, {{"kernel_shape", {2}}, {"dilations", {0}}}, true},
    {"PoolsOldDilation", "AveragePool", {{1, 3, 8}}, {}, {}, {{"kernel_shape", {2}}}, false},
    {"PadAxes", "Pad", {{2, 3}, {}, {}, {}}, {{1, {1, 1}}, {3, {5}}}, {}, {}, true},
    {"SliceStepZero", "Slice", {{4}, {}, {}, {}, {}}, {{1, {0}}, {2, {1}}, {3, {0}}, {4, {0}}}, {}, {}, true},
    {"TileNegative", "Tile", {{2, 3}, {}}, {{1, {-1, 2}}}, {}, {}, true},
    {"ReshapeZeroAndOpen", "Reshape", {{2, 3}, {}}, {{1, {0, 0, 0, -1}}}, {}, {}, true},
    {"ReshapeByMatrix", "Reshape", {{2, 3}, {2, 1}}, {}, {}, {}, true},
    {"SplitUneven", "Split", {{5}}, {}, {{"axis", 0}}, {}, false},
    {"CompressAxis", "Compress", {{2, 3}, {2}}, {}, {{"axis", 2}}, {}, true},
    {"CompressScalar", "Compress", {{}, {2}}, {}, {}, {}, true},
    {"Determinant", "Det", {{5, 2, 2}}, {}, {}, {}, false},
    {"DeterminantOfNoSquare", "Det", {{2, 3}}, {}, {}, {}, true},
    {"Eye", "EyeLike", {{2, 3}}, {}, {}, {}, false},
    {"EyeRank", "EyeLike", {{2, 3, 4}}, {}, {}, {}, true},
    {"Trilu", "Trilu", {{3}}, {}, {}, {}, true},
    {"GatherNd", "GatherND", {{2, 3}, {4, 2}}, {}, {}, {}, false},
    {"GatherNdTooDeep", "GatherND", {{2, 3}, {4, 3}}, {}, {}, {}, true},
    {"GatherNdBatch", "GatherND", {{2, 3}, {2, 2}}, {}, {{"batch_dims", 1}}, {}, true},
    {"ReverseSequenceRank", "ReverseSequence", {{4}, {4}}, {}, {}, {}, true},
    {"GridSample", "GridSample", {{1, 1, 4, 4}, {1, 2, 2, 2}}, {}, {}, {}, false},
    {"GridSampleBatch", "GridSample", {{1, 1, 4, 4}, {3, 2, 2, 2}}, {}, {}, {}, true},
    {"GridSamplePlaces", "GridSample", {{1, 1, 4, 4}, {1, 2, 2, 3}}, {}, {}, {}, true},
    {"SpaceToDepthZero", "SpaceToDepth", {{1, 1, 4, 4}}, {}, {{"blocksize", 0}}, {}, true},
    {"ResizeBySizes", "Resize", {{1, 1, 2, 2}, {0}, {0}, {}}, {{3, {1, 1, 4, 4}}}, {}, {}, true},
    {"Upsampled", "Resize", {{1, 1, 2, 2}, {0}, {4}}, {}, {}, {}, false},
    {"ResizeByNothing", "Resize", {{1, 1, 2, 2}}, {}, {}, {}, true},
    {"MaxUnpoolKernel", "MaxUnpool", {{1, 1, 2, 2}, {1, 1, 2, 2}}, {}, {}, {{"kernel_shape", {2}}}, true},
    {"DftAxis", "DFT", {{1, 8, 1}}, {}, {{"axis", 2}}, {}, true},
    {"DftOfPairs", "DFT", {{1, 8, 2}}, {}, {{"axis", 1}, {"onesided", 1}}, {}, true},
    {"DftBack", "DFT", {{1, 8, 2}}, {}, {{"axis", 1}, {"onesided", 1}, {"inverse", 1}}, {}, false},
    {"OneHotOfScalar", "OneHot", {{}, {}, {2}}, {}, {}, {}, true},
    {"OneHotValues", "OneHot", {{3}, {}, {3}}, {}, {}, {}, true},
    {"TopKOfTwo", "TopK", {{3, 5}, {}}, {{1, {1, 2}}}, {}, {}, true},
    {"TrainingWithOneOutput",
     "BatchNormalization",
     {{1, 3, 8}, {3}, {3}, {3}, {3}},
     {},
     {{"training_mode", 1}},
     {},
     true},
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

struct EquationCase {
  const char* equation;
  std::vector<Ints> shapes;
  bool refused;
};

TEST(Einsum, NamesTheDimensionsOfItsInputs) {
  const EquationCase cases[] = {
      {"ij,jk->ik", {{2, 3}, {3, 4}}, false},
      {"ij,jk", {{2, 3}, {3, 4}}, false},
      {"...j,jk->...k", {{5, 2, 3}, {3, 4}}, false},
      {"", {{2, 3}}, false},
      {"ijk,jk->ik", {{2, 3}, {3, 4}}, true},
      {"ij->ij", {{2, 3}, {3, 4}}, true},
      {"ij,jk,kl->il", {{2, 3}, {3, 4}}, true},
      {"ij,jk->iz", {{2, 3}, {3, 4}}, true},
      {"...ijk->i", {{2, 3}}, true},
      {"...i,...j->ij", {{2, 3}, {3}}, true},
      {"i.j,jk->ik", {{2, 3}, {3, 4}}, true},
  };
  for (const EquationCase& test : cases) {
    proto::ModelProto model = good_model();
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < test.shapes.size(); ++i) {
      inputs.push_back("i" + std::to_string(i));
      set_value(model.mutable_graph()->add_input(), inputs.back(), test.shapes[i]);
    }
    proto::AttributeProto* attribute =
        add_node(model.mutable_graph(), "Einsum", inputs, {"out"})->add_attribute();
    attribute->set_name("equation");
    attribute->set_type(proto::AttributeProto::STRING);
    attribute->set_s(test.equation);
    EXPECT_EQ(errors(model),
              test.refused ? std::vector<std::string>{"ME-OP-012"} : std::vector<std::string>{})
        << test.equation;
  }
}

TEST(ShapeFlow, NumbersOfConstantsAreKnownWhereTheyArrive) {
  for (const bool fits : {true, false}) {
    proto::ModelProto model = good_model();
    proto::GraphProto* graph = model.mutable_graph();
    for (const auto& [name, number] : {std::pair("open", -1), std::pair("two", fits ? 2 : -1)}) {
      proto::TensorProto* tensor = graph->add_initializer();
      tensor->set_name(name);
      tensor->set_data_type(7);
      tensor->add_dims(1);
      tensor->add_int64_data(number);
    }
    add_int(add_node(graph, "Concat", {"open", "two"}, {"target"}), "axis", 0);
    add_node(graph, "Reshape", {"x", "target"}, {"z"});
    EXPECT_EQ(errors(model).empty(), fits);
  }
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
