#include "io/file_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "scratch.h"

namespace modelexport::io {
namespace {

using Names = std::vector<std::string>;

TEST(FileSink, AppearsWholeAndOnlyOnFinish) {
  const Scratch scratch;
  auto sink = FileSink::open(scratch.path("out"), {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->append("hello "));
  ASSERT_TRUE((*sink)->append("world"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path("out")));
  ASSERT_TRUE((*sink)->finish());
  EXPECT_EQ(scratch.read("out"), "hello world");
  EXPECT_EQ(scratch.list(), Names{"out"});
}

TEST(FileSink, LeavesNothingWhenDropped) {
  const Scratch scratch;
  {
    auto sink = FileSink::open(scratch.path("out"), {});
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->append("half"));
  }
  EXPECT_EQ(scratch.list(), Names{});
}

TEST(FileSink, ReplacesOnlyWhenForced) {
  const Scratch scratch;
  scratch.write("out", "old");
  EXPECT_EQ(FileSink::open(scratch.path("out"), {}).error().code, ErrorCode::io_output_exists);
  auto sink = FileSink::open(scratch.path("out"), {.force = true});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->append("new"));
  EXPECT_EQ(scratch.read("out"), "old");
  ASSERT_TRUE((*sink)->finish());
  EXPECT_EQ(scratch.read("out"), "new");
}

TEST(FileSink, DoesNotReplaceAFileThatAppearedMeanwhile) {
  const Scratch scratch;
  auto sink = FileSink::open(scratch.path("out"), {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->append("mine"));
  scratch.write("out", "theirs");
  EXPECT_EQ((*sink)->finish().error().code, ErrorCode::io_output_exists);
  sink->reset();
  EXPECT_EQ(scratch.read("out"), "theirs");
  EXPECT_EQ(scratch.list(), Names{"out"});
}

TEST(FileSink, NeverReplacesDirectoriesAndDevices) {
  const Scratch scratch;
  EXPECT_EQ(FileSink::open(scratch.path(""), {.force = true}).error().code, ErrorCode::io_output_not_a_file);
  EXPECT_EQ(FileSink::open("/dev/null", {.force = true}).error().code, ErrorCode::io_output_not_a_file);
}

TEST(FileSink, SaysWhenThePlaceTakesNoFiles) {
  const Scratch scratch;
  scratch.write("file", "");
  EXPECT_EQ(FileSink::open(scratch.path("none/out"), {}).error().code, ErrorCode::io_output_directory);
  EXPECT_EQ(FileSink::open(scratch.path("file/out"), {}).error().code, ErrorCode::io_output_directory);
  EXPECT_EQ(FileSink::open("/proc/out", {}).error().code, ErrorCode::io_output_directory);
}

TEST(FileSink, ReportsAFullDiskAndLeavesNothing) {
  const Scratch scratch;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto* handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    auto sink = FileSink::open(scratch.path("out"), {});
    ASSERT_TRUE(sink);
    const auto status = (*sink)->append(std::string(10000, 'x'));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::io_write);
  }
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(scratch.list(), Names{});
}

TEST(FileSink, InterruptionEndsWriting) {
  const Scratch scratch;
  install_signal_handlers();
  {
    auto sink = FileSink::open(scratch.path("out"), {});
    ASSERT_TRUE(sink);
    std::raise(SIGINT);
    EXPECT_EQ((*sink)->append("x").error().code, ErrorCode::cli_interrupted);
  }
  reset_interrupted();
  EXPECT_EQ(scratch.list(), Names{});
}

TEST(SplitPath, KnowsTheParts) {
  EXPECT_EQ(split_path("a/b/c").first, "a/b");
  EXPECT_EQ(split_path("a/b/c").second, "c");
  EXPECT_EQ(split_path("c").first, "");
  EXPECT_EQ(split_path("/c").first, "/");
}

TEST(DescriptorSink, NoticesAFullDevice) {
  const UniqueFd full(::open("/dev/full", O_WRONLY));
  ASSERT_TRUE(full.valid());
  DescriptorSink sink(full.get(), "(standard output)");
  EXPECT_EQ(sink.append("x").error().code, ErrorCode::io_write);
}

}  // namespace
}  // namespace modelexport::io
