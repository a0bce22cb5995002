// Diagnostics as text on standard error and as the JSON error object.
//
//   error[ME-ARC-002]: the archive is incomplete
//     --> model.pt: data/3, byte 18844
//     = hint: copy or download it again
#pragma once

#include <string>

#include "modelexport/result.h"

namespace modelexport::cli {

/// "model.pt: data/3, byte 18844"; "" if nothing is known.
std::string render_where(const Where& where);
/// The lines above, with a final newline.
std::string render_diagnostic(const Diagnostic& diagnostic, bool color);
/// {"error": {"code", "message", "where": {"path", "field", "offset"}, "hint"}} with a final newline.
std::string render_error_json(const Diagnostic& diagnostic);

}  // namespace modelexport::cli
