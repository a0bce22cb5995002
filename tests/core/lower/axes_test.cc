#include "lower/axes.h"

#include <gtest/gtest.h>

namespace modelexport::lower {
namespace {

void add(aten::Graph& g, std::vector<std::string> path, std::vector<std::int64_t> shape,
         DType dtype = DType::int64) {
  aten::Input input;
  input.value = g.add_value(flat_name(path));
  input.path = std::move(path);
  input.dtype = dtype;
  input.example_shape = std::move(shape);
  g.inputs.push_back(std::move(input));
}

std::string text(const NamedInput& input) {
  std::string out = input.name;
  for (const Expr& size : input.shape) out += " " + size.to_string();
  return out;
}

TEST(Axes, TextModelsGetOptimumsNames) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 16});
  add(g, {"pixel_mask"}, {2, 32, 32});
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "input_ids batch_size sequence_length");
  EXPECT_EQ(text((*inputs)[1]), "pixel_mask batch_size 32 32");
}

TEST(Axes, CachedDecodersJoinPastAndSequence) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 1});
  add(g, {"attention_mask"}, {2, 5});
  add(g, {"past_key_values", "0", "1"}, {2, 4, 4, 8}, DType::float32);
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[1]), "attention_mask batch_size past_sequence_length + sequence_length");
  EXPECT_EQ(text((*inputs)[2]), "past_key_values.0.value batch_size 4 past_sequence_length 8");
}

TEST(Axes, EncoderAndDecoderLengthsDiffer) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 7});
  add(g, {"decoder_input_ids"}, {2, 3});
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "input_ids batch_size encoder_sequence_length");
  EXPECT_EQ(text((*inputs)[1]), "decoder_input_ids batch_size decoder_sequence_length");
}

TEST(Axes, DecodersOfPairsHaveLengthsOfTheirOwn) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 3});
  add(g, {"encoder_attention_mask"}, {2, 7});
  for (const char* index : {"0", "1", "2", "3"})
    add(g, {"past_key_values", "0", index}, {2, 4, 5, 8}, DType::float32);
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "input_ids batch_size decoder_sequence_length");
  EXPECT_EQ(text((*inputs)[1]), "encoder_attention_mask batch_size encoder_sequence_length");
  EXPECT_EQ(text((*inputs)[3]),
            "past_key_values.0.decoder.value batch_size 4 past_decoder_sequence_length 8");
  EXPECT_EQ(text((*inputs)[4]), "past_key_values.0.encoder.key batch_size 4 encoder_sequence_length 8");
}

TEST(Axes, PairsInsideLayersAreDecoderAndEncoder) {
  EXPECT_EQ(flat_name({"present", "2", "0", "1"}), "present.2.decoder.value");
  EXPECT_EQ(flat_name({"past_key_values", "2", "1", "0"}), "past_key_values.2.encoder.key");
  EXPECT_EQ(flat_name({"hidden", "2", "1", "0"}), "hidden.2.1.0");
}

TEST(Axes, ExamplesOfTwoSizesAreNoBatch) {
  aten::Graph g;
  add(g, {"x"}, {5, 6}, DType::float32);
  add(g, {"i"}, {3});
  add(g, {"y"}, {5, 2}, DType::float32);
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "x batch_size 6");
  EXPECT_EQ(text((*inputs)[1]), "i i_axis_0");
  EXPECT_EQ(text((*inputs)[2]), "y batch_size 2");
  ExportOptions options;
  options.dynamic = {{"x", 0, "n"}, {"i", 0, "n"}};
  EXPECT_FALSE(name_inputs(g, options));
  options.dynamic = {{"x", 0, "n"}, {"y", 0, "n"}};
  EXPECT_TRUE(name_inputs(g, options));
}

TEST(Axes, OutputsDoNotTakeNamesOfInputs) {
  aten::Graph g;
  add(g, {"mask"}, {5, 6}, DType::float32);
  g.outputs = {{{"mask"}, 0}, {{"mask_output"}, 0}, {{"y"}, 0}};
  EXPECT_EQ(name_outputs(g, {}), (std::vector<std::string>{"mask_output", "mask_output_1", "y"}));
}

TEST(Axes, AFlagIsNoBatch) {
  aten::Graph g;
  add(g, {"use_cache_branch"}, {1}, DType::boolean);
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "use_cache_branch 1");
}

TEST(Axes, StaticAndDynamicOptions) {
  aten::Graph g;
  add(g, {"x"}, {2, 16}, DType::float32);
  ExportOptions options;
  options.static_shapes = true;
  options.dynamic = {{"x", 1, "width"}};
  const auto inputs = name_inputs(g, options);
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "x 2 width");
  options.dynamic = {{"x", 2, "depth"}};
  EXPECT_FALSE(name_inputs(g, options));
}

TEST(Axes, ArchiveSymbolsTakeTheNamesOfTheirAxes) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 16});
  g.inputs[0].shape = aten::Shape{Expr::symbol("s1"), Expr::symbol("s9")};
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[0]), "input_ids batch_size sequence_length");
}

TEST(Axes, KeysAndValuesOfAnArchiveShareOneLength) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 3});
  add(g, {"attention_mask"}, {2, 8});
  add(g, {"past_key_values", "0", "0"}, {2, 4, 5, 8}, DType::float32);
  add(g, {"past_key_values", "0", "1"}, {2, 4, 5, 8}, DType::float32);
  const auto s = [](const char* name) { return Expr::symbol(name); };
  g.inputs[0].shape = aten::Shape{s("s0"), s("s1")};
  g.inputs[1].shape = aten::Shape{s("s0"), s("s2")};
  g.inputs[2].shape = aten::Shape{s("s0"), 4, s("s3"), 8};
  g.inputs[3].shape = aten::Shape{s("s0"), 4, s("s4"), 8};
  const auto inputs = name_inputs(g, {});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(text((*inputs)[1]), "attention_mask batch_size past_sequence_length + sequence_length");
  EXPECT_EQ(text((*inputs)[3]), "past_key_values.0.value batch_size 4 past_sequence_length 8");
}

TEST(Axes, InputOptionsAreCheckedAgainstTheArchive) {
  aten::Graph g;
  add(g, {"input_ids"}, {2, 16});
  ExportOptions options;
  options.inputs = {{"ids", DType::int64, {2, 16}}};
  EXPECT_EQ(name_inputs(g, options).error().code, ErrorCode::exp_bad_input_option);
  options.inputs = {{"input_ids", DType::float32, {2, 16}}};
  EXPECT_FALSE(name_inputs(g, options));
  options.inputs = {{"input_ids", DType::int64, {2}}};
  EXPECT_FALSE(name_inputs(g, options));
}

TEST(Axes, SizesThatTheArchiveFixesAreNotOverruled) {
  aten::Graph g;
  add(g, {"x"}, {2, 4}, DType::float32);
  g.inputs[0].shape = aten::Shape{Expr::symbol("s0"), 4};
  ExportOptions options;
  options.inputs = {{"x", DType::float32, {3, 4}}};
  EXPECT_TRUE(name_inputs(g, options));
  options.inputs = {{"x", DType::float32, {2, 9}}};
  EXPECT_EQ(name_inputs(g, options).error().code, ErrorCode::exp_bad_input_option);
}

TEST(Axes, OutputNamesAreTheirOwn) {
  aten::Graph g;
  add(g, {"x"}, {2}, DType::float32);
  g.outputs = {{{}, 0}, {{}, 0}};
  ExportOptions options;
  for (const auto& names : std::vector<std::vector<std::string>>{{"x"}, {"a", "a"}, {"a", "b", "c"}}) {
    options.output_names = names;
    const auto inputs = name_inputs(g, options);
    ASSERT_FALSE(inputs);
    EXPECT_EQ(inputs.error().code, ErrorCode::exp_bad_input_option);
  }
  options.output_names = {"a", "b"};
  EXPECT_TRUE(name_inputs(g, options));
}

TEST(Axes, MissingShapesAreAskedFor) {
  aten::Graph g;
  add(g, {"x"}, {2}, DType::float32);
  g.inputs[0].example_shape.reset();
  const auto inputs = name_inputs(g, {});
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error().code, ErrorCode::exp_no_example_shape);
  EXPECT_NE(inputs.error().hint.find("--input x:"), std::string::npos);
}

TEST(OutputNames, ComeFromArchiveOptionsOrTask) {
  aten::Graph g;
  g.outputs = {{{}, 0}, {{"1", "0", "0"}, 0}, {{"pooled"}, 0}};
  ExportOptions options;
  options.task = "text-generation";
  EXPECT_EQ(name_outputs(g, options)[0], "logits");
  EXPECT_EQ(name_outputs(g, options)[2], "pooled");
  options.output_names = {"scores"};
  EXPECT_EQ(name_outputs(g, options)[0], "scores");
}

}  // namespace
}  // namespace modelexport::lower
