// Packages from files that were picked: what is found by which name, what is believed, what is refused.
#include "pick/pack_files.h"

#include <gtest/gtest.h>

#include "modelexport/onnx_model.h"
#include "tests/core/package/small_model.h"

namespace modelexport::pick {
namespace {

using package::Origin;
using package::SmallModel;

constexpr std::string_view kConfig =
    R"({"architectures": ["BertForSequenceClassification"], "model_type": "bert"})";
constexpr std::string_view kCommit = "0123456789abcdef0123456789abcdef01234567";

PickedFile text_file(Origin origin, std::string path, std::string_view text) {
  return {origin, path, std::make_unique<MemorySource>(text, path)};
}
PickedFile model_file(std::string path, const SmallModel& model = {}) {
  return {Origin::model, path, std::make_unique<MemorySource>(model.bytes(), path)};
}

/// A model with a stamp of the Hub.
PickedFile stamped_file() {
  onnx::Model made;
  made.ir_version = 8;
  made.opset_imports = {{"", 18}};
  made.metadata = {
      {"hf_model_type", "hub"}, {"hf_hub_id", "org/net"}, {"hf_hub_revision", std::string(kCommit)}};
  made.graph.inputs = {{"input_ids", DType::int64, {onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"logits", DType::float32, {}}};
  MemorySink sink;
  EXPECT_TRUE(onnx::write_model(made, {}, sink, nullptr, no_progress()));
  return {Origin::model, "model.onnx", std::make_unique<MemorySource>(sink.bytes(), "model.onnx")};
}

template <class... Files>
PackFiles::Request request(Files... files) {
  PackFiles::Request out;
  (out.files.push_back(std::move(files)), ...);
  out.version = "1.0.0";
  return out;
}

std::size_t warnings_of(const PackFiles& job, ErrorCode code) {
  std::size_t count = 0;
  const json::Json document = job.document();
  for (const json::Json& warning : json::elements(*json::find(document, "warnings")))
    count += json::find_string(warning, "code") == error_info(code).id ? 1U : 0U;
  return count;
}

TEST(PackFiles, AModelAmongTheComponentsIsNotLeftOut) {
  const std::string model(reinterpret_cast<const char*>(SmallModel{}.bytes().data()),
                          SmallModel{}.bytes().size());
  const auto left_out = [](PackFiles::Request files) {
    const auto job = PackFiles::open(std::move(files));
    EXPECT_TRUE(job) << job.error().message;
    return json::elements(*json::find((*job)->document(), "left_out")).size();
  };
  EXPECT_EQ(left_out(request(model_file("dir/model.onnx"), text_file(Origin::component, "model.onnx", model),
                             text_file(Origin::component, "config.json", kConfig))),
            0U);
  EXPECT_EQ(
      left_out(request(model_file("dir/model.onnx"), text_file(Origin::component, "model.onnx", "another"),
                       text_file(Origin::component, "config.json", kConfig))),
      1U);
}

TEST(PackFiles, PlansSumsAndLaysOut) {
  auto job =
      PackFiles::open(request(model_file("m/x.onnx"), text_file(Origin::component, "config.json", kConfig)));
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_FALSE((*job)->layout()) << "checksums come first";
  const json::Json plan = (*job)->document();
  EXPECT_EQ(json::find_string(json::elements(*json::find(plan, "plan"))[0], "path"), "README.md");
  while (!(*job)->summed()) ASSERT_TRUE((*job)->sum(1));
  const auto layout = (*job)->layout();
  ASSERT_TRUE(layout) << layout.error().message;
  std::int64_t ranges = 0;
  for (const json::Json& piece : json::elements(*json::find(*layout, "pieces")))
    ranges += json::find_int(piece, "size").value_or(0);
  EXPECT_EQ(ranges, static_cast<std::int64_t>(SmallModel{}.bytes().size() + kConfig.size()));
  EXPECT_EQ(json::elements(*json::find(*json::find(*layout, "report"), "files")).size(), 3U);
}

TEST(PackFiles, DataFilesByLocationOrByNameAlone) {
  SmallModel model;
  model.external = {{"parts/w.bin", 0, 12}};
  for (const std::string path : {"m/parts/w.bin", "w.bin"}) {
    auto job = PackFiles::open(request(model_file("m/model.onnx", model),
                                       text_file(Origin::data, path, "twelve bytes"),
                                       text_file(Origin::component, "config.json", kConfig)));
    ASSERT_TRUE(job) << path << ": " << job.error().message;
  }
  auto missing = PackFiles::open(
      request(model_file("model.onnx", model), text_file(Origin::component, "config.json", kConfig)));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::pack_data);
}

TEST(PackFiles, AStampedCommitIsBelievedWithAWarning) {
  auto job = PackFiles::open(request(stamped_file(), text_file(Origin::component, "config.json", kConfig)));
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(warnings_of(**job, ErrorCode::pack_unproven), 1U);
  const std::string manifest =
      R"({"schema": "modelexport/package/1", "source": {"kind": "hub", "hub_id": "org/net",
      "revision": ")" +
      std::string(kCommit) + R"("}, "files": []})";
  auto proven = PackFiles::open(request(stamped_file(), text_file(Origin::component, "config.json", kConfig),
                                        text_file(Origin::component, "modelexport.json", manifest)));
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_EQ(warnings_of(**proven, ErrorCode::pack_unproven), 0U);
}

TEST(PackFiles, ASourceIsADirectoryUnlessItNamesACommit) {
  const auto source = [](std::string name) {
    PackFiles::Request wanted =
        request(model_file("model.onnx"), text_file(Origin::component, "config.json", kConfig));
    wanted.options["source"] = {std::move(name)};
    return PackFiles::open(std::move(wanted));
  };
  const auto field = [](const Result<std::unique_ptr<PackFiles>>& job, std::string_view key) {
    const json::Json document = (*job)->document();
    return std::string(json::find_string(*json::find(document, "source"), key).value_or(std::string_view{}));
  };
  const auto local = source("org/net");
  ASSERT_TRUE(local) << local.error().message;
  EXPECT_EQ(field(local, "path"), "org/net");
  const auto hub = source("org/net@" + std::string(kCommit));
  ASSERT_TRUE(hub) << hub.error().message;
  EXPECT_EQ(field(hub, "revision"), kCommit);
  EXPECT_FALSE(source("hf://org/net")) << "nobody can be asked for its commit";
}

TEST(PackFiles, WhatCannotBePackedIsRefused) {
  const auto code = [](PackFiles::Request wanted) {
    const auto job = PackFiles::open(std::move(wanted));
    return job ? ErrorCode::internal : job.error().code;
  };
  EXPECT_EQ(code(request(text_file(Origin::component, "config.json", kConfig))), ErrorCode::cli_usage);
  EXPECT_EQ(code(request(model_file("m.onnx"))), ErrorCode::pack_no_config);
  EXPECT_EQ(code(request(model_file("m.onnx"), model_file("m.onnx"))), ErrorCode::pack_name);
  EXPECT_EQ(code(request(text_file(Origin::model, "m.onnx", "<!doctype html>"))),
            ErrorCode::input_wrong_format);
}

}  // namespace
}  // namespace modelexport::pick
