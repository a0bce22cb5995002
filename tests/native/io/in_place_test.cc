#include "io/in_place.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace modelexport::io {
namespace {

TEST(WriteTail, ReplacesTheEndAndKeepsTheRest) {
  const Scratch scratch;
  scratch.write("a", "head-tail");
  ASSERT_TRUE(write_tail(scratch.path("a"), 5, as_bytes("longer end"), 15));
  EXPECT_EQ(scratch.read("a"), "head-longer end");
  ASSERT_TRUE(write_tail(scratch.path("a"), 5, as_bytes("x"), 6));
  EXPECT_EQ(scratch.read("a"), "head-x");
}

TEST(WriteTail, AMissingFileIsAnError) {
  const Scratch scratch;
  EXPECT_FALSE(write_tail(scratch.path("none"), 0, as_bytes("x"), 1));
}

}  // namespace
}  // namespace modelexport::io
