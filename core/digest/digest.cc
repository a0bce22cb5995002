#include "modelexport/digest.h"

#include <algorithm>
#include <cstring>

#include "digest/blocks.h"

namespace modelexport {
namespace {

using State = std::array<std::uint32_t, 8>;

State initial_state(DigestKind kind) {
  if (kind == DigestKind::sha1) return {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0, 0, 0, 0};
  if (kind == DigestKind::crc32) return {};
  return {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
}

void compress(DigestKind kind, State& state, const std::byte* data, std::size_t blocks) {
  if (kind == DigestKind::sha1) return digest::sha1_blocks(state.data(), data, blocks);
  digest::sha256_blocks(state.data(), data, blocks);
}

std::size_t state_words(DigestKind kind) {
  switch (kind) {
    case DigestKind::sha256:
      return 8;
    case DigestKind::sha1:
      return 5;
    case DigestKind::crc32:
      break;
  }
  return 1;
}

}  // namespace

Digest::Digest(DigestKind kind) : kind_(kind), state_(initial_state(kind)) {}

void Digest::update(ByteSpan bytes) {
  if (bytes.empty()) return;
  const std::size_t held = static_cast<std::size_t>(length_ % digest::block_bytes);
  length_ += bytes.size();
  if (kind_ == DigestKind::crc32) {
    state_[0] = crc32(bytes, state_[0]);
    return;
  }
  if (held > 0) {
    const std::size_t taken = std::min(digest::block_bytes - held, bytes.size());
    std::memcpy(block_.data() + held, bytes.data(), taken);
    bytes = bytes.subspan(taken);
    if (held + taken < digest::block_bytes) return;
    compress(kind_, state_, block_.data(), 1);
  }
  const std::size_t blocks = bytes.size() / digest::block_bytes;
  compress(kind_, state_, bytes.data(), blocks);
  bytes = bytes.subspan(blocks * digest::block_bytes);
  if (!bytes.empty()) std::memcpy(block_.data(), bytes.data(), bytes.size());
}

Bytes Digest::bytes() const {
  State state = state_;
  if (kind_ != DigestKind::crc32) {
    // Padding: a one bit, zeros, and the length in bits, in one block or two.
    std::array<std::byte, 2 * digest::block_bytes> tail{};
    const std::size_t held = static_cast<std::size_t>(length_ % digest::block_bytes);
    std::memcpy(tail.data(), block_.data(), held);
    tail[held] = std::byte{0x80};
    const std::size_t blocks = held + 9 <= digest::block_bytes ? 1 : 2;
    const std::uint64_t bits = length_ * 8;
    for (std::size_t i = 0; i < 8; ++i)
      tail[blocks * digest::block_bytes - 1 - i] = static_cast<std::byte>(bits >> (8 * i));
    compress(kind_, state, tail.data(), blocks);
  }
  Bytes out;
  for (std::size_t word = 0; word < state_words(kind_); ++word)
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(state[word] >> shift));
  return out;
}

std::string Digest::hex() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte b : bytes()) {
    out.push_back(digits[std::to_integer<unsigned>(b) >> 4]);
    out.push_back(digits[std::to_integer<unsigned>(b) & 15]);
  }
  return out;
}

std::string hex_digest(DigestKind kind, ByteSpan bytes) {
  Digest digest(kind);
  digest.update(bytes);
  return digest.hex();
}

Result<std::string> hex_digest(DigestKind kind, const ByteSource& source, Progress& progress) {
  constexpr std::uint64_t window_bytes = 1ULL << 20;
  const std::uint64_t size = source.size();
  Digest digest(kind);
  Bytes window(static_cast<std::size_t>(std::min(size, window_bytes)));
  for (std::uint64_t done = 0; done < size;) {
    const auto part = std::span(window).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(window.size(), size - done)));
    ME_CHECK(source.read_at(done, part));
    digest.update(part);
    done += part.size();
    progress.update("computing checksum", done, size);
    if (progress.cancelled())
      return fail(ErrorCode::cli_interrupted, "stopped while reading", {source.name(), {}, done});
  }
  return digest.hex();
}

Status HashingSink::append(ByteSpan bytes) {
  ME_CHECK(to_.append(bytes));
  digest_.update(bytes);
  size_ += bytes.size();
  return {};
}

}  // namespace modelexport
