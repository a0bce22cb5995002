// The time as text, for files that state when they were made.
#pragma once

#include <string>

namespace modelexport::commands {

/// "2025-01-01T00:00:00.000Z". SOURCE_DATE_EPOCH (seconds) stands for the present time if it is set.
std::string utc_now();

}  // namespace modelexport::commands
