"""Elementwise arithmetic, comparison, logic, activation, casts and type promotion."""
import torch
import torch.nn as nn
import torch.nn.functional as F_

from op_cases.api import B, F, I, T, case

NUMBERS = ["float32", "float16", "float64", "int64", "int32"]
FLOATS = ["float32", "float16", "float64"]
ALL = NUMBERS + ["uint8", "int8", "int16", "bool"]
INTS = ["int64", "int32", "int16", "int8", "uint8"]


def t(a, *shape):
    return T(*shape, dtype=a)


ARITHMETIC = [
    case("add", lambda a, b: a + b, T("N", 3), T(3), dtypes=ALL),
    case("add.alpha", lambda a, b: torch.add(a, b, alpha=2), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("add.scalar", lambda a: a + 1.5, T("N", 3), dtypes=["float32", "float16", "int64", "bool"]),
    case("add.int_scalar", lambda a: a + 2, T("N", 3), dtypes=ALL),
    case("add.broadcast", lambda a, b: a + b, T("N", 1, 3), T("S", 1)),
    case("add.rank0", lambda a, b: a + b.sum(), I("N", 3), F(3)),
    case("sub", lambda a, b: a - b, T("N", 3), T("N", 3), dtypes=NUMBERS + ["uint8"]),
    case("sub.alpha", lambda a, b: torch.sub(a, b, alpha=0.5), T("N", 3), T("N", 3)),
    case("rsub.scalar", lambda a: 1.0 - a, T("N", "S"), dtypes=["float32", "float16", "int64"]),
    case("rsub.alpha", lambda a: torch.rsub(a, 2, alpha=3), T("N", "S")),
    case("mul", lambda a, b: a * b, T("N", 3), T("N", 3), dtypes=ALL),
    case("mul.promote", lambda a, b: a * b, I("N", 3), F("N", 3)),
    case("mul.bool_int", lambda a, b: a * b, B("N", 3), I("N", 3)),
    case("mul.half_float", lambda a, b: a * b, t("float16", "N", 3), F("N", 3)),
    case("mul.int32_int64", lambda a, b: a * b, I("N", 3, dtype="int32"), I("N", 3)),
    case("mul.uint8_int8", lambda a, b: a * b, I("N", 3, dtype="uint8"), I("N", 3, dtype="int8")),
    case("multiply", lambda a, b: torch.multiply(a, b), T("N", 3), T("N", 3)),
    case("div", lambda a, b: a / b, T("N", 3), T("N", 3, low=1), dtypes=["float32", "float64", "int64", "int32"]),
    case("div.scalar", lambda a: a / 4, T("N", 3), dtypes=NUMBERS),
    case("div.floor", lambda a, b: torch.div(a, b, rounding_mode="floor"), T("N", 3, low=-9, high=9), T("N", 3, low=1, high=4),
         dtypes=["float32", "int64", "int32"]),
    case("div.floor_negative", lambda a, b: torch.div(a, b, rounding_mode="floor"), I("N", 3, low=-9), I("N", 3, low=-4, high=-1)),
    case("div.trunc", lambda a, b: torch.div(a, b, rounding_mode="trunc"), T("N", 3, low=-9, high=9), T("N", 3, low=1, high=4),
         dtypes=["float32", "int64", "int32"]),
    case("floor_divide", lambda a: a // 2, T("N", 3, low=-9, high=9), dtypes=["float32", "int64", "int32"]),
    case("remainder", lambda a: a % 3, T("N", 3, low=-9, high=9), dtypes=["float32", "int64", "int32"]),
    case("remainder.negative", lambda a: torch.remainder(a, -3), T("N", 3, low=-9, high=9), dtypes=["float32", "int64"]),
    case("fmod", lambda a, b: torch.fmod(a, b), T("N", 3, low=-9, high=9), T("N", 3, low=1, high=4), dtypes=["float32", "int64"]),
    case("pow.2", lambda a: a ** 2, T("N", 3), dtypes=["float32", "float16", "int64", "int32"]),
    case("pow.half", lambda a: a ** 0.5, T("N", 3, low=0.1)),
    case("pow.minus_half", lambda a: a ** -0.5, T("N", 3, low=0.1)),
    case("pow.3", lambda a: torch.pow(a, 3.0), T("N", 3)),
    case("pow.tensor", lambda a, b: torch.pow(a, b), T("N", 3, low=0.1), T("N", 3)),
    case("pow.scalar", lambda a: 10000.0 ** a, T("N", 3, low=-1, high=1), rtol=1e-3),
    case("pow.int_float", lambda a: a ** 0.5, I("N", 3, low=1)),
    case("maximum", lambda a, b: torch.maximum(a, b), T("N", 3), T("N", 3), dtypes=ALL),
    case("minimum", lambda a, b: torch.minimum(a, b), T("N", 3), T("N", 3), dtypes=ALL),
    case("max.other", lambda a, b: torch.max(a, b), T("N", 3), T(3)),
    case("min.other", lambda a, b: torch.min(a, b), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("atan2", lambda a, b: torch.atan2(a, b), T("N", 8), T("N", 8)),
    case("hypot", lambda a, b: torch.hypot(a, b), T("N", 3), T("N", 3)),
    case("logaddexp", lambda a, b: torch.logaddexp(a, b), T("N", 3), T("N", 3)),
    case("xlogy", lambda a, b: torch.xlogy(a, b), T("N", 3, value=0.0), T("N", 3, low=0.1)),
    case("neg", lambda a: -a, T("N", 3), dtypes=NUMBERS + ["int8", "int16"]),
    case("addcmul", lambda a, b, c: torch.addcmul(a, b, c, value=0.5), T("N", 3), T("N", 3), T(3)),
    case("addcdiv", lambda a, b, c: torch.addcdiv(a, b, c, value=2), T("N", 3), T("N", 3), T(3, low=1)),
    case("lerp.scalar", lambda a, b: torch.lerp(a, b, 0.3), T("N", 3), T("N", 3)),
    case("lerp.tensor", lambda a, b, w: torch.lerp(a, b, w), T("N", 3), T("N", 3), T(3)),
]

COMPARE = [
    [case(name, fn, T("N", 3, low=-2, high=2), T("N", 3, low=-2, high=2), dtypes=["float32", "float16", "int64", "int32", "uint8"])
     for name, fn in [("eq", lambda a, b: a == b), ("ne", lambda a, b: a != b), ("lt", lambda a, b: a < b),
                      ("le", lambda a, b: a <= b), ("gt", lambda a, b: a > b), ("ge", lambda a, b: a >= b)]],
    [case(f"{name}.scalar", fn, T("N", 3, low=-2, high=2), dtypes=["float32", "int64", "int32", "bool"])
     for name, fn in [("eq", lambda a: a == 1), ("ne", lambda a: a != 0), ("lt", lambda a: a < 1),
                      ("le", lambda a: a <= 0.5), ("gt", lambda a: a > 0), ("ge", lambda a: a >= 1)]],
    case("eq.bool", lambda a: a == 1, I("N", 3, high=3)),
    case("eq.mask", lambda m: m == 0, B("N", 3), no_ops=["Equal"]),
    case("lt.mixed", lambda a, b: a < b, I("N", 3), F("N", 3)),
    case("logical_and", lambda a, b: torch.logical_and(a, b), T("N", 3, low=-1, high=2), T("N", 3, low=-1, high=2), dtypes=["int64", "float32", "bool"]),
    case("logical_or", lambda a, b: torch.logical_or(a, b), B("N", 3), B(3)),
    case("logical_xor", lambda a, b: torch.logical_xor(a, b), B("N", 3), I("N", 3, high=2)),
    case("logical_not", lambda a: torch.logical_not(a), T("N", 3, low=-1, high=2), dtypes=["int64", "float32", "bool"]),
    case("bitwise_and", lambda a, b: a & b, T("N", 3, low=0, high=99), T("N", 3, low=0, high=99), dtypes=["bool", "int64", "int32", "uint8"]),
    case("bitwise_or", lambda a, b: a | b, T("N", 3, low=0, high=99), T("N", 3, low=0, high=99), dtypes=["bool", "int64"]),
    case("bitwise_xor", lambda a, b: a ^ b, T("N", 3, low=0, high=99), T("N", 3, low=0, high=99), dtypes=["bool", "int64"]),
    case("bitwise_not", lambda a: ~a, T("N", 3, low=0, high=99), dtypes=["bool", "int64", "uint8"]),
    case("shift.left", lambda a: a << 2, I("N", 3, low=-9)),
    case("shift.right", lambda a: a >> 1, I("N", 3, low=-9)),
    case("isnan", lambda a: torch.isnan(torch.log(a)), T("N", 3)),
    case("isinf", lambda a: torch.isinf(1 / a), T("N", 3, value=0.0)),
    case("isfinite", lambda a: torch.isfinite(torch.log(a)), T("N", 3)),
]

CHOICE = [
    case("where", lambda c, a, b: torch.where(c, a, b), B("N", 3), T("N", 3), T("N", 3), exact=True, dtypes=ALL),
    case("where.scalar", lambda c, a: torch.where(c, a, 0.0), B("N", 3), T("N", 3), exact=True, dtypes=["float32", "int64"]),
    case("where.scalars", lambda c: torch.where(c, 1.0, 0.0), B("N", 3)),
    case("where.promote", lambda c, a, b: torch.where(c, a, b), B("N", 3), I("N", 3), F("N", 3)),
    case("masked_fill", lambda a, m: a.masked_fill(m, float("-inf")), T("N", "S"), B("N", "S"), exact=True, dtypes=["float32", "float16"]),
    case("masked_fill.min", lambda a, m: a.masked_fill(m, torch.finfo(a.dtype).min), T("N", "S"), B("N", "S"), exact=True, dtypes=["float32", "float16"]),
    case("masked_fill.bool", lambda a, m: a.masked_fill(m, False), B("N", "S"), B("N", "S"), formats=("pt2",),
         why_formats="torch.jit.trace fails to save a bool fill value"),
    case("masked_fill.tensor", lambda a, m, v: a.masked_fill(m, v.sum()), T("N", "S"), B("S"), T(1)),
    case("clamp", lambda a: a.clamp(-1, 1), T("N", 3), dtypes=NUMBERS + ["int8"]),
    case("clamp.min", lambda a: a.clamp(min=0.5), T("N", 3), dtypes=["float32", "float64", "int64"]),
    case("clamp.max", lambda a: a.clamp(max=1), T("N", 3)),
    case("clamp.tensor", lambda a, b, c: torch.clamp(a, b, c), T("N", 3), T(3, low=-1, high=0), T(3, low=0, high=1)),
    case("clamp_min", lambda a: torch.clamp_min(a, 1e-6), T("N", 3)),
    case("nan_to_num", lambda a: torch.nan_to_num(torch.log(a), nan=1.0, neginf=-7.0), T("N", 3, low=-1, high=1)),
    case("nan_to_num.default", lambda a: torch.nan_to_num(1 / a), T("N", 3, value=0.0), dtypes=["float32", "float16"]),
]

UNARY = [
    [case(name, getattr(torch, name), T("N", 3), dtypes=["float32", "float64"], rtol=1e-4, atol=1e-5)
     for name in ["exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "tanh", "sigmoid", "erf", "erfc", "floor",
                  "ceil", "round", "trunc", "frac", "abs", "sign", "square", "expm1", "exp2", "deg2rad", "rad2deg", "sinc"]],
    [case(name, getattr(torch, name), T("N", 3, low=0.1, high=3), rtol=1e-4, atol=1e-5)
     for name in ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"]],
    [case(name, getattr(torch, name), T("N", 3, low=-0.9, high=0.9), rtol=1e-4, atol=1e-5)
     for name in ["asin", "acos", "atanh"]],
    case("acosh", torch.acosh, T("N", 3, low=1.1, high=3)),
    [case(f"{name}.int", getattr(torch, name), I("N", 3, low=-5), rtol=1e-4, atol=1e-4) for name in ["exp", "sin", "tanh", "sigmoid", "abs", "sign", "floor"]],
    case("round.decimals", lambda a: torch.round(a, decimals=2), T("N", 3)),
    case("sqrt.half", torch.sqrt, T("N", 3, low=0.1), dtypes=["float16"]),
    case("rsqrt.half", torch.rsqrt, T("N", 3, low=0.1), dtypes=["float16"]),
    case("logit", lambda a: torch.logit(a, eps=0.01), T("N", 3, low=0, high=1)),
]


def each(rows):
    return [case(name, fn, T("N", 4), dtypes=FLOATS if name in ("gelu", "silu", "relu") else ["float32"],
                 rtol=1e-3 if name in ("gelu", "gelu.tanh") else None, atol=1e-4 if name.startswith("gelu") else None) for name, fn in rows]


ACTIVATION = [
    each([
        ("relu", F_.relu), ("relu6", F_.relu6), ("hardtanh", lambda a: F_.hardtanh(a, -0.5, 2.0)), ("gelu", lambda a: F_.gelu(a)),
        ("gelu.tanh", lambda a: F_.gelu(a, approximate="tanh")), ("silu", F_.silu), ("mish", F_.mish),
        ("hardswish", F_.hardswish), ("hardsigmoid", F_.hardsigmoid), ("elu", lambda a: F_.elu(a, alpha=0.7)),
        ("celu", lambda a: F_.celu(a, alpha=1.5)), ("selu", F_.selu), ("leaky_relu", lambda a: F_.leaky_relu(a, 0.2)),
        ("softplus", F_.softplus), ("softplus.beta", lambda a: F_.softplus(a, beta=2.0)), ("logsigmoid", F_.logsigmoid),
        ("softsign", F_.softsign), ("tanhshrink", F_.tanhshrink), ("hardshrink", F_.hardshrink), ("softshrink", F_.softshrink),
        ("threshold", lambda a: F_.threshold(a, 0.1, 20.0)), ("glu", lambda a: F_.glu(a, dim=-1)), ("rrelu", F_.rrelu),
        ("quick_gelu", lambda a: a * torch.sigmoid(1.702 * a)),
    ]),
    case("relu.int", F_.relu, I("N", 3, low=-5)),
    case("prelu", nn.PReLU(3), T("N", 3, "S")),
    case("prelu.one", nn.PReLU(), T("N", 3)),
    case("gelu.opset20", lambda a: F_.gelu(a), T("N", 3), opset=20, ops=["Gelu"]),
    case("gelu.form", lambda a: F_.gelu(a), T("N", 3), ops=["Div", "Erf", "Add", "Mul"], opset=18),
]

CASTS = [
    case("to.float", lambda a: a.to(torch.float32), T("N", 3, low=0), dtypes=["int64", "float16", "float64", "bool"]),
    case("to.long", lambda a: a.to(torch.int64), T("N", 3), dtypes=["float32", "int32", "bool"]),
    case("to.bool", lambda a: a.to(torch.bool), T("N", 3, low=-1, high=2), dtypes=["float32", "int64"]),
    case("to.same", lambda a: a.to(torch.float32) + 1, T("N", 3), no_ops=["Cast"]),
    case("to.other", lambda a, b: a.to(b), I("N", 3), F("N", 3)),
    case("type_as", lambda a, b: a.type_as(b), I("N", 3), F("N", 3)),
    case("half", lambda a: a.half(), T("N", 3)),
    case("double", lambda a: a.double(), T("N", 3)),
    case("int", lambda a: a.int(), T("N", 3)),
    case("long", lambda a: a.long(), T("N", 3)),
    case("bool", lambda a: a.bool(), I("N", 3, high=2)),
    case("contiguous", lambda a: a.transpose(0, 1).contiguous() + 1, T("N", 3)),
    case("clone", lambda a: a.clone().detach() * 2, T("N", 3), no_ops=["Identity"]),
    case("inverted_mask", lambda m: (1.0 - m[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min, I("N", "S", high=2)),
]

# A size promotes like the Python number it is.
SIZES = [
    case("size.scale", lambda a: a / a.shape[-1] ** 0.5, T("N", 4)),
    case("size.dynamic_scale", lambda a: a / a.shape[1] ** 0.5, T("N", "S")),
    case("size.add", lambda a: a + a.shape[1], T("N", "S"), dtypes=["float32", "float16", "int64"]),
    case("size.mul", lambda a: a * (a.shape[0] * 2 - 1), T("N", "S")),
    case("size.floordiv", lambda a: a[:, : a.shape[1] // 2], T("N", "S")),
    case("size.arith", lambda a: a.reshape(a.shape[0] * a.shape[1], -1), T("N", "S", 2)),
]


def rope(x, angles):
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(2)


class RopeTable(nn.Module):
    def __init__(self):
        super().__init__()
        angles = torch.outer(torch.arange(16).float(), torch.tensor([1.0, 0.1]))
        self.register_buffer("table", torch.polar(torch.ones_like(angles), angles))

    def forward(self, x):
        pairs = torch.view_as_complex(x.reshape(x.shape[0], x.shape[1], 2, 2))
        return torch.view_as_real(pairs * self.table[: x.shape[1]]).flatten(2)


COMPLEX = [
    case("complex.rope", rope, T("N", "S", 4), T("S", 2)),
    case("complex.table", RopeTable(), T("N", "S", 4)),
    case("complex.to", lambda a: torch.view_as_real(torch.view_as_complex(a).to("cpu", copy=True)), T("N", 3, 2)),
    case("complex.abs", lambda a: torch.view_as_complex(a).abs(), T("N", 3, 2)),
    case("complex.conj", lambda a: torch.view_as_real(torch.view_as_complex(a).conj() * 2.0), T("N", 3, 2)),
    case("complex.parts", lambda a: torch.view_as_complex(a).real + torch.view_as_complex(a).imag, T("N", 3, 2)),
    case("complex.div", lambda a, b: torch.view_as_real(torch.view_as_complex(a) / torch.view_as_complex(b)), T("N", 3, 2), T("N", 3, 2, low=0.5)),
]

CASES = [ARITHMETIC, COMPARE, CHOICE, UNARY, ACTIVATION, CASTS, SIZES, COMPLEX]
