// The way back: what a migration replaced, as a small plan beside the file instead of a second copy.
//
// Purpose   The inverse of an edit copies what is still there and holds the bytes that went. Sizes and
// SHA-256
//           of both files are in it, so that it is applied to nothing else.
// Schema    "modelexport/undo/1": {file, version, migrated:{size, sha256}, original:{size, sha256},
//           pieces:[{offset, size} | {base64}], components?:[{path, size, sha256}]}: files that were put
//           beside it
// Errors    migrate_undo for a document that is none or does not fit.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "json/json.h"
#include "modelexport/edit_plan.h"

namespace modelexport::migrate {

/// Makes the original of a plan's result. Reads from the source only what the result lacks.
Result<onnx::EditPlan> invert(const onnx::EditPlan& plan, const ByteSource& source);

struct FileIdentity {
  std::uint64_t size = 0;
  std::string sha256;
  bool operator==(const FileIdentity&) const = default;
};

struct Undo {
  std::string file;  ///< name without directories
  FileIdentity migrated;
  FileIdentity original;
  onnx::EditPlan plan;
  std::vector<std::pair<std::string, FileIdentity>> components;  ///< by path from the model's directory
};
json::Json undo_json(const Undo& undo, std::string_view version);
Result<Undo> read_undo(std::string_view text, const Limits& limits);

/// "model.onnx.migrate-undo.json"
std::string undo_name(const std::string& file);

}  // namespace modelexport::migrate
