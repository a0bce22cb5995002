#include "package/zip_tree.h"

#include <gtest/gtest.h>

#include "package/manifest.h"
#include "package/verify.h"
#include "zip/writer.h"
#include "zip/zip.h"

namespace modelexport::package {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

/// Stored members in this order, as packages have them.
Bytes zip_of(const Files& files) {
  MemorySink sink;
  zip::Writer writer(sink);
  for (const auto& [name, text] : files) EXPECT_TRUE(writer.add(name, as_bytes(text)));
  EXPECT_TRUE(writer.finish());
  return sink.bytes();
}

std::vector<std::string> paths_of(const components::SourceTree& tree) {
  std::vector<std::string> paths;
  for (const auto& file : tree.list()) paths.push_back(file.path);
  return paths;
}

struct Opened {
  explicit Opened(const Files& files)
      : source(zip_of(files), "m.zip"),
        archive(*zip::Archive::open(source, {})),
        tree(archive, "m.zip", {}) {}
  MemorySource source;
  zip::Archive archive;
  ZipTree tree;
};

TEST(ZipTree, ListsAndReadsMembersWhereTheyLie) {
  const Opened zip({{"model.onnx", "graph"}, {"config.json", "{}"}, {"onnx/model.onnx", "other"}});
  EXPECT_EQ(paths_of(zip.tree), (std::vector<std::string>{"config.json", "model.onnx", "onnx/model.onnx"}));
  EXPECT_EQ(*zip.tree.read("config.json", 10), "{}");
  EXPECT_EQ(zip.tree.read("model.onnx", 4).error().code, ErrorCode::zip_limit);
  EXPECT_EQ(zip.tree.read("none.json", 10).error().code, ErrorCode::io_not_found);
  const auto model = zip.tree.open("onnx/model.onnx");
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->name(), "m.zip/onnx/model.onnx");
  EXPECT_EQ(*read_text(**model, 10), "other");
}

TEST(ZipTree, AZippedDirectoryIsTheDirectory) {
  const Opened described({{"m/config.json", "{}"}, {"m/onnx/model.onnx", "graph"}});
  EXPECT_EQ(paths_of(described.tree), (std::vector<std::string>{"config.json", "onnx/model.onnx"}));
  EXPECT_EQ(*described.tree.read("config.json", 10), "{}");
  const Opened part(Files{{"onnx/model.onnx", "graph"}});
  EXPECT_EQ(paths_of(part.tree), std::vector<std::string>{"onnx/model.onnx"});
}

TEST(ZipTree, AManifestIsComparedWithTheMembers) {
  Manifest manifest;
  manifest.files.push_back({"config.json", 2, std::string(64, '0'), "source", "config", {}});
  const Opened zip({{"config.json", "{}"}, {std::string(kManifestName), manifest_text(manifest)}});
  const auto found = verify(manifest, zip.tree, {}, no_progress());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().code, ErrorCode::pkg_file_changed);
}

}  // namespace
}  // namespace modelexport::package
