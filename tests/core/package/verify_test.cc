#include "package/verify.h"

#include <gtest/gtest.h>

#include "modelexport/digest.h"
#include "tests/core/components/memory_tree.h"

namespace modelexport::package {
namespace {

Manifest manifest_for(const std::vector<std::pair<std::string, std::string>>& files) {
  Manifest manifest;
  for (const auto& [path, text] : files) {
    manifest.files.push_back(
        {path, text.size(), hex_digest(DigestKind::sha256, as_bytes(text)), "source", "", {}});
  }
  return manifest;
}

Diagnostics found(const Manifest& manifest, const components::SourceTree& tree) {
  auto out = verify(manifest, tree, {}, no_progress());
  EXPECT_TRUE(out);
  return out ? *out : Diagnostics{};
}

TEST(Verify, AnIntactPackageHasNoFindings) {
  components::MemoryTree tree;
  tree.add("config.json", "{}").add("onnx/model.onnx", "abc").add("modelexport.json", "itself");
  EXPECT_TRUE(found(manifest_for({{"config.json", "{}"}, {"onnx/model.onnx", "abc"}}), tree).empty());
}

TEST(Verify, OneFlippedBitIsFound) {
  components::MemoryTree tree;
  tree.add("config.json", "{}").add("model.onnx", "abb");
  const Diagnostics out = found(manifest_for({{"config.json", "{}"}, {"model.onnx", "abc"}}), tree);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].code, ErrorCode::pkg_file_changed);
  EXPECT_EQ(out[0].where.path, "model.onnx");
}

TEST(Verify, MissingResizedAndUnlistedFiles) {
  components::MemoryTree tree;
  tree.add("a", "1").add("b", "22").add("link", "3", components::Link::outside).add("extra", "4");
  const Diagnostics out = found(manifest_for({{"a", "1"}, {"b", "2"}, {"gone", "5"}, {"link", "3"}}), tree);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].code, ErrorCode::pkg_file_changed);
  EXPECT_EQ(out[1].code, ErrorCode::pkg_file_missing);
  EXPECT_EQ(out[2].code, ErrorCode::pkg_file_missing);
  EXPECT_EQ(out[2].where.path, "link");
  EXPECT_EQ(out[3].code, ErrorCode::pkg_file_unlisted);
  EXPECT_EQ(out[3].severity, Severity::info);
}

TEST(Verify, SizesOnlyWhenAskedSo) {
  components::MemoryTree tree;
  tree.add("model.onnx", "abb");
  const auto out = verify(manifest_for({{"model.onnx", "abc"}}), tree, {.checksums = false}, no_progress());
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->empty());
}

}  // namespace
}  // namespace modelexport::package
