// What convolutions, pools and resizing share.
#pragma once

#include "aten/infer/windows.h"
#include "lower/lower.h"

namespace modelexport::lower {

inline const char* input_name(const Lower& x) { return x.op().find("input") != nullptr ? "input" : "self"; }

inline std::vector<std::int64_t> both_sides(const aten::Window& w) {
  std::vector<std::int64_t> pads = w.padding;
  pads.insert(pads.end(), w.pad_after.begin(), w.pad_after.end());
  return pads;
}

/// ONNX spatial operators want a batch dimension; PyTorch allows to leave it out.
inline std::string batched(Lower& x, const std::string& value, std::size_t rank, std::size_t spatial) {
  return rank == spatial + 1 ? x.unsqueeze(value, {0}) : value;
}
inline std::string unbatched(Lower& x, const std::string& value, std::size_t rank, std::size_t spatial) {
  return rank == spatial + 1 ? x.squeeze(value, {0}) : value;
}

/// 0, 1, ... size-1 as numbers of `dtype`, as a column (n, 1) or a row (n).
inline std::string counting(Lower& x, const std::string& size, DType dtype, bool column) {
  const std::string range = x.emit("Range", {x.b.scalar_int(0), size, x.b.scalar_int(1)});
  const std::string numbers = x.cast(range, DType::int64, dtype);
  return column ? x.unsqueeze(numbers, {1}) : numbers;
}
inline std::string counting(Lower& x, const Expr& size, DType dtype, bool column) {
  return counting(x, x.b.size_scalar(size), dtype, column);
}

/// One dimension multiplied by a matrix: moved last, multiplied, moved back.
inline std::string along_axis(Lower& x, const std::string& value, const std::string& matrix, std::size_t axis,
                              std::size_t rank) {
  std::vector<std::int64_t> perm;
  for (std::size_t k = 0; k < rank; ++k) perm.push_back(static_cast<std::int64_t>(k));
  std::swap(perm[axis], perm[rank - 1]);
  return x.transpose(x.emit("MatMul", {x.transpose(value, perm), matrix}), perm);
}

}  // namespace modelexport::lower
