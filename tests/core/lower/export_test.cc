#include "modelexport/export.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace modelexport {
namespace {

using aten::Arg;
using aten::NamedArg;
using aten::Ref;

/// A module "block" that holds `linear`, and weights in memory.
class ExportTest : public testing::Test {
 protected:
  ExportTest() : archive_(std::string(1024, '\1')) {
    g_.modules = {
        {"", "pkg.Net"}, {"block", "pkg.Block"}, {"block.linear", "torch.nn.modules.linear.Linear"}};
    g_.calls = {{0, 0, 1}, {1, 0, 1}, {2, 1, 1}};
    x_ = g_.add_value("x");
    aten::Input input;
    input.path = {"x"};
    input.value = x_;
    input.dtype = DType::float32;
    input.example_shape = std::vector<std::int64_t>{2, 3, 4};
    g_.inputs.push_back(input);
  }

  aten::ValueId weight(const std::string& name, std::vector<std::int64_t> sizes) {
    aten::Tensor t;
    t.name = name;
    t.kind = aten::TensorKind::parameter;
    t.sizes = sizes;
    std::int64_t stride = 1;
    t.strides.resize(sizes.size());
    for (std::size_t i = sizes.size(); i-- > 0; stride *= sizes[i]) t.strides[i] = stride;
    t.storage = {0, static_cast<std::uint64_t>(stride) * 4};
    const aten::ValueId id = g_.add_value(name);
    g_.values[id].tensor = static_cast<std::uint32_t>(g_.tensors.size());
    g_.tensors.push_back(t);
    return id;
  }

  aten::ValueId op(const std::string& target, std::vector<NamedArg> args, std::uint32_t call = 0,
                   const std::string& overload = {}) {
    aten::Op made;
    made.target = target;
    made.overload = overload;
    made.args = std::move(args);
    made.call = call;
    made.outputs = {g_.add_value("v" + std::to_string(g_.values.size()))};
    g_.ops.push_back(made);
    return made.outputs[0];
  }

  Result<ExportResult> run(ExportOptions options = {}) {
    Diagnostics problems;
    auto result = export_graph(g_, {&archive_, nullptr}, options, problems);
    problems_ = problems;
    return result;
  }

  std::vector<std::string> op_types(const ExportResult& r) {
    std::vector<std::string> out;
    for (const auto& node : r.model.graph.nodes) out.push_back(node.op_type);
    return out;
  }

  MemorySource archive_;
  aten::Graph g_;
  aten::ValueId x_ = 0;
  Diagnostics problems_;
};

TEST_F(ExportTest, LinearKeepsTheWeightsNameAndPlace) {
  const auto w = weight("block.linear.weight", {5, 4});
  const auto y = op("aten::linear", {{"input", {Ref{x_}}}, {"weight", {Ref{w}}}, {"bias", {}}}, 2);
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  ASSERT_EQ(r->model.graph.nodes.size(), 1U);
  const auto& node = r->model.graph.nodes[0];
  EXPECT_EQ(node.name, "/block/linear/MatMul");
  EXPECT_EQ(node.inputs[1], "block.linear.weight_t");
  EXPECT_EQ(node.metadata[0], (std::pair<std::string, std::string>{"hierarchy_tag", "/Net/Block"}));
  EXPECT_EQ(node.metadata[1].second, "block.linear");
  EXPECT_EQ(r->facts.parameters, 20U);
  EXPECT_EQ(r->facts.fallback, 0U);
}

TEST_F(ExportTest, ShapeArithmeticFoldsIntoTheReshape) {
  const auto size = op("aten::size", {{"self", {Ref{x_}}}, {"dim", {std::int64_t{0}}}}, 0, "int");
  const auto tensor = op("prim::NumToTensor", {{"a", {Ref{size}}}});
  const auto back = op("aten::Int", {{"a", {Ref{tensor}}}}, 0, "Tensor");
  const auto y =
      op("aten::view", {{"self", {Ref{x_}}}, {"size", {aten::ArgList{{Ref{back}}, {std::int64_t{-1}}}}}});
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), std::vector<std::string>{"Reshape"});
  EXPECT_EQ(std::get<std::string>(r->model.graph.outputs[0].shape[0]), "batch_size");
  EXPECT_EQ(std::get<std::int64_t>(r->model.graph.outputs[0].shape[1]), 12);
}

TEST_F(ExportTest, DeadOperatorsAndNoOpsLeaveNothing) {
  op("aten::relu", {{"self", {Ref{x_}}}});
  const auto kept = op("aten::contiguous", {{"self", {Ref{x_}}}});
  const auto y = op("aten::tanh", {{"self", {Ref{kept}}}});
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), std::vector<std::string>{"Tanh"});
}

TEST_F(ExportTest, TransposesCompose) {
  const auto once =
      op("aten::transpose", {{"self", {Ref{x_}}}, {"dim0", {std::int64_t{0}}}, {"dim1", {std::int64_t{1}}}});
  const auto twice = op("aten::transpose",
                        {{"self", {Ref{once}}}, {"dim0", {std::int64_t{1}}}, {"dim1", {std::int64_t{2}}}});
  g_.outputs = {{{"y"}, twice}};
  const auto r = run();
  ASSERT_TRUE(r);
  ASSERT_EQ(op_types(*r), std::vector<std::string>{"Transpose"});
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(r->model.graph.nodes[0].attributes[0].value),
            (std::vector<std::int64_t>{1, 2, 0}));
}

TEST_F(ExportTest, OutputsThatAreInputsOrTwiceTheSameGetTheirOwnNode) {
  const auto y = op("aten::tanh", {{"self", {Ref{x_}}}});
  g_.outputs = {{{"same"}, x_}, {{"a"}, y}, {{"b"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), (std::vector<std::string>{"Tanh", "Identity", "Identity"}));
  EXPECT_EQ(r->model.graph.outputs[1].name, "a");
}

TEST_F(ExportTest, WeightsUsedBothWaysAreStoredOnce) {
  const auto w = weight("block.linear.weight", {4, 4});
  const auto a = op("aten::linear", {{"input", {Ref{x_}}}, {"weight", {Ref{w}}}, {"bias", {}}}, 2);
  const auto y = op("aten::matmul", {{"self", {Ref{a}}}, {"other", {Ref{w}}}}, 1);
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), (std::vector<std::string>{"Transpose", "MatMul", "MatMul"}));
  EXPECT_EQ(r->model.graph.initializers.size(), 1U);
}

TEST_F(ExportTest, AllUnsupportedOperatorsAreNamedAtOnce) {
  const auto first = op("aten::no_such", {{"self", {Ref{x_}}}}, 1);
  const auto y = op("custom::other", {{"self", {Ref{first}}}}, 2);
  g_.outputs = {{{"y"}, y}};
  EXPECT_FALSE(run());
  ASSERT_EQ(problems_.size(), 2U);
  EXPECT_EQ(problems_[0].where.field, "block");
  EXPECT_EQ(problems_[1].where.field, "block.linear");
}

TEST_F(ExportTest, TiedWeightsAreNamedAfterTheirFirstUse) {
  const auto w = weight("shared.weight", {5, 4});
  g_.tensors[0].aliases = {"block.linear.weight"};
  const auto y = op("aten::linear", {{"input", {Ref{x_}}}, {"weight", {Ref{w}}}, {"bias", {}}}, 2);
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r);
  EXPECT_EQ(r->model.graph.initializers[0].name, "block.linear.weight_t");
}

TEST_F(ExportTest, ReferredWeightsAreTransposedByANode) {
  const auto w = weight("block.linear.weight", {5, 4});
  const auto y = op("aten::linear", {{"input", {Ref{x_}}}, {"weight", {Ref{w}}}, {"bias", {}}}, 2);
  g_.outputs = {{{"y"}, y}};
  ExportOptions options;
  options.reference_weights = true;
  const auto r = run(options);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->model.graph.initializers[0].name, "block.linear.weight");
  ASSERT_EQ(r->nodes.size(), 2U);
  EXPECT_EQ(r->nodes[0].op, "Transpose");
  EXPECT_EQ(r->nodes[0].scope, "block.linear");
  EXPECT_EQ(r->facts.parameters, 20U);
}

TEST_F(ExportTest, ABiasIsTheSecondSummandAndResultsHaveShapes) {
  const auto w = weight("block.linear.weight", {5, 4});
  const auto bias = weight("block.linear.bias", {5});
  const auto linear =
      op("aten::linear", {{"input", {Ref{x_}}}, {"weight", {Ref{w}}}, {"bias", {Ref{bias}}}}, 2);
  g_.outputs = {{{"y"}, op("aten::relu", {{"self", {Ref{linear}}}})}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  ASSERT_EQ(op_types(*r), (std::vector<std::string>{"MatMul", "Add", "Relu"}));
  const auto& add = r->model.graph.nodes[1];
  EXPECT_EQ(add.inputs[1], "block.linear.bias");
  // The sum is a value of the archive; the product is not, and "y" is an output.
  ASSERT_EQ(r->model.graph.value_infos.size(), 1U);
  const auto& info = r->model.graph.value_infos[0];
  EXPECT_EQ(info.name, add.outputs[0]);
  EXPECT_EQ(info.dtype, DType::float32);
  EXPECT_EQ(info.shape, (std::vector<onnx::Dim>{"batch_size", std::int64_t{3}, std::int64_t{5}}));
}

TEST_F(ExportTest, ZerosAroundAConvolutionsInputAreItsPads) {
  const auto w = weight("block.linear.weight", {2, 3, 3});
  const auto two = [](std::int64_t a, std::int64_t b) { return Arg{aten::ArgList{{a}, {b}}}; };
  const auto padded = op("aten::constant_pad_nd", {{"self", {Ref{x_}}}, {"pad", two(0, 1)}});
  const auto y = op(
      "aten::conv1d",
      {{"input", {Ref{padded}}}, {"weight", {Ref{w}}}, {"padding", {aten::ArgList{{std::int64_t{2}}}}}}, 2);
  g_.outputs = {{{"y"}, y}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  ASSERT_EQ(op_types(*r), std::vector<std::string>{"Conv"});
  const auto& attributes = r->model.graph.nodes[0].attributes;
  const auto pads =
      std::find_if(attributes.begin(), attributes.end(), [](const auto& a) { return a.name == "pads"; });
  ASSERT_NE(pads, attributes.end());
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(pads->value), (std::vector<std::int64_t>{2, 3}));
}

TEST_F(ExportTest, OtherPaddingStaysANode) {
  const auto w = weight("block.linear.weight", {2, 3, 3});
  const auto pads = Arg{aten::ArgList{{std::int64_t{0}}, {std::int64_t{1}}}};
  const auto padded =
      op("aten::constant_pad_nd", {{"self", {Ref{x_}}}, {"pad", pads}, {"value", {std::int64_t{1}}}});
  g_.outputs = {{{"y"}, op("aten::conv1d", {{"input", {Ref{padded}}}, {"weight", {Ref{w}}}}, 2)}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), (std::vector<std::string>{"Pad", "Conv"}));
}

TEST_F(ExportTest, TwoUnsqueezesAreOneExceptOnAnInput) {
  const auto twice = [&](aten::ValueId id) {
    for (int i = 0; i < 2; ++i) id = op("aten::unsqueeze", {{"self", {Ref{id}}}, {"dim", {std::int64_t{1}}}});
    return id;
  };
  g_.outputs = {{{"mask"}, twice(x_)}, {{"other"}, twice(op("aten::relu", {{"self", {Ref{x_}}}}))}};
  const auto r = run();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(op_types(*r), (std::vector<std::string>{"Unsqueeze", "Unsqueeze", "Relu", "Unsqueeze"}));
}

TEST_F(ExportTest, OpsetsOutsideTheRangeAreRefused) {
  ExportOptions options;
  options.opset = 16;
  EXPECT_FALSE(run(options));
}

}  // namespace
}  // namespace modelexport
