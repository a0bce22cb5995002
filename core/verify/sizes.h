// At which sizes an export is checked: the archive's example and two others.
//
// Purpose   An example alone cannot tell `batch_size` from the constant 2. The other two assignments change
//           every symbol: one makes sizes smaller (batch 1), one larger.
// Ownership Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modelexport/export.h"

namespace modelexport::verify {

/// A value for every symbolic size.
using Sizes = std::map<std::string, std::int64_t>;

struct Range {
  std::optional<std::int64_t> min, max;
};
using Ranges = std::map<std::string, Range>;

struct SizePlan {
  Sizes example;
  Sizes smaller;  ///< equal to `example` where nothing is symbolic
  Sizes larger;
  Sizes
      cautious;  ///< like `larger`, but lengths stay below the example's: for models with a longest sequence
};

/// Ranges that an archive declares, under the names that the exported file has. A lower bound of 2 is
/// PyTorch's 0/1 specialisation and no limit.
Ranges named_ranges(const std::vector<std::vector<Expr>>& archive_shapes, const std::vector<PortFact>& inputs,
                    const Ranges& archive_ranges);

/// Symbols that no example gives a size (older archives) get 2 or 8.
SizePlan plan_sizes(const std::vector<PortFact>& inputs, const Ranges& ranges);

/// The sizes of one input; nothing if a size cannot be computed or is negative.
std::optional<std::vector<std::int64_t>> dims_at(const std::vector<Expr>& shape, const Sizes& sizes);

/// "batch_size=2, sequence_length=16".
std::string to_string(const Sizes& sizes);

}  // namespace modelexport::verify
