#include "io/process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "io/signals.h"

namespace modelexport::io {
namespace {

ProcessOptions command(std::vector<std::string> words) {
  ProcessOptions options;
  options.command = std::move(words);
  return options;
}
ProcessOptions shell(const std::string& script) { return command({"/bin/sh", "-c", script}); }

TEST(Process, CapturesBothStreamsAndTheCode) {
  auto result = run_process(shell("echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->error, "err\n");
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->signal, 0);
}

TEST(Process, SaysWhichSignalEndedIt) {
  auto result = run_process(shell("kill -SEGV $$"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, SIGSEGV);
}

TEST(Process, StopsAfterTheTimeoutWithAllDescendants) {
  ProcessOptions options = shell("trap '' TERM; sleep 30 & sleep 30");
  options.timeout = std::chrono::seconds(1);
  const auto started = std::chrono::steady_clock::now();
  auto result = run_process(options);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST(Process, KeepsOnlySoMuchOutput) {
  ProcessOptions options = shell("head -c 300000 /dev/zero");
  options.capture_limit = 1000;
  auto result = run_process(options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.size(), 1000U);
  EXPECT_EQ(result->exit_code, 0);
}

TEST(Process, LimitsAddressSpace) {
  ProcessOptions options = shell("ulimit -v");
  options.address_space = 1ULL << 30;
  auto result = run_process(options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "1048576\n");
}

TEST(Process, AddsToTheEnvironment) {
  ::setenv("MODELEXPORT_TEST_A", "old", 1);
  ProcessOptions options = shell("echo $MODELEXPORT_TEST_A $MODELEXPORT_TEST_B");
  options.environment = {"MODELEXPORT_TEST_A=new", "MODELEXPORT_TEST_B=b"};
  EXPECT_EQ(run_process(options)->output, "new b\n");
  ::unsetenv("MODELEXPORT_TEST_A");
}

TEST(Process, AMissingProgramIsAnError) {
  EXPECT_EQ(run_process(command({"/nonexistent/program"})).error().code, ErrorCode::io_not_found);
}

TEST(Process, InterruptionEndsTheChild) {
  install_signal_handlers();
  ProcessOptions options = shell("sleep 30");
  // A second signal would end this process: raise only once.
  static int raised = 0;
  options.on_wait = [](void*) {
    if (raised++ == 0) std::raise(SIGINT);
  };
  EXPECT_EQ(run_process(options).error().code, ErrorCode::cli_interrupted);
  reset_interrupted();
}

}  // namespace
}  // namespace modelexport::io
