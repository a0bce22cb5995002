#include "lower/open_residuals.h"

#include <gtest/gtest.h>

#include <cstring>

namespace modelexport::lower {
namespace {

onnx::Initializer shape_constant(std::string name, const std::vector<std::int64_t>& values) {
  Bytes bytes(values.size() * sizeof(std::int64_t));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return {std::move(name), DType::int64, {static_cast<std::int64_t>(values.size())}, std::move(bytes)};
}

std::vector<std::int64_t> content(const onnx::Initializer& initializer) {
  const Bytes& bytes = std::get<Bytes>(initializer.data);
  std::vector<std::int64_t> out(bytes.size() / sizeof(std::int64_t));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

Builder::BuiltNode node(std::string op_type, std::vector<std::string> inputs, std::string output) {
  Builder::BuiltNode out;
  out.node.op_type = std::move(op_type);
  out.node.inputs = std::move(inputs);
  out.node.outputs = {std::move(output)};
  return out;
}

/// Heads merged, added to what came in, normalised.
Builder::Finished block() {
  Builder::Finished out;
  out.nodes = {node("Reshape", {"heads", "shape"}, "merged"), node("Add", {"merged", "x"}, "sum"),
               node("LayerNormalization", {"sum", "scale", "bias"}, "y")};
  out.initializers = {shape_constant("shape", {0, 0, 8})};
  for (const char* name : {"merged", "sum", "y"})
    out.types.push_back(
        {name, DType::float32, {onnx::Dim("batch"), onnx::Dim("sequence"), onnx::Dim(std::int64_t{8})}});
  return out;
}

bool is_named(const Builder::Finished& finished) {
  return std::holds_alternative<std::string>(finished.types.at(1).shape.at(1));
}

TEST(OpenResiduals, SequenceAxisHasNoName) {
  Builder::Finished finished = block();
  open_residuals(finished);
  EXPECT_EQ(content(finished.initializers.at(0)), (std::vector<std::int64_t>{0, -1, 8}));
  EXPECT_FALSE(is_named(finished));
  EXPECT_TRUE(std::holds_alternative<std::string>(finished.types[1].shape[0])) << "the batch keeps its name";
}

TEST(OpenResiduals, AConstantThatIsThereIsUsed) {
  Builder::Finished finished = block();
  finished.initializers.push_back(shape_constant("inferred", {0, -1, 8}));
  open_residuals(finished);
  ASSERT_EQ(finished.initializers.size(), 1u);
  EXPECT_EQ(finished.initializers[0].name, "inferred");
  EXPECT_EQ(finished.nodes[0].node.inputs[1], "inferred");
}

TEST(OpenResiduals, WhatElseReadsTheConstantIsLeftAlone) {
  Builder::Finished finished = block();
  finished.nodes.push_back(node("Expand", {"z", "shape"}, "expanded"));
  open_residuals(finished);
  EXPECT_EQ(content(finished.initializers.at(0)), (std::vector<std::int64_t>{0, 0, 8}));
}

TEST(OpenResiduals, OnlyWhereTheSumFeedsNothingElse) {
  Builder::Finished finished = block();
  finished.nodes.push_back(node("Relu", {"sum"}, "other"));
  open_residuals(finished);
  EXPECT_EQ(content(finished.initializers.at(0)), (std::vector<std::int64_t>{0, 0, 8}));
  EXPECT_TRUE(is_named(finished));
}

TEST(OpenResiduals, KnownLengthsStay) {
  Builder::Finished finished = block();
  for (auto& info : finished.types) info.shape[1] = std::int64_t{16};
  open_residuals(finished);
  EXPECT_EQ(content(finished.initializers.at(0)), (std::vector<std::int64_t>{0, 0, 8}));
}

}  // namespace
}  // namespace modelexport::lower
