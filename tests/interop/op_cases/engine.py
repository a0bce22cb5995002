"""Runs operator cases: archive by PyTorch, export by the program, ONNX Runtime against eager PyTorch."""
import dataclasses
import importlib
import json
import os
import pathlib
import re
import subprocess
import warnings

import numpy as np
import torch

from op_cases.api import Case, flat

FAMILIES = sorted(p.stem for p in pathlib.Path(__file__).parent.glob("*.py")
                  if p.stem not in ("__init__", "api", "batch", "engine", "run"))
ROOT = pathlib.Path(__file__).resolve().parents[3]
DEFAULT_OPSET = 18
TOLERANCE = {torch.float16: (4e-3, 4e-3), torch.bfloat16: (3e-2, 3e-2), torch.float32: (1e-4, 1e-5),
             torch.float64: (1e-4, 1e-5)}


def binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("MODELEXPORT_BIN") or os.environ.get("MODELEXPORT") or ROOT / "build" / "bin" / "modelexport").absolute()


@dataclasses.dataclass
class Job:
    """One case in one archive format, on its way through the stages; `error` is the first thing that went wrong."""
    case: Case
    format: str
    opset: int = DEFAULT_OPSET
    stage: str = "archive"
    error: str = ""
    archive: pathlib.Path = None
    onnx: pathlib.Path = None
    names: tuple = ()
    nodes: tuple = ()

    @property
    def id(self) -> str:
        return f"{self.case.id}-{self.format}" + ("" if self.opset == DEFAULT_OPSET else f"-o{self.opset}")

    @property
    def refused(self) -> str:
        """What the refusal must say, if the export must be refused."""
        return self.case.refused or (f"needs opset {self.case.needs}" if self.opset < self.case.needs else "")

    def fail(self, text) -> "Job":
        self.error = f"{self.stage}: {text}"
        return self


def load(family: str) -> list:
    torch.manual_seed(0)  # modules made while the family is imported get the same weights every time
    rows = flat(importlib.import_module(f"op_cases.{family}").CASES)
    seen = set()
    for c in rows:
        c.family = family
        if c.name in seen:
            raise ValueError(f"{family}: two cases named {c.name}")
        seen.add(c.name)
    return rows


def jobs(families, pattern: str = "", formats=("pt", "pt2"), opsets=(DEFAULT_OPSET,)) -> list:
    """One job per row, format and opset; rows that ask for an opset of their own run at that one only."""
    out = []
    for family in families:
        for c in load(family):
            if pattern and not re.search(pattern, c.name):
                continue
            chosen = [o for o in opsets if c.opset in (None, o)]
            if c.opset and not chosen and DEFAULT_OPSET in opsets:
                chosen = [c.opset]
            # A form that needs a later opset than the default is tried there, and refused at the default.
            if opsets == (DEFAULT_OPSET,) and c.needs > DEFAULT_OPSET:
                chosen = [DEFAULT_OPSET, c.needs]
            out.extend(Job(c, f, o) for f in c.formats if f in formats for o in chosen)
    return out


def first_line(e: Exception) -> str:
    text = str(e).strip().splitlines() or [""]
    return f"{type(e).__name__}: {text[0]}"[:300]


def save_archive(module, example: dict, dynamic: dict, form: str, path: pathlib.Path) -> None:
    """`dynamic`: input name -> axes that keep free."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if form == "pt":
            torch.jit.trace(module, example_kwarg_inputs=example, strict=False, check_trace=False).save(str(path))
            return
        auto = torch.export.Dim.AUTO
        shapes = {name: {axis: auto for axis in axes} for name, axes in dynamic.items()}
        made = torch.export.export(module, (), kwargs=example, dynamic_shapes=shapes, strict=False)
        torch.export.save(made, str(path))


def free_axes(case: Case) -> dict:
    return {n: {a: d for a, d in enumerate(s.shape) if isinstance(d, str)}
            for n, s in zip(case.input_names(), case.inputs)}


def make_archive(job: Job, directory: pathlib.Path) -> None:
    c = job.case
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{c.family}.{c.name}")
    job.archive = directory / f"{safe}.{job.format}"
    job.onnx = directory / f"{safe}.{job.format}.{job.opset}.onnx"
    if not c.inputs:
        raise ValueError("a case needs an input")
    if not job.archive.exists():
        example = dict(zip(c.input_names(), c.tensors(c.size_sets()[0])))
        save_archive(c.module(), example, free_axes(c), job.format, job.archive)


def export_command(archive, out, form: str, opset: int, dynamic: dict) -> list:
    """`dynamic`: input name -> {axis: symbol}. A .pt2 keeps its own axes; all others of a .pt are frozen."""
    command = [str(binary()), "export", str(archive), "-o", str(out), "--force", "--no-progress", "--verify", "off",
               "--opset", str(opset)]
    if form == "pt":
        command += ["--static"]
        for name, axes in dynamic.items():
            for axis, symbol in axes.items():
                command += ["--dynamic", f"{name}:{axis}={symbol}"]
    return command


def call_export(command: list) -> tuple:
    """Exit code and message."""
    try:
        r = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return -1, "no answer after 300 s"
    except OSError as e:
        return -1, f"{binary()} cannot be started: {e.strerror}"
    return r.returncode, " ".join(r.stderr.split())


def export(job: Job) -> None:
    if job.error:
        return
    job.stage = "export"
    code, text = call_export(export_command(job.archive, job.onnx, job.format, job.opset, free_axes(job.case)))
    if job.refused:
        if code == 0:
            job.fail(f"accepted, though it must be refused with {job.refused!r}")
        elif code != 3 or job.refused not in text:
            job.fail(f"exit {code}, not refused with {job.refused!r}: {text[:400]}")
        job.stage = "refused"
    elif code != 0:
        job.fail(f"exit {code}: {text[:700]}")


def tensors_of(value) -> list:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in tensors_of(v)]
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_of(v)]
    if isinstance(value, (bool, int, float)):
        return [torch.tensor(value)]
    return []


def difference(case: Case, got: np.ndarray, want: torch.Tensor) -> str:
    """Empty if equal within the case's tolerance, else what differs."""
    expected = want.detach().numpy()
    if got.dtype != expected.dtype:
        return f"dtype {got.dtype}, eager has {expected.dtype}"
    if got.shape != expected.shape:
        return f"shape {list(got.shape)}, eager has {list(expected.shape)}"
    rtol, atol = (0, 0)
    if not case.exact and expected.dtype.kind == "f":
        rtol, atol = TOLERANCE[torch.bfloat16 if case.dtype == "bfloat16" else want.dtype]
        rtol, atol = max(case.rtol or 0, rtol), max(case.atol or 0, atol)
    same = np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True) if rtol or atol else (
        (got == expected) | ((got != got) & (expected != expected)))
    if same.all():
        return ""
    where = tuple(int(i) for i in np.argwhere(~same)[0])
    return (f"value at {list(where)}: {got[where]}, eager has {expected[where]} "
            f"({int((~same).sum())} of {same.size} differ)")


def archive_is_right(job: Job, inputs: list, want: list) -> bool:
    """False when the archive itself does not compute what eager does at these sizes: then the row is wrong."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if job.format == "pt":
            made = torch.jit.load(str(job.archive))
        else:
            made = torch.export.load(str(job.archive)).module()
        try:
            got = tensors_of(made(**dict(zip(job.case.input_names(), inputs))))
        except Exception:
            return False
    return len(got) == len(want) and all(not difference(job.case, g.detach().numpy(), w) for g, w in zip(got, want))


def check_row(job: Job) -> None:
    """The archive against eager at every size: a row that fails here says nothing about the program."""
    job.stage = "row"
    module = job.case.module()
    for sizes in job.case.size_sets():
        inputs = job.case.tensors(sizes)
        with torch.no_grad():
            want = tensors_of(module(*[t.clone() for t in inputs]))
        if not archive_is_right(job, inputs, want):
            job.fail(f"the archive does not give eager's result at {sizes}")
            return


def load_onnx(path) -> tuple:
    import onnx
    import onnxruntime as ort
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return model, ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def wrong_nodes(job: Job) -> str:
    for wanted in job.case.ops or ():
        if wanted not in job.nodes:
            return f"no {wanted} among {sorted(set(job.nodes))}"
    for unwanted in job.case.no_ops or ():
        if unwanted in job.nodes:
            return f"{unwanted} is in the graph"
    return ""


def differences(case: Case, got: list, want: list) -> str:
    if len(got) != len(want):
        return f"{len(got)} outputs, eager has {len(want)}"
    return next((f"output {i}: {d}" for i, (g, w) in enumerate(zip(got, want)) if (d := difference(case, g, w))), "")


def compare(job: Job) -> None:
    if job.error or job.stage == "refused":
        return
    job.stage = "load"
    model, session = load_onnx(job.onnx)
    job.nodes = tuple(n.op_type for n in model.graph.node)
    names, have = job.case.input_names(), {i.name for i in session.get_inputs()}
    if problem := wrong_nodes(job):
        job.fail(problem)
        return
    if have - set(names):
        job.fail(f"inputs {sorted(have)}, expected names {names}")
        return
    module = job.case.module()
    for sizes in job.case.size_sets():
        job.stage = f"run at {sizes}" if sizes else "run"
        inputs = job.case.tensors(sizes)
        with torch.no_grad():
            want = tensors_of(module(*[t.clone() for t in inputs]))
        try:
            got = session.run(None, {n: t.numpy() for n, t in zip(names, inputs) if n in have})
        except Exception as e:
            problem = first_line(e)
        else:
            problem = differences(job.case, got, want)
        if problem:
            if not archive_is_right(job, inputs, want):
                problem = "THE ROW IS WRONG, its archive does not give eager's result at these sizes. " + problem
            job.fail(problem)
            return


def run_alone(job: Job, directory: pathlib.Path) -> None:
    """One job in an archive of its own: what a batch could not settle."""
    job.stage, job.error = "archive", ""
    try:
        make_archive(job, directory)
        export(job)
        compare(job)
    except Exception as e:
        job.fail(first_line(e))


def summary(todo: list) -> str:
    bad = sum(bool(j.error) for j in todo)
    return json.dumps({"cases": len(todo), "ok": len(todo) - bad, "failed": bad})
