#include "package/roles.h"

#include <gtest/gtest.h>

namespace modelexport::package {
namespace {

std::vector<std::string> names(const std::vector<std::string>& files,
                               const std::vector<std::pair<std::string, std::string>>& given = {}) {
  const auto roles = find_roles(files, given);
  if (!roles) return {roles.error().message};
  std::vector<std::string> out;
  for (const Role& role : *roles) out.push_back(file_name(role));
  return out;
}

using Names = std::vector<std::string>;

TEST(Roles, OptimumsOwnNames) {
  EXPECT_EQ(names({"a/encoder_model.onnx", "b/decoder_model_merged.onnx"}),
            (Names{"encoder_model.onnx", "decoder_model_merged.onnx"}));
  EXPECT_EQ(names({"model.onnx", "model_quantized.onnx", "model_q4f16.onnx"}),
            (Names{"model.onnx", "model_quantized.onnx", "model_q4f16.onnx"}));
}

TEST(Roles, ALoneFileIsTheModel) {
  EXPECT_EQ(names({"minilm.onnx"}), Names{"model.onnx"});
  EXPECT_EQ(names({"minilm_fp16.onnx"}), Names{"model_fp16.onnx"});
  EXPECT_EQ(names({"decoder_model.onnx"}), Names{"decoder_model.onnx"});
}

TEST(Roles, FreeNamesOfSeveralFilesByPattern) {
  EXPECT_EQ(
      names({"t5-encoder.onnx", "t5-decoder.onnx", "t5-decoder-merged.onnx", "t5-decoder-with_past.onnx"}),
      (Names{"encoder_model.onnx", "decoder_model.onnx", "decoder_model_merged.onnx",
             "decoder_with_past_model.onnx"}));
}

TEST(Roles, GivenRolesWin) {
  EXPECT_EQ(names({"x.onnx", "y.onnx"}, {{"x.onnx", "encoder"}, {"y.onnx", "decoder_merged_q4"}}),
            (Names{"encoder_model.onnx", "decoder_model_merged_q4.onnx"}));
  EXPECT_EQ(names({"a/model.onnx", "b/model.onnx"}, {{"b/model.onnx", "model_fp16"}}),
            (Names{"model.onnx", "model_fp16.onnx"}));
}

TEST(Roles, WhatIsUnclearIsRefused) {
  for (const auto& files : {Names{"a/model.onnx", "b/model.onnx"}, Names{"one.onnx", "two.onnx"}}) {
    const auto roles = find_roles(files, {});
    ASSERT_FALSE(roles);
    EXPECT_EQ(roles.error().code, ErrorCode::pack_roles);
    EXPECT_FALSE(roles.error().hint.empty());
  }
  EXPECT_FALSE(find_roles({"model.onnx"}, {{"other.onnx", "encoder"}}));
  EXPECT_FALSE(find_roles({"model.onnx"}, {{"model.onnx", "nonsense"}}));
}

TEST(Roles, VariantsAreTheDtypesOfTransformersJs) {
  EXPECT_EQ(dtype_of_variant(""), "fp32");
  EXPECT_EQ(dtype_of_variant("quantized"), "q8");
  EXPECT_EQ(dtype_of_variant("q4f16"), "q4f16");
  EXPECT_EQ(dtype_of_variant("optimized"), "");
}

}  // namespace
}  // namespace modelexport::package
