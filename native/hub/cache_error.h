// A failed write into the shared cache.
#pragma once

#include <string>

#include "io/posix_error.h"
#include "modelexport/result.h"

namespace modelexport::hub {

inline tl::unexpected<Diagnostic> cache_error(const std::string& action, const std::string& path, int error) {
  return fail(ErrorCode::hub_cache_write, "cannot " + action + ": " + io::errno_text(error), {.path = path},
              "free some space or name another cache: HF_HUB_CACHE=/other/directory");
}

}  // namespace modelexport::hub
