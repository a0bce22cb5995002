"""Views, reshapes, slices, joins, gathers, ranges and other operators that move elements or read sizes."""
import torch

from op_cases.api import I, T, case

CASES = [
    case("view.sizes", lambda x: x.view(x.size(0), x.size(1), 2, 3), T("N", "S", 6), exact=True),
    case("reshape.minus1", lambda x: x.reshape(x.shape[0], -1), T("N", "S", 3), exact=True),
    case("permute", lambda x: x.permute(0, 2, 1), T("N", "S", 3), exact=True),
    case("cat", lambda a, b: torch.cat([a, b], dim=-1), T("N", 3), T("N", 2), exact=True,
         dtypes=["float32", "int64", "bool"]),
    case("slice.step", lambda x: x[:, 1:-1:2], T("N", "S"), exact=True, sizes={"S": (6, 7, 9)}),
    case("expand", lambda x, y: x.expand(-1, y.shape[1], 4), T("N", 1, 1), T("N", "S"), exact=True),
    case("arange.size", lambda x: torch.arange(x.size(1)) + x[0, 0].long() * 0, T("N", "S")),
    case("gather", lambda x, i: torch.gather(x, 1, i), T("N", 5), I("N", 3, high=5), exact=True),
    case("chunk", lambda x: x.chunk(3, dim=-1), T("N", 6), exact=True),
    case("topk", lambda x: torch.topk(x, 2), T("N", 5, distinct=True), exact=True),
]
