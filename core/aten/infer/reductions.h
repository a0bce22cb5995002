// Which dimensions a reduction removes: shared by inference and lowering.
#pragma once

#include <algorithm>

#include "aten/infer.h"

namespace modelexport::aten {

struct Reduction {
  std::vector<std::int64_t> axes;  ///< sorted; all dimensions when none were given
  bool all = false;                ///< every dimension
  bool keepdim = false;

  [[nodiscard]] Shape result(const Shape& shape) const {
    Shape out;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const bool gone = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
      if (!gone)
        out.push_back(shape[i]);
      else if (keepdim)
        out.push_back(1);
    }
    return out;
  }
};

inline Reduction read_reduction(OpReader& x, const Type& self) {
  Reduction r;
  r.keepdim = x.flag("keepdim");
  if (x.given("dim")) r.axes = x.dims("dim", self.rank());
  if (self.shape.empty()) r.axes.clear();
  if (r.axes.empty())
    for (std::int64_t i = 0; i < self.rank(); ++i) r.axes.push_back(i);
  std::sort(r.axes.begin(), r.axes.end());
  r.all = static_cast<std::int64_t>(r.axes.size()) == self.rank();
  return r;
}

}  // namespace modelexport::aten
