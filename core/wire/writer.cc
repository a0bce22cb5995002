#include "wire/writer.h"

namespace modelexport::wire {

unsigned varint_size(std::uint64_t value) {
  unsigned size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, std::uint32_t field, WireType type) {
  put_varint(out, (static_cast<std::uint64_t>(field) << 3) | static_cast<std::uint64_t>(type));
}

void put_header(std::string& out, std::uint32_t field, std::uint64_t length) {
  put_tag(out, field, WireType::length);
  put_varint(out, length);
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view value) {
  put_header(out, field, value.size());
  out.append(value);
}

void put_int(std::string& out, std::uint32_t field, std::int64_t value) {
  put_tag(out, field, WireType::varint);
  put_varint(out, static_cast<std::uint64_t>(value));
}

std::uint64_t framed_size(std::uint32_t field, std::uint64_t length) {
  return varint_size(static_cast<std::uint64_t>(field) << 3) + varint_size(length) + length;
}

}  // namespace modelexport::wire
