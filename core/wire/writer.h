// Writes tags, varints and framed fields of the protobuf wire format into a string.
//
// Purpose   Framing only: lengths are 64 bit, so that a message can be announced before its bytes exist.
// Errors    None: whoever writes decides whether a length is acceptable to readers (max_message_bytes).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/tag.h"

namespace modelexport::wire {

unsigned varint_size(std::uint64_t value);
void put_varint(std::string& out, std::uint64_t value);
void put_tag(std::string& out, std::uint32_t field, WireType type);

/// Tag and length of a length-delimited field whose `length` bytes follow.
void put_header(std::string& out, std::uint32_t field, std::uint64_t length);
void put_bytes(std::string& out, std::uint32_t field, std::string_view value);
/// int64/int32/enum fields: negative values take ten bytes, as the format demands.
void put_int(std::string& out, std::uint32_t field, std::int64_t value);

/// Bytes of a length-delimited field including its tag and length.
std::uint64_t framed_size(std::uint32_t field, std::uint64_t length);

}  // namespace modelexport::wire
