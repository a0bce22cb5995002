// Scaled dot-product attention as MatMul, scale, mask, Softmax, MatMul.
#pragma once

#include "lower/lower.h"

namespace modelexport::lower {

struct Attention {
  aten::Type query, key, value;
  double scale = 1;
  bool causal = false;
  bool grouped = false;        ///< fewer key/value heads than query heads
  const char* mask = nullptr;  ///< name of the mask argument: bool (True = attend) or added to the scores
};
std::string lower_attention(Lower& x, const Attention& attention);

}  // namespace modelexport::lower
