"""Reductions, running sums, sorting and searching."""
import torch

from op_cases.api import B, F, I, T, case

ALL = ["float32", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool"]
REAL = ["float32", "float16", "bfloat16", "float64"]
OLD = dict(formats=("pt2",), why_formats="libtorch 1.13 of the worker knows any and all of one dimension")
SUMMED = ["float32", "float16", "int64", "int32", "uint8", "int8", "bool"]


def forms(name, fn, dtypes, one_dtype="float32", **kw):
    """Over everything, one dimension, several, negative ones, with and without the dimension kept."""
    several = OLD if name in ("any", "all") else {}
    return [
        case(name, lambda x: fn(x), T("N", "S"), dtypes=dtypes, **kw),
        case(f"{name}.dim", lambda x: fn(x, dim=1), T("N", "S", 2), dtypes=dtypes, **kw),
        case(f"{name}.keepdim", lambda x: fn(x, dim=-1, keepdim=True), T("N", "S"), **kw),
        case(f"{name}.dims", lambda x: fn(x, dim=(0, -1)), T("N", 3, "S"), **several, **kw),
        case(f"{name}.dims_keepdim", lambda x: fn(x, dim=(-2, -1), keepdim=True), T("N", 3, "S"), **several, **kw),
        case(f"{name}.rank0", lambda x: fn(x[0, 0]), T("N", "S"), **kw),
    ]


def one_dim(name, fn, dtypes, **kw):
    """Operators that take one dimension."""
    return [
        case(f"{name}.dim", lambda x: fn(x, dim=1), T("N", "S", 2, distinct=True), dtypes=dtypes, **kw),
        case(f"{name}.negative_dim", lambda x: fn(x, dim=-1), T("N", "S", distinct=True), **kw),
        case(f"{name}.keepdim", lambda x: fn(x, dim=0, keepdim=True), T("N", "S", distinct=True), **kw),
    ]


REDUCTIONS = [
    forms("sum", torch.sum, SUMMED),
    forms("mean", torch.mean, REAL),
    forms("amax", torch.amax, ALL),
    forms("amin", torch.amin, ALL),
    forms("any", torch.any, ["bool", "float32", "int64", "uint8"]),
    forms("all", torch.all, ["bool", "float32", "int64", "uint8"]),
    forms("var", torch.var, ["float32", "float64", "float16"], sizes={"N": (2, 3, 4)})[:-1],
    forms("std", torch.std, ["float32", "float64", "float16"], sizes={"N": (2, 3, 4)})[:-1],
    forms("logsumexp", lambda x, dim=(0, 1), **kw: torch.logsumexp(x, dim, **kw), ["float32", "float16"])[:-1],
    forms("count_nonzero", lambda x, dim=None, keepdim=False: torch.count_nonzero(x, dim), ["float32", "int64", "bool"])[:-1],
    forms("norm", torch.linalg.vector_norm, ["float32", "float64"])[:-1],
    case("sum.dtype", lambda x: x.sum(dim=1, dtype=torch.float32), T("N", "S"), dtypes=["int64", "bool", "float16"]),
    case("sum.int_dtype", lambda x: x.sum(dtype=torch.int32), B("N", "S")),
    case("sum.empty_dims", lambda x: x.sum(dim=[]), T("N", "S")),
    case("mean.dtype", lambda x: x.mean(dim=-1, dtype=torch.float32), I("N", "S")),
    case("nansum", lambda x: torch.nansum(torch.log(x), dim=1), T("N", "S")),
    case("nanmean", lambda x: torch.nanmean(torch.log(x), dim=1), T("N", 9)),
    case("prod", lambda x: torch.prod(x), T("N", "S"), dtypes=["float32", "int64", "int32"]),
    case("prod.dim", lambda x: torch.prod(x, dim=-1), T("N", "S"), dtypes=["float32", "int64"]),
    case("prod.keepdim", lambda x: torch.prod(x, 0, keepdim=True), T("N", 3)),
    case("var.correction", lambda x: torch.var(x, dim=-1, correction=0), T("N", "S")),
    case("var.unbiased", lambda x: x.var(dim=-1, unbiased=False, keepdim=True), T("N", "S")),
    case("std.unbiased_all", lambda x: x.std(unbiased=False), T("N", "S")),
    case("std.correction2", lambda x: torch.std(x, dim=(0, 1), correction=2), T("N", "S", 3)),
    case("var_mean", lambda x: torch.var_mean(x, dim=-1), T("N", "S")),
    case("var_mean.correction", lambda x: torch.var_mean(x, dim=(0, 2), correction=0, keepdim=True), T("N", 3, "S")),
    case("std_mean", lambda x: torch.std_mean(x, dim=1, keepdim=True), T("N", "S")),
    case("max", lambda x: torch.max(x), T("N", "S"), dtypes=ALL),
    case("min", lambda x: torch.min(x), T("N", "S"), dtypes=ALL),
    case("max.rank0", lambda x: torch.max(x[0, 0]), T("N", "S")),
    one_dim("max", torch.max, ["float32", "float16", "int64", "int32", "uint8", "bfloat16"]),
    one_dim("min", torch.min, ["float32", "float16", "int64", "int32", "int8"]),
    case("max.values", lambda x: x.max(dim=1).values, T("N", "S"), exact=True),
    case("aminmax", lambda x: torch.aminmax(x, dim=1), T("N", "S"), exact=True),
    case("aminmax.all", lambda x: torch.aminmax(x), T("N", "S"), exact=True),
    one_dim("argmax", torch.argmax, ["float32", "float16", "int64", "int32", "uint8", "bfloat16"]),
    one_dim("argmin", torch.argmin, ["float32", "int64", "int32", "int8"]),
    case("argmax.large", lambda x: torch.argmax(x * 2**40, dim=-1), I("N", "S", distinct=True)),
    case("argmax.all", lambda x: torch.argmax(x), T("N", "S", distinct=True)),
    case("argmax.all_keepdim", lambda x: torch.argmax(x, keepdim=True), T("N", "S", distinct=True)),
    case("argmax.ties", lambda x: torch.argmax(x, dim=-1), I("N", "S", high=2)),
    case("argmin.ties", lambda x: torch.argmin(x, dim=-1), I("N", "S", high=2)),
    case("argmax.int_eos", lambda x: (x == 3).int().argmax(dim=-1), I("N", "S", high=5)),
    case("median.odd", lambda x: torch.median(x, dim=1), T("N", 5, distinct=True)),
    case("median.even", lambda x: torch.median(x, dim=-1).values, T("N", 6, distinct=True)),
    case("median.all", lambda x: torch.median(x), T("N", 5, distinct=True)),
    case("mode.none", lambda x: x.amax(1) - x.amin(1), T("N", "S")),
    case("norm.p1", lambda x: torch.linalg.vector_norm(x, ord=1, dim=1), T("N", "S")),
    case("norm.p3", lambda x: torch.norm(x, p=3, dim=1), T("N", "S")),
    case("norm.p0", lambda x: torch.linalg.vector_norm(x, ord=0, dim=1), I("N", "S", high=2, dtype="float32")),
    case("norm.inf", lambda x: torch.linalg.vector_norm(x, ord=float("inf"), dim=-1, keepdim=True), T("N", "S")),
    case("norm.neg_inf", lambda x: torch.norm(x, p=float("-inf"), dim=(0, 1)), T("N", "S")),
    case("norm.fro", lambda x: torch.norm(x), T("N", "S")),
    case("norm.fro_dims", lambda x: torch.linalg.norm(x, dim=(-2, -1)), T("N", "S", 3)),
    case("norm.dtype", lambda x: torch.linalg.vector_norm(x, dim=-1, dtype=torch.float32), T("N", "S"), dtypes=["float16"]),
    case("matrix_norm", lambda x: torch.linalg.matrix_norm(x), T("N", "S", 3)),
    case("dist", lambda a, b: torch.dist(a, b), T("N", 3), T("N", 3)),
    case("cdist", lambda a, b: torch.cdist(a, b), T("N", 4, 3), T("N", "S", 3)),
    case("cdist.p1", lambda a, b: torch.cdist(a, b, p=1), T("N", 3), T("S", 3)),
    case("pairwise_distance", lambda a, b: torch.nn.functional.pairwise_distance(a, b), T("N", 4), T("N", 4)),
    case("cosine_similarity", lambda a, b: torch.cosine_similarity(a, b, dim=-1), T("N", 3), T("N", 3)),
    case("cosine_similarity.broadcast", lambda a, b: torch.cosine_similarity(a[:, None], b[None], dim=-1), T("N", 3), T("S", 3)),
    case("trace", torch.trace, T(3, 3)),
    case("histc", lambda x: torch.histc(x, bins=4, min=-3, max=3), T("N", "S")),
    case("bincount", lambda x: torch.bincount(x, minlength=10), I("S", high=10), formats=("pt",),
         why_formats="the length is data-dependent under torch.export", refused="aten::bincount"),
]

RUNNING = [
    case("cumsum", lambda x: torch.cumsum(x, 1), T("N", "S"), dtypes=["float32", "float16", "bfloat16", "float64", "int64", "int32", "bool", "uint8"]),
    case("cumsum.negative_dim", lambda x: torch.cumsum(x, -2), T("N", "S", 2)),
    case("cumsum.dtype", lambda x: torch.cumsum(x, 1, dtype=torch.float32), T("N", "S"), dtypes=["int64", "bool"]),
    case("cumsum.rank0", lambda x: torch.cumsum(x[0, 0], 0), T("N", "S")),
    case("cumsum.mask_positions", lambda m: (torch.cumsum(m, 1) - 1).masked_fill(m == 0, 1), I("N", "S", high=2)),
    case("cumprod", lambda x: torch.cumprod(x, 1), T("N", 5), dtypes=["float32", "int64"]),
    case("cumprod.dynamic", lambda x: torch.cumprod(x, -1), T("N", "S")),
    case("cummax", lambda x: torch.cummax(x, 1), T("N", "S", distinct=True)),
    case("cummin", lambda x: torch.cummin(x, -1).values, T("N", "S", distinct=True)),
    case("logcumsumexp", lambda x: torch.logcumsumexp(x, 1), T("N", "S")),
    case("diff", lambda x: torch.diff(x, dim=-1), T("N", "S")),
    case("diff.n2", lambda x: torch.diff(x, n=2, dim=1), T("N", "S")),
]

SORTING = [
    case("sort", lambda x: torch.sort(x), T("N", "S", distinct=True), dtypes=["float32", "float16", "int64", "int32", "uint8", "int8"]),
    case("sort.descending", lambda x: torch.sort(x, dim=0, descending=True), T("S", 2, distinct=True)),
    case("sort.stable", lambda x: torch.sort(x, dim=-1, stable=True), I("N", "S", high=3)),
    case("sort.bool", lambda x: torch.sort(x, dim=-1, stable=True), B("N", "S")),
    case("argsort", lambda x: torch.argsort(x, dim=1), T("N", "S", distinct=True)),
    case("argsort.descending", lambda x: torch.argsort(x, dim=-1, descending=True, stable=True), I("N", "S", high=3)),
    case("msort", torch.msort, T("S", 2, distinct=True)),
    case("topk", lambda x: torch.topk(x, 2), T("N", 5, distinct=True), dtypes=["float32", "float16", "bfloat16", "int64", "int32", "uint8", "int8"]),
    case("topk.smallest", lambda x: torch.topk(x, 2, dim=1, largest=False), T("N", "S", 2, distinct=True)),
    case("topk.dynamic", lambda x: torch.topk(x, x.shape[1] // 2, dim=1), T("N", "S", distinct=True)),
    case("topk.dim0", lambda x: x.topk(2, dim=0).values, T("S", 2, distinct=True)),
    case("kthvalue", lambda x: torch.kthvalue(x, 2, dim=1), T("N", "S", distinct=True)),
    case("kthvalue.keepdim", lambda x: torch.kthvalue(x, 3, dim=-1, keepdim=True), T("N", "S", distinct=True)),
    case("bucketize", lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 2.0])), T("N", "S")),
    case("bucketize.right", lambda x: torch.bucketize(x, torch.tensor([1, 3, 5]), right=True), I("N", "S", high=8)),
    case("bucketize.int32", lambda x: torch.bucketize(x, torch.tensor([-1.0, 1.0]), out_int32=True), T("N", "S")),
    case("searchsorted", lambda e, x: torch.searchsorted(e, x), F(4, value=[-2.0, -1.0, 0.5, 2.0]), T("N", "S")),
    case("searchsorted.rows", lambda e, x: torch.searchsorted(e, x), F("N", 3, value=[-1.0, 0.5, 2.0]), T("N", "S")),
    case("searchsorted.right", lambda e, x: torch.searchsorted(e, x, side="right"), I(3, value=[1, 3, 5]), I("N", "S", high=8)),
    case("searchsorted.scalar", lambda e: torch.searchsorted(e, 0.7), F(4, value=[-2.0, -1.0, 0.5, 2.0])),
    case("isin", lambda x: torch.isin(x, torch.tensor([1, 4])), I("N", "S", high=6)),
    case("isin.tensor", lambda x, y: torch.isin(x, y), I("N", "S", high=6), I(3, high=6)),
    case("isin.invert", lambda x, y: torch.isin(x, y, invert=True), I("N", "S", high=6), I(3, high=6)),
    case("unique", lambda x: torch.unique(x), I("S", high=4)),
    case("unique.inverse", lambda x: torch.unique(x, return_inverse=True, return_counts=True), I("N", 4, high=4)),
    case("unique.dim", lambda x: torch.unique(x, dim=0), I("S", 2, high=2)),
    case("repeat_interleave", lambda x: x.repeat_interleave(3, dim=1), T("N", "S"), exact=True),
    case("repeat_interleave.flat", lambda x: torch.repeat_interleave(x, 2), T("N", "S"), exact=True),
    case("repeat_interleave.tensor", lambda x, r: torch.repeat_interleave(x, r, dim=0), T("S", 2), I("S", high=3, low=1), formats=("pt",),
         why_formats="the length is data-dependent under torch.export", exact=True),
    case("repeat_interleave.size", lambda x: x.repeat_interleave(x.shape[0], dim=0), T("N", "S"), exact=True),
    case("quantile", lambda x: torch.quantile(x, 0.5, dim=1), T("N", "S")),
]

CASES = [REDUCTIONS, RUNNING, SORTING]
