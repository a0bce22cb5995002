#include "verify/tensor.h"

#include <gtest/gtest.h>

namespace modelexport::verify {
namespace {

TEST(Tensor, SafetensorsThereAndBack) {
  const Tensors made = {{"b", DType::int64, {1}, Bytes(8, std::byte{1})},
                        {"a", DType::bfloat16, {2, 1}, Bytes(4, std::byte{2})},
                        {"empty", DType::float32, {0, 3}, {}}};
  const MemorySource file(to_safetensors(made));
  const auto read = from_safetensors(file, 100, Limits{});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 3U);
  const Tensor* a = find(*read, "a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(describe(*a), "bfloat16[2, 1]");
  EXPECT_EQ(a->data, made[1].data);
  EXPECT_EQ(find(*read, "c"), nullptr);
}

TEST(Tensor, TooMuchDataIsRefused) {
  const MemorySource file(
      to_safetensors({{"a", DType::uint8, {50}, Bytes(50)}, {"b", DType::uint8, {50}, Bytes(50)}}));
  EXPECT_FALSE(from_safetensors(file, 99, Limits{}));
  EXPECT_TRUE(from_safetensors(file, 100, Limits{}));
}

TEST(Tensor, CountsDoNotOverflow) {
  EXPECT_FALSE((Tensor{"x", DType::uint8, {1LL << 40, 1LL << 40}, {}}.count()));
  EXPECT_EQ((Tensor{"x", DType::uint8, {}, {}}.count()), 1U);
}

}  // namespace
}  // namespace modelexport::verify
