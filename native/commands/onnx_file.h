// Opening an ONNX file for a command, with the error that says what it is when it is none.
#pragma once

#include <memory>
#include <string>

#include "format/format.h"
#include "io/file_source.h"
#include "modelexport/model_view.h"

namespace modelexport::commands {

struct OnnxFile {
  std::unique_ptr<io::FileSource> source;
  format::Format format = format::Format::unknown;
  std::unique_ptr<onnx::ModelView> view;  ///< nullptr if `format` is not ONNX
};

/// Opens `path`; URLs and hf:// are cli_not_supported_yet.
Result<OnnxFile> open_any_file(const std::string& path, const Limits& limits);
/// The same, but anything other than ONNX is an error.
Result<OnnxFile> open_onnx_file(const std::string& path, const Limits& limits);

/// Whether a data file that a model in `model_path` names is there, inside its directory, and large enough.
bool has_external_file(const std::string& model_path, std::string_view location, std::uint64_t needed);

}  // namespace modelexport::commands
