// Numbers of the zip format and bounds-checked little-endian reading. Source: PKWARE APPNOTE 6.3.10.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "modelexport/bytes.h"

namespace modelexport::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064b50;

inline constexpr std::uint64_t kLocalSize = 30;
inline constexpr std::uint64_t kCentralSize = 46;
inline constexpr std::uint64_t kEndSize = 22;
inline constexpr std::uint64_t kEnd64Size = 56;
inline constexpr std::uint64_t kLocator64Size = 20;
inline constexpr std::uint64_t kMaxComment = 0xFFFF;

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;
inline constexpr std::uint16_t kFlagDescriptor = 1 << 3;
inline constexpr std::uint16_t kFlagUtf8 = 1 << 11;
/// Encryption, patched data, strong encryption, masked headers.
inline constexpr std::uint16_t kFlagsRefused = 1 | (1 << 5) | (1 << 6) | (1 << 13);
inline constexpr std::uint16_t kZip64Extra = 0x0001;
inline constexpr std::uint32_t kMax32 = 0xFFFFFFFF;
inline constexpr std::uint16_t kMax16 = 0xFFFF;

/// Reads little-endian numbers; what lies past the end reads as 0 and clears ok().
class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : bytes_(bytes) {}
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  ByteSpan take(std::uint64_t count) {
    if (count > left()) {
      ok_ = false;
      count = 0;
    }
    const ByteSpan part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }
  void skip(std::uint64_t count) { (void)take(count); }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    const ByteSpan part = take(count);
    for (std::size_t i = part.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(part[i]);
    return value;
  }

  ByteSpan bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

inline void put(Bytes& out, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) out.push_back(static_cast<std::byte>(i < 8 ? value >> (8 * i) & 0xFF : 0));
}

}  // namespace modelexport::zip
