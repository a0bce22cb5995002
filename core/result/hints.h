// What to do about an error whose place of origin could not say it.
//
// Purpose   contract.md: every error carries a hint. Code that fails deep inside a format often knows only
//           that something is broken; what the user can do then depends on the kind of error alone.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport {

/// For any error of this code.
std::string_view usual_hint(ErrorCode code);
/// The diagnostic's own hint, else the usual one.
std::string hint_of(const Diagnostic& diagnostic);

}  // namespace modelexport
