#include "lower/example_inputs.h"

#include <gtest/gtest.h>

namespace modelexport::lower {
namespace {

void add(aten::Graph& g, std::string name, std::vector<std::int64_t> shape, DType dtype) {
  aten::Input input;
  input.value = g.add_value(name);
  input.path = {std::move(name)};
  input.dtype = dtype;
  input.example_shape = std::move(shape);
  g.inputs.push_back(std::move(input));
}

TEST(ExampleInputs, WhatContradictsTheNamesMoves) {
  // Called with ids, mask, types, boxes; the parameters are ids, boxes, mask, types.
  aten::Graph g;
  add(g, "input_ids", {2, 16}, DType::int64);
  add(g, "bbox", {2, 16}, DType::int64);
  add(g, "attention_mask", {2, 16}, DType::int64);
  add(g, "token_type_ids", {2, 16, 4}, DType::float32);
  settle_examples(g);
  EXPECT_EQ(g.inputs[1].example_shape->size(), 3U);
  EXPECT_EQ(g.inputs[1].dtype, DType::float32);
  EXPECT_EQ(g.inputs[3].example_shape->size(), 2U);
  EXPECT_EQ(g.inputs[3].dtype, DType::int64);
}

TEST(ExampleInputs, ImagesAndIdsChangePlaces) {
  aten::Graph g;
  add(g, "input_ids", {2, 16}, DType::int64);
  add(g, "pixel_values", {2, 16}, DType::int64);
  add(g, "attention_mask", {2, 3, 32, 32}, DType::float32);
  settle_examples(g);
  EXPECT_EQ(g.inputs[1].example_shape->size(), 4U);
  EXPECT_EQ(g.inputs[2].dtype, DType::int64);
}

TEST(ExampleInputs, WhatFitsStays) {
  aten::Graph g;
  add(g, "a", {2, 16}, DType::int64);
  add(g, "b", {2, 3, 32, 32}, DType::float32);
  settle_examples(g);
  EXPECT_EQ(g.inputs[0].dtype, DType::int64);
  EXPECT_EQ(g.inputs[1].example_shape->size(), 4U);
}

TEST(ExampleInputs, AHintNamesEveryInputWithoutShape) {
  aten::Graph g;
  for (const char* name : {"tokens", "mask"}) {
    aten::Input input;
    input.value = g.add_value(name);
    input.path = {name};
    g.inputs.push_back(std::move(input));
  }
  aten::Op op;
  op.target = "aten::embedding";
  op.args = {{"indices", {aten::Ref{g.inputs[0].value}}}};
  op.outputs = {g.add_value("out")};
  g.ops.push_back(std::move(op));
  EXPECT_EQ(missing_examples(g, {"tokens", "mask"}), "--input tokens:int64:2x16 --input mask:int64:2x16");
}

}  // namespace
}  // namespace modelexport::lower
