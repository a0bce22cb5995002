#include "verify/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace modelexport::verify {
namespace {

template <class T>
Tensor tensor(DType dtype, std::vector<T> values) {
  Tensor out{"x", dtype, {static_cast<std::int64_t>(values.size())}, Bytes(values.size() * sizeof(T))};
  std::memcpy(out.data.data(), values.data(), out.data.size());
  return out;
}
Tensor floats(std::vector<float> values) { return tensor(DType::float32, std::move(values)); }

TEST(Compare, DifferencesCountAgainstTheLargestMagnitude) {
  const Difference d = compare(floats({100.0F, 1.01F}), floats({100.0F, 1.0F}), 1e-3);
  EXPECT_TRUE(d.within);
  EXPECT_NEAR(d.max_abs, 0.01, 1e-6);
  EXPECT_NEAR(d.max_rel, 0.0001, 1e-8);
  EXPECT_FALSE(compare(floats({0.5F, 0.01F}), floats({0.5F, 0.0F}), 1e-3).within);
}

TEST(Compare, OtherShapesAndKindsDiffer) {
  const Difference d = compare(floats({1}), floats({1, 2}), 1);
  EXPECT_FALSE(d.within);
  EXPECT_EQ(d.problem, "it is float32[1], the archive gives float32[2]");
  EXPECT_FALSE(compare(floats({1}), tensor<std::int64_t>(DType::int64, {1}), 1).within);
}

TEST(Compare, IntegersAreEqualOrNot) {
  const auto a = tensor<std::int64_t>(DType::int64, {1, 2, 3});
  EXPECT_TRUE(compare(a, a, 0).within);
  const Difference d = compare(tensor<std::int64_t>(DType::int64, {1, 2, 4}), a, 10);
  EXPECT_FALSE(d.within);
  EXPECT_EQ(d.problem, "1 of 3 elements differ");
}

TEST(Compare, NotANumberAgreesOnlyWithItself) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(compare(floats({nan, 1}), floats({nan, 1}), 0).within);
  EXPECT_FALSE(compare(floats({nan, 1}), floats({2, 1}), 1e9).within);
}

TEST(Compare, MaskValuesAgreeWhateverTheirSize) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float lowest = std::numeric_limits<float>::lowest();
  EXPECT_TRUE(compare(floats({-infinity, 1}), floats({lowest, 1}), 1e-6).within);
  EXPECT_FALSE(compare(floats({infinity, 1}), floats({lowest, 1}), 1e-6).within);
}

TEST(Compare, HalvesAreReadRight) {
  // 1.5, -2, the smallest subnormal, infinity
  const auto half = tensor<std::uint16_t>(DType::float16, {0x3E00, 0xC000, 0x0001, 0x7C00});
  EXPECT_TRUE(compare(half, floats({1.5F, -2.0F, 5.9604645e-8F, 1e35F}), 1e-9).within);
  const auto bfloat = tensor<std::uint16_t>(DType::bfloat16, {0x3FC0, 0xC000});
  EXPECT_TRUE(compare(bfloat, floats({1.5F, -2.0F}), 1e-9).within);
  EXPECT_GT(default_atol(DType::bfloat16), default_atol(DType::float32));
}

}  // namespace
}  // namespace modelexport::verify
