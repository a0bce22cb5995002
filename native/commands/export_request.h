// What the user asked `export` for, before any file is touched.
#pragma once

#include <string>

#include "cli/context.h"
#include "modelexport/export.h"
#include "modelexport/onnx_model.h"

namespace modelexport::commands {

struct ExportRequest {
  ExportOptions options;
  onnx::WriteOptions write;
  bool hub_weights = false;   ///< --weights hub: references into the files of the pinned commit
  bool package = false;       ///< OUT is a directory
  std::string targets;        ///< --target: what is exported is packed for these loaders; "" none
  std::string packed;         ///< with `targets`: OUT, a directory or a zip
  std::string out_directory;  ///< "" is the current one
  std::string out_name;       ///< of the .onnx
  std::string source;         ///< --source, "" if not given
  bool sidecar = false;
  bool report = false;
  /// Configuration and manifest are written beside the ONNX file, by export itself.
  [[nodiscard]] bool writes_components() const { return package && targets.empty(); }
};

/// cli_usage and cli_not_supported_yet for options that do not fit together.
Result<ExportRequest> parse_export_request(const cli::Arguments& arguments, const Limits& limits);

}  // namespace modelexport::commands
