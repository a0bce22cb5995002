// Values that cross a border between module calls: made by the code of one call, used by another's.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

struct Border {
  aten::ValueId value = aten::kNoValue;
  const aten::Op* op = nullptr;  ///< that makes it
};

/// In the order of execution; results of the main block's operators only. Graph outputs count as used by the
/// caller. Values from `first_foreign` on are left out: passes made them, the archive does not know them.
std::vector<Border> find_borders(const aten::Graph& graph, std::size_t first_foreign);

}  // namespace modelexport::lower
