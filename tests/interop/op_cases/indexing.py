"""x[...] in all forms, and what picks or places elements by index: gather, scatter, embedding, masks."""
import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import B, F, I, T, case

MOVED = ["float32", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool"]


def at(*key):
    """x[key]; tensors of the key are constants of the archive."""
    return lambda x: x[key if len(key) != 1 else key[0]]


def tensor(*values):
    return torch.tensor(values)


NONE, ALL, DOTS = None, slice(None), Ellipsis

PICK = [
    case("one", lambda x, i: x[i], T("N", 3), I("S", high=1), dtypes=MOVED, exact=True),
    case("one.int32", lambda x, i: x[i.int()], T("N", 3), I("S", high=1), exact=True),
    case("one.negative", lambda x, i: x[i], T(4, 3), I("S", low=-4, high=4), exact=True),
    case("one.rank0", lambda x, i: x[i[0]], T("N", 3), I("S", high=1), exact=True),
    case("one.rank2", lambda x, i: x[i], T(4, 3), I("N", "S", high=4), exact=True),
    case("second", lambda x, i: x[:, i], T("N", 4, 3), I("S", high=4), exact=True),
    case("last", lambda x, i: x[..., i], T("N", 4, 3), I("S", high=3), exact=True),
    case("second.rank2", lambda x, i: x[:, i], T("N", 4, 3), I("S", 2, high=4), exact=True),
    case("pair", lambda x, i, j: x[i, j], T(4, 3, 2), I("S", high=4), I("S", high=3), exact=True),
    case("pair.broadcast", lambda x, i, j: x[i, j], T(4, 3, 2), I("N", 1, high=4), I("S", high=3), exact=True),
    case("pair.inner", lambda x, i, j: x[:, i, j], T("N", 4, 3, 2), I("S", high=4), I("S", high=3), exact=True),
    case("pair.apart", lambda x, i, j: x[i, :, j], T(4, "N", 3, 2), I("S", high=4), I("S", high=3), exact=True),
    case("pair.apart_inner", lambda x, i, j: x[:, i, :, j], T("N", 4, 2, 3), I("S", high=4), I("S", high=3), exact=True),
    case("pair.negative", lambda x, i, j: x[i, j], T(4, 3), I("S", low=-4, high=4), I("S", low=-3, high=3), exact=True),
    case("triple", lambda x, i, j, k: x[i, j, k], T(4, 3, 2), I("S", high=4), I("S", high=3), I("S", high=2), exact=True),
    case("rows.arange", lambda x, i: x[torch.arange(x.shape[0]), i], T("N", 4, 3), I("N", high=4), exact=True),
    case("rows.argmax", lambda x, i: x[torch.arange(x.shape[0]), i.argmax(dim=-1)], T("N", "S", 3),
         I("N", "S", distinct=True), exact=True),
    case("rows.last", lambda x: x[torch.arange(x.shape[0]), -1], T("N", 4, 3), exact=True),
    case("with_int", lambda x, i: x[i, 1], T(4, 3, 2), I("S", high=4), exact=True),
    case("with_slice", lambda x, i: x[1:3, i], T(4, 3, 2), I("S", high=3), exact=True),
    case("with_none", lambda x, i: x[i, None], T(4, 3), I("S", high=4), exact=True),
    case("with_dots", lambda x, i: x[i, ..., 0], T(4, 3, 2), I("S", high=4), exact=True),
    case("constant", at(ALL, tensor(0, 2)), T("N", 3), exact=True),
    case("constant.pair", at(ALL, tensor(0, 2), tensor(1, 1)), T("N", 3, 2), exact=True),
    case("list", lambda x: x[:, [2, 0]], T("N", 3), exact=True),
    case("int.last", at(DOTS, -1), T("N", 3), exact=True),
    case("none", lambda x: x[:, None, :, None], T("N", 3), exact=True),
    case("slices", lambda x: x[1:, :-1, ::2], T("S", 4, 5), exact=True),
    case("slice.out_of_range", lambda x: x[:, -9:9], T("N", 5), exact=True),
    case("slice.empty", lambda x: x[:, 3:3], T("N", 5), exact=True),
    case("mask", lambda x, m: x[m], T("S", 3), B("S"), dtypes=MOVED, exact=True),
    case("mask.full", lambda x, m: x[m], T("N", 5), B("N", 5), exact=True),
    case("mask.inner", lambda x, m: x[:, m], T("N", "S", 2), B("S"), exact=True),
    case("mask.inner_full", lambda x, m: x[:, m], T("N", "S", 2), B("S", 2), exact=True),
    case("mask.and_index", lambda x, m, i: x[m, i[0]], T("S", 4), B("S"), I(1, high=4), exact=True),
    case("mask.comparison", lambda x: x[x > 0], T("N", 5), exact=True),
    case("mask.sum", lambda x, m: x[m].sum(dim=0), T("S", 3), B("S")),
    case("masked_select", torch.masked_select, T("N", 5), B("N", 5), dtypes=["float32", "int64"], exact=True),
    case("masked_select.broadcast", torch.masked_select, T("N", 5), B(5), exact=True),
    case("nonzero", torch.nonzero, T("N", 5, low=-1, high=2), dtypes=["float32", "int64", "bool"]),
    case("nonzero.tuple", lambda x: torch.nonzero(x, as_tuple=True), T("N", 5, low=-1, high=2, dtype="int64")),
    case("argwhere", torch.argwhere, B("N", 5)),
    case("where.condition", lambda x: torch.where(x), B("N", 5)),
    case("index_select", lambda x, i: torch.index_select(x, 1, i), T("N", 4), I("S", high=4), dtypes=MOVED, exact=True),
    case("index_select.negative_dim", lambda x, i: x.index_select(-1, i.int()), T("N", 2, 4), I("S", high=4), exact=True),
    case("gather", lambda x, i: torch.gather(x, 1, i), T("N", 5), I("N", 3, high=5), dtypes=MOVED, exact=True),
    case("gather.negative_dim", lambda x, i: x.gather(-1, i), T("N", 2, 5), I("N", 2, 3, high=5), exact=True),
    case("gather.smaller", lambda x, i: x.gather(1, i), T("N", 5, 4), I("N", 3, 2, high=5), exact=True),
    case("gather.unsqueezed", lambda x, i: x.gather(1, i.unsqueeze(-1).expand(-1, -1, x.shape[-1])), T("N", 5, 4),
         I("N", "S", high=5), exact=True),
    case("take", lambda x, i: torch.take(x, i), T("N", 5), I("S", 2, high=5), exact=True),
    case("take_along_dim", lambda x, i: torch.take_along_dim(x, i, dim=1), T(2, 5), I(2, "S", high=5), exact=True),
    case("take_along_dim.broadcast", lambda x, i: torch.take_along_dim(x, i, dim=-1), T(3, 4, 5), I(1, 4, "S", high=5), exact=True),
    case("take_along_dim.flat", lambda x, i: torch.take_along_dim(x, i), T("N", 5), I("S", high=5), exact=True),
    case("embedding", nn.Embedding(10, 4), I("N", "S"), dtypes=["float32"], exact=True),
    case("embedding.int32", nn.Embedding(10, 4), I("N", "S", dtype="int32"), exact=True),
    case("embedding.rank1", nn.Embedding(10, 4), I("N"), exact=True),
    case("embedding.function", lambda i, w: F_.embedding(i, w), I("N", "S"), F(10, 4), exact=True),
    case("one_hot", lambda i: F_.one_hot(i, 6), I("N", "S", high=6)),
    case("one_hot.float", lambda i: F_.one_hot(i, num_classes=6).float(), I("N", high=6)),
]


def bag(mode, **kw):
    return nn.EmbeddingBag(10, 4, mode=mode, **kw)


BAGS = [
    [case(f"embedding_bag.{m}", bag(m), I("N", "S")) for m in ("sum", "mean", "max")],
    case("embedding_bag.weights", lambda i, w, p: F_.embedding_bag(i, w, mode="sum", per_sample_weights=p), I("N", 4), F(10, 3), F("N", 4)),
    case("embedding_bag.offsets", lambda i, w, o: F_.embedding_bag(i, w, o, mode="sum"), I(6), F(10, 3), I(3, value=[0, 2, 3])),
    case("embedding_bag.offsets_mean", lambda i, w, o: F_.embedding_bag(i, w, o, mode="mean"), I("S"), F(10, 3), I(2, value=[0, 2])),
]


def put(*key, accumulate=False):
    def run(x, v, *tensors):
        given = iter(tensors)
        k = tuple(next(given) if part is I else part for part in key)
        y = x.clone()
        if accumulate:
            return torch.index_put(y, tuple(p if isinstance(p, torch.Tensor) else None for p in k), v, accumulate=True)
        y[k if len(k) != 1 else k[0]] = v
        return y
    return run


def put1(*key, **kw):
    run = put(*key, **kw)
    return lambda x, v, i: run(x, v, i)


def put2(*key, **kw):
    run = put(*key, **kw)
    return lambda x, v, i, j: run(x, v, i, j)


def fixed(*values):
    return I(len(values), value=list(values))


PLACE = [
    case("put", put1(I), T(4, "N"), T(2, "N"), fixed(2, 0), dtypes=MOVED, exact=True),
    case("put.negative", put1(I), T(4, "N"), T(2, "N"), fixed(-1, 0), exact=True),
    case("put.broadcast", put1(I), T(4, "N"), T("N"), fixed(2, 0), exact=True),
    case("put.scalar", lambda x, i: put(I)(x, 3.0, i), T(4, "N"), fixed(2, 0), exact=True),
    case("put.inner", put1(ALL, I), T("N", 4, 3), T("N", 2, 3), fixed(2, 0), exact=True),
    case("put.pair", put2(I, I), T(4, 3, "N"), T(2, "N"), fixed(2, 0), fixed(1, 2), exact=True),
    case("put.pair_inner", put2(ALL, I, I), T("N", 4, 3), T("N", 2), fixed(2, 0), fixed(1, 2), exact=True),
    case("put.pair_apart", put2(I, ALL, I), T(4, "N", 3), T(2, "N"), fixed(2, 0), fixed(1, 2), exact=True),
    case("put.int_and_index", put1(1, I), T(4, 3, "N"), T(2, "N"), fixed(2, 0), exact=True),
    case("put.slice_and_index", put1(slice(1, 3), I), T(4, 3, "N"), T(2, 2, "N"), fixed(2, 0), exact=True),
    case("put.accumulate", put1(I, accumulate=True), T(4, "N"), T(3, "N"), fixed(2, 0, 2), dtypes=["float32", "int64"]),
    case("put.accumulate_pair", put2(I, I, accumulate=True), T(4, 3), T(3), fixed(2, 0, 2), fixed(1, 1, 1)),
    case("put.mask_number", lambda x, m: put(I)(x, 2, m), T("N", 3), B("N", 3), dtypes=MOVED, exact=True),
    case("put.mask_row", put1(I), T("S", 3), T(3), B("S"), exact=True),
    case("put.mask_inner", lambda x, m: put(ALL, I)(x, 0.0, m), T("N", "S"), B("S"), exact=True),
    case("put.mask_trailing", lambda x, m: put(I)(x, 0.0, m), T("N", "S", 2), B("N", "S"), exact=True),
    case("put.mask_values", lambda x, m: put(I)(x, x[m] * 2, m), T("N", 5), B("N", 5), exact=True),
    case("put.mask_rows", lambda x, m: put(I)(x, x[m] * 2, m), T("S", 3), B("S"), exact=True, formats=("pt2",),
         why_formats="the trace bakes the number of selected rows"),
    case("put.mask_column", lambda x, m: put(I, 0)(x, 1.0, m), T("S", 3), B("S"), exact=True),
    case("masked_scatter", lambda x, m, s: x.masked_scatter(m, s), T("N", 4), B("N", 4), T("N", 4), exact=True),
    case("masked_scatter.broadcast", lambda x, m, s: x.masked_scatter(m, s), T("N", 4), B(4), T("N", 4), exact=True),
    case("masked_scatter.image", lambda x, m, s: x.masked_scatter(m.unsqueeze(-1).expand_as(x), s), T("N", "S", 4), B("N", "S"),
         T(40, 4), exact=True),
    case("scatter", lambda x, i, s: x.scatter(1, i, s), T("N", 5), I("N", 3, value=[4, 0, 2]), T("N", 3), dtypes=MOVED, exact=True),
    case("scatter.value", lambda x, i: x.scatter(1, i, 2), T("N", 5), I("N", 3, high=5), dtypes=["float32", "int64", "bool"], exact=True),
    case("scatter.negative_dim", lambda x, i: x.scatter(-1, i, 1.0), T("N", 2, 5), I("N", 2, 3, high=5), exact=True),
    case("scatter.dim0", lambda x, i, s: x.scatter(0, i, s), T(5, "N"), I(2, "N", value=[[3], [0]]), T(2, "N"), exact=True),
    case("scatter.bigger_src", lambda x, i, s: x.scatter(1, i, s), T("N", 5), I("N", 2, value=[4, 0]), T("N", 4), exact=True),
    case("scatter.topk_mask", lambda x: torch.zeros_like(x).scatter(1, x.topk(2, dim=1).indices, 1.0), T("N", 5, distinct=True), exact=True),
    case("scatter.add", lambda x, i, s: torch.scatter(x, 1, i, s, reduce="add"), T("N", 5), I("N", 3, high=5), T("N", 3)),
    case("scatter.multiply", lambda x, i: torch.scatter(x, 1, i, 2.0, reduce="multiply"), T("N", 5), I("N", 3, high=5)),
    case("scatter_add", lambda x, i, s: x.scatter_add(1, i, s), T("N", 5), I("N", 3, high=5), T("N", 3), dtypes=["float32", "float64", "int64", "int32"]),
    case("scatter_add_", lambda x, i: torch.zeros(x.shape[0], 5).scatter_add_(1, i, x), T("N", 3), I("N", 3, high=5)),
    [case(f"scatter_reduce.{r}", lambda x, i, s, r=r: x.scatter_reduce(1, i, s, reduce=r), T("N", 5), I("N", 3, high=5), T("N", 3),
          needs=18 if r in ("amax", "amin") else 17) for r in ("sum", "prod", "amax", "amin", "mean")],
    [case(f"scatter_reduce.{r}_without_self", lambda x, i, s, r=r: x.scatter_reduce(1, i, s, reduce=r, include_self=False), T("N", 5),
          I("N", 3, high=5), T("N", 3), needs=18 if r in ("amax", "amin") else 17) for r in ("sum", "prod", "amax", "amin", "mean")],
    case("index_add", lambda x, i, s: x.index_add(0, i, s), T(4, "N"), fixed(2, 0, 2), T(3, "N"), dtypes=["float32", "int64"]),
    case("index_add.alpha", lambda x, i, s: x.index_add(-1, i, s, alpha=2), T("N", 4), fixed(2, 0, 2), T("N", 3)),
    case("index_add_", lambda x, i: torch.zeros(4, x.shape[1]).index_add_(0, i, x), T("S", "N"), I("S", high=4)),
    case("index_copy", lambda x, i, s: x.index_copy(1, i, s), T("N", 4), fixed(2, 0), T("N", 2), exact=True),
    case("index_fill", lambda x, i: x.index_fill(1, i, 7), T("N", 4), fixed(2, 0), dtypes=["float32", "int64"], exact=True),
    case("select_scatter", lambda x, s: torch.select_scatter(x, s, 1, -1), T("N", 4), T("N"), exact=True),
    case("slice_scatter", lambda x, s: torch.slice_scatter(x, s, dim=1, start=1, end=4, step=2), T("N", 5), T("N", 2), exact=True),
    case("slice_scatter.to_end", lambda x, s: torch.slice_scatter(x, s, dim=-1, start=-2), T("N", 5), T("N", 2), exact=True),
    case("diagonal_scatter", lambda x, s: torch.diagonal_scatter(x, s), T(4, 4), T(4), exact=True),
    case("diagonal_scatter.offset", lambda x, s: torch.diagonal_scatter(x, s, offset=1, dim1=1, dim2=2), T("N", 4, 4), T("N", 3), exact=True),
    case("fill_diagonal", lambda x: x.clone().fill_diagonal_(0), T(4, 4), exact=True),
    case("put.flat", lambda x, i, s: x.clone().put_(i, s), T("N", 4), fixed(3, 0), T(2), exact=True),
]

CASES = [PICK, BAGS, PLACE]
