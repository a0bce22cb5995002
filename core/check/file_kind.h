// What a file that is no readable model really is.
#pragma once

#include "check/findings.h"

namespace modelexport::check {

/// Findings about the file as a whole, for files that open.
void check_container(const ByteSource& source, Findings& findings);

/// Reports why `source` is no model: what it is instead, or the reading error. The returned range, if any, is
/// the part that is a model (a prefix or suffix is garbage, which was reported with its fix).
std::optional<ByteRange> explain_unreadable(const ByteSource& source, const Diagnostic& error,
                                            Findings& findings);

}  // namespace modelexport::check
