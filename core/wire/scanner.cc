#include "wire/scanner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "result/shell_word.h"

namespace modelexport::wire {
namespace {

constexpr std::size_t deepest_group = 100;

}  // namespace

bool Scanner::error(ErrorCode code, std::uint64_t offset, std::string message) {
  if (!window_.status()) {
    status_ = window_.status();
    return false;
  }
  const std::string name = window_.source().name();
  std::string hint = code == ErrorCode::wire_truncated
                         ? "The file is incomplete or damaged: download or copy it again"
                         : "Check what the file is: modelexport inspect " + shell_word(name);
  status_ = fail(code, std::move(message), {name, {}, offset}, std::move(hint));
  return false;
}

bool Scanner::read_varint(std::uint64_t& value, unsigned limit, Field& field) {
  const std::uint64_t start = at_;
  const ByteSpan bytes = window_.peek(at_, max_varint_bytes);
  const auto available = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end_ - at_));
  value = 0;
  for (std::size_t i = 0; i < available && i < limit; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[i]);
    value |= (byte & 0x7F) << (7 * i);
    if (byte & 0x80) continue;
    if (i > 0 && byte == 0) field.canonical = false;
    at_ += i + 1;
    return true;
  }
  if (available >= limit)
    return error(ErrorCode::wire_varint, start, "a number has more than " + std::to_string(limit) + " bytes");
  return error(ErrorCode::wire_truncated, start, "the message ends within a number");
}

bool Scanner::read_tag(Field& field) {
  std::uint64_t tag = 0;
  field.offset = at_;
  if (!read_varint(tag, max_length_bytes, field)) return false;
  const std::uint64_t number = tag >> 3;
  const auto type = static_cast<unsigned>(tag & 7);
  if (number == 0 || number > 0x1FFFFFFF || type > 5)
    return error(
        ErrorCode::wire_tag, field.offset,
        "not a protobuf tag (field " + std::to_string(number) + ", wire type " + std::to_string(type) + ")");
  field.number = static_cast<std::uint32_t>(number);
  field.type = static_cast<WireType>(type);
  return true;
}

bool Scanner::read_fixed(unsigned bytes, Field& field) {
  if (bytes > end_ - at_)
    return error(ErrorCode::wire_truncated, field.offset, "the message ends within a number");
  const ByteSpan data = window_.peek(at_, bytes);
  if (data.size() < bytes)
    return error(ErrorCode::wire_truncated, field.offset, "the message ends within a number");
  field.value = 0;
  for (unsigned i = 0; i < bytes; ++i) field.value |= std::to_integer<std::uint64_t>(data[i]) << (8 * i);
  field.size = bytes;
  at_ += bytes;
  return true;
}

bool Scanner::read_length(Field& field) {
  std::uint64_t length = 0;
  if (!read_varint(length, max_length_bytes, field)) return false;
  if (length > end_ - at_)
    return error(ErrorCode::wire_truncated, field.offset,
                 "field " + std::to_string(field.number) + " announces " + std::to_string(length) +
                     " bytes, " + std::to_string(end_ - at_) +
                     " are left: " + std::to_string(length - (end_ - at_)) + " are missing");
  field.header = static_cast<std::uint32_t>(at_ - field.offset);
  field.size = length;
  at_ += length;
  return true;
}

/// Iterative: the open groups are on a list, not on the stack.
bool Scanner::skip_group(Field& group) {
  std::vector<std::uint32_t> open{group.number};
  const std::uint64_t begin = at_;
  while (!open.empty()) {
    if (at_ >= end_) return error(ErrorCode::wire_truncated, group.offset, "a group is not closed");
    Field inner;
    if (!read_tag(inner)) return false;
    bool ok = true;
    switch (inner.type) {
      case WireType::varint:
        ok = read_varint(inner.value, max_varint_bytes, inner);
        break;
      case WireType::fixed64:
        ok = read_fixed(8, inner);
        break;
      case WireType::fixed32:
        ok = read_fixed(4, inner);
        break;
      case WireType::length:
        ok = read_length(inner);
        break;
      case WireType::start_group:
        if (open.size() >= deepest_group)
          return error(ErrorCode::wire_depth, inner.offset, "groups are nested too deeply");
        open.push_back(inner.number);
        break;
      case WireType::end_group:
        if (inner.number != open.back())
          return error(ErrorCode::wire_tag, inner.offset, "a group is closed by another one's end");
        open.pop_back();
        break;
    }
    if (!ok) return false;
  }
  group.size = at_ - begin;
  return true;
}

bool Scanner::next(Field& field) {
  if (!status_ || at_ >= end_) return false;
  field = Field{};
  if (!read_tag(field)) return false;
  field.header = static_cast<std::uint32_t>(at_ - field.offset);
  switch (field.type) {
    case WireType::varint: {
      const std::uint64_t begin = at_;
      if (!read_varint(field.value, max_varint_bytes, field)) return false;
      field.size = at_ - begin;
      return true;
    }
    case WireType::fixed64:
      return read_fixed(8, field);
    case WireType::fixed32:
      return read_fixed(4, field);
    case WireType::length:
      return read_length(field);
    case WireType::start_group:
      return skip_group(field);
    case WireType::end_group:
      break;
  }
  return error(ErrorCode::wire_tag, field.offset, "the end of a group that was never opened");
}

bool take_varint(ByteSpan& bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < max_varint_bytes; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[i]);
    value |= (byte & 0x7F) << (7 * i);
    if (byte & 0x80) continue;
    bytes = bytes.subspan(i + 1);
    return true;
  }
  return false;
}

}  // namespace modelexport::wire
