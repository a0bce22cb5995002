// Statistics of stored elements against values worked out by hand.
#include "report/tensor_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace modelexport::report {
namespace {

template <class T>
Bytes raw(const std::vector<T>& values) {
  const ByteSpan bytes = std::as_bytes(std::span(values));
  return Bytes(bytes.begin(), bytes.end());
}

json::Json report(Bytes bytes, std::int32_t type, std::uint64_t elements, std::uint32_t field = 9) {
  const ByteRange range{0, bytes.size()};
  const MemorySource source(std::move(bytes));
  auto document = tensor_json(source, {type, elements, range, field}, no_progress());
  EXPECT_TRUE(document);
  return document ? *document : json::Json();
}

double number(const json::Json& document, std::string_view key) {
  return json::find(document, key)->get<double>();
}

TEST(TensorReport, Float32WithWhatIsNoNumber) {
  const float inf = std::numeric_limits<float>::infinity();
  const json::Json document = report(raw<float>({1, -3, 0, std::nanf(""), inf, -inf, 8}), 1, 7);
  EXPECT_EQ(number(document, "min"), -3);
  EXPECT_EQ(number(document, "max"), 8);
  EXPECT_EQ(number(document, "mean"), 1.5);
  EXPECT_EQ(json::find_int(document, "nan"), 1);
  EXPECT_EQ(json::find_int(document, "inf"), 2);
  EXPECT_EQ(json::find_int(document, "zero"), 1);
  EXPECT_EQ(json::dump(*json::find(document, "first")), R"([1.0,-3.0,0.0,"NaN","Infinity","-Infinity",8.0])");
}

TEST(TensorReport, HalfAndBfloat) {
  // 1.5, -2, smallest subnormal
  const json::Json half = report(raw<std::uint16_t>({0x3E00, 0xC000, 0x0001}), 10, 3);
  EXPECT_EQ(number(half, "max"), 1.5);
  EXPECT_EQ(number(half, "min"), -2);
  EXPECT_EQ(json::elements(*json::find(half, "first"))[2].get<double>(), std::ldexp(1.0, -24));
  const json::Json bfloat = report(raw<std::uint16_t>({0x3FC0, 0xC000}), 16, 2);
  EXPECT_EQ(number(bfloat, "max"), 1.5);
  EXPECT_EQ(number(bfloat, "min"), -2);
}

TEST(TensorReport, VarintsOfInt64Data) {
  // 1, 300, -1
  const Bytes bytes =
      raw<std::uint8_t>({1, 0xAC, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1});
  const json::Json document = report(bytes, 7, 3, 7);
  EXPECT_EQ(number(document, "max"), 300);
  EXPECT_EQ(number(document, "min"), -1);
}

TEST(TensorReport, LargerThanOneWindow) {
  std::vector<double> values(300'000, 2);
  values.back() = 5;
  const json::Json document = report(raw(values), 11, values.size());
  EXPECT_EQ(number(document, "max"), 5);
  EXPECT_EQ(number(document, "min"), 2);
}

TEST(TensorReport, RangeOutsideTheFileIsAnError) {
  const MemorySource source(Bytes(8));
  EXPECT_FALSE(tensor_json(source, {1, 4, {0, 16}, 9}, no_progress()));
  EXPECT_FALSE(tensor_json(source, {1, 4, {~0ULL, 1}, 9}, no_progress()));
}

}  // namespace
}  // namespace modelexport::report
