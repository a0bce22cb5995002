// zlib behind two functions: raw deflate and CRC-32.
#pragma once

#include <cstdint>
#include <optional>

#include "modelexport/bytes.h"

namespace modelexport::zip {

/// Inflates a raw deflate stream that must give exactly `size` bytes and use all input; nothing otherwise.
std::optional<Bytes> inflate_exactly(ByteSpan deflated, std::uint64_t size);

/// CRC-32 of `bytes`, continuing from the CRC of what came before.
std::uint32_t crc32_of(ByteSpan bytes, std::uint32_t before = 0);

}  // namespace modelexport::zip
