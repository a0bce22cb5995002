// Sizes of constants that a rule makes: an archive can state any, also ones that no memory holds.
#pragma once

#include "lower/lower.h"

namespace modelexport::lower {

/// A failure (and false) unless a constant of rows x columns elements is small enough to be made.
bool can_make(Lower& x, std::int64_t rows, std::int64_t columns = 1);

}  // namespace modelexport::lower
