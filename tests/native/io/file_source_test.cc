#include "io/file_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "scratch.h"

namespace modelexport::io {
namespace {

TEST(FileSource, ReadsRangesAndCountsThem) {
  const Scratch scratch;
  scratch.write("a", "0123456789");
  auto source = FileSource::open(scratch.path("a"), "shown");
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 10U);
  EXPECT_EQ((*source)->name(), "shown");
  Bytes bytes(3);
  ASSERT_TRUE((*source)->read_at(4, bytes));
  EXPECT_EQ(as_text(bytes), "456");
  EXPECT_EQ((*source)->bytes_read(), 3U);
  EXPECT_EQ((*source)->requests(), 1U);
}

TEST(FileSource, ReadingPastTheEndIsAnError) {
  const Scratch scratch;
  scratch.write("a", "0123");
  auto source = FileSource::open(scratch.path("a"));
  ASSERT_TRUE(source);
  Bytes bytes(2);
  EXPECT_EQ((*source)->read_at(3, bytes).error().code, ErrorCode::io_short_read);
  EXPECT_EQ((*source)->read_at(~0ULL, bytes).error().code, ErrorCode::io_short_read);
  EXPECT_TRUE((*source)->read_at(4, {}));
}

TEST(FileSource, NoticesAFileThatShrinksOrChanges) {
  const Scratch scratch;
  scratch.write("a", "0123456789");
  auto source = FileSource::open(scratch.path("a"));
  ASSERT_TRUE(source);
  EXPECT_TRUE((*source)->verify_unchanged());
  std::filesystem::resize_file(scratch.path("a"), 5);
  Bytes bytes(10);
  EXPECT_EQ((*source)->read_at(0, bytes).error().code, ErrorCode::io_short_read);
  EXPECT_EQ((*source)->verify_unchanged().error().code, ErrorCode::io_short_read);
}

TEST(FileSource, RefusesWhatIsNoFile) {
  const Scratch scratch;
  EXPECT_EQ(FileSource::open(scratch.path("none")).error().code, ErrorCode::io_not_found);
  EXPECT_EQ(FileSource::open(scratch.path("")).error().code, ErrorCode::io_not_a_file);
  ASSERT_EQ(::mkfifo(scratch.path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(FileSource::open(scratch.path("fifo")).error().code, ErrorCode::io_not_a_file);
  scratch.write("file", "");
  EXPECT_EQ(FileSource::open(scratch.path("file/below")).error().code, ErrorCode::io_not_found);
}

TEST(FileSource, ReadsBeyondFourGigabytes) {
  const Scratch scratch;
  constexpr std::uint64_t kFar = 5ULL << 30;
  {
    std::ofstream file(scratch.path("big"));
    file.seekp(static_cast<std::streamoff>(kFar));
    file << "end";
  }
  auto source = FileSource::open(scratch.path("big"));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), kFar + 3);
  Bytes bytes(3);
  ASSERT_TRUE((*source)->read_at(kFar, bytes));
  EXPECT_EQ(as_text(bytes), "end");
}

}  // namespace
}  // namespace modelexport::io
