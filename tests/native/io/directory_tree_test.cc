#include "io/directory_tree.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace modelexport::io {
namespace {

using components::Link;

std::string listed(const DirectoryTree& tree) {
  std::string text;
  for (const auto& entry : tree.list())
    text += entry.path + ":" + std::to_string(static_cast<int>(entry.link)) + " ";
  return text;
}

TEST(DirectoryTree, ListsFilesAndJudgesLinks) {
  const Scratch scratch;
  scratch.write("model/config.json", "{}");
  scratch.write("model/1_Pooling/config.json", "{ }");
  scratch.write("model/.git/HEAD", "ref");
  scratch.write("secret", "s");
  std::filesystem::create_symlink("config.json", scratch.path("model/link"));
  std::filesystem::create_symlink("../secret", scratch.path("model/out"));
  std::filesystem::create_symlink("none", scratch.path("model/broken"));
  std::filesystem::create_directory_symlink("..", scratch.path("model/up"));
  auto tree = DirectoryTree::open(scratch.path("model"), {});
  ASSERT_TRUE(tree);
  EXPECT_EQ(listed(**tree), "1_Pooling/config.json:0 broken:3 config.json:0 link:1 out:2 up:3 ");
  EXPECT_EQ((*tree)->read("link", 100).value(), "{}");
  EXPECT_EQ((*tree)->read("out", 100).error().code, ErrorCode::pack_link);
  EXPECT_EQ((*tree)->read("../secret", 100).error().code, ErrorCode::pack_link);
  EXPECT_EQ((*tree)->read("config.json", 1).error().code, ErrorCode::io_too_large);
}

TEST(DirectoryTree, SnapshotsOfTheCacheLinkToTheirBlobs) {
  const Scratch scratch;
  scratch.write("models--a--b/blobs/123", "{}");
  std::filesystem::create_directories(scratch.path("models--a--b/snapshots/abc"));
  std::filesystem::create_symlink("../../blobs/123", scratch.path("models--a--b/snapshots/abc/config.json"));
  auto tree = DirectoryTree::open(scratch.path("models--a--b/snapshots/abc"), {});
  ASSERT_TRUE(tree);
  EXPECT_EQ(listed(**tree), "config.json:1 ");
  EXPECT_EQ((*tree)->read("config.json", 100).value(), "{}");
}

TEST(DirectoryTree, AMissingDirectoryIsAnError) {
  const Scratch scratch;
  EXPECT_EQ(DirectoryTree::open(scratch.path("none"), {}).error().code, ErrorCode::io_not_found);
}

}  // namespace
}  // namespace modelexport::io
