#include "io/real_path.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace modelexport::io {
namespace {

TEST(RealPath, FollowsLinksAndTellsFilesApart) {
  const std::filesystem::path base = std::filesystem::path(testing::TempDir()) / "real_path_test";
  std::filesystem::remove_all(base);
  std::filesystem::create_directories(base / "a");
  std::ofstream(base / "a" / "file") << "x";
  std::ofstream(base / "a" / "other") << "x";
  std::filesystem::create_symlink("a", base / "link");
  const std::string file = std::filesystem::canonical(base / "a" / "file");
  EXPECT_EQ(real_path(base / "link" / "." / "file"), file);
  EXPECT_EQ(real_path(base / "none"), "");
  EXPECT_TRUE(is_same_file(base / "link" / "file", file));
  EXPECT_FALSE(is_same_file(base / "a" / "other", file));
  EXPECT_FALSE(is_same_file(base / "none", base / "none"));
  EXPECT_TRUE(is_same_file("", std::filesystem::current_path()));
  std::filesystem::remove_all(base);
}

}  // namespace
}  // namespace modelexport::io
