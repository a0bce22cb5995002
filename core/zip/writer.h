// Writes a zip archive to a sink: streaming, stored, and equal bytes for equal content.
//
// Purpose   Packages. No compression and one fixed time (1980-01-01), so that native and WebAssembly builds
//           give the same file (architecture.md §6). Zip64 fields appear only where they are needed.
// Ownership Borrows the sink; does not finish() it.
// Use       add() for what is in memory; begin(), append()…, end() for what is streamed (its checksum follows
// the
//           data); finish() once, last.
// Errors    zip_unsafe_name, zip_malformed (duplicate name, wrong size), and the sink's.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/result.h"

namespace modelexport::zip {

class Writer {
 public:
  explicit Writer(ByteSink& sink) : sink_(sink) {}

  Status add(const std::string& name, ByteSpan content);
  /// Starts a streamed member. With `size` the member must get exactly that many bytes; without it, zip64
  /// fields are written for safety.
  Status begin(const std::string& name, std::optional<std::uint64_t> size);
  /// Starts a streamed member whose size and CRC-32 are known: they stand before the content, so that readers
  /// that take no data descriptor for stored members (Java's, streaming ones) accept it. end() compares both.
  Status begin(const std::string& name, std::uint64_t size, std::uint32_t crc);
  Status append(ByteSpan bytes);
  Status end();
  /// A member whose content the sink's owner puts there itself, right after the header that the sink gets
  /// now.
  Status leave_room(const std::string& name, std::uint64_t size, std::uint32_t crc);
  /// The directory. No member may be open.
  Status finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t header = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    bool descriptor = false;
    bool zip64 = false;
  };
  Status open(Member member);
  Status write(ByteSpan bytes);
  Status write_central(const Member& member);
  Status write_end(std::uint64_t directory);

  ByteSink& sink_;
  std::uint64_t written_ = 0;
  std::vector<Member> members_;
  std::set<std::string> names_;
  std::optional<std::uint64_t> expected_;
  std::optional<std::uint32_t> expected_crc_;
  bool open_ = false;
};

}  // namespace modelexport::zip
