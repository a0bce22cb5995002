#include "safetensors/refer.h"

#include <gtest/gtest.h>

#include "safetensors/safetensors.h"

namespace modelexport::safetensors {
namespace {

std::string file_text(const std::string& header, const std::string& data) {
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) text += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return text + header + data;
}

const std::string kData = "0123456789abcdef";

onnx::Model model_with(const ByteSource& archive, const std::string& name, std::vector<std::int64_t> dims,
                       std::vector<std::int64_t> strides) {
  onnx::Model model;
  model.graph.initializers = {
      {name, DType::float32, std::move(dims), onnx::StoredTensor{&archive, {4, 16}, 0, std::move(strides)}}};
  return model;
}

class ReferTest : public testing::Test {
 protected:
  Result<Referred> refer(onnx::Model& model, const std::string& header, const TiedNames& tied = {}) {
    file_ = std::make_unique<MemorySource>(file_text(header, kData), "w.safetensors");
    return refer_weights(model, tied, {file_.get()}, {}, no_progress());
  }
  MemorySource archive_{std::string_view("head0123456789abcdef")};
  std::unique_ptr<MemorySource> file_;
};

TEST_F(ReferTest, EqualTensorsAreReferredTo) {
  onnx::Model model = model_with(archive_, "w", {2, 2}, {2, 1});
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  const auto referred = refer(model, header);
  ASSERT_TRUE(referred);
  EXPECT_EQ(referred->tensors, 1U);
  EXPECT_EQ(referred->bytes, 16U);
  ASSERT_EQ(referred->moved.size(), 1U);
  EXPECT_EQ(referred->moved[0].from, &archive_);
  EXPECT_EQ(referred->moved[0].range, (ByteRange{4, 16}));
  EXPECT_EQ(referred->moved[0].file, 0U);
  EXPECT_EQ(referred->moved[0].offset, 8 + header.size());
  const auto& stored = std::get<onnx::StoredTensor>(model.graph.initializers[0].data);
  EXPECT_EQ(stored.source, file_.get());
  EXPECT_EQ(stored.storage.offset, 8 + header.size());
}

TEST_F(ReferTest, AnotherTypeShapeOrContentIsNot) {
  for (const char* header : {R"({"w":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})",
                             R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"}) {
    onnx::Model model = model_with(archive_, "w", {2, 2}, {2, 1});
    const auto referred = refer(model, header);
    ASSERT_TRUE(referred);
    EXPECT_EQ(referred->tensors, 0U);
    EXPECT_EQ(referred->first_differing, "w");
  }
  const MemorySource other(std::string_view("head0123456789abcdeX"));
  onnx::Model model = model_with(other, "w", {2, 2}, {2, 1});
  EXPECT_EQ(refer(model, R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})")->differ, 1U);
}

TEST_F(ReferTest, TiedNamesCountAndTransposedViewsStay) {
  const std::string header = R"({"other":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  onnx::Model tied = model_with(archive_, "w", {2, 2}, {2, 1});
  EXPECT_EQ(refer(tied, header, {{"w", {"other"}}})->tensors, 1U);
  onnx::Model view = model_with(archive_, "other", {2, 2}, {1, 2});
  EXPECT_EQ(refer(view, header)->tensors, 0U);
}

TEST_F(ReferTest, BrokenFilesAreRefused) {
  for (const char* header : {R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,17]}})",
                             R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[8,4]}})",
                             R"({"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,16]}})",
                             R"({"w":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}})",
                             R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})",
                             R"([])", R"({"w":)"}) {
    onnx::Model model = model_with(archive_, "w", {2, 2}, {2, 1});
    EXPECT_FALSE(refer(model, header)) << header;
  }
  EXPECT_FALSE(read_header(MemorySource(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)), {}));
  EXPECT_FALSE(read_header(MemorySource(std::string_view("abc")), {}));
}

}  // namespace
}  // namespace modelexport::safetensors
