#include "digest/blocks.h"

namespace modelexport::digest {
namespace {

struct Round {
  std::uint32_t mixed;
  std::uint32_t constant;
};

Round round_function(unsigned t, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if (t < 20) return {(b & c) | (~b & d), 0x5A827999U};
  if (t < 40) return {b ^ c ^ d, 0x6ED9EBA1U};
  if (t < 60) return {(b & c) | (b & d) | (c & d), 0x8F1BBCDCU};
  return {b ^ c ^ d, 0xCA62C1D6U};
}

}  // namespace

void sha1_blocks(std::uint32_t state[5], const std::byte* data, std::size_t blocks) {
  for (; blocks > 0; --blocks, data += block_bytes) {
    std::uint32_t w[80];
    for (unsigned t = 0; t < 16; ++t) w[t] = load_big_endian(data + 4 * t);
    for (unsigned t = 16; t < 80; ++t) w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned t = 0; t < 80; ++t) {
      const Round round = round_function(t, b, c, d);
      const std::uint32_t next = rotate_left(a, 5) + round.mixed + e + round.constant + w[t];
      e = d;
      d = c;
      c = rotate_left(b, 30);
      b = a;
      a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
  }
}

}  // namespace modelexport::digest
