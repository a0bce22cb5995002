"""What a family of operator cases is written with.

    from op_cases.api import B, F, I, T, case

    CASES = [
        case("add.alpha", lambda a, b: torch.add(a, b, alpha=2), T("N", 3), T(3)),
        case("add", torch.add, T("N", 3), T(3), dtypes=["float32", "float16", "int64"]),
        case("linear", nn.Linear(3, 4), T("N", "S", 3)),
        case("topk", lambda x: torch.topk(x, 2), T("N", 5, distinct=True)),
    ]

One case is one operator in one argument form. A *string* in a shape names a dynamic axis: the archives are made at
the first size of that axis, exported with the axis symbolic, and the ONNX is run at every size of it, so each case
with a symbol is checked at three shapes. The same name in two inputs is the same axis.

`fn` takes one tensor per input and returns a tensor, a tuple or list of tensors, or a dict; its parameter names are
the names of the ONNX inputs. An nn.Module is taken as it is, and its parameters become initializers.
"""
import copy
import dataclasses
import hashlib
import inspect
from typing import Any, Callable, Optional, Sequence

import torch
from torch import nn

# Sizes of a named axis: the first is the one the archive is made with (never 1, which torch.export would freeze).
SIZES = {"N": (2, 3, 1), "B": (2, 3, 1), "S": (5, 7, 4), "H": (8, 11, 6), "W": (9, 6, 10)}
OTHER_SIZES = ((6, 9, 3), (4, 8, 5), (7, 5, 11))


@dataclasses.dataclass(frozen=True)
class Spec:
    """One input: its shape (int or symbol per axis), dtype (None: float32, or what the case's `dtypes` says), values."""
    shape: tuple
    dtype: Optional[str]
    low: float
    high: float
    distinct: bool = False
    value: Any = None

    def make(self, sizes: dict, dtype: str, seed: int) -> torch.Tensor:
        shape = [sizes[d] if isinstance(d, str) else d for d in self.shape]
        generator = torch.Generator().manual_seed(seed)
        kind = getattr(torch, self.dtype or dtype)
        if kind == torch.bfloat16:  # fed as float32 (numpy has no bfloat16); the case's module casts
            return dataclasses.replace(self, dtype="float32").make(sizes, dtype, seed).bfloat16().float()
        if self.value is not None:
            return torch.tensor(self.value, dtype=kind).expand(shape).contiguous()
        count = 1
        for d in shape:
            count *= d
        if self.distinct:  # no two equal elements: for sort, topk, argmax
            values = (torch.randperm(count, generator=generator).double() - count // 2) / 4
            return (values * (4 if not kind.is_floating_point else 1)).reshape(shape).to(kind)
        if kind == torch.bool:
            return torch.rand(shape, generator=generator) < 0.5
        if kind.is_floating_point:
            values = torch.rand(shape, generator=generator, dtype=torch.float64) * (self.high - self.low) + self.low
            return values.to(kind)
        low = int(self.low) if kind.is_signed else max(0, int(self.low))
        return torch.randint(low, max(low + 1, int(self.high)), shape, generator=generator).to(kind)


def T(*shape, dtype=None, low=-3.0, high=3.0, distinct=False, value=None) -> Spec:
    """Float input (or whatever `dtypes` of the case says); values uniform in [low, high)."""
    return Spec(tuple(shape), dtype, low, high, distinct, value)


def F(*shape, **kw) -> Spec:
    """float32 whatever the case's `dtypes` are."""
    return T(*shape, dtype="float32", **kw)


def I(*shape, low=0, high=10, dtype="int64", **kw) -> Spec:  # noqa: E743
    """Integer input, values in [low, high): indices, ids."""
    return T(*shape, dtype=dtype, low=low, high=high, **kw)


def B(*shape) -> Spec:
    """bool input."""
    return T(*shape, dtype="bool")


@dataclasses.dataclass
class Case:
    name: str
    fn: Callable
    inputs: Sequence[Spec]
    dtype: str = "float32"
    sizes: dict = dataclasses.field(default_factory=dict)
    formats: Sequence[str] = ("pt", "pt2")
    why_formats: str = ""
    rtol: Optional[float] = None
    atol: Optional[float] = None
    exact: bool = False
    opset: Optional[int] = None
    needs: int = 17
    refused: Optional[str] = None
    ops: Optional[Sequence[str]] = None
    no_ops: Optional[Sequence[str]] = None
    family: str = ""

    @property
    def id(self) -> str:
        return f"{self.family}/{self.name}"

    def symbols(self) -> list:
        seen = []
        for spec in self.inputs:
            for d in spec.shape:
                if isinstance(d, str) and d not in seen:
                    seen.append(d)
        return seen

    def size_sets(self) -> list:
        """The sizes to run at; the first is the one that the archive is made with."""
        symbols, table, spare = self.symbols(), {}, list(OTHER_SIZES)
        for s in symbols:
            table[s] = self.sizes.get(s) or SIZES.get(s) or spare.pop(0)
        runs = max([len(v) for v in table.values()], default=1)
        return [{s: v[min(i, len(v) - 1)] for s, v in table.items()} for i in range(runs)]

    def tensors(self, sizes: dict) -> list:
        base = int(hashlib.sha256(self.name.encode()).hexdigest()[:6], 16)
        return [spec.make(sizes, self.dtype, base + 31 * i + sum(sizes.values()))
                for i, spec in enumerate(self.inputs)]

    def input_names(self) -> list:
        target = self.fn.forward if isinstance(self.fn, nn.Module) else self.fn
        try:
            names = [p.name for p in inspect.signature(target).parameters.values()
                     if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][: len(self.inputs)]
        except (TypeError, ValueError):  # a builtin such as torch.add
            names = []
        if len(names) < len(self.inputs):
            names = [f"x{i}" for i in range(len(self.inputs))]
        return [n + "_in" if n in ("input", "self") else n for n in names]

    def module(self) -> nn.Module:
        """`fn` as a module whose forward has named parameters (their names become the ONNX inputs)."""
        names = self.input_names()
        scope = {"_fn": self.fn, "_out": widened if self.dtype == "bfloat16" else lambda x: x}
        body = "self.op" if isinstance(self.fn, nn.Module) else "_fn"
        given = [n + ".bfloat16()" if (s.dtype or self.dtype) == "bfloat16" else n
                 for n, s in zip(names, self.inputs)]
        exec(f"def forward(self, {', '.join(names)}): return _out({body}({', '.join(given)}))", scope)  # own text
        made = type("Case", (nn.Module,), {"forward": scope["forward"]})()
        if isinstance(self.fn, nn.Module):
            made.op = copy.deepcopy(self.fn)
            if self.dtype in ("bfloat16", "float16", "float64"):
                made.op.to(getattr(torch, self.dtype))
        return made.eval()


def widened(value):
    """bfloat16 results as float32, which numpy and ONNX Runtime's Python interface can hold."""
    if isinstance(value, torch.Tensor):
        return value.float() if value.dtype == torch.bfloat16 else value
    if isinstance(value, dict):
        return {k: widened(v) for k, v in value.items()}
    return type(value)([widened(v) for v in value]) if isinstance(value, (list, tuple)) else value


def case(name, fn, *inputs, dtypes=None, sizes=None, formats=("pt", "pt2"), why_formats="", rtol=None, atol=None,
         exact=False, opset=None, needs=17, refused=None, ops=None, no_ops=None) -> list:
    """One row; a list of cases, one per dtype of `dtypes`.

    dtypes       dtypes of the inputs made with T() without dtype
    sizes        {"S": (first, second, …)}: other sizes for a symbol
    formats      leave out "pt" or "pt2" only where PyTorch itself cannot make that archive; say why in why_formats
    rtol, atol   instead of the dtype's default; exact=True: bit for bit (moves, comparisons, integers always are)
    opset        the opset to export at (else the default; test_opsets runs every row at every opset)
    needs        the lowest opset that has the form; below it the export must be refused with "needs opset N"
    refused      the operator must be refused: part of the error text (code or words)
    ops, no_ops  ONNX operators that must, or must not, appear in the graph
    """
    if isinstance(formats, str):
        formats = (formats,)
    if set(formats) != {"pt", "pt2"} and not why_formats:
        raise ValueError(f"{name}: say in why_formats why only {formats}")
    rows = []
    for dtype in dtypes or ["float32"]:
        label = f"{name}[{dtype}]" if dtypes and len(dtypes) > 1 else name
        rows.append(Case(label, fn, inputs, dtype, dict(sizes or {}), formats, why_formats, rtol, atol, exact, opset,
                         needs, refused, ops, no_ops))
    return rows


def flat(rows) -> list:
    """CASES may nest lists (case() gives a list), so that families can build rows with comprehensions."""
    out = []
    for r in rows:
        out.extend(flat(r) if isinstance(r, (list, tuple)) else [r])
    return out


def randomized(module: nn.Module) -> nn.Module:
    """Gives every parameter and buffer distinct values (BatchNorm's defaults hide mistakes)."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for t in list(module.parameters()) + list(module.buffers()):
            if t.is_floating_point():
                t.copy_(torch.rand(t.shape, generator=generator) + 0.25)
    return module
