// `inspect` of a file of any kind: from its bytes to the JSON of contract.md §2.
//
// Purpose   What the page and the WebAssembly module show; for ONNX the document of inspect_report.h, for
// other
//           formats what is known of them.
// Reads     Structure only, no tensor bytes.
// Errors    Those of the parts; every one names the file. Text, web pages and LFS pointers are errors that
// say
//           what the file is.
#pragma once

#include "modelexport/limits.h"
#include "report/inspect_report.h"

namespace modelexport::report {

Result<json::Json> inspect_file(const ByteSource& source, const InspectOptions& options,
                                const Limits& limits);

}  // namespace modelexport::report
