#include "io/output_directory.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace modelexport::io {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

void put(OutputDirectory& out, const std::string& name, std::string_view text, bool main = false) {
  auto sink = out.create(name, main);
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE((*sink)->append(text));
  ASSERT_TRUE((*sink)->finish());
}

TEST(OutputDirectory, ANewOneAppearsAtOnce) {
  const Scratch scratch;
  auto out = OutputDirectory::open(scratch.path("a/b/out/"), false);
  ASSERT_TRUE(out);
  ASSERT_TRUE((*out)->plan("model.onnx"));
  put(**out, "model.onnx", "onnx", true);
  put(**out, "config.json", "{}");
  EXPECT_FALSE(std::filesystem::exists(scratch.path("a/b/out")));
  ASSERT_TRUE((*out)->commit());
  EXPECT_EQ(scratch.list(), (Names{"a", "a/b", "a/b/out", "a/b/out/config.json", "a/b/out/model.onnx"}));
  EXPECT_EQ(scratch.read("a/b/out/model.onnx"), "onnx");
}

TEST(OutputDirectory, DroppedLeavesNoTrace) {
  const Scratch scratch;
  {
    auto out = OutputDirectory::open(scratch.path("a/b/out"), false);
    ASSERT_TRUE(out);
    put(**out, "model.onnx", "onnx", true);
    auto half = (*out)->create("config.json");
    ASSERT_TRUE(half);
  }
  EXPECT_EQ(scratch.list(), Names{});
}

TEST(OutputDirectory, AnExistingOneKeepsWhatElseItHolds) {
  const Scratch scratch;
  scratch.write("out/notes.txt", "mine");
  auto out = OutputDirectory::open(scratch.path("out"), false);
  ASSERT_TRUE(out);
  EXPECT_TRUE((*out)->exists_already());
  put(**out, "model.onnx", "onnx", true);
  EXPECT_EQ(scratch.list(), (Names{"out", "out/notes.txt"}));
  ASSERT_TRUE((*out)->commit());
  EXPECT_EQ(scratch.list(), (Names{"out", "out/model.onnx", "out/notes.txt"}));
}

TEST(OutputDirectory, FindsCollisionsBeforeTheFirstWrite) {
  const Scratch scratch;
  scratch.write("out/config.json", "{\"theirs\": 1}");
  scratch.write("out/same.json", "{}");
  auto out = OutputDirectory::open(scratch.path("out"), false);
  ASSERT_TRUE(out);
  EXPECT_EQ((*out)->plan_bytes("config.json", MemorySource("{}")).error().code, ErrorCode::io_output_exists);
  auto same = (*out)->plan_bytes("same.json", MemorySource("{}"));
  ASSERT_TRUE(same);
  EXPECT_FALSE(*same);
  EXPECT_TRUE(*(*out)->plan_bytes("new.json", MemorySource("{}")));
  EXPECT_EQ((*out)->plan("same.json").error().code, ErrorCode::io_output_exists);
}

TEST(OutputDirectory, ForceReplacesOnlyWhatIsPlanned) {
  const Scratch scratch;
  scratch.write("out/model.onnx", "old");
  scratch.write("out/other.onnx", "other");
  auto out = OutputDirectory::open(scratch.path("out"), true);
  ASSERT_TRUE(out);
  ASSERT_TRUE((*out)->plan("model.onnx"));
  put(**out, "model.onnx", "new", true);
  ASSERT_TRUE((*out)->commit());
  EXPECT_EQ(scratch.read("out/model.onnx"), "new");
  EXPECT_EQ(scratch.read("out/other.onnx"), "other");
}

TEST(OutputDirectory, AFailedCommitTakesBackWhatAppeared) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("out"));
  auto out = OutputDirectory::open(scratch.path("out"), false);
  ASSERT_TRUE(out);
  put(**out, "config.json", "{}");
  put(**out, "model.onnx", "mine", true);
  scratch.write("out/model.onnx", "theirs");
  EXPECT_EQ((*out)->commit().error().code, ErrorCode::io_output_exists);
  out->reset();
  EXPECT_EQ(scratch.list(), (Names{"out", "out/model.onnx"}));
  EXPECT_EQ(scratch.read("out/model.onnx"), "theirs");
}

TEST(OutputDirectory, AFileInItsPlaceIsAnError) {
  const Scratch scratch;
  scratch.write("out", "file");
  EXPECT_EQ(OutputDirectory::open(scratch.path("out"), true).error().code, ErrorCode::io_output_directory);
  EXPECT_EQ(OutputDirectory::open(scratch.path("out/below"), true).error().code,
            ErrorCode::io_output_directory);
}

TEST(OutputDirectory, StagedFilesCanBeSeenBeforeTheyAppear) {
  const Scratch scratch;
  for (const bool existing : {false, true}) {
    const std::string path = scratch.path(existing ? "there" : "new");
    if (existing) {
      fs::create_directory(path);
      std::ofstream(path + "/weights") << "w";
    }
    auto out = OutputDirectory::open(path, false);
    ASSERT_TRUE(out);
    put(**out, "model.onnx", "model", true);
    put(**out, "model.onnx_data", "data");
    std::vector<std::string> others;
    if (existing) others.push_back("weights");
    {
      auto view = (*out)->view({"model.onnx", "model.onnx_data"}, others);
      ASSERT_TRUE(view) << view.error().message;
      EXPECT_EQ(fs::file_size((*view)->path_of("model.onnx")), 5U);
      EXPECT_EQ(fs::file_size((*view)->path_of("model.onnx_data")), 4U);
      EXPECT_EQ(fs::exists((*view)->path_of("weights")), existing);
      EXPECT_FALSE(fs::exists(path + "/model.onnx"));
    }
    ASSERT_TRUE((*out)->commit());
    EXPECT_EQ(fs::hard_link_count(path + "/model.onnx"), 1U);
    EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()), existing ? 3 : 2);
  }
}

}  // namespace
}  // namespace modelexport::io
