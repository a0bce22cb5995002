// Checksums: SHA-256, SHA-1 and CRC-32 behind one streaming interface.
//
// Purpose    SHA-256 names and verifies package files, SHA-1 names Git blobs and external data, CRC-32 is in
//            zip archives. None of them is used to protect secrets.
// Ownership  HashingSink borrows the sink it writes to.
// Errors     Only those of the source or sink behind.
// Example    Digest d(DigestKind::sha256); d.update(bytes); std::string hex = d.hex();
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "modelexport/bytes.h"

namespace modelexport {

enum class DigestKind : std::uint8_t { sha256, sha1, crc32 };

/// A running checksum. Copyable: a copy gives the checksum of what has been seen so far.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  void update(ByteSpan bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  /// Big-endian bytes (32, 20 or 4). The digest itself is not changed and may be continued.
  [[nodiscard]] Bytes bytes() const;
  /// Lower-case hexadecimal.
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] DigestKind kind() const { return kind_; }

 private:
  DigestKind kind_;
  std::array<std::uint32_t, 8> state_;
  std::array<std::byte, 64> block_{};  ///< what does not fill a block yet
  std::uint64_t length_ = 0;
};

std::string hex_digest(DigestKind kind, ByteSpan bytes);
/// Reads the whole source in windows of 1 MiB.
Result<std::string> hex_digest(DigestKind kind, const ByteSource& source, Progress& progress);

/// CRC-32 as in zip; `seed` is the CRC of what came before.
std::uint32_t crc32(ByteSpan bytes, std::uint32_t seed = 0);

/// Passes everything on to another sink and hashes it on the way.
class HashingSink final : public ByteSink {
 public:
  HashingSink(ByteSink& to, DigestKind kind) : to_(to), digest_(kind) {}
  Status append(ByteSpan bytes) override;
  using ByteSink::append;
  Status finish() override { return to_.finish(); }
  [[nodiscard]] const Digest& digest() const { return digest_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  ByteSink& to_;
  Digest digest_;
  std::uint64_t size_ = 0;
};

}  // namespace modelexport
