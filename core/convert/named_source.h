// A source that is only named: what can be known of it without files and network.
#pragma once

#include <string>

#include "modelexport/source.h"

namespace modelexport::convert {

/// A directory is taken as it is named, a Hub model with the commit that its name has. Errors: those of
/// require_usable().
Result<source::Source> named_source(const std::string& name);

}  // namespace modelexport::convert
