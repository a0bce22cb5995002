// Two results of one computation: by how much they differ, and whether that is more than arithmetic explains.
//
// Rule   A tensor agrees if its largest absolute difference is at most `atol` times max(1, its largest
//        magnitude). Integers and booleans must be equal. NaN agrees with NaN, infinities of one sign with
//        each other and with the very large numbers that masks are made of.
#pragma once

#include "verify/tensor.h"

namespace modelexport::verify {

struct Difference {
  bool within = true;
  double max_abs = 0;
  double max_rel = 0;   ///< max_abs / largest magnitude of the reference
  std::string problem;  ///< "" or what is wrong besides numbers: shape, dtype, NaN
};

/// Default of --atol for a file's element type.
double default_atol(DType dtype);

/// `got` has the exported file's element type; the reference may be wider.
Difference compare(const Tensor& got, const Tensor& reference, double atol);

}  // namespace modelexport::verify
