// SHA-256 with the x86 SHA instructions, chosen at run time; everything else uses the portable form.
#include "digest/blocks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace modelexport::digest {

#if defined(__x86_64__)
namespace {

bool detect_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return false;
  constexpr unsigned sha_bit = 1U << 29;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & sha_bit);
}

/// Four rounds; sha256rnds2 does two and takes the inputs of the other two from the upper half.
__attribute__((target("sha,sse4.1"))) inline void four_rounds(__m128i& abef, __m128i& cdgh, __m128i message,
                                                              unsigned t) {
  const auto* constants = reinterpret_cast<const __m128i*>(sha256_constants + t);
  const __m128i input = _mm_add_epi32(message, _mm_loadu_si128(constants));
  cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
  abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0E));
}

__attribute__((target("sha,sse4.1"))) void sha256_blocks_x86(std::uint32_t state[8], const std::byte* data,
                                                             std::size_t blocks) {
  // The instructions want the state as (a b e f) and (c d g h).
  const __m128i dcba = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state));
  const __m128i hgfe = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 4));
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
  const __m128i byte_order = _mm_set_epi64x(0x0C0D0E0F08090A0BLL, 0x0405060700010203LL);
  for (; blocks > 0; --blocks, data += block_bytes) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    __m128i w[4];
    for (unsigned i = 0; i < 4; ++i) {
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 16 * i)), byte_order);
      four_rounds(abef, cdgh, w[i], 4 * i);
    }
    for (unsigned t = 16; t < 64; t += 4) {
      const __m128i seven_back = _mm_alignr_epi8(w[3], w[2], 4);
      const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), seven_back);
      w[0] = w[1];
      w[1] = w[2];
      w[2] = w[3];
      w[3] = _mm_sha256msg2_epu32(partial, w[3]);
      four_rounds(abef, cdgh, w[3], t);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace

void sha256_blocks(std::uint32_t state[8], const std::byte* data, std::size_t blocks) {
  static const bool has_sha_instructions = detect_sha_instructions();
  (has_sha_instructions ? sha256_blocks_x86 : sha256_blocks_portable)(state, data, blocks);
}
#else
void sha256_blocks(std::uint32_t state[8], const std::byte* data, std::size_t blocks) {
  sha256_blocks_portable(state, data, blocks);
}
#endif

}  // namespace modelexport::digest
