"""What the interop tests share: running the program, the tiny models, ONNX Runtime, and the hierarchy oracle."""
import functools
import json
import os
import pathlib
import subprocess

import numpy as np
import onnx
import onnxruntime as ort
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests" / "fixtures" / "models"
NAMES = sorted(p.parent.name for p in MODELS.glob("*/zoo.json"))
FORMATS = ("pt", "pt2")
ort.set_default_logger_severity(3)


def binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("MODELEXPORT_BIN") or os.environ.get("MODELEXPORT") or ROOT / "build" / "bin" / "modelexport").absolute()


def modelexport(*arguments, code=0, cwd=None, env=None, timeout=300) -> subprocess.CompletedProcess:
    """Runs the program; fails the test unless it exits with `code`."""
    command = [str(binary()), *map(str, arguments)]
    r = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=timeout,
                       env={**os.environ, **(env or {})})
    assert r.returncode == code, f"{' '.join(command)}\nexit {r.returncode}\n{r.stdout[-2000:]}\n{r.stderr[-4000:]}"
    return r


class Model:
    """One tiny model with its references."""

    def __init__(self, name: str):
        self.name, self.directory = name, MODELS / name
        self.facts = json.loads((self.directory / "zoo.json").read_text())
        self.modules = json.loads((self.directory / "modules.json").read_text())
        self.arrays = np.load(self.directory / "reference.npz")

    def cases(self):
        """(inputs, outputs) by name, at every reference shape."""
        for i in range(self.facts["cases"]):
            part = {side: {k.split("/")[2]: self.arrays[k] for k in self.arrays.files if k.startswith(f"{i}/{side}/")}
                    for side in ("in", "out")}
            yield part["in"], part["out"]

    def state(self) -> dict:
        """The archive's own tensors by state_dict name."""
        return {k: v.numpy() for k, v in torch.jit.load(str(self.directory / "model.pt")).state_dict().items()}


class Export:
    """What one run of export left: the package directory, the summary, the model."""

    def __init__(self, model: Model, directory: pathlib.Path, summary: dict):
        self.model, self.directory, self.summary = model, directory, summary
        self.path = directory / "model.onnx"

    @functools.cached_property
    def onnx(self):
        return onnx.load(str(self.path))

    @functools.cached_property
    def session(self):
        return session(self.path)

    def metadata(self) -> dict:
        return {p.key: p.value for p in self.onnx.metadata_props}


class Shelf:
    def __init__(self, root: pathlib.Path):
        self.root, self.made = root, {}

    def get(self, name: str, form: str) -> Export:
        if (name, form) not in self.made:
            model, out = Model(name), self.root / f"{name}-{form}"
            r = modelexport("export", self.archive(model, form), "--source", model.directory, "-o", out, "--json",
                            "--verify", "off")
            self.made[name, form] = Export(model, out, json.loads(r.stdout))
        return self.made[name, form]

    def archive(self, model: Model, form: str) -> pathlib.Path:
        return model.directory / "model.pt" if form == "pt" else self.exported_program(model)

    def exported_program(self, model: Model) -> pathlib.Path:
        """The .pt2 of a tiny model: made here from the same weights, because PyTorch writes it in a second."""
        import make_models
        from modelexport.capture import inputs, versions
        path = self.root / f"{model.name}.pt2"
        if not path.exists():
            made = make_models.build(model.name, 1000 + list(make_models.MODELS).index(model.name))
            example = {k: torch.from_numpy(v) for k, v in next(model.cases())[0].items()}
            axes = {k: inputs.axes(k, v.dim(), False, False) for k, v in example.items()}
            with torch.no_grad(), versions.traceable():
                torch.export.save(versions.export_program(torch, made, example, axes), str(path))
        return path


def session(path) -> ort.InferenceSession:
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def relative_error(got, want) -> float:
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    assert got.shape == want.shape, f"shape {got.shape}, reference has {want.shape}"
    return float(np.max(np.abs(got - want)) / max(1.0, float(np.abs(want).max()))) if want.size else 0.0


def properties(item) -> dict:
    return {p.key: p.value for p in item.metadata_props}


# --- hierarchy oracle: what the tag of each module must be, from the Python model alone


def expected_tags(modules: list) -> dict:
    """Module path -> class path of the innermost module outside torch.nn that owns it."""
    info = {m["path"]: m for m in modules}
    hidden = {p for p, m in info.items() if p and m["torch_nn"]}
    active = set()
    for path, m in info.items():
        if m["calls"]:
            parts = path.split(".")
            active.update(".".join(parts[:n]) for n in range(len(parts) + 1))

    def owner(path):  # innermost visible module at or above
        while path in hidden:
            path = path.rpartition(".")[0]
        return path

    plain, families = {}, {}
    for path, m in info.items():
        if path and path not in hidden:
            last = path.rpartition(".")[2]
            plain[path] = f"{m['class']}.{last}" if last.isdigit() else m["class"]
            if path in active:
                families.setdefault((owner(path.rpartition(".")[0]), plain[path]), []).append(path)
    for (parent, _), paths in families.items():
        if len(paths) > 1:
            plain.update({p: p[len(parent):].lstrip(".") for p in paths})

    @functools.lru_cache(None)
    def tag(path):
        path = owner(path)
        if not path:
            return "/" + info[""]["class"]
        return f"{tag(path.rpartition('.')[0])}/{plain[path]}"

    return {path: tag(path) for path in info}


def parameter_owners(modules: list) -> dict:
    """state_dict parameter -> path of the module that owns it (buffers are no proof of where code ran)."""
    return {(m["path"] + "." if m["path"] else "") + n: m["path"]
            for m in modules for n in m["own"] if n not in m["buffers"]}
