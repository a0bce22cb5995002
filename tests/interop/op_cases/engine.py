"""Runs operator cases: archive by PyTorch, export by the program, ONNX Runtime against eager PyTorch."""
import concurrent.futures
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
                  if p.stem not in ("__init__", "api", "engine", "run"))
ROOT = pathlib.Path(__file__).resolve().parents[3]
TOLERANCE = {torch.float16: (2e-3, 2e-3), torch.bfloat16: (2e-2, 2e-2), torch.float32: (1e-4, 1e-5),
             torch.float64: (1e-6, 1e-7)}


def binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("MODELEXPORT_BIN") or os.environ.get("MODELEXPORT") or ROOT / "build" / "bin" / "modelexport").absolute()


@dataclasses.dataclass
class Job:
    """One case in one archive format, on its way through the stages; `error` is the first thing that went wrong."""
    case: Case
    format: str
    stage: str = "archive"
    error: str = ""
    archive: pathlib.Path = None
    onnx: pathlib.Path = None
    names: tuple = ()
    nodes: tuple = ()

    @property
    def id(self) -> str:
        return f"{self.case.id}-{self.format}"

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


def jobs(families, pattern: str = "", formats=("pt", "pt2")) -> list:
    out = []
    for family in families:
        for c in load(family):
            if pattern and not re.search(pattern, c.name):
                continue
            out.extend(Job(c, f) for f in c.formats if f in formats)
    return out


def first_line(e: Exception) -> str:
    text = str(e).strip().splitlines() or [""]
    return f"{type(e).__name__}: {text[0]}"[:300]


def make_archive(job: Job, directory: pathlib.Path) -> None:
    c = job.case
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{c.family}.{c.name}")
    job.archive = directory / f"{safe}.{job.format}"
    job.onnx = directory / f"{safe}.{job.format}.onnx"
    module, names = c.module(), c.input_names()
    example = dict(zip(names, c.tensors(c.size_sets()[0])))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if job.format == "pt":
            if not example:
                raise ValueError("a case needs an input")
            torch.jit.trace(module, example_kwarg_inputs=example, strict=False, check_trace=False).save(str(job.archive))
        else:
            auto = torch.export.Dim.AUTO
            dynamic = {n: {a: auto for a, d in enumerate(s.shape) if isinstance(d, str)} for n, s in zip(names, c.inputs)}
            made = torch.export.export(module, (), kwargs=example, dynamic_shapes=dynamic, strict=False)
            torch.export.save(made, str(job.archive))


def export_command(job: Job, frozen: bool = True) -> list:
    """`frozen`: every axis that the case does not name keeps its size (else axis 0 is free by default)."""
    c = job.case
    command = [str(binary()), "export", str(job.archive), "-o", str(job.onnx), "--force", "--no-progress",
               "--verify", "off"]
    if job.format == "pt":  # a .pt2 keeps its own axes
        command += ["--static"] if frozen else []
        for name, spec in zip(c.input_names(), c.inputs):
            for axis, d in enumerate(spec.shape):
                if isinstance(d, str):
                    command += ["--dynamic", f"{name}:{axis}={d}"]
    if c.opset:
        command += ["--opset", str(c.opset)]
    return command


def export(job: Job) -> None:
    if job.error:
        return
    job.stage = "export"
    try:
        r = subprocess.run(export_command(job), capture_output=True, text=True, timeout=120)
        if r.returncode == 2 and "--static and --dynamic" in r.stderr:
            r = subprocess.run(export_command(job, False), capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        job.fail("no answer after 120 s")
        return
    except OSError as e:
        job.fail(f"{binary()} cannot be started: {e.strerror}")
        return
    text = " ".join(r.stderr.split())
    if job.case.refused:
        if r.returncode == 0:
            job.fail(f"accepted, though it must be refused with {job.case.refused!r}")
        elif job.case.refused not in text:
            job.fail(f"refused, but without {job.case.refused!r}: {text[:400]}")
        job.stage = "refused"
    elif r.returncode != 0:
        job.fail(f"exit {r.returncode}: {text[:700]}")


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
    if want.dtype == torch.bfloat16:
        want = want.float()
    expected = want.detach().numpy()
    if got.dtype != expected.dtype:
        return f"dtype {got.dtype}, eager has {expected.dtype}"
    if got.shape != expected.shape:
        return f"shape {list(got.shape)}, eager has {list(expected.shape)}"
    rtol, atol = (0, 0)
    if not case.exact and expected.dtype.kind == "f":
        rtol, atol = TOLERANCE[want.dtype]
        rtol, atol = case.rtol if case.rtol is not None else rtol, case.atol if case.atol is not None else atol
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


def compare(job: Job) -> None:
    if job.error or job.stage == "refused":
        return
    import onnx
    import onnxruntime as ort
    job.stage = "load"
    model = onnx.load(str(job.onnx))
    onnx.checker.check_model(model, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(job.onnx), options, providers=["CPUExecutionProvider"])
    job.nodes = tuple(n.op_type for n in model.graph.node)
    names, have = job.case.input_names(), {i.name for i in session.get_inputs()}
    for wanted in job.case.ops or ():
        if wanted not in job.nodes:
            job.fail(f"no {wanted} among {sorted(set(job.nodes))}")
            return
    for unwanted in job.case.no_ops or ():
        if unwanted in job.nodes:
            job.fail(f"{unwanted} is in the graph")
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
            problem = f"{len(got)} outputs, eager has {len(want)}" if len(got) != len(want) else next(
                (f"output {i}: {d}" for i, (g, w) in enumerate(zip(got, want)) if (d := difference(job.case, g, w))), "")
        if problem:
            if not archive_is_right(job, inputs, want):
                problem = "THE ROW IS WRONG, its archive does not give eager's result at these sizes. " + problem
            job.fail(problem)
            return


def run(todo: list, directory: pathlib.Path, workers: int = 2) -> list:
    """All archives first, then all exports (in parallel: they are processes of their own), then the comparison."""
    directory.mkdir(parents=True, exist_ok=True)
    for job in todo:
        try:
            make_archive(job, directory)
        except Exception as e:
            job.fail(first_line(e))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(export, todo))
    for job in todo:
        try:
            compare(job)
        except Exception as e:
            job.fail(first_line(e))
    return todo


def summary(todo: list) -> str:
    bad = sum(bool(j.error) for j in todo)
    return json.dumps({"cases": len(todo), "ok": len(todo) - bad, "failed": bad})
