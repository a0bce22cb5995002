// Walks the fields of one protobuf message: numbers, wire types, lengths; content is left alone.
//
// Purpose   The framing half of reading ONNX. Strict where readers are: lengths and tags of at most 5 bytes,
//           nothing past the end of the enclosing message, no stray group ends, groups at most 100 deep.
// Errors    wire_truncated, wire_tag, wire_varint, wire_depth, each with the exact offset; or the source's.
// Example   Scanner scan(window, range); Field f; while (scan.next(f)) …; ME_CHECK(scan.status());
#pragma once

#include <cstdint>

#include "modelexport/bytes.h"
#include "wire/tag.h"
#include "wire/window.h"

namespace modelexport::wire {

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t offset = 0;  ///< of the tag
  std::uint32_t header = 0;  ///< bytes before the content: tag, and length if there is one
  std::uint64_t size = 0;    ///< bytes of content; of a group: up to and including its end tag
  std::uint64_t value = 0;   ///< varint, fixed32 and fixed64
  bool canonical = true;     ///< false: some varint of the field has padding

  [[nodiscard]] ByteRange content() const { return {offset + header, size}; }
  [[nodiscard]] ByteRange whole() const { return {offset, header + size}; }
  [[nodiscard]] bool is_length() const { return type == WireType::length; }
};

class Scanner {
 public:
  /// `range` is the content of a message and lies inside the window's source.
  Scanner(Window& window, ByteRange range) : window_(window), at_(range.offset), end_(range.end()) {}

  /// False at the end and on errors; then look at status().
  bool next(Field& field);
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] std::uint64_t position() const { return at_; }

 private:
  bool read_varint(std::uint64_t& value, unsigned limit, Field& field);
  bool read_tag(Field& field);
  bool read_fixed(unsigned bytes, Field& field);
  bool read_length(Field& field);
  bool skip_group(Field& field);
  bool error(ErrorCode code, std::uint64_t offset, std::string message);

  Window& window_;
  std::uint64_t at_;
  std::uint64_t end_;
  Status status_;
};

/// One varint from the front of `bytes`; advances it. False when it does not end within ten bytes.
bool take_varint(ByteSpan& bytes, std::uint64_t& value);

}  // namespace modelexport::wire
