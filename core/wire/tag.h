// Tags of the protobuf wire format.
#pragma once

#include <cstdint>

namespace modelexport::wire {

enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  length = 2,
  start_group = 3,
  end_group = 4,
  fixed32 = 5
};

/// Readers refuse length and tag varints of more bytes, even when the value is small.
inline constexpr unsigned max_length_bytes = 5;
inline constexpr unsigned max_varint_bytes = 10;
/// The largest file that any protobuf reader loads (measured; reference: onnx_wire).
inline constexpr std::uint64_t max_message_bytes = (1ULL << 31) - 2;

}  // namespace modelexport::wire
