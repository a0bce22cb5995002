// A diagnostic as JSON, the same for the command line and the page.
#pragma once

#include "json/json.h"

namespace modelexport::json {

/// {"error": {"code", "message", "where": {"path", "field", "offset"} or null, "hint" or null}}.
Json error_document(const Diagnostic& diagnostic);

}  // namespace modelexport::json
