// The compression functions: each takes whole 64-byte blocks into a state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace modelexport::digest {

inline constexpr std::size_t block_bytes = 64;

inline std::uint32_t load_big_endian(const std::byte* p) {
  return std::to_integer<std::uint32_t>(p[0]) << 24 | std::to_integer<std::uint32_t>(p[1]) << 16 |
         std::to_integer<std::uint32_t>(p[2]) << 8 | std::to_integer<std::uint32_t>(p[3]);
}
inline std::uint32_t rotate_left(std::uint32_t x, unsigned n) { return x << n | x >> (32 - n); }
inline std::uint32_t rotate_right(std::uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

/// The round constants of FIPS 180-4.
extern const std::uint32_t sha256_constants[64];

/// Uses the processor's SHA instructions where there are any.
void sha256_blocks(std::uint32_t state[8], const std::byte* data, std::size_t blocks);
void sha256_blocks_portable(std::uint32_t state[8], const std::byte* data, std::size_t blocks);
void sha1_blocks(std::uint32_t state[5], const std::byte* data, std::size_t blocks);

}  // namespace modelexport::digest
