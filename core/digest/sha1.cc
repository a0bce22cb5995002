#include "digest/blocks.h"

namespace modelexport::digest {
namespace {

struct Choose {
  std::uint32_t operator()(std::uint32_t b, std::uint32_t c, std::uint32_t d) const {
    return d ^ (b & (c ^ d));
  }
};
struct Parity {
  std::uint32_t operator()(std::uint32_t b, std::uint32_t c, std::uint32_t d) const { return b ^ c ^ d; }
};
struct Majority {
  std::uint32_t operator()(std::uint32_t b, std::uint32_t c, std::uint32_t d) const {
    return (b & c) | (d & (b | c));
  }
};

inline void step(std::uint32_t a, std::uint32_t& b, std::uint32_t mixed, std::uint32_t& e,
                 std::uint32_t input) {
  e += rotate_left(a, 5) + mixed + input;
  b = rotate_left(b, 30);
}

/// Twenty rounds; instead of shifting the five variables, their order rotates.
template <class Mix>
inline void twenty_rounds(std::uint32_t v[5], const std::uint32_t* w, std::uint32_t constant) {
  const Mix mix;
  std::uint32_t a = v[0], b = v[1], c = v[2], d = v[3], e = v[4];
  for (unsigned t = 0; t < 20; t += 5) {
    step(a, b, mix(b, c, d), e, w[t] + constant);
    step(e, a, mix(a, b, c), d, w[t + 1] + constant);
    step(d, e, mix(e, a, b), c, w[t + 2] + constant);
    step(c, d, mix(d, e, a), b, w[t + 3] + constant);
    step(b, c, mix(c, d, e), a, w[t + 4] + constant);
  }
  v[0] = a, v[1] = b, v[2] = c, v[3] = d, v[4] = e;
}

}  // namespace

void sha1_blocks(std::uint32_t state[5], const std::byte* data, std::size_t blocks) {
  for (; blocks > 0; --blocks, data += block_bytes) {
    std::uint32_t w[80];
    for (unsigned t = 0; t < 16; ++t) w[t] = load_big_endian(data + 4 * t);
    for (unsigned t = 16; t < 80; ++t) w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    std::uint32_t v[5] = {state[0], state[1], state[2], state[3], state[4]};
    twenty_rounds<Choose>(v, w, 0x5A827999U);
    twenty_rounds<Parity>(v, w + 20, 0x6ED9EBA1U);
    twenty_rounds<Majority>(v, w + 40, 0x8F1BBCDCU);
    twenty_rounds<Parity>(v, w + 60, 0xCA62C1D6U);
    for (unsigned i = 0; i < 5; ++i) state[i] += v[i];
  }
}

}  // namespace modelexport::digest
