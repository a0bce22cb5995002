// Which operator forms need which opset: one table.
#pragma once

#include "lower/lower.h"

namespace modelexport::lower {

/// Forms that ONNX cannot express before some opset. Everything else is written differently where it must be
/// (reductions' axes, Split's num_outputs, Gelu, Mish, circular padding) and works from opset 17 on.
enum class Form : std::uint8_t { integer_bits, scatter_extreme, columns_to_image, sample_volume };

struct OpsetNeed {
  Form form;
  std::int64_t opset;
  const char* what;
};
constexpr OpsetNeed kOpsetNeeds[] = {
    {Form::integer_bits, 18, "and, or, xor of integers (BitwiseAnd)"},
    {Form::scatter_extreme, 18, "scatter_reduce with amax or amin (ScatterElements)"},
    {Form::columns_to_image, 18, "fold (Col2Im)"},
    {Form::sample_volume, 20, "grid_sample of volumes (GridSample)"},
};

/// True if the chosen opset has the form; else the operator is refused: "needs opset N".
inline bool has_opset(Lower& x, Form form) {
  for (const OpsetNeed& row : kOpsetNeeds) {
    if (row.form != form || x.b.opset() >= row.opset) continue;
    const std::string opset = std::to_string(row.opset);
    x.fail("needs opset " + opset + ": " + row.what, "use --opset " + opset);
    return false;
  }
  return true;
}

}  // namespace modelexport::lower
