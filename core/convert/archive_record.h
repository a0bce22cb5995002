// The capture record inside an archive (extra file modelexport.json), and the stamp that an export writes.
//
// Purpose   One set of rules for the command line and WebAssembly: which task is stamped, which warnings
// arise. Errors    zip_*, META codes.
#pragma once

#include <optional>
#include <string>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/stamp.h"

namespace modelexport::convert {

/// The record's text, if the archive has one. Reads the zip directory and that member.
Result<std::optional<std::string>> read_record_text(const ByteSource& archive, const Limits& limits);

struct StampRequest {
  const source::Source* source = nullptr;  ///< nullptr: unknown
  const stamp::Record* record = nullptr;
  std::string task;         ///< as the user named it
  std::string source_task;  ///< what the source's configuration says
  bool keep_paths = false;
  bool allow_unpinned = false;
  std::string version;  ///< the program's
};
struct Stamped {
  stamp::Entries entries;
  std::string task;  ///< names unnamed outputs
  Diagnostics warnings;
};
/// The user's task, else the record's, else the source's.
Result<Stamped> stamp_export(const StampRequest& request);

}  // namespace modelexport::convert
