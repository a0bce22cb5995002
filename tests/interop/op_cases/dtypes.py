"""Type promotion: every pair of dtypes, tensors with dimensions against rank-0 tensors and numbers; and what each
elementwise operator does with the less common dtypes and argument forms."""
import torch
import torch.nn.functional as F_

from op_cases.api import B, F, I, T, case

DTYPES = ["float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "uint8", "int8", "bool"]
NOT_BFLOAT = [d for d in DTYPES if d != "bfloat16"]


def t(dtype, *shape, **kw):
    return T(*shape, dtype=dtype, **kw)


PROMOTION = [
    [case(f"add.{a}_{b}", lambda x, y: x + y, t(a, "N", 3), t(b, 3)) for i, a in enumerate(NOT_BFLOAT) for b in NOT_BFLOAT[i + 1:]],
    [case(f"mul.rank0.{a}_{b}", lambda x, y: x * y[0], t(a, "N", 3), t(b, 1)) for a in NOT_BFLOAT for b in ("float32", "float64", "int64", "bool")],
    [case(f"div.{a}", lambda x, y: x / y, t(a, "N", 3), t(a, 3, low=1)) for a in ("float16", "int64", "uint8", "bool")],
    [case(f"where.{a}_{b}", lambda c, x, y: torch.where(c, x, y), B("N", 3), t(a, "N", 3), t(b, "N", 1))
     for a, b in (("float32", "float16"), ("int64", "float32"), ("int32", "int64"), ("bool", "int64"))],
    case("where.rank0", lambda c, x: torch.where(c, x, torch.tensor(0.5, dtype=torch.float64)), B("N", 3), t("float32", "N", 3)),
    case("where.int_number", lambda c, x: torch.where(c, x, 2.5), B("N", 3), t("int64", "N", 3)),
    case("int_plus_float_number", lambda x: x + 0.5, T("N", 3), dtypes=["int64", "int32", "uint8", "bool"]),
    case("half_plus_number", lambda x: x * 0.1 + 3, T("N", 3), dtypes=["float16", "bfloat16"]),
    case("half_plus_rank0_float", lambda x: x + torch.tensor(0.1), T("N", 3), dtypes=["float16", "bfloat16"]),
    case("half_plus_float", lambda x, y: x + y, T("N", 3), F("N", 3), dtypes=["float16", "bfloat16"]),
    case("number_minus_int", lambda x: 1 - x, T("N", 3), dtypes=["int64", "int32", "float16"]),
    case("compare.mixed", lambda x, y: x > y, T("N", 3), F("N", 3), dtypes=["int64", "float16", "uint8", "bool", "bfloat16"]),
    case("compare.float_number", lambda x: x >= 0.5, T("N", 3), dtypes=["int64", "int32", "uint8", "float16", "bfloat16"]),
    case("maximum.mixed", lambda x, y: torch.maximum(x, y), T("N", 3), F(3), dtypes=["int64", "float16"]),
    case("pow.mixed", lambda x, y: torch.pow(x, y), t("float32", "N", 3, low=1), t("int64", 3, low=0, high=3)),
    case("pow.int_int", lambda x, y: torch.pow(x, y), t("int64", "N", 3, low=0), t("int64", 3, low=0, high=3)),
    case("pow.int_base", lambda x: 2 ** x, T("N", 3, low=0), dtypes=["int64", "float32", "float16"]),
    case("pow.fractions", lambda x: x ** 0.25 + x ** 1.5 + x ** -1 + x ** -2 + x ** 0 + x ** 1, T("N", 3, low=0.5)),
    case("result.to_tensor", lambda x: x * torch.tensor([1, 2, 3]), T("N", 3), dtypes=["float32", "float16", "int32"]),
    case("sum.bool_mul", lambda x, y: (x * y).sum(-1), B("N", 3), T("N", 3)),
    case("mean.of_mask", lambda m: m.float().mean(dim=1), B("N", "S")),
]

BINARY = [
    [case(name, fn, T("N", 3, low=-9, high=9), T(3, low=1, high=5), dtypes=["float32", "float16", "int64", "int32", "uint8", "int8"])
     for name, fn in (("floor_divide", lambda x, y: x // y), ("trunc_divide", lambda x, y: torch.div(x, y, rounding_mode="trunc")),
                      ("remainder", torch.remainder), ("fmod", torch.fmod))],
    [case(f"{name}.negative_divisor", fn, T("N", 3, low=-9, high=9), T(3, low=-5, high=-1), dtypes=["float32", "int64", "int32", "int8"])
     for name, fn in (("floor_divide", lambda x, y: x // y), ("trunc_divide", lambda x, y: torch.div(x, y, rounding_mode="trunc")),
                      ("remainder", torch.remainder), ("fmod", torch.fmod))],
    case("remainder.scalar_tensor", lambda y: torch.remainder(7, y), T("N", 3, low=1, high=5), dtypes=["float32", "int64"]),
    case("floor_divide.float_number", lambda x: x // 1.5, T("N", 3, low=-9, high=9), dtypes=["float32", "int64"]),
    case("fmod.number", lambda x: torch.fmod(x, 2.5), T("N", 3, low=-9, high=9)),
    case("divide.modes", lambda x: torch.divide(x, 3, rounding_mode="floor"), T("N", 3, low=-9, high=9), dtypes=["float32", "int64"]),
    case("true_divide", torch.true_divide, I("N", 3), I(3, low=1)),
    case("rsub", lambda x, y: torch.rsub(x, y, alpha=2), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("subtract", lambda x, y: torch.subtract(x, y, alpha=2), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("add.bool_alpha", lambda x, y: torch.add(x, y, alpha=3), I("N", 3), I(3)),
    case("fmax", torch.fmax, T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("fmin", lambda x, y: torch.fmin(torch.log(x), y), T("N", 3), T(3)),
    case("maximum.nan", lambda x, y: torch.maximum(torch.log(x), y), T("N", 3), T(3)),
    case("copysign", torch.copysign, T("N", 3), T(3)),
    case("heaviside", torch.heaviside, T("N", 3), T(3)),
    case("logaddexp2", torch.logaddexp2, T("N", 3), T(3)),
    case("ldexp", torch.ldexp, T("N", 3), I(3, high=4)),
    case("float_power", lambda x: torch.float_power(x, 2), T("N", 3), dtypes=["float32", "int64"]),
    case("square_difference", lambda x, y: torch.square(x - y), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("gcd", torch.gcd, I("N", 3, low=1, high=20), I(3, low=1, high=20), refused="aten::gcd"),
    case("bitwise.mixed", lambda x, y: (x & 6) | (y ^ 3), I("N", 3), I(3), needs=18),
    case("bitwise.bool_int", lambda x, y: x & y, B("N", 3), B(3)),
    case("bitwise_not.int32", lambda x: ~x, T("N", 3), dtypes=["int32", "int8", "int64"]),
    case("shift", lambda x, y: torch.bitwise_left_shift(x, y), I("N", 3, low=0), I(3, high=4)),
    case("shift.right_negative", lambda x: torch.bitwise_right_shift(x, 2), T("N", 3, low=-99, high=99), dtypes=["int64", "int32", "uint8"]),
    case("isclose", lambda x, y: torch.isclose(x, y, atol=0.5), T("N", 3), T(3)),
    case("equal_all", lambda x, y: torch.all(x == y), I("N", 3, high=2), I(3, high=2)),
    case("clamp.number_int", lambda x: torch.clamp(x, 0, 2), T("N", 3), dtypes=["int64", "int32", "uint8", "float16", "bfloat16", "int8"]),
    case("clamp.float_bounds_int", lambda x: torch.clamp(x, 0.5, 2.5), I("N", 3, low=-3)),
    case("clamp.min_tensor", lambda x, y: torch.clamp(x, min=y), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("clamp.max_tensor_promote", lambda x, y: torch.clamp(x, max=y), I("N", 3), F(3)),
    case("clamp.half_inf", lambda x: torch.clamp(x, min=torch.finfo(x.dtype).min + 1000, max=torch.finfo(x.dtype).max - 1000), T("N", 3), dtypes=["float16", "float32"]),
    case("clip", lambda x: torch.clip(x, max=1.0), T("N", 3)),
    case("clamp_max", lambda x: torch.clamp_max(x, 1), T("N", 3), dtypes=["float32", "int64"]),
    case("addcmul.int", lambda a, b, c: torch.addcmul(a, b, c, value=2), T("N", 3), T("N", 3), T(3), dtypes=["float32", "int64"]),
    case("lerp.rank0", lambda a, b, w: torch.lerp(a, b, w[0]), T("N", 3), T("N", 3), T(1)),
    case("masked_fill.types", lambda x, m: x.masked_fill(m, 1), T("N", 3), B("N", 3), dtypes=["float32", "float16", "bfloat16", "int64", "int32", "uint8"]),
    case("masked_fill.broadcast", lambda x, m: x.masked_fill(m, -1.0), T("N", "S", 3), B("N", "S", 1)),
    case("masked_fill.bigger_mask", lambda x, m: x.masked_fill(m, -1.0), T("N", 1), B("N", "S")),
    case("masked_fill.rank0_tensor", lambda x, m: x.masked_fill(m, torch.tensor(float("-inf"))), T("N", 3), B("N", 3), dtypes=["float32", "float16"]),
]

SMALL = ["float16", "bfloat16", "int64", "int32", "uint8", "int8"]
UNARY = [
    case("abs", torch.abs, T("N", 3), dtypes=["float16", "bfloat16", "int64", "int32", "int8", "uint8"]),
    case("neg", torch.neg, T("N", 3), dtypes=["float16", "bfloat16", "int32", "int8"]),
    case("sign", torch.sign, T("N", 3), dtypes=["float16", "bfloat16", "int64", "int32", "int8"]),
    case("sgn", torch.sgn, T("N", 3)),
    case("signbit", torch.signbit, T("N", 3), dtypes=["float32", "int64"]),
    case("square", torch.square, T("N", 3), dtypes=["int64", "int32", "float16"]),
    [case(name, getattr(torch, name), T("N", 3, low=0.2, high=2), dtypes=["float16", "bfloat16"])
     for name in ("exp", "log", "sin", "cos", "tanh", "sigmoid", "sqrt", "rsqrt", "erf", "reciprocal", "floor", "ceil", "round", "trunc")],
    [case(f"{name}.int", getattr(torch, name), I("N", 3, low=1, high=9)) for name in ("sqrt", "rsqrt", "log", "log2", "exp2", "reciprocal", "cos", "erf", "log1p")],
    [case(f"{name}.int", getattr(torch, name), T("N", 3), dtypes=["int64", "int32"]) for name in ("floor", "ceil", "round", "trunc")],
    [case(f"special.{name}", getattr(torch.special, name), T("N", 3, low=0.1, high=0.9), rtol=1e-3)
     for name in ("expit", "log1p", "expm1", "exp2", "logit", "erfc", "ndtr", "entr")],
    case("erfinv", torch.erfinv, T("N", 3, low=-0.9, high=0.9), rtol=1e-3, atol=1e-4),
    case("lgamma", torch.lgamma, T("N", 3, low=0.5, high=5), rtol=1e-3, atol=1e-4, refused="aten::lgamma"),
    case("logit", torch.logit, T("N", 3, low=0.1, high=0.9)),
    case("nan_to_num", lambda x: torch.nan_to_num(x / 0), T("N", 3), dtypes=["float32", "float16"]),
    case("nan_to_num.infinite", lambda x: torch.nan_to_num(x / 0, nan=0.0, posinf=9.0, neginf=-9.0), T("N", 3, low=-1, high=2)),
    case("isnan.types", lambda x: torch.isnan(x / 0 * 0), T("N", 3), dtypes=["float32", "float16", "float64"]),
    case("isinf.int", torch.isinf, I("N", 3)),
    case("isposinf", lambda x: torch.isposinf(x / 0), T("N", 3)),
    case("isneginf", lambda x: torch.isneginf(x / 0), T("N", 3)),
    case("round.negative_decimals", lambda x: torch.round(x, decimals=-1), T("N", 3, low=-99, high=99)),
    case("sinc", torch.sinc, T("N", 3)),
    case("logical_not", torch.logical_not, T("N", 3, low=-1, high=2), dtypes=["uint8", "int32", "float16"]),
    case("threshold", lambda x: F_.threshold(x, 0.5, -1.0), T("N", 3), dtypes=["float16", "float64"]),
    [case(name, fn, T("N", 4), dtypes=["float16", "bfloat16"])
     for name, fn in (("relu", F_.relu), ("gelu", F_.gelu), ("gelu_tanh", lambda x: F_.gelu(x, approximate="tanh")), ("silu", F_.silu), ("mish", F_.mish),
                      ("elu", F_.elu), ("selu", F_.selu), ("leaky_relu", F_.leaky_relu), ("hardswish", F_.hardswish), ("hardsigmoid", F_.hardsigmoid),
                      ("hardtanh", F_.hardtanh), ("relu6", F_.relu6), ("softplus", F_.softplus), ("logsigmoid", F_.logsigmoid), ("softsign", F_.softsign),
                      ("glu", F_.glu), ("celu", F_.celu), ("softshrink", F_.softshrink), ("hardshrink", F_.hardshrink), ("tanhshrink", F_.tanhshrink))],
    [case(f"{name}.float64", fn, T("N", 4), dtypes=["float64"])
     for name, fn in (("gelu", F_.gelu), ("silu", F_.silu), ("elu", F_.elu), ("softplus", F_.softplus), ("relu", F_.relu), ("hardswish", F_.hardswish),
                      ("leaky_relu", F_.leaky_relu), ("mish", F_.mish), ("selu", F_.selu), ("hardtanh", F_.hardtanh))],
    case("softplus.threshold", lambda x: F_.softplus(x, beta=2.0, threshold=1.0), T("N", 4)),
    case("glu.dim", lambda x: F_.glu(x, dim=1), T("N", 4, "S")),
    case("hardtanh.int", lambda x: F_.hardtanh(x, -1, 1), I("N", 3, low=-4)),
    case("relu6.int", F_.relu6, I("N", 3, low=-4, high=9)),
    case("prelu.half", lambda x, w: F_.prelu(x, w), T("N", 3, "S"), T(3), dtypes=["float32", "float16"]),
]

CASTS = [
    [case(f"cast.{a}_{b}", lambda x, b=b: x.to(getattr(torch, b)), T("N", 3, low=0, high=3, dtype=a)) for a in NOT_BFLOAT for b in NOT_BFLOAT if a != b],
    case("cast.bfloat16", lambda x: x.to(torch.bfloat16).float(), T("N", 3), dtypes=["float32", "float16", "int64", "bool", "float64"]),
    case("cast.from_bfloat16", lambda x: (x.to(torch.float32), x.half(), x.long(), x.bool()), T("N", 3), dtypes=["bfloat16"]),
    case("cast.negative_to_bool", lambda x: x.bool(), T("N", 3, low=-2, high=2), dtypes=["float32", "float16", "int64", "int8"]),
    case("to.other", lambda x, y: x.to(y), T("N", 3), F(1), dtypes=["float16", "int64", "bool"]),
    case("to.copy", lambda x: x.to(torch.float32, copy=True), T("N", 3)),
    case("type", lambda x: x.type(torch.float64), T("N", 3)),
    case("char_short", lambda x: (x.char(), x.short(), x.byte()), T("N", 3, low=0)),
    case("float_of_size", lambda x: x / float(x.shape[1]), T("N", 4)),
]

CASES = [PROMOTION, BINARY, UNARY, CASTS]
