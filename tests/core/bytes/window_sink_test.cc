#include "bytes/window_sink.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

void write_all(ByteSink& out) {
  for (const char* part : {"one ", "two ", "", "three ", "four"})
    ASSERT_TRUE(out.append(std::string_view(part)));
}

TEST(WindowSink, WindowsJoinToTheWhole) {
  for (std::uint64_t enough = 1; enough < 30; ++enough) {
    MemorySink joined;
    for (std::uint64_t at = 0; at < 18;) {
      WindowSink window(joined, at, enough);
      write_all(window);
      ASSERT_GT(window.end(), at);
      at = window.end();
    }
    EXPECT_EQ(as_text(joined.bytes()), "one two three four") << enough;
  }
}

TEST(WindowSink, SkipsWhatIsNotWanted) {
  MemorySink to;
  WindowSink window(to, 4, 1);
  EXPECT_TRUE(window.skip(4));
  EXPECT_FALSE(window.skip(4));
  ASSERT_TRUE(window.append(std::string_view("two ")));
  EXPECT_TRUE(window.skip(1000));
  EXPECT_EQ(as_text(to.bytes()), "two ");
  EXPECT_EQ(window.end(), 8U);
}

TEST(WindowSink, MayStartInsideAPiece) {
  MemorySink to;
  WindowSink window(to, 2, 100);
  write_all(window);
  EXPECT_EQ(as_text(to.bytes()), "e two three four");
}

}  // namespace
}  // namespace modelexport
