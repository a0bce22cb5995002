"""Programs rather than operators: sizes as numbers, scripted helpers with If and Loop, no_grad and autocast regions,
complex pairs, in-place writes through views at sizes that change."""
from typing import List, Optional

import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import B, F, I, T, case

TRACED = dict(formats=("pt",), why_formats="torch.export follows the Python code instead of scripted control flow")


@torch.jit.script
def by_sign(x: torch.Tensor, scale: float) -> torch.Tensor:
    if bool(x.sum() > 0):
        return x * scale
    return -x


@torch.jit.script
def by_rank(x: torch.Tensor) -> torch.Tensor:
    if x.dim() == 2:
        return x.unsqueeze(1)
    return x


@torch.jit.script
def doubled(x: torch.Tensor, n: int) -> torch.Tensor:
    for _ in range(n):
        x = x * 2
    return x


@torch.jit.script
def row_sums(x: torch.Tensor) -> torch.Tensor:
    total = torch.zeros_like(x[0])
    for i in range(x.size(0)):
        total = total * 0.5 + x[i]
    return total


@torch.jit.script
def until_small(x: torch.Tensor) -> torch.Tensor:
    while bool(x.abs().max() > 1.0):
        x = x / 2
    return x


@torch.jit.script
def optional(x: torch.Tensor, y: Optional[torch.Tensor]) -> torch.Tensor:
    if y is not None:
        return x + y
    return x


@torch.jit.script
def appended(x: torch.Tensor) -> torch.Tensor:
    parts: List[torch.Tensor] = []
    for i in range(3):
        parts.append(x * i)
    return torch.cat(parts, dim=-1)


@torch.jit.script
def nested(x: torch.Tensor, n: int) -> torch.Tensor:
    for i in range(n):
        if i % 2 == 0:
            x = x + i
        else:
            x = x * 2
    return x


@torch.jit.script
def log_bucket(x: torch.Tensor, bucket: int, limit: int) -> torch.Tensor:
    sign = torch.sign(x)
    mid = bucket // 2
    a = torch.where((x < mid) & (x > -mid), torch.tensor(mid - 1).type_as(x), torch.abs(x))
    log = torch.ceil(torch.log(a / mid) / torch.log(torch.tensor((limit - 1) / mid)) * (mid - 1)) + mid
    return torch.where(a <= mid, x.type_as(log), log * sign)


CONTROL = [
    case("if.data", lambda x: by_sign(x, 3.0), T("N", 3), **TRACED),
    case("if.data_else", lambda x: by_sign(x - 9, 3.0), T("N", 3), **TRACED),
    case("if.rank", lambda x: by_rank(x), T("N", 3), **TRACED),
    case("if.optional", lambda x: optional(x, None) + optional(x, x), T("N", 3), **TRACED),
    case("loop.constant", lambda x: doubled(x, 3), T("N", 3), **TRACED),
    case("loop.size", lambda x: row_sums(x), T("S", 3), **TRACED),
    case("while", lambda x: until_small(x), T("N", 3), **TRACED),
    case("loop.append", lambda x: appended(x), T("N", 3), **TRACED),
    case("loop.if", lambda x: nested(x, 4), T("N", 3), **TRACED),
    case("script.buckets", lambda x: log_bucket(x, 8, 64), I("N", "S", low=-40, high=40), **TRACED),
]


class NoGrad(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            y = x * 2
        return y + 1


class Autocast(nn.Module):
    def forward(self, x):
        with torch.autocast(device_type="cpu", enabled=False):
            y = x.float() @ x.float().transpose(-1, -2)
        return y + 1


class Mixed(nn.Module):
    """Autocast that is on: lowered, raised and promoting operators, and one that is asked for a dtype."""
    def __init__(self):
        super().__init__()
        self.a, self.b, self.norm = nn.Linear(8, 8), nn.Linear(8, 4), nn.LayerNorm(8)

    def forward(self, x):
        with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
            y = self.norm(self.a(x))
            y = torch.cat([y, x.float()], 1) @ self.b.weight.t()
            z = torch.softmax(y, -1, dtype=torch.float32)
        return y.float(), z


REGIONS = [
    case("autocast.on", Mixed(), T("N", "S", 8), atol=3e-2, rtol=3e-2),
    case("no_grad", NoGrad(), T("N", 3)),
    case("autocast.off", Autocast(), T("N", "S", 3)),
    case("enable_grad", lambda x: torch.enable_grad()(lambda y: y * 2)(x) + 1, T("N", 3)),
]

EXPORTED = dict(formats=("pt2",), why_formats="a trace takes one way only")


def cond(test, yes, no, *operands):
    return torch.cond(test, yes, no, operands)


def while_loop(test, body, *carried):
    from torch._higher_order_ops.while_loop import while_loop as loop
    return loop(test, body, carried)


class Gate(nn.Module):
    """Branches with weights of their own."""
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(3, 4), nn.Linear(3, 4)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda y: self.up(y), lambda y: self.down(y), (x,))


class Echo(nn.Module):
    """Outputs that are called like an input and like a buffer."""
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.tensor([2.0]))

    def forward(self, x, mask):
        return {"x": x * mask * self.scale, "mask": mask, "scale": self.scale + x.sum()}


NAMES = [
    case("names.outputs_of_inputs", Echo(), T("N", 3), T("N", 3)),
]

BRANCHES = [
    case("cond", lambda x: cond(x.sum() > 0, lambda y: y * 2, lambda y: -y, x), T("N", "S"), **EXPORTED),
    case("cond.not", lambda x: cond(x.sum() < 0, lambda y: y * 2, lambda y: -y, x), T("N", "S"), **EXPORTED),
    case("cond.modules", Gate(), T("N", 3), **EXPORTED),
    case("cond.several", lambda x, y: cond(x.max() > 0.5, lambda a, b: (a + b, a), lambda a, b: (a - b, b), x, y),
         T("N", 3), T("N", 3), **EXPORTED),
    case("cond.nested", lambda x: cond(x.sum() > 0, lambda y: cond(y.max() > 1, lambda z: z + 1, lambda z: z - 1, y),
                                       lambda y: y.abs(), x), T("N", 3), **EXPORTED),
    case("while_loop", lambda x: while_loop(lambda i, y: i < 5, lambda i, y: (i + 1, y * 1.5), torch.tensor(0), x)[1],
         T("N", 3), **EXPORTED),
    case("while_loop.data", lambda x: while_loop(lambda y: y.abs().max() > 0.1, lambda y: (y / 2,), x)[0], T("N", "S"),
         **EXPORTED),
]

class Packed(nn.Module):
    """Sequences of different lengths through a recurrent layer."""
    def __init__(self, layer, batch_first=True, enforce_sorted=False, states=False, between=None, **pad):
        super().__init__()
        self.layer, self.batch_first, self.enforce_sorted = layer, batch_first, enforce_sorted
        self.states, self.between, self.pad = states, between, pad

    def forward(self, x):
        batch, steps = (0, 1) if self.batch_first else (1, 0)
        counts = torch.arange(x.shape[batch]) % (x.shape[steps] - 1) + 1
        if self.enforce_sorted:
            counts = counts.sort(descending=True)[0]
        packed = nn.utils.rnn.pack_padded_sequence(x, counts, self.batch_first, self.enforce_sorted)
        y, h = self.layer(packed)
        if self.between is not None:
            y = y._replace(data=self.between(y.data))
        y, lengths = nn.utils.rnn.pad_packed_sequence(y, self.batch_first, **self.pad)
        return (y, lengths, h) if self.states else (y, lengths)


LENGTHS = dict(formats=("pt",), why_formats="torch.export cannot follow lengths that only the data says")
PACKED = [
    case("packed.lstm", Packed(nn.LSTM(3, 4, batch_first=True)), T("N", "S", 3), **LENGTHS),
    case("packed.states", Packed(nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), states=True), T("N", "S", 3), **LENGTHS),
    case("packed.gru", Packed(nn.GRU(3, 4), batch_first=False), T("S", "N", 3), **LENGTHS),
    case("packed.rnn_sorted", Packed(nn.RNN(3, 4, bidirectional=True, batch_first=True), enforce_sorted=True), T("N", "S", 3), **LENGTHS),
    case("packed.between", Packed(nn.GRU(3, 4, batch_first=True), between=nn.Sequential(nn.ReLU(), nn.Dropout()).eval()), T("N", "S", 3), **LENGTHS),
    case("packed.fill", Packed(nn.GRU(3, 4, batch_first=True), padding_value=-1.0), T("N", "S", 3), refused="_pack_padded_sequence", **LENGTHS),
    case("packed.sigmoid", Packed(nn.GRU(3, 4, batch_first=True), between=torch.sigmoid), T("N", "S", 3), refused="_pack_padded_sequence", **LENGTHS),
]

SIZES = [
    case("size.output", lambda x: (x * 2, x.shape[0]), T("N", "S"), formats=("pt2",), why_formats="a trace returns tensors only"),
    case("size.tuple", lambda x: x.new_zeros(x.size()) + x.size(-1), T("N", "S")),
    case("size.max", lambda x: x[:, : max(x.shape[1] - 2, 1)], T("N", "S"), sizes={"S": (5, 7, 4)}, exact=True),
    case("size.div_ceil", lambda x: F_.pad(x, (0, -(-x.shape[1] // 4) * 4 - x.shape[1])), T("N", "S"), exact=True),
    case("size.windows", lambda x: F_.pad(x, (0, (3 - x.shape[1] % 3) % 3)).reshape(x.shape[0], -1, 3), T("N", "S"), exact=True),
    case("size.mod", lambda x: x * (x.shape[1] % 3), T("N", "S")),
    case("size.power", lambda x: x * x.shape[1] ** -0.5, T("N", "S")),
    case("size.square", lambda x: x * (x.shape[1] ** 2), T("N", "S")),
    case("size.true_div", lambda x: x * (x.shape[0] / x.shape[1]), T("N", "S")),
    case("size.two_inputs", lambda x, y: torch.cat([x, y], 1)[:, x.shape[1]:], T("N", "S"), T("N", "L"), exact=True),
    case("size.sqrt_grid", lambda x: x[:, : x.shape[1] // 2 * 2].reshape(x.shape[0], 2, -1).transpose(1, 2), T("N", "S"), exact=True),
    case("size.compare", lambda x: x * (torch.arange(x.shape[1]) < x.shape[0]), T("N", "S")),
    case("size.causal", lambda x: torch.arange(x.shape[1])[:, None] >= torch.arange(x.shape[1])[None, :], T("N", "S")),
    case("size.past", lambda x, p: torch.arange(p.shape[2], p.shape[2] + x.shape[1]).unsqueeze(0), T("N", "S"), T("N", 2, "L", 4)),
    case("size.alibi", lambda x: (torch.arange(x.shape[1])[None] * torch.tensor([[0.5], [0.25]])).unsqueeze(0) + x[:, None, :], T("N", "S")),
    case("size.relative", lambda x: (torch.arange(x.shape[1])[None, :] - torch.arange(x.shape[1])[:, None]).clamp(-2, 2) + 2, T("N", "S")),
    case("size.item", lambda x: x * x.shape[0] + torch.tensor(x.shape[1]), T("N", "S")),
]


def rotate_half(x):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((-b, a), dim=-1)


def pairs(x):
    return torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))


ROTARY = [
    case("rotary.half", lambda x, a: x * a.cos()[:, None] + rotate_half(x) * a.sin()[:, None], T("N", 2, "S", 4), T("N", "S", 4)),
    case("rotary.interleaved", lambda x, a: torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2) * a.sin() + x * a.cos(), T("N", "S", 4), T("S", 4)),
    case("rotary.complex", lambda x, a: torch.view_as_real(pairs(x) * torch.polar(torch.ones_like(a), a)[None, :, None]).flatten(3), T("N", "S", 2, 4), T("S", 2)),
    case("rotary.complex_made", lambda x, a: torch.view_as_real(pairs(x) * torch.complex(a.cos(), a.sin())).flatten(2), T("N", "S", 4), T("S", 2)),
    case("complex.exp", lambda a: torch.view_as_real(torch.exp(1j * a)), T("N", 3), formats=("pt2",), why_formats="a trace cannot hold a complex number",
         refused="as_complex"),
    case("complex.sub_mul", lambda a, b: torch.view_as_real((pairs(a) - pairs(b)) * 2), T("N", 4), T("N", 4)),
    case("complex.number", lambda a: torch.view_as_real(pairs(a) * (1 + 2j)), T("N", 4), formats=("pt2",), why_formats="a trace cannot hold a complex number", refused="as_complex"),
    case("complex.cat", lambda a, b: torch.view_as_real(torch.cat([pairs(a), pairs(b)], dim=-1)), T("N", 4), T("N", 2)),
    case("complex.index", lambda a: torch.view_as_real(pairs(a)[:, None, :1]), T("N", 4)),
    case("complex.unsqueeze", lambda a: torch.view_as_real(pairs(a).unsqueeze(-1).transpose(0, 1)), T("N", "S", 4)),
    *[case(f"fft.{name}", lambda a, f=f: torch.view_as_real(f(a)), T("N", "S", 6), rtol=1e-4, atol=1e-4) for name, f in {
        "fft": torch.fft.fft, "rfft": torch.fft.rfft, "fft_dim": lambda a: torch.fft.fft(a, dim=1, norm="ortho"),
        "fftn": lambda a: torch.fft.fftn(a, dim=(1, 2)), "fft2": lambda a: torch.fft.fft2(a, norm="forward"),
        "rfft_n": lambda a: torch.fft.rfft(a, n=9), "rfft_cut": lambda a: torch.fft.rfft(a, n=4, norm="ortho"),
        "rfftn": torch.fft.rfftn, "ifft": lambda a: torch.fft.ifft(torch.fft.fft(a, dim=1) * 2, dim=1, norm="ortho"),
        "fft_padded": lambda a: torch.fft.fft(torch.fft.fft(a), n=8)}.items()],
    case("fft.real_part", lambda a: torch.fft.fftn(a, dim=(1, 2)).real, T("N", "S", 6)),
    case("fft.vector", lambda a: torch.fft.fft(a).abs(), T("S")),
    case("fft.irfft", lambda a: torch.fft.irfft(torch.fft.rfft(a)), T("N", 6)),
    case("fft.irfft_odd", lambda a: torch.fft.irfft(torch.fft.rfft(a) * 3, n=7), T("N", 7)),
    case("fft.irfft_dynamic", lambda a: torch.fft.irfft(torch.fft.rfft(a, dim=1), n=a.shape[1], dim=1), T("N", "S", 2)),
    case("fft.irfft2", lambda a: torch.fft.irfft2(torch.fft.rfft2(a)), T("N", 4, 6)),
    *[case(f"window.{name}", f, T("N", 7)) for name, f in {
        "hann": lambda a: a * torch.hann_window(7), "hann_closed": lambda a: a * torch.hann_window(7, periodic=False),
        "hamming": lambda a: a * torch.hamming_window(7), "blackman": lambda a: a * torch.blackman_window(7)}.items()],
    case("stft", lambda a: torch.stft(a, 8, hop_length=4, window=torch.hann_window(8), return_complex=True).abs(), T("N", 40)),
    case("stft.dynamic", lambda a: torch.view_as_real(torch.stft(a, 4, hop_length=2, win_length=3, window=torch.hamming_window(3), center=False, return_complex=True)), T("N", "W")),
    case("stft.normalized", lambda a: torch.view_as_real(torch.stft(a, 8, window=torch.ones(8), normalized=True, onesided=False, return_complex=True)), T("N", 24)),
    case("complex.angle", lambda a: pairs(a).angle(), T("N", 4)),
    case("complex.sum", lambda a: torch.view_as_real(pairs(a).sum(dim=-1)), T("N", 4)),
    case("complex.real_mul", lambda a, b: torch.view_as_real(pairs(a) * b), T("N", 4), T("N", 2)),
    case("complex.expand", lambda a: torch.view_as_real(pairs(a)[None].expand(2, -1, -1)), T("N", 4)),
]


def written(change):
    def run(x, *rest):
        y = x.clone()
        change(y, *rest)
        return y
    return run


def fill(key, value):
    def change(y, *rest):
        y[key] = rest[0] if rest else value
    return written(change)


WRITES = [
    case("write.column", fill((slice(None), 1), 0.0), T("N", "S"), exact=True),
    case("write.from_size", written(lambda y: y[:, y.shape[1] // 2:].zero_()), T("N", "S"), exact=True),
    case("write.tail", lambda x, v: fill((slice(None), slice(-2, None)), None)(x, v), T("N", "S"), T("N", 2), exact=True),
    case("write.step", fill((slice(None), slice(1, None, 2)), 5.0), T("N", "S"), exact=True),
    case("write.nested", written(lambda y: y[:, 1:][:, ::2].add_(1)), T("N", "S")),
    case("write.select_of_slice", written(lambda y: y[:, 1:][:, 0].mul_(3)), T("N", "S")),
    case("write.transposed", written(lambda y: y.t()[0].fill_(1)), T("N", "S"), exact=True),
    case("write.view", written(lambda y: y.view(-1)[::2].neg_()), T("N", 4)),
    case("write.flatten", written(lambda y: y.flatten(1)[:, 0].zero_()), T("N", 2, 3), exact=True),
    case("write.expand_source", lambda x, v: fill((slice(None), slice(0, 2)), None)(x, v), T("N", "S"), T("N", 1), exact=True,
         formats=("pt2",), why_formats="the trace bakes the size of the broadcast value"),
    case("write.shift_right", lambda x: written(lambda y: (y[:, 1:].copy_(x[:, :-1]), y[:, 0].fill_(7)))(x), I("N", "S"), exact=True),
    case("write.cache", lambda c, k: fill((slice(None), slice(None), slice(1, 3)), None)(c, k), T("N", 2, 5, 3), T("N", 2, 2, 3), exact=True),
    case("write.index_copy_", lambda c, k: c.clone().index_copy_(2, torch.tensor([1, 3]), k), T("N", 2, 5, 3), T("N", 2, 2, 3), exact=True),
    case("write.masked_view", written(lambda y: y[:, 0].masked_fill_(y[:, 0] > 0, -1.0)), T("N", "S"), exact=True),
    case("write.diagonal", written(lambda y: y.diagonal(dim1=-2, dim2=-1).add_(1)), T("N", 3, 3)),
    case("write.index_put", written(lambda y: y.index_put_((torch.tensor([0, 1]), torch.tensor([1, 0])), torch.tensor(9.0))), T(2, "N"), exact=True,
         sizes={"N": (2, 3, 4)}),
    case("write.scatter_", lambda x, i: torch.zeros_like(x).scatter_(-1, i, 1.0), T("N", 5), I("N", 2, high=5), exact=True),
    case("write.select_add", written(lambda y: y.select(1, -1).add_(y.select(1, 0))), T("N", "S")),
    case("write.unbind", written(lambda y: y.unbind(1)[0].zero_()), T("N", 3), exact=True),
    case("write.two_views", written(lambda y: (y[:, :2].mul_(2), y[:, 1:].add_(1))), T("N", "S")),
    case("write.squeeze_", lambda x: x.clone().squeeze_(1).add_(1), T("N", 1, 3)),
    case("write.transpose_", lambda x: x.clone().transpose_(0, 1).add_(1), T("N", 3)),
    case("write.out_of_place", lambda x: x.clone().copy_(x * 2).mul_(x), T("N", 3)),
    case("write.integer_division", written(lambda y: y.floor_divide_(2)), I("N", 3, low=-5)),
    case("write.logical", written(lambda y: y.logical_not_()), B("N", 3)),
    case("write.pow", written(lambda y: y.pow_(2).sqrt_()), T("N", 3)),
    case("write.clamp", written(lambda y: y.clamp_(min=0).exp_().neg_().abs_()), T("N", 3)),
    case("write.half", written(lambda y: y.add_(1).div_(3)), T("N", 3), dtypes=["float16", "bfloat16"]),
    case("write.tril_", written(lambda y: y.tril_()), T("S", "S"), exact=True),
    case("write.baddbmm_", lambda x, a, b: x.clone().baddbmm_(a, b), T("N", 2, 4), T("N", 2, 3), T("N", 3, 4)),
    case("write.sub_alpha", lambda x, y: x.clone().sub_(y, alpha=2), T("N", 3), T("N", 3)),
    case("write.lerp_", lambda x, y: x.clone().lerp_(y, 0.3), T("N", 3), T("N", 3)),
    case("write.where", lambda x: written(lambda y: y.copy_(torch.where(y > 0, y, y * 0.1)))(x), T("N", 3)),
    case("write.one_of_inputs", lambda x, y: (x.add_(y), x * 2)[1], T("N", 3), T("N", 3), formats=("pt",), why_formats="a .pt2 gives the changed input as an output too"),
]

CASES = [CONTROL, REGIONS, BRANCHES, NAMES, PACKED, SIZES, ROTARY, WRITES]
