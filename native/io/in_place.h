// Writing the end of an existing file: the one place where a file is changed and not replaced.
#pragma once

#include <cstdint>
#include <string>

#include "modelexport/bytes.h"

namespace modelexport::io {

/// Writes `bytes` at `offset`, then makes the file `new_size` long, and syncs. Space for growth is reserved
/// before the first byte changes, so that a full disk leaves the file as it was; signals do not stop it
/// halfway.
Status write_tail(const std::string& path, std::uint64_t offset, ByteSpan bytes, std::uint64_t new_size);

}  // namespace modelexport::io
