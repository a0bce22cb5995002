// What the fuzz targets share: the entry point's name and limits that keep a single input fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace modelexport::fuzz {

inline Bytes bytes_of(const std::uint8_t* data, std::size_t size) {
  const auto* from = reinterpret_cast<const std::byte*>(data);
  return Bytes(from, from + size);
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// As declared, but small enough that what a few kilobytes can ask for is done at once.
inline Limits small_limits() {
  Limits limits;
  limits.inflated_member = 1 << 20;
  limits.pickle_ops = 100'000;
  limits.json_values = 100'000;
  return limits;
}

/// What must hold whatever the input is; ends the program where it does not.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace modelexport::fuzz
