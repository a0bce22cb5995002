// What an index expression x[i, :, mask, ...] means: shared by inference and lowering of index and index_put.
#pragma once

#include "aten/infer.h"

namespace modelexport::aten {

struct IndexPlan {
  struct Entry {
    std::size_t argument = 0;   ///< position in the `indices` list
    std::int64_t dim = 0;       ///< first dimension of self that it indexes
    std::int64_t consumed = 1;  ///< dimensions it indexes: the rank of a mask, else 1
    bool mask = false;
    Type type;
  };
  std::vector<Entry> entries;
  Shape joined;                    ///< common shape of all indices after broadcasting; masks count as rank 1
  std::vector<std::int64_t> dims;  ///< indexed dimensions, in order
  std::vector<std::int64_t> rest;  ///< dimensions that stay
  std::int64_t position = 0;       ///< where `joined` stands in the result
  Shape result;
};

/// Reads the `indices` argument. Sizes that masks decide are fresh symbols given by `fresh(output axis)`.
IndexPlan plan_index(OpReader& x, const Type& self, const std::function<Expr(std::int32_t)>& fresh);

}  // namespace modelexport::aten
