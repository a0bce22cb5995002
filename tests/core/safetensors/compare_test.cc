#include "safetensors/compare.h"

#include <gtest/gtest.h>

namespace modelexport::safetensors {
namespace {

std::string file_text(const std::string& header, const std::string& data) {
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) text += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return text + header + data;
}

/// Refuses to be read beyond its header: what is referred to must not be fetched to be compared.
class HeaderOnly final : public ByteSource {
 public:
  HeaderOnly(std::string text, std::uint64_t header) : inner_(std::move(text), "w"), header_(header) {}
  [[nodiscard]] std::uint64_t size() const override { return inner_.size(); }
  [[nodiscard]] std::string name() const override { return "w"; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset + out.size() > header_) return fail(ErrorCode::io_short_read, "read beyond the header");
    return inner_.read_at(offset, out);
  }

 private:
  MemorySource inner_;
  std::uint64_t header_;
};

class CompareTest : public testing::Test {
 protected:
  const std::string header_ =
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})";
  const std::string data_ = "0123456789abcdef";
  const std::uint64_t start_ = 8 + header_.size();

  static Compared compare(const Candidate& tensor, const ByteSource& file) {
    auto compared = compare_weights({tensor}, {&file}, {}, no_progress());
    EXPECT_TRUE(compared);
    return compared ? *compared : Compared();
  }
};

TEST_F(CompareTest, BytesUnderTheSameName) {
  const MemorySource file(file_text(header_, data_), "w");
  const MemorySource same(std::string("89abcdef"), "m");
  EXPECT_EQ(compare({"b", DType::float32, {2}, &same, {0, 8}}, file).equal, 1U);
  EXPECT_EQ(compare({"a", DType::float32, {2}, &same, {0, 8}}, file).differ, 1U);
  EXPECT_EQ(compare({"b", DType::int32, {2}, &same, {0, 8}}, file).differ, 1U);
  EXPECT_EQ(compare({"c", DType::float32, {2}, &same, {0, 8}}, file).unknown, 1U);
}

TEST_F(CompareTest, ReferencesIntoTheFileAreNotRead) {
  const HeaderOnly file(file_text(header_, data_), start_);
  EXPECT_EQ(compare({"a", DType::float32, {2}, &file, {start_, 8}}, file).equal, 1U);
  EXPECT_EQ(compare({"tied", DType::float32, {2}, &file, {start_ + 8, 8}}, file).equal_bytes, 8U);
  const Compared inside = compare({"none", DType::float32, {2}, &file, {start_ + 4, 8}}, file);
  EXPECT_EQ(inside.differ, 1U);  // no tensor of the file
  EXPECT_EQ(inside.first_differing, "none");
  EXPECT_EQ(compare({"tied", DType::int32, {2}, &file, {start_ + 8, 8}}, file).differ, 1U);
}

TEST_F(CompareTest, AReferenceToAnotherTensorIsComparedByItsBytes) {
  const MemorySource file(file_text(header_, data_), "w");
  EXPECT_EQ(compare({"a", DType::float32, {2}, &file, {start_ + 8, 8}}, file).differ, 1U);
  const MemorySource twins(file_text(header_, "0123456701234567"), "w");
  EXPECT_EQ(compare({"a", DType::float32, {2}, &twins, {start_ + 8, 8}}, twins).equal, 1U);
}

/// Says what the last update was of.
class LastUpdate final : public Progress {
 public:
  void update(std::string_view, std::uint64_t done, std::uint64_t total) override { last = {done, total}; }
  std::pair<std::uint64_t, std::uint64_t> last;
};

TEST(CompareUnnamed, EqualBytesAreTheSameWeightAndOthersMayBeOne) {
  // "a" and "b" of two by two floats, "v" of four.
  const std::string header =
      R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},)"
      R"("v":{"dtype":"F32","shape":[4],"data_offsets":[32,48]}})";
  const std::string a = "0123456789abcdef", b = "0123456789ABCDEF", v = "aaaabbbbccccdddd";
  const MemorySource file(file_text(header, a + b + v), "w");
  const MemorySource model(a + b + v + "a constant of 16", "m");
  const auto at = [&](const char* name, std::vector<std::int64_t> dims, std::uint64_t offset) {
    return Candidate{name, DType::float32, std::move(dims), &model, {offset, 16}};
  };
  LastUpdate progress;
  const auto compare = [&](const std::vector<Candidate>& tensors) {
    auto compared = compare_weights(tensors, {&file}, {}, progress);
    EXPECT_TRUE(compared);
    return compared ? *compared : Compared();
  };
  const Compared tied = compare({at("a", {2, 2}, 0), at("v", {4}, 32), at("head", {2, 2}, 0)});
  EXPECT_EQ(tied.equal, 3U);
  EXPECT_EQ(tied.unknown, 0U);
  EXPECT_EQ(progress.last, std::pair(std::uint64_t{48}, std::uint64_t{48}));  // bytes, not tensors

  const Compared renamed = compare({at("a", {2, 2}, 0), at("v", {4}, 32), at("c", {2, 2}, 48)});
  EXPECT_EQ(renamed.unknown_bytes, 16U);
  EXPECT_EQ(renamed.missing_bytes, 16U);  // it may be "b"
  EXPECT_EQ(renamed.largest_unknown, "c");
  const Compared constant =
      compare({at("a", {2, 2}, 0), at("b", {2, 2}, 16), at("v", {4}, 32), at("c", {2, 2}, 48)});
  EXPECT_EQ(constant.unknown_bytes, 16U);
  EXPECT_EQ(constant.missing_bytes, 0U);  // all have their namesakes
  const Compared vector = compare({at("a", {2, 2}, 0), at("b", {2, 2}, 16), at("c", {4}, 48)});
  EXPECT_EQ(vector.missing_bytes, 0U);
}

}  // namespace
}  // namespace modelexport::safetensors
