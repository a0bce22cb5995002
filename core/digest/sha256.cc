#include "digest/blocks.h"

namespace modelexport::digest {

const std::uint32_t sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2};

namespace {

std::uint32_t small_sigma0(std::uint32_t x) { return rotate_right(x, 7) ^ rotate_right(x, 18) ^ (x >> 3); }
std::uint32_t small_sigma1(std::uint32_t x) { return rotate_right(x, 17) ^ rotate_right(x, 19) ^ (x >> 10); }
std::uint32_t big_sigma0(std::uint32_t x) {
  return rotate_right(x, 2) ^ rotate_right(x, 13) ^ rotate_right(x, 22);
}
std::uint32_t big_sigma1(std::uint32_t x) {
  return rotate_right(x, 6) ^ rotate_right(x, 11) ^ rotate_right(x, 25);
}

/// One round; instead of shifting the eight variables, callers rotate their order.
inline void step(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t& d, std::uint32_t e,
                 std::uint32_t f, std::uint32_t g, std::uint32_t& h, std::uint32_t input) {
  const std::uint32_t t1 = h + big_sigma1(e) + (g ^ (e & (f ^ g))) + input;
  d += t1;
  h = t1 + big_sigma0(a) + ((a & b) | (c & (a | b)));
}

}  // namespace

void sha256_blocks_portable(std::uint32_t state[8], const std::byte* data, std::size_t blocks) {
  for (; blocks > 0; --blocks, data += block_bytes) {
    std::uint32_t w[64];
    for (unsigned t = 0; t < 16; ++t) w[t] = load_big_endian(data + 4 * t);
    for (unsigned t = 16; t < 64; ++t)
      w[t] = small_sigma1(w[t - 2]) + w[t - 7] + small_sigma0(w[t - 15]) + w[t - 16];
    for (unsigned t = 0; t < 64; ++t) w[t] += sha256_constants[t];
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned t = 0; t < 64; t += 8) {
      step(a, b, c, d, e, f, g, h, w[t]);
      step(h, a, b, c, d, e, f, g, w[t + 1]);
      step(g, h, a, b, c, d, e, f, w[t + 2]);
      step(f, g, h, a, b, c, d, e, w[t + 3]);
      step(e, f, g, h, a, b, c, d, w[t + 4]);
      step(d, e, f, g, h, a, b, c, w[t + 5]);
      step(c, d, e, f, g, h, a, b, w[t + 6]);
      step(b, c, d, e, f, g, h, a, w[t + 7]);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

}  // namespace modelexport::digest
