#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace modelexport::cli {
namespace {

TEST(Color, TheOptionWins) {
  EXPECT_TRUE(decide_color(ColorMode::always, false, "1", nullptr, "dumb"));
  EXPECT_FALSE(decide_color(ColorMode::never, true, nullptr, "1", "xterm"));
}

TEST(Color, NoColorBeatsForceBeatsTerminal) {
  constexpr auto kAuto = ColorMode::automatic;
  EXPECT_FALSE(decide_color(kAuto, true, "1", "1", "xterm"));
  EXPECT_TRUE(decide_color(kAuto, true, "", nullptr, "xterm"));  // present but empty does not count
  EXPECT_TRUE(decide_color(kAuto, false, nullptr, "1", "xterm"));
  EXPECT_FALSE(decide_color(kAuto, false, nullptr, "0", "xterm"));
  EXPECT_FALSE(decide_color(kAuto, true, nullptr, nullptr, "dumb"));
  EXPECT_FALSE(decide_color(kAuto, false, nullptr, nullptr, "xterm"));
}

TEST(Styled, PlainWithoutColor) {
  EXPECT_EQ(styled("x", Style::red, false), "x");
  EXPECT_EQ(styled("x", Style::red, true), "\033[1;31mx\033[0m");
}

}  // namespace
}  // namespace modelexport::cli
