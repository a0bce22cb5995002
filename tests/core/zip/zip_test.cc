#include "zip/zip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>

#include "zip/format.h"
#include "zip/writer.h"

namespace modelexport::zip {
namespace {

Bytes two_members() {
  MemorySink sink;
  Writer writer(sink);
  EXPECT_TRUE(writer.add("m/a.txt", as_bytes("hello")));
  EXPECT_TRUE(writer.add("m/data/0", as_bytes("0123456789")));
  EXPECT_TRUE(writer.finish());
  return sink.bytes();
}

ErrorCode open_error(const Bytes& bytes, Limits limits = {}) {
  const MemorySource source(bytes);
  const auto archive = Archive::open(source, limits);
  EXPECT_FALSE(archive);
  return archive ? ErrorCode::internal : archive.error().code;
}

std::size_t find_bytes(const Bytes& bytes, std::string_view what, std::size_t from = 0) {
  return as_text(bytes).find(what, from);
}

void set(Bytes& bytes, std::size_t at, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i)
    bytes[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (8 * i));
}

/// Offset of the n-th central entry.
std::size_t central(const Bytes& bytes, int n) {
  std::size_t at = find_bytes(bytes, "PK\x01\x02");
  for (int i = 0; i < n; ++i) at = find_bytes(bytes, "PK\x01\x02", at + 1);
  return at;
}

/// One deflated member, by hand.
Bytes deflated_member(std::string_view content, std::uint32_t claimed_size) {
  Bytes packed(content.size() + 100);
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.erase(packed.end() - static_cast<std::ptrdiff_t>(stream.avail_out), packed.end());
  deflateEnd(&stream);
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  Bytes out;
  const auto common = [&] {
    put(out, 20, 2), put(out, 0, 2), put(out, kDeflated, 2), put(out, 0, 4), put(out, crc, 4);
    put(out, packed.size(), 4), put(out, claimed_size, 4), put(out, 1, 2), put(out, 0, 2);
  };
  put(out, kLocalSignature, 4), common(), put(out, 'x', 1);
  out.insert(out.end(), packed.begin(), packed.end());
  const std::size_t directory = out.size();
  put(out, kCentralSignature, 4), put(out, 20, 2), common(), put(out, 0, 10), put(out, 0, 4),
      put(out, 'x', 1);
  const std::size_t size = out.size() - directory;
  put(out, kEndSignature, 4), put(out, 0, 4), put(out, 1, 2), put(out, 1, 2), put(out, size, 4);
  put(out, directory, 4), put(out, 0, 2);
  return out;
}

TEST(Archive, FindsExactRanges) {
  const MemorySource source(two_members());
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  ASSERT_EQ(archive->entries().size(), 2u);
  EXPECT_EQ(archive->root(), "m");
  const Entry* entry = archive->find("m/data/0");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(archive->find_in_root("data/0"), entry);
  EXPECT_EQ(archive->require("data/0").value(), entry);
  EXPECT_EQ(archive->require("data/1").error().code, ErrorCode::zip_no_member);
  EXPECT_EQ(archive->find("data/0"), nullptr);
  const ByteRange range = archive->range(*entry).value();
  EXPECT_EQ(as_text(read_range(source, range, 100).value()), "0123456789");
  EXPECT_EQ(archive->read_text(*entry, 10).value(), "0123456789");
  EXPECT_EQ(archive->read(*entry, 9).error().code, ErrorCode::zip_limit);
  EXPECT_TRUE(looks_like_zip(read_range(source, {0, 4}, 4).value()));
  EXPECT_FALSE(looks_like_zip(as_bytes("PK")));
}

TEST(Archive, EmptyAndCommented) {
  MemorySink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.finish());
  EXPECT_TRUE(Archive::open(MemorySource(sink.bytes()), {}).value().entries().empty());
  Bytes commented = two_members();
  set(commented, commented.size() - 2, 3, 2);
  EXPECT_EQ(open_error(commented), ErrorCode::zip_not_an_archive);
  for (const char c : {'a', 'b', 'c'}) commented.push_back(static_cast<std::byte>(c));
  EXPECT_TRUE(Archive::open(MemorySource(commented), {}));
}

TEST(Archive, StreamedMembersHaveDescriptors) {
  MemorySink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.begin("known", 6));
  ASSERT_TRUE(writer.append(as_bytes("abc")));
  EXPECT_FALSE(writer.add("other", {}));
  ASSERT_TRUE(writer.append(as_bytes("def")));
  ASSERT_TRUE(writer.end());
  ASSERT_TRUE(writer.begin("unknown", std::nullopt));
  ASSERT_TRUE(writer.append(as_bytes("ghi")));
  EXPECT_FALSE(writer.finish());
  ASSERT_TRUE(writer.end());
  ASSERT_TRUE(writer.finish());
  const MemorySource source(sink.bytes());
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(archive->read_text(*archive->find("known"), 10).value(), "abcdef");
  EXPECT_EQ(archive->read_text(*archive->find("unknown"), 10).value(), "ghi");
  EXPECT_EQ(archive->root(), "");
}

TEST(Writer, RefusesBadMembers) {
  MemorySink sink;
  Writer writer(sink);
  EXPECT_EQ(writer.add("../x", {}).error().code, ErrorCode::zip_unsafe_name);
  EXPECT_TRUE(writer.add("x", {}));
  EXPECT_EQ(writer.add("x", {}).error().code, ErrorCode::zip_malformed);
  EXPECT_TRUE(writer.begin("y", 3));
  EXPECT_EQ(writer.end().error().code, ErrorCode::zip_malformed);
}

TEST(Archive, Inflates) {
  const std::string content(5'000'000, 'z');
  const MemorySource source(deflated_member(content, 5'000'000));
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  const Entry& entry = archive->entries()[0];
  EXPECT_TRUE(entry.deflated);
  EXPECT_EQ(archive->read_text(entry, 10'000'000).value(), content);
  EXPECT_EQ(archive->range(entry).error().code, ErrorCode::zip_unsupported);
}

TEST(Archive, LyingInflatedSizes) {
  for (const std::uint32_t claim : {4'999'999u, 5'000'001u, 4'000'000'000u, 0u}) {
    const MemorySource source(deflated_member(std::string(5'000'000, 'z'), claim));
    const auto archive = Archive::open(source, {});
    ASSERT_TRUE(archive) << archive.error().message;
    const auto content = archive->read(archive->entries()[0], ~std::uint64_t{0});
    ASSERT_FALSE(content);
    EXPECT_TRUE(content.error().code == ErrorCode::zip_checksum ||
                content.error().code == ErrorCode::io_too_large)
        << content.error().message;
  }
}

TEST(Hostile, EveryTruncationIsAnError) {
  const Bytes whole = two_members();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    open_error(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(Hostile, EveryChangedByteIsAnErrorOrHarmless) {
  const Bytes whole = two_members();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 0x80, 0xFF}) {
      Bytes bytes = whole;
      bytes[at] ^= static_cast<std::byte>(flip);
      const MemorySource source(bytes);
      const auto archive = Archive::open(source, {});
      if (!archive) continue;
      for (const Entry& entry : archive->entries()) (void)archive->read(entry, 1000);
    }
  }
}

TEST(Hostile, ContradictionsAreRefused) {
  const Bytes good = two_members();
  const auto changed = [&](const std::function<void(Bytes&)>& change) {
    Bytes bytes = good;
    change(bytes);
    return open_error(bytes);
  };
  // The second member's directory entry points into the first: headers differ or overlap.
  EXPECT_EQ(changed([](Bytes& b) { set(b, central(b, 1) + 42, 0, 4); }), ErrorCode::zip_malformed);
  EXPECT_EQ(changed([](Bytes& b) { set(b, central(b, 0) + 42, 0x7FFFFFF, 4); }), ErrorCode::zip_truncated);
  EXPECT_EQ(changed([](Bytes& b) { set(b, central(b, 0) + 20, 6, 4); }), ErrorCode::zip_malformed);
  EXPECT_EQ(changed([](Bytes& b) { set(b, central(b, 0) + 8, 1, 2); }), ErrorCode::zip_unsupported);
  EXPECT_EQ(changed([](Bytes& b) { set(b, central(b, 0) + 10, 12, 2); }), ErrorCode::zip_unsupported);
  EXPECT_EQ(changed([](Bytes& b) { b[central(b, 0) + 46] = std::byte{'n'}; }), ErrorCode::zip_malformed);
  EXPECT_EQ(changed([](Bytes& b) { b[central(b, 0) + 46] = std::byte{'/'}; }), ErrorCode::zip_unsafe_name);
  EXPECT_EQ(changed([](Bytes& b) { b[central(b, 0) + 48] = std::byte{0}; }), ErrorCode::zip_unsafe_name);
  EXPECT_EQ(changed([](Bytes& b) { b[central(b, 0) + 48] = std::byte{'\\'}; }), ErrorCode::zip_unsafe_name);
  EXPECT_EQ(changed([](Bytes& b) { set(b, 18, 4, 4); }), ErrorCode::zip_malformed);
  EXPECT_EQ(changed([](Bytes& b) { set(b, b.size() - 12, 1, 2); }), ErrorCode::zip_unsupported);
  EXPECT_EQ(changed([](Bytes& b) { set(b, b.size() - 14, 0x00030003, 4); }), ErrorCode::zip_malformed);
  EXPECT_EQ(changed([](Bytes& b) { b.insert(b.begin(), std::byte{0}); }), ErrorCode::zip_malformed);
}

/// Both members described by the same directory bytes twice: same name, same place.
TEST(Hostile, DuplicatesAreRefused) {
  MemorySink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.add("aa", as_bytes("1")));
  ASSERT_TRUE(writer.add("ab", as_bytes("1")));
  ASSERT_TRUE(writer.finish());
  Bytes bytes = sink.bytes();
  for (std::size_t at = find_bytes(bytes, "ab"); at != std::string::npos; at = find_bytes(bytes, "ab", at)) {
    bytes[at + 1] = std::byte{'a'};
  }
  EXPECT_EQ(open_error(bytes), ErrorCode::zip_malformed);
}

TEST(Hostile, HiddenBytesAreRefused) {
  MemorySink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.add("a", as_bytes("1234567890")));
  ASSERT_TRUE(writer.finish());
  Bytes bytes = sink.bytes();
  for (const std::size_t at :
       {std::size_t{18}, std::size_t{22}, central(bytes, 0) + 20, central(bytes, 0) + 24}) {
    set(bytes, at, 4, 4);
  }
  EXPECT_EQ(open_error(bytes), ErrorCode::zip_malformed);
}

TEST(Hostile, LimitsHold) {
  Limits limits;
  limits.zip_members = 1;
  EXPECT_EQ(open_error(two_members(), limits), ErrorCode::zip_limit);
  limits = {};
  limits.small_message = 50;
  EXPECT_EQ(open_error(two_members(), limits), ErrorCode::io_too_large);
}

TEST(Hostile, WrongChecksum) {
  Bytes bytes = two_members();
  bytes[find_bytes(bytes, "hello")] = std::byte{'j'};
  const MemorySource source(bytes);
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive);
  EXPECT_EQ(archive->read(archive->entries()[0], 100).error().code, ErrorCode::zip_checksum);
}

/// More than 65535 members need the zip64 end record.
TEST(Zip64, ManyMembers) {
  MemorySink sink;
  Writer writer(sink);
  for (int i = 0; i < 70'000; ++i) ASSERT_TRUE(writer.add("d/" + std::to_string(i), as_bytes("x")));
  ASSERT_TRUE(writer.finish());
  const MemorySource source(sink.bytes());
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(archive->entries().size(), 70'000u);
  EXPECT_EQ(archive->read_text(*archive->find("d/69999"), 10).value(), "x");
}

/// 5 GiB of zeros that exist only as numbers: reading back checks the 64-bit fields.
class SparseSink final : public ByteSink {
 public:
  using ByteSink::append;
  Status append(ByteSpan bytes) override {
    if (bytes.size() < kBig) parts_.emplace_back(size_, Bytes(bytes.begin(), bytes.end()));
    size_ += bytes.size();
    return {};
  }
  Status finish() override { return {}; }
  static constexpr std::size_t kBig = 1 << 24;
  std::vector<std::pair<std::uint64_t, Bytes>> parts_;
  std::uint64_t size_ = 0;
};
class SparseSource final : public ByteSource {
 public:
  explicit SparseSource(const SparseSink& sink) : sink_(sink) {}
  [[nodiscard]] std::uint64_t size() const override { return sink_.size_; }
  [[nodiscard]] std::string name() const override { return "sparse"; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::fill(out.begin(), out.end(), std::byte{0});
    for (const auto& [at, bytes] : sink_.parts_) {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (at + i >= offset && at + i - offset < out.size()) out[at + i - offset] = bytes[i];
      }
    }
    return {};
  }

 private:
  const SparseSink& sink_;
};

TEST(Zip64, LargeMembersAndOffsets) {
  SparseSink sink;
  Writer writer(sink);
  const Bytes zeros(SparseSink::kBig);
  ASSERT_TRUE(writer.begin("m/big", std::uint64_t{5} << 30));
  for (std::uint64_t i = 0; i < (std::uint64_t{5} << 30) / zeros.size(); ++i)
    ASSERT_TRUE(writer.append(zeros));
  ASSERT_TRUE(writer.end());
  ASSERT_TRUE(writer.add("m/after", as_bytes("tail")));
  ASSERT_TRUE(writer.finish());
  const SparseSource source(sink);
  const auto archive = Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(archive->find("m/big")->size, std::uint64_t{5} << 30);
  EXPECT_GT(archive->find("m/after")->payload.offset, std::uint64_t{5} << 30);
  EXPECT_EQ(archive->read_text(*archive->find("m/after"), 10).value(), "tail");
  EXPECT_EQ(archive->read(*archive->find("m/big"), 1 << 20).error().code, ErrorCode::zip_limit);
}

}  // namespace
}  // namespace modelexport::zip
