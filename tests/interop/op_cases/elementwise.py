"""Elementwise arithmetic, comparison, logic, activation, casts and type promotion."""
import torch
import torch.nn.functional as F_

from op_cases.api import B, F, I, T, case

NUMBERS = ["float32", "float16", "float64", "int64", "int32"]

CASES = [
    case("add", lambda a, b: a + b, T("N", 3), T(3), dtypes=NUMBERS),
    case("add.alpha", lambda a, b: torch.add(a, b, alpha=2), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("add.scalar", lambda a: a + 1.5, T("N", 3), dtypes=["float32", "float16", "int64"]),
    case("rsub.scalar", lambda a: 1.0 - a, T("N", "S"), dtypes=["float32", "float16"]),
    case("mul.promote", lambda a, b: a * b, I("N", 3), F("N", 3)),
    case("gelu", lambda a: F_.gelu(a), T("N", 3)),
    case("gelu.tanh", lambda a: F_.gelu(a, approximate="tanh"), T("N", 3)),
    case("where", lambda c, a, b: torch.where(c, a, b), B("N", 3), T("N", 3), T("N", 3), exact=True),
    case("masked_fill", lambda a, m: a.masked_fill(m, float("-inf")), T("N", "S"), B("N", "S"), exact=True),
    case("to.float", lambda a: a.to(torch.float32), T("N", 3, low=0), dtypes=["int64", "float16", "float64"]),
    case("eq.bool", lambda a: a == 1, I("N", 3, high=3)),
]
