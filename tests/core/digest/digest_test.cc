// Published test vectors (FIPS 180-4), streaming, and both SHA-256 paths against each
// other.
#include "modelexport/digest.h"

#include <gtest/gtest.h>

#include "digest/blocks.h"

namespace modelexport {
namespace {

std::string hex(DigestKind kind, std::string_view text) { return hex_digest(kind, as_bytes(text)); }

TEST(Digest, Sha256Vectors) {
  EXPECT_EQ(hex(DigestKind::sha256, ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(DigestKind::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(DigestKind::sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(DigestKind::sha256, std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, Sha1Vectors) {
  EXPECT_EQ(hex(DigestKind::sha1, ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(DigestKind::sha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(DigestKind::sha1, std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Digest, Crc32Vectors) {
  EXPECT_EQ(hex(DigestKind::crc32, ""), "00000000");
  EXPECT_EQ(hex(DigestKind::crc32, "123456789"), "cbf43926");
  EXPECT_EQ(crc32(as_bytes("The quick brown fox jumps over the lazy dog")), 0x414FA339U);
  EXPECT_EQ(crc32(as_bytes("56789"), crc32(as_bytes("1234"))), 0xCBF43926U);
}

TEST(Digest, PiecesGiveTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (const DigestKind kind : {DigestKind::sha256, DigestKind::sha1, DigestKind::crc32}) {
    for (const std::size_t step : {1U, 3U, 63U, 64U, 65U, 200U}) {
      Digest digest(kind);
      for (std::size_t at = 0; at < text.size(); at += step)
        digest.update(std::string_view(text).substr(at, step));
      EXPECT_EQ(digest.hex(), hex(kind, text));
    }
  }
}

TEST(Digest, MayBeContinuedAfterReading) {
  Digest digest(DigestKind::sha256);
  digest.update("ab");
  EXPECT_EQ(digest.hex(), hex(DigestKind::sha256, "ab"));
  digest.update("c");
  EXPECT_EQ(digest.hex(), hex(DigestKind::sha256, "abc"));
}

TEST(Digest, PortableAndDispatchedBlocksAgree) {
  Bytes data(64 * 5);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 31 + i / 64);
  std::uint32_t a[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  std::uint32_t b[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  digest::sha256_blocks(a, data.data(), 5);
  digest::sha256_blocks_portable(b, data.data(), 5);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(a[i], b[i]);
}

TEST(Digest, SourceAndSink) {
  const std::string text(3'000'000, 'x');
  const MemorySource source(text);
  const auto from_source = hex_digest(DigestKind::sha256, source, no_progress());
  ASSERT_TRUE(from_source);
  MemorySink memory;
  HashingSink sink(memory, DigestKind::sha256);
  ASSERT_TRUE(sink.append(text));
  ASSERT_TRUE(sink.finish());
  EXPECT_EQ(sink.digest().hex(), *from_source);
  EXPECT_EQ(sink.size(), text.size());
  EXPECT_TRUE(memory.finished());
}

}  // namespace
}  // namespace modelexport
