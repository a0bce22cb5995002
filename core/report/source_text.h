// A classified source in words, for `resolve` and the summary of `export`.
#pragma once

#include <string>

#include "modelexport/source.h"

namespace modelexport::report {

/// "the path exists": why the source is what it is.
std::string_view reason_text(source::Reason reason);

/// "./bert  local  (existing-path: the path exists)".
std::string source_line(const source::Source& source);

}  // namespace modelexport::report
