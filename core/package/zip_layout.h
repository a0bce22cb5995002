// A package's zip as pieces: ranges of inputs and literal bytes, in order. Nothing is copied.
//
// Purpose   Hosts that can slice their files (a browser's Blobs) put the zip together themselves, and the
//           browser copies it to disk without a detour over memory. Byte for byte what write_zip() writes.
// Errors    zip_unsafe_name, internal (not one checksum per file).
#pragma once

#include <span>

#include "package/file_sums.h"
#include "package/plan.h"

namespace modelexport::package {

struct ZipLayout {
  std::vector<Piece> pieces;  ///< ranges name PackagePlan::inputs
  std::uint64_t size = 0;
  Manifest manifest;  ///< with all files
};

/// `sums` are those of plan.files, in the same order.
Result<ZipLayout> layout_zip(const PackagePlan& plan, std::span<const Sums> sums);

}  // namespace modelexport::package
