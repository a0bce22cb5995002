#include "aten/type.h"

#include <gtest/gtest.h>

namespace modelexport::aten {
namespace {

const Expr n = Expr::symbol("n");

TEST(Promotion, NumbersRaiseOnlyTheCategory) {
  const Type half = Type::tensor(DType::float16, {n});
  const Type ints = Type::tensor(DType::int32, {n});
  const Type number = Type::number(DType::float64);
  EXPECT_EQ(result_type({&half, &number}), DType::float16);
  EXPECT_EQ(result_type({&ints, &number}), DType::float32);
}

TEST(Promotion, RankZeroTensorsStandBetweenNumbersAndTensors) {
  const Type scalar = Type::tensor(DType::float64, {});
  const Type floats = Type::tensor(DType::float32, {n});
  const Type ints = Type::tensor(DType::int64, {n});
  EXPECT_EQ(result_type({&scalar, &floats}), DType::float32);
  EXPECT_EQ(result_type({&scalar, &ints}), DType::float64);
}

TEST(Promotion, WrappedNumbersOfTracesPromoteLikeNumbers) {
  Type wrapped = Type::tensor(DType::float64, {});
  wrapped.wrapped = true;
  const Type scalar = Type::tensor(DType::float32, {});
  EXPECT_EQ(result_type({&scalar, &wrapped}), DType::float32);
}

TEST(Promotion, OfTwoDtypes) {
  EXPECT_EQ(promote(DType::uint8, DType::int8), DType::int16);
  EXPECT_EQ(promote(DType::float16, DType::bfloat16), DType::float32);
  EXPECT_EQ(promote(DType::boolean, DType::int16), DType::int16);
  EXPECT_EQ(promote(DType::int64, DType::float16), DType::float16);
}

TEST(Broadcast, ConstantsWinOverSymbolsAndOnesYield) {
  EXPECT_EQ(broadcast({n, 1}, {4}), (Shape{n, 4}));
  EXPECT_EQ(broadcast({n}, {8}), (Shape{8}));
  EXPECT_EQ(broadcast({}, {n, 2}), (Shape{n, 2}));
  EXPECT_FALSE(broadcast({3}, {4}));
}

}  // namespace
}  // namespace modelexport::aten
