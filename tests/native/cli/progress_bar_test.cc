#include "cli/progress_bar.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace modelexport::cli {
namespace {

using std::chrono::milliseconds;

std::string drawn(bool terminal_like, bool enabled, milliseconds wait,
                  milliseconds line_every = milliseconds(300)) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  Terminal terminal;
  terminal.err_is_terminal = terminal_like;
  {
    ProgressBar bar(terminal, enabled, nullptr, ends[1], line_every);
    bar.update("writing weights", 0, 8 << 20);
    std::this_thread::sleep_for(wait);
    bar.update("writing weights", 2 << 20, 8 << 20);
  }
  ::close(ends[1]);
  char buffer[4096];
  const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  return {buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

TEST(ProgressBar, IsSilentForHalfASecond) { EXPECT_EQ(drawn(true, true, milliseconds(1)), ""); }

TEST(ProgressBar, DrawsABarOnATerminalAndRemovesIt) {
  const std::string text = drawn(true, true, milliseconds(600));
  EXPECT_NE(text.find("writing weights [######..................] 25%  2.0 MiB of 8.0 MiB"),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with("\r\033[K"));
}

TEST(ProgressBar, PrintsPlainLinesElsewhere) {
  const std::string text = drawn(false, true, milliseconds(600));
  EXPECT_TRUE(text.starts_with("writing weights 25%  2.0 MiB of 8.0 MiB")) << text;
  EXPECT_EQ(text.find_first_of("\033\r"), std::string::npos);
  EXPECT_EQ(drawn(false, false, milliseconds(600)), "");
  // What is done within the time of one line needs none.
  EXPECT_EQ(drawn(false, true, milliseconds(600), std::chrono::seconds(5)), "");
}

TEST(ProgressBar, SaysNothingTwiceInALog) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Terminal terminal;
  ProgressBar bar(terminal, true, nullptr, ends[1], milliseconds(1));
  std::this_thread::sleep_for(milliseconds(5));
  bar.update("starting", 0, 0);  // late, but it has just begun
  for (const std::uint64_t done : {1, 1, 1, 2}) {
    std::this_thread::sleep_for(milliseconds(5));
    bar.count("checking files", done, 4);
  }
  ::close(ends[1]);
  char buffer[4096];
  const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))),
            "checking files 25%\nchecking files 50%\n");
}

TEST(ProgressBar, CountsBytesOrThings) {
  const auto line = [](auto show) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    Terminal terminal;
    {
      ProgressBar bar(terminal, true, nullptr, ends[1], milliseconds(1));
      show(bar);
      std::this_thread::sleep_for(milliseconds(5));
      show(bar);
    }
    ::close(ends[1]);
    char buffer[256];
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    ::close(ends[0]);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  };
  // What a step counts does not depend on its name or its size.
  EXPECT_EQ(line([](ProgressBar& bar) { bar.count("comparing weights", 1, 4); }), "comparing weights 25%\n");
  EXPECT_EQ(line([](ProgressBar& bar) { bar.count("files", 1 << 20, 4 << 20); }), "files 25%\n");
  EXPECT_EQ(line([](ProgressBar& bar) { bar.update("packing", 512, 1024); }),
            "packing 50%  512 B of 1.0 KiB\n");
}

TEST(HumanBytes, PicksTheUnit) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(440ULL << 20), "440 MiB");
}

}  // namespace
}  // namespace modelexport::cli
