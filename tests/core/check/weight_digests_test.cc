#include "check/weight_digests.h"

#include <gtest/gtest.h>

#include "models.h"

namespace modelexport::check {
namespace {

const std::string kRight(64, 'a');

struct Case {
  proto::ModelProto model = good_model();
  MemorySurroundings around;
  std::string recorded = kRight;
  std::string location = "model.safetensors";
  bool is_there = true;
  std::vector<std::string> ignore = {};

  /// The report of check_model and what is added; `found` is the checksum of the file.
  Report check(const std::string& found, int* read = nullptr) {
    auto* tensor = model.mutable_graph()->mutable_initializer(0);
    tensor->clear_raw_data();
    tensor->clear_float_data();
    tensor->set_data_location(proto::TensorProto::EXTERNAL);
    add_entry(tensor->mutable_external_data(), "location", location);
    if (!recorded.empty())
      add_entry(model.mutable_metadata_props(), "modelexport.weights.model.safetensors", recorded);
    if (is_there) around.add(location, {.regular = true, .size = 1 << 20});
    const MemorySource source(model.SerializeAsString(), "m.onnx");
    Options options;
    options.around = &around;
    options.ignore = ignore;
    Report report = check_model(source, options);
    const auto digest_of = [&](const std::string& name) -> Result<std::string> {
      EXPECT_EQ(name, location);
      if (read != nullptr) ++*read;
      return found;
    };
    check_weight_digests(source, options, digest_of, report);
    return report;
  }
};

TEST(WeightDigests, AnotherFileIsAnError) {
  EXPECT_EQ(Case().check(kRight).verdict, Verdict::ok);
  const Report other = Case().check(std::string(64, 'b'));
  EXPECT_EQ(errors_of(other), std::vector<std::string>{"ME-EXT-026"});
  EXPECT_EQ(other.verdict, Verdict::findings);
  EXPECT_NE(find(other, "ME-EXT-026")->message.find(std::string(64, 'b')), std::string::npos);
  Case ignored;
  ignored.ignore = {"ME-EXT-026"};
  EXPECT_EQ(ignored.check(std::string(64, 'b')).verdict, Verdict::ok);
}

TEST(WeightDigests, OnlyRecordedFilesThatAreThereAreRead) {
  int read = 0;
  Case unrecorded;
  unrecorded.recorded.clear();
  EXPECT_EQ(errors_of(unrecorded.check(std::string(64, 'b'), &read)), std::vector<std::string>{});
  Case gone;
  gone.is_there = false;
  gone.check(std::string(64, 'b'), &read);
  Case other;
  other.location = "other.safetensors";
  other.check(std::string(64, 'b'), &read);
  Case outside;
  outside.location = "../model.safetensors";
  outside.check(std::string(64, 'b'), &read);
  EXPECT_EQ(read, 0);
}

}  // namespace
}  // namespace modelexport::check
