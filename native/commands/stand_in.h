// A passing copy of a file of which only some parts are needed: the rest are holes.
//
// Purpose   `export --weights hub` refers to safetensors that are not here. Their referenced parts are
// byte-equal to
//           tensors of the archive, so a file of the same size with those parts in place is all that ONNX
//           Runtime needs to run the very file that is written.
// Ownership Sources are borrowed.
// Errors    io_write (also: no room), those of reading; cli_interrupted when the progress is cancelled.
#pragma once

#include <string>
#include <vector>

#include "modelexport/bytes.h"

namespace modelexport::commands {

struct StandIn {
  struct Part {
    std::uint64_t offset = 0;            ///< in the stand-in
    const ByteSource* source = nullptr;  ///< where the bytes are
    ByteRange range;
  };
  std::string name;
  std::uint64_t size = 0;
  std::vector<Part> parts;
};

/// Creates `path`, which must not exist.
Status write_stand_in(const StandIn& file, const std::string& path, Progress& progress);

}  // namespace modelexport::commands
