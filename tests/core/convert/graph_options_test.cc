#include "convert/graph_options.h"

#include <gtest/gtest.h>

namespace modelexport::convert {
namespace {

using options::OptionValues;

using Shape = std::vector<std::int64_t>;

TEST(InputSpec, BothForms) {
  for (const char* text : {"input_ids:int64[2,16]", "input_ids:int64:2x16", "input_ids:long[2, 16]"}) {
    auto spec = parse_input_spec(text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->name, "input_ids");
    EXPECT_EQ(spec->dtype, DType::int64);
    EXPECT_EQ(spec->shape, (Shape{2, 16}));
  }
}

TEST(InputSpec, ScalarsAndOddNames) {
  auto scalar = parse_input_spec("x:float32[]");
  ASSERT_TRUE(scalar);
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_EQ(parse_input_spec("past.0.key:float16:1x2x0x8")->shape, (Shape{1, 2, 0, 8}));
  EXPECT_EQ(parse_input_spec("a:b:bool[3]")->name, "a:b");
}

TEST(InputSpec, WhatIsNotUnderstood) {
  for (const char* text : {"", "x", "x:float32", ":float32[1]", "x:float32[1", "x:flaot[1]", "x:float32[a]",
                           "x:float32[-1]", "x:float32:1y2", "x[1]", "x:float32[99999999999999999999]"}) {
    auto spec = parse_input_spec(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::exp_bad_input_option);
    EXPECT_FALSE(spec.error().hint.empty());
  }
}

TEST(AxisSpec, NamesInputAxisAndSymbol) {
  auto spec = parse_axis_spec("input_ids:1=sequence_length");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->input, "input_ids");
  EXPECT_EQ(spec->axis, 1);
  EXPECT_EQ(spec->symbol, "sequence_length");
  for (const char* text : {"", "x", "x:1", "x=a", "x:=a", "x:b=a", "x:1=", ":1=a", "x:-1=a"}) {
    EXPECT_FALSE(parse_axis_spec(text)) << text;
  }
}

TEST(ExportOptions, AllTogether) {
  const OptionValues values{{"opset", {"20"}},      {"input", {"x:bool[]"}}, {"output-name", {"a", "b"}},
                            {"hierarchy", {"tag"}}, {"torch-modules", {}},   {"task", {"fill-mask"}}};
  auto options = parse_export_options(values);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->opset, 20);
  EXPECT_EQ(options->inputs.size(), 1U);
  EXPECT_EQ(options->output_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options->hierarchy, HierarchyMode::tag);
  EXPECT_TRUE(options->torch_modules);
  EXPECT_EQ(options->task, "fill-mask");
}

TEST(ExportOptions, StaticButForTheNamedAxes) {
  const OptionValues both{{"static", {}}, {"dynamic", {"x:0=n"}}};
  const auto options = parse_export_options(both);
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->static_shapes);
  ASSERT_EQ(options->dynamic.size(), 1U);
}

TEST(ExportOptions, Contradictions) {
  for (const char* opset : {"16", "22", "x", ""}) {
    EXPECT_FALSE(parse_export_options({{"opset", {opset}}})) << opset;
  }
  EXPECT_FALSE(parse_export_options({{"hierarchy", {"half"}}}));
}

TEST(ExportOptions, PlacesOfWeights) {
  EXPECT_EQ(*parse_weight_mode(""), onnx::WeightMode::automatic);
  EXPECT_EQ(*parse_weight_mode("external"), onnx::WeightMode::external);
  EXPECT_EQ(parse_weight_mode("hub").error().code, ErrorCode::cli_not_supported_yet);
  EXPECT_EQ(parse_weight_mode("elsewhere").error().code, ErrorCode::cli_usage);
}

}  // namespace
}  // namespace modelexport::convert
