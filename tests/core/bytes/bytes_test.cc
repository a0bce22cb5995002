#include "modelexport/bytes.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

TEST(ReadRange, ReadsExactly) {
  const MemorySource source(std::string_view("hello world"));
  EXPECT_EQ(as_text(read_range(source, {6, 5}, 100).value()), "world");
  EXPECT_EQ(as_text(read_range(source, {11, 0}, 0).value()), "");
  EXPECT_EQ(read_text(source, 11).value(), "hello world");
}

TEST(ReadRange, RefusesWhatIsOutsideOrTooLarge) {
  const MemorySource source(std::string_view("hello world"), "x.bin");
  const auto outside = read_range(source, {6, 6}, 100);
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().code, ErrorCode::io_short_read);
  EXPECT_EQ(outside.error().where.path, "x.bin");
  EXPECT_EQ(outside.error().where.offset, 6u);
  EXPECT_EQ(read_range(source, {~std::uint64_t{0}, 2}, 100).error().code, ErrorCode::io_short_read);
  EXPECT_EQ(read_range(source, {2, ~std::uint64_t{0}}, ~std::uint64_t{0}).error().code,
            ErrorCode::io_short_read);
  EXPECT_EQ(read_range(source, {0, 11}, 10).error().code, ErrorCode::io_too_large);
}

TEST(RangeSource, IsAWindow) {
  const MemorySource whole(std::string_view("0123456789"));
  const RangeSource part(whole, {2, 4}, "part");
  EXPECT_EQ(part.size(), 4u);
  EXPECT_EQ(read_text(part, 10).value(), "2345");
  EXPECT_FALSE(read_range(part, {2, 3}, 10));
  const RangeSource cut(whole, {8, 100}, "cut");
  EXPECT_EQ(cut.size(), 2u);
  const RangeSource gone(whole, {80, 100}, "gone");
  EXPECT_EQ(gone.size(), 0u);
}

TEST(CopyRange, CopiesAcrossWindows) {
  Bytes bytes(3'500'001);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 >> 3);
  const MemorySource source(bytes);
  MemorySink sink;
  ASSERT_TRUE(copy_range(source, {1, 3'500'000}, sink));
  EXPECT_TRUE(std::equal(sink.bytes().begin(), sink.bytes().end(), bytes.begin() + 1, bytes.end()));
  EXPECT_FALSE(copy_range(source, {2, 3'500'000}, sink));
  EXPECT_FALSE(sink.finished());
}

}  // namespace
}  // namespace modelexport
