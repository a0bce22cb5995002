#include "io/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "scratch.h"

namespace modelexport::io {
namespace {

TEST(TemporaryDirectory, IsPrivateAndGoesWithItsFiles) {
  const Scratch scratch;
  ASSERT_EQ(::setenv("TMPDIR", scratch.path("").c_str(), 1), 0);
  {
    auto directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    struct stat info {};
    ASSERT_EQ(::stat((*directory)->path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    std::ofstream((*directory)->file("graph.json")) << "{}";
    EXPECT_FALSE((*directory)->file("never-written").empty());
    EXPECT_EQ(scratch.list().size(), 2U);
  }
  EXPECT_TRUE(scratch.list().empty());
  ASSERT_EQ(::setenv("TMPDIR", scratch.path("none").c_str(), 1), 0);
  EXPECT_EQ(TemporaryDirectory::create().error().code, ErrorCode::io_temporary);
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace modelexport::io
