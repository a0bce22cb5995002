"""Programs that change tensors in place, directly and through views."""
import torch

from op_cases.api import B, I, T, case


def written(change):
    """Clones the input, changes it, and gives the changed tensor and something computed from it."""
    def run(a):
        x = a.clone()
        change(x)
        return x, x * 2
    return run


def two(change):
    def run(a, b):
        x = a.clone()
        change(x, b)
        return x
    return run


def assign(x, key, value):
    x[key] = value


def relative(x):
    y = x.transpose(0, 1)
    y += 1
    x *= 2
    return y.sum(0)


def seen_by_views(a):
    x = a.clone()
    first, rest = x[:, 0], x[:, 1:]
    x.mul_(3)
    rest.add_(1)
    return x, first, rest


def chained(a):
    x = a.clone()
    x[:, 1:][:, :1].fill_(5)
    return x


def parts(a):
    x = a.clone()
    p, q = x.split(2, dim=-1)
    p.mul_(q)
    return x


def unbound(a):
    x = a.clone()
    u, v = x.unbind(1)
    u.add_(v)
    return x, u


def masks(a):
    h, w = a.shape[1], a.shape[2]
    mask = torch.zeros((1, 8, 8, 1))
    count = 0
    for rows in (slice(0, -4), slice(-4, -2), slice(-2, None)):
        for columns in (slice(0, -4), slice(-4, -2), slice(-2, None)):
            mask[:, rows, columns, :] = count
            count += 1
    return a + mask.sum() * 0 + mask.reshape(-1)[0], mask


def dropout_alias(a):
    y = torch.nn.functional.dropout(a.clone(), 0.1, training=False)
    z = y + 0
    y += z
    return y


def after_reshape(a):
    x = a.clone()
    x.view(-1)[0] = 9.0
    return x


def copied_reshape(a):
    x = a.clone()
    y = x.transpose(0, 1).reshape(-1)
    y += 1
    return x, y


def augmented(a, m):
    m = m.clone()
    m |= a > 0
    m &= a < 2
    return m


CASES = [
    case("add_", written(lambda x: x.add_(1)), T("N", 3), dtypes=["float32", "int64"]),
    case("mul_.promote", two(lambda x, b: x.mul_(b)), T("N", 3, dtype="float16"), T("N", 3)),
    case("sub_", two(lambda x, b: x.sub_(b)), T("N", 3), T(3)),
    case("div_", written(lambda x: x.div_(2)), T("N", 3)),
    case("relu_", written(lambda x: x.relu_()), T("N", 3)),
    case("clamp_", written(lambda x: x.clamp_(-1, 1)), T("N", 3)),
    case("zero_", written(lambda x: x.zero_()), T("N", 3)),
    case("fill_", written(lambda x: x.fill_(2)), T("N", 3)),
    case("fill_.tensor", two(lambda x, b: x.fill_(b.sum())), T("N", 3), T(3)),
    case("copy_", two(lambda x, b: x.copy_(b)), T("N", 3), T(3)),
    case("copy_.cast", two(lambda x, b: x.copy_(b)), T("N", 3), I("N", 3)),
    case("masked_fill_", two(lambda x, b: x.masked_fill_(b, -7)), T("N", 3), B("N", 3)),
    case("slice.fill", written(lambda x: assign(x, (slice(None), slice(0, 2)), 4.0)), T("N", 3)),
    case("slice.copy", two(lambda x, b: assign(x, (slice(None), slice(1, 3)), b)), T("N", 4), T("N", 2)),
    case("slice.broadcast", two(lambda x, b: assign(x, (slice(None), slice(1, 3)), b)), T("N", 4), T(1), formats=("pt2",),
         why_formats="the trace bakes the size of the broadcast value"),
    case("slice.add", written(lambda x: x[:, 1:].add_(1)), T("N", 4)),
    case("slice.step", written(lambda x: assign(x, (slice(None), slice(0, None, 2)), 0.0)), T("N", 6)),
    case("slice.negative", written(lambda x: assign(x, (slice(None), slice(-2, None)), 1.0)), T("N", 6)),
    case("slice.dynamic", written(lambda x: assign(x, (slice(None), slice(x.shape[1] - 2, None)), 1.0)), T("N", "S")),
    case("select", written(lambda x: assign(x, (slice(None), 0), 3.0)), T("N", 3)),
    case("select.last", two(lambda x, b: assign(x, (slice(None), -1), b)), T("N", 3), T("N")),
    case("select.first", written(lambda x: assign(x, 0, 3.0)), T("N", 3)),
    case("mixed", two(lambda x, b: assign(x, (slice(None), 0, slice(0, 2)), b)), T("N", 3, 4), T("N", 2)),
    case("ellipsis", written(lambda x: assign(x, (Ellipsis, slice(1, None)), 0.5)), T("N", 3, 4)),
    case("transpose", written(relative), T("N", 3)),
    case("permute", written(lambda x: x.permute(2, 0, 1).add_(1)), T("N", 3, 4)),
    case("unsqueeze", written(lambda x: x.unsqueeze(1).mul_(2)), T("N", 3)),
    case("view", after_reshape, T("N", 3)),
    case("reshape.copies", copied_reshape, T("N", 3), sizes={"N": (2, 3, 4)}),  # with one row it would be no copy
    case("diagonal", written(lambda x: torch.diagonal(x).fill_(0)), T("N", "N")),
    case("views.see", seen_by_views, T("N", 3)),
    case("views.chained", chained, T("N", 4)),
    case("split", parts, T("N", 4)),
    case("unbind", unbound, T("N", 2, 3)),
    case("masks", masks, T("N", 8, 8)),
    case("dropout", dropout_alias, T("N", 3)),
    case("or_and", augmented, T("N", 3), B("N", 3)),
    case("index_put", two(lambda x, b: assign(x, (slice(None), torch.tensor([0, 2])), b)), T("N", 3), T("N", 2)),
    case("bool_mask", written(lambda x: assign(x, x < 0, 0.0)), T("N", 3)),
    case("unsqueeze_", written(lambda x: x.unsqueeze_(0).add_(1)), T("N", 3)),
    case("chunk.dead", lambda a: (lambda p: p[0].mul_(p[1]))(a.clone().chunk(2, dim=-1)), T("N", 4)),
]
