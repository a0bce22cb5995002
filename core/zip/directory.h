// The central directory of a zip archive, before it is compared with the members' own headers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::zip {

struct CentralEntry {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;
  std::uint64_t header = 0;
};

struct Directory {
  std::vector<CentralEntry> entries;
  std::uint64_t offset = 0;  ///< where it starts; members must end before
};

Result<Directory> read_directory(const ByteSource& source, const Limits& limits);

/// Nothing if the name is safe, else what is wrong with it.
std::string name_problem(const std::string& name);

/// 64-bit sizes of a zip64 extra field replace those that are saturated; false if the field is malformed.
bool apply_zip64(ByteSpan extra, std::uint64_t* size, std::uint64_t* compressed, std::uint64_t* header);

}  // namespace modelexport::zip
