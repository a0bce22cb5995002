#include "lower/constant_size.h"

namespace modelexport::lower {

bool can_make(Lower& x, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  std::int64_t count = 0;
  if (rows >= 0 && columns >= 0 && !__builtin_mul_overflow(rows, columns, &count) && count <= kMost)
    return true;
  x.fail("needs a constant of " + std::to_string(rows) + " x " + std::to_string(columns) + " elements");
  return false;
}

}  // namespace modelexport::lower
