// Reader of the size expressions of .pt2 archives (sympy's `srepr` form).
//
// Example   "Add(Mul(Integer(2), Symbol('s0', positive=True, integer=True)), Integer(1))"
// Errors    pt2_malformed (not this form), pt2_unsupported (a function that sizes of tensors do not have).
// Limits    Limits::depth, expression_nodes, and 1 MiB of text.
// Source    sympy printing/repr.py; torch/utils/_sympy/functions.py.
#pragma once

#include <string_view>

#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "modelexport/symbolic.h"

namespace modelexport::pt2 {

Result<Expr> parse_srepr(std::string_view text, const Limits& limits);

}  // namespace modelexport::pt2
