#include "modelexport/dtype.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

TEST(DType, EveryNumberingFindsItsWayBack) {
  for (int i = 1; i <= static_cast<int>(DType::float8e5m2fnuz); ++i) {
    const auto dtype = static_cast<DType>(i);
    const DTypeInfo* info = dtype_info(dtype);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->dtype, dtype);
    EXPECT_EQ(dtype_from_name(info->name), dtype);
    if (info->c10 >= 0) {
      EXPECT_EQ(dtype_from_c10(info->c10), dtype);
    }
    if (info->pt2 >= 0) {
      EXPECT_EQ(dtype_from_pt2(info->pt2), dtype);
    }
  }
}

TEST(DType, KnownNumbers) {
  EXPECT_EQ(dtype_from_c10(6), DType::float32);
  EXPECT_EQ(dtype_from_c10(4), DType::int64);
  EXPECT_EQ(dtype_from_c10(11), DType::boolean);
  EXPECT_EQ(dtype_from_c10(15), DType::bfloat16);
  EXPECT_EQ(dtype_from_pt2(7), DType::float32);
  EXPECT_EQ(dtype_from_pt2(5), DType::int64);
  EXPECT_EQ(dtype_from_pt2(12), DType::boolean);
  EXPECT_EQ(dtype_from_pt2(13), DType::bfloat16);
  EXPECT_EQ(dtype_bytes(DType::complex128), 16);
  EXPECT_EQ(dtype_bytes(DType::boolean), 1);
}

TEST(DType, UnknownIsNothing) {
  EXPECT_EQ(dtype_info(static_cast<DType>(200)), nullptr);
  EXPECT_EQ(dtype_name(static_cast<DType>(200)), "undefined");
  EXPECT_EQ(dtype_from_c10(-1), std::nullopt);
  EXPECT_EQ(dtype_from_pt2(0), std::nullopt);
  EXPECT_EQ(dtype_from_name("undefined"), std::nullopt);
  EXPECT_EQ(dtype_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace modelexport
