#include "package/manifest.h"

#include <gtest/gtest.h>

namespace modelexport::package {
namespace {

constexpr const char* kSha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Manifest sample() {
  const stamp::Entries entries = {{"hf_model_type", "hub"},
                                  {"hf_hub_id", "org/name"},
                                  {"hf_hub_revision", "0123456789abcdef0123456789abcdef01234567"},
                                  {"hf_revision_evidence", "captured"},
                                  {"hf_task", "fill-mask"},
                                  {"modelexport.captured_with", R"({"torch":"2.15.0"})"}};
  Manifest manifest = manifest_of_stamp(entries, "1.0.0");
  manifest.targets = {"optimum"};
  manifest.files = {{"model.onnx", 3, kSha, "export", "model.pt", {}},
                    {"config.json", 3, kSha, "source", "config", {"_name_or_path: blanked"}}};
  return manifest;
}

TEST(Manifest, TellsSourceVersionsAndFiles) {
  const json::Json document = manifest_json(sample());
  EXPECT_EQ(document["schema"], "modelexport/package/1");
  EXPECT_EQ(document["source"]["hub_id"], "org/name");
  EXPECT_EQ(document["source"]["revision_evidence"], "captured");
  EXPECT_EQ(document["versions"]["captured_with"]["torch"], "2.15.0");
  EXPECT_EQ(document["files"][0]["path"], "config.json") << "sorted by path";
  EXPECT_EQ(document["files"][0]["edits"][0], "_name_or_path: blanked");
}

TEST(Manifest, ReadsWhatItWrites) {
  const auto read = read_manifest(manifest_text(sample()), {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(manifest_text(*read), manifest_text(sample()));
}

TEST(Manifest, UnknownSourceHasOnlyAKind) {
  const json::Json document = manifest_json(manifest_of_stamp({}, "1.0.0"));
  EXPECT_EQ(document["source"], json::Json({{"kind", "unknown"}}));
}

TEST(Manifest, RefusesWhatIsNone) {
  const std::string good = manifest_text(sample());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text :
       {std::string("no json"), std::string(R"({"schema":"modelexport/capture/1"})"),
        with("\"config.json\"", "\"../config.json\""), with("\"config.json\"", "\"model.onnx\""),
        with("\"bytes\": 3", "\"bytes\": -3"), with(kSha, "abc")}) {
    const auto read = read_manifest(text, {});
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::pkg_manifest_invalid);
  }
}

TEST(Manifest, DescribesComponentsByPath) {
  components::ComponentPlan plan;
  plan.files.push_back({"config.json", 3, components::Action::write, "x", "config", {"edited"}});
  std::vector<ManifestFile> files = {{"config.json", 3, kSha, "", "", {}},
                                     {"model.onnx", 3, kSha, "export", "model.pt", {}}};
  describe_components(plan, files);
  EXPECT_EQ(files[0].from, "source");
  EXPECT_EQ(files[0].edits, std::vector<std::string>{"edited"});
  EXPECT_EQ(files[1].from, "export");
}

}  // namespace
}  // namespace modelexport::package
