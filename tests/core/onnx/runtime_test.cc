#include "onnx/runtime.h"

#include <gtest/gtest.h>

namespace modelexport::onnx {
namespace {

TEST(Runtime, OldestReleaseThatLoads) {
  EXPECT_EQ(min_ort_version(8, {{"", 18}})->version, "1.14");
  EXPECT_EQ(min_ort_version(10, {{"", 18}})->version, "1.18") << "raising IR to 10 costs older runtimes";
  EXPECT_EQ(min_ort_version(8, {{"", 17}, {"ai.onnx.ml", 4}})->version, "1.17");
  EXPECT_EQ(min_ort_version(8, {{"", 11}, {"my.domain", 99}})->version, "1.10");
  EXPECT_EQ(min_ort_version(14, {{"", 28}})->version, "1.32");
  EXPECT_EQ(min_ort_version(15, {}), nullptr);
  EXPECT_EQ(min_ort_version(8, {{"com.microsoft", 2}}), nullptr);
}

TEST(Runtime, FindsReleasesByVersion) {
  EXPECT_EQ(find_runtime("1.18")->version, "1.18");
  EXPECT_EQ(find_runtime("1.18.2")->version, "1.18");
  EXPECT_EQ(find_runtime("1.28")->version, "1.25") << "not measured: the limits of the one before";
  EXPECT_EQ(find_runtime("2.0")->version, "1.32");
  for (const char* bad : {"", "1", "1.", "x.y", "1.9", "1.18x", "1.99999"})
    EXPECT_EQ(find_runtime(bad), nullptr) << bad;
}

TEST(Runtime, SaysWhy) {
  const RuntimeRelease& release = *find_runtime("1.14");
  EXPECT_EQ(runtime_refusal(release, 8, {{"ai.onnx", 18}}), "");
  EXPECT_EQ(runtime_refusal(release, 9, {}), "IR version 9 is above 8");
  EXPECT_EQ(runtime_refusal(release, 8, {{"", 20}}), "opset 20 of ai.onnx is above 18");
}

TEST(Runtime, LowestIrOfOperatorSets) {
  EXPECT_EQ(min_ir_version({{"", 18}}), 8);
  EXPECT_EQ(min_ir_version({{"", 11}}), 6);
  EXPECT_EQ(min_ir_version({{"", 15}, {"ai.onnx.ml", 5}}), 10);
  EXPECT_EQ(min_ir_version({{"custom", 3}}), 3);
}

}  // namespace
}  // namespace modelexport::onnx
