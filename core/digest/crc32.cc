// CRC-32 (polynomial of zip, reflected), eight bytes per step.
#include <array>

#include "modelexport/digest.h"

namespace modelexport {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) ? 0xEDB88320U : 0U);
    tables[0][i] = c;
  }
  for (std::size_t n = 1; n < 8; ++n)
    for (std::size_t i = 0; i < 256; ++i)
      tables[n][i] = (tables[n - 1][i] >> 8) ^ tables[0][tables[n - 1][i] & 0xFF];
  return tables;
}

constexpr Tables tables = make_tables();

std::uint32_t at(const std::byte* p, std::size_t i) { return std::to_integer<std::uint32_t>(p[i]); }

}  // namespace

std::uint32_t crc32(ByteSpan bytes, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    const std::uint32_t low = c ^ (at(p, 0) | at(p, 1) << 8 | at(p, 2) << 16 | at(p, 3) << 24);
    c = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^
        tables[4][low >> 24] ^ tables[3][at(p, 4)] ^ tables[2][at(p, 5)] ^ tables[1][at(p, 6)] ^
        tables[0][at(p, 7)];
  }
  for (; left > 0; --left, ++p) c = (c >> 8) ^ tables[0][(c ^ at(p, 0)) & 0xFF];
  return ~c;
}

}  // namespace modelexport
