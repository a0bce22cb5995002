"""Exports models of many architectures and compares them with PyTorch: python tests/interop/architectures.py [NAME…]

Every model of architecture_models/ is made from its configuration with random weights, saved by torch.jit.trace and
torch.export, exported by the program, run by ONNX Runtime at three sizes and compared with the eager model. Without
names all are run; --write puts the results into architectures.md, beside those of models that were not run. timm and
torchvision are used where they are installed. MODELEXPORT_BIN names the program; --dtype tries a whole model in it.
"""
import argparse
import functools
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLE = pathlib.Path(__file__).with_suffix(".md")
sys.path[:0] = [str(HERE), str(ROOT / "native" / "python")]
from architecture_models import MODELS, common  # noqa: E402

TOLERANCE = {torch.float32: 1e-4, torch.float16: 5e-3, torch.bfloat16: 4e-2}
VOCABULARY = common.VOCABULARY
QUICK = ("electra", "deberta-v2", "qwen2", "bart", "beit", "efficientnet", "hubert")  # what the normal test run takes
HEADER = """# Architectures

Small models with random weights, exported from both archive formats and compared with eager PyTorch in ONNX Runtime at
three sizes. `python tests/interop/architectures.py --write` makes this table. "Sizes fixed in the archive": PyTorch's
own archive gives other results than the model, or none, at sizes other than those it was made with; ours is right where
the archive is. "No archive": PyTorch cannot make it, with its own message.

| model | class | `.pt` | `.pt2` |
|---|---|---|---|
"""


def image(batch, size, g):
    return {"pixel_values": torch.rand(batch, 3, size, size, generator=g)}


def text(batch, length, g):
    made = {"input_ids": torch.randint(5, VOCABULARY, (batch, length), generator=g),
            "attention_mask": torch.ones(batch, length, dtype=torch.int64)}
    if batch > 1:
        made["attention_mask"][-1, length - 2:] = 0
    return made


def boxes(batch, length, g):
    return torch.randint(0, 30, (batch, length, 1), generator=g).repeat(1, 1, 4)


def types(batch, length, g):
    return torch.randint(0, 2, (batch, length), generator=g)


def steps(batch, length, g):
    return torch.randint(5, VOCABULARY, (batch, length // 2 + 1), generator=g)


def inputs(kind: str, batch: int, length: int, seed: int) -> dict:
    g = torch.Generator().manual_seed(seed)
    if kind.startswith("pixels"):
        size = int(kind[6:])
        return {**image(batch, size, g), "pixel_mask": torch.ones(batch, size, size, dtype=torch.int64)}
    if kind == "image_seq2seq":
        return {**image(batch, 32, g), "decoder_input_ids": steps(batch, length, g)}
    if kind.startswith("image"):
        return image(batch, int(kind[5:] or 32), g)
    made = text(batch, length, g)
    table = {
        "text": lambda: made,
        "ids": lambda: {"input_ids": made["input_ids"]},
        "types": lambda: {**made, "token_type_ids": types(batch, length, g)},
        "ids_types": lambda: {"input_ids": made["input_ids"], "token_type_ids": types(batch, length, g)},
        "boxes": lambda: {**made, "token_type_ids": types(batch, length, g) * 0, "bbox": boxes(batch, length, g)},
        "float_boxes": lambda: {**made, "token_type_ids": types(batch, length, g), "bbox": boxes(batch, length, g) / 30.0},
        "seq2seq": lambda: {**made, "decoder_input_ids": steps(batch, length, g)},
        "clip": lambda: {**made, **image(batch, 32, g)},
        "siglip": lambda: {"input_ids": torch.randint(5, VOCABULARY, (batch, 64), generator=g), **image(batch, 32, g)},
        "vilt": lambda: {**made, "token_type_ids": types(batch, length, g), **image(batch, 32, g)},
        "layout": lambda: {**made, "bbox": boxes(batch, length, g), **image(batch, 32, g)},
        "video": lambda: {"pixel_values": torch.rand(batch, 2, 3, 32, 32, generator=g)},
        "speech": lambda: {"input_values": torch.rand(batch, length * 100, generator=g) * 2 - 1},
        "waveform": lambda: {"input_values": torch.rand(batch, 1, 160, generator=g) * 2 - 1},
        "spectrum": lambda: {"input_values": torch.rand(batch, 32, 16, generator=g)},
        "features": lambda: {"input_features": torch.rand(batch, length, 16, generator=g)},
        "image_alpha": lambda: {"pixel_values": torch.rand(batch, 4, 32, 32, generator=g)},
        "frames": lambda: {"pixel_values": torch.rand(batch * 2, 3, 32, 32, generator=g)},
        "video_frames": lambda: {"pixel_values_videos": torch.rand(batch, 2, 3, 32, 32, generator=g)},
        "fused_spectrum": lambda: {"input_features": torch.rand(batch, 1, 64, 16, generator=g)},
        "mel": lambda: {"input_features": torch.rand(batch, 16, 60, generator=g)},
        "noisy": lambda: {"input_features": torch.rand(batch, 8, 16, generator=g),
                          "noise_sequence": torch.rand(batch, 8, 16, generator=g)},
        "waveform_seq2seq": lambda: {"input_values": torch.rand(batch, 2000, generator=g),
                                     "decoder_input_ids": steps(batch, length, g)},
        "series": lambda: {"past_values": torch.rand(batch, 32, 3, generator=g)},
        "decisions": lambda: {
            "states": torch.rand(batch, length, 5, generator=g), "actions": torch.rand(batch, length, 3, generator=g),
            "rewards": torch.rand(batch, length, 1, generator=g), "returns_to_go": torch.rand(batch, length, 1, generator=g),
            "timesteps": torch.randint(0, 60, (batch, length), generator=g),
            "attention_mask": torch.ones(batch, length, dtype=torch.int64)},
        "embeds": lambda: {"inputs": torch.rand(batch, length, 16, generator=g)},
        "speech_seq2seq": lambda: {"input_features": torch.rand(batch, 16, 60, generator=g),
                                   "decoder_input_ids": steps(batch, length, g)},
        "features_seq2seq": lambda: {"input_features": torch.rand(batch, 2 * length, 16, generator=g),
                                     "decoder_input_ids": steps(batch, length, g)},
    }
    return table[kind]()


# Inputs whose second axis moves; of these, a trace has to be told which (--dynamic).
# Inputs whose second axis moves; that of the first ones a trace's export has to be told (--dynamic).
FREE = ("input_features", "inputs", "states", "actions", "rewards", "returns_to_go", "timesteps")
MOVING = ("input_ids", "attention_mask", "token_type_ids", "bbox", "decoder_input_ids", *FREE)
FIXED = ("speech_seq2seq", "fused_spectrum", "mel", "noisy")  # kinds whose features have one length


def dynamic_axes(kind, case) -> dict:
    """Axis 0 is the batch; axis 1 moves where inputs() gives it other sizes."""
    def moves(name, tensor):
        if name == "input_ids" and kind == "siglip" or name == "input_features" and kind in FIXED:
            return False
        return name in MOVING or name == "input_values" and kind == "speech"
    return {n: (0, 1) if moves(n, t) else (0,) for n, t in case.items()}


def tensors(value) -> list:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for item in value for t in tensors(item)] if isinstance(value, (list, tuple)) else []


def make(name: str, dtype=torch.float32):
    """(model, example and further inputs, dynamic axes)."""
    torch.manual_seed(sum(name.encode()))
    row = MODELS[name]
    sizes = ((2, 16), (1, 9), (3, 20))
    if isinstance(row, (common.Timm, common.Vision)):
        model = library_model(row).eval()
        cases = [{"x": torch.rand(batch, 3, row.size, row.size, generator=torch.Generator().manual_seed(i))}
                 for i, (batch, _) in enumerate(sizes)]
        if row.name.startswith("video."):
            cases = [{"x": c["x"][:, :, None].repeat(1, 1, 4, 1, 1)} for c in cases]
        kind = ""
    else:
        import transformers
        model_class, config_class, options, kind = row
        config = getattr(transformers, config_class)(**common.resolve(transformers, options))
        model = getattr(transformers, model_class)(config).eval()
        cases = [inputs(kind, batch, length, i) for i, (batch, length) in enumerate(sizes)]
    with torch.no_grad():  # no head of zeros, no scale of ones: they hide mistakes and make ties
        g = torch.Generator().manual_seed(7)
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=g) * 0.02)
    model = model.to(dtype)
    cases = [{n: t.to(dtype) if t.is_floating_point() else t for n, t in case.items()} for case in cases]
    return model, cases, dynamic_axes(kind, cases[0])


def library_model(row):
    if isinstance(row, common.Timm):
        import timm
        return timm.create_model(row.name, pretrained=False, **row.options)
    import torchvision
    place = torchvision.models
    *path, name = row.name.split(".")
    for part in path:
        place = getattr(place, part)
    return getattr(place, name)(weights=None, **row.options)


def archive(model, cases, axes, form: str, path: pathlib.Path) -> None:
    from modelexport.capture import versions
    with torch.no_grad(), warnings.catch_warnings(), versions.traceable():
        warnings.simplefilter("ignore")
        if form == "pt":
            plain = {"example_inputs": tuple(cases[0].values())} if "x" in cases[0] else {"example_kwarg_inputs": cases[0]}
            trace = functools.partial(torch.jit.trace, model, **plain, strict=False, check_trace=False)
            try:
                made = trace()
            except RuntimeError as e:  # outputs of outputs: a trace can return them as tuples only
                if "Tracer cannot infer type" not in str(e):
                    raise
                model.config.return_dict = False
                made = trace()
                model.config.return_dict = True
            made.save(str(path))
            return
        from torch.export import Dim
        shapes = {n: {a: Dim.AUTO for a in moving} for n, moving in axes.items()}
        if "x" in cases[0]:
            made = torch.export.export(model, tuple(cases[0].values()), dynamic_shapes=tuple(shapes.values()), strict=False)
        else:
            made = torch.export.export(model, (), kwargs=cases[0], dynamic_shapes=shapes, strict=False)
        torch.export.save(made, path)


def eager(model, case) -> list:
    with torch.no_grad():
        if "x" in case:
            return tensors(model(*case.values()))
        return tensors(model(**case, return_dict=True))


class Differs(ValueError):
    pass


def difference(found, expected) -> float:
    if len(found) != len(expected):
        raise Differs(f"{len(found)} outputs instead of {len(expected)}")
    worst = 0.0
    for f, e in zip(found, expected):
        if tuple(f.shape) != tuple(e.shape):
            raise Differs(f"shape {tuple(f.shape)} instead of {tuple(e.shape)}")
        if e.numel() == 0:
            continue
        f, e = torch.as_tensor(f).double(), e.double()
        scale = max(1.0, float(e.abs().nan_to_num(posinf=0).max()))
        worst = max(worst, float((f - e).abs().nan_to_num(nan=0 if torch.equal(f.isnan(), e.isnan()) else 9e9).max()) / scale)
    return worst


def compare(onnx_file: pathlib.Path, model, case) -> float:
    import onnxruntime
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    feed = dict(zip([i.name for i in session.get_inputs()], case.values())) if "x" in case else case
    feed = {i.name: feed[i.name].numpy() for i in session.get_inputs()}
    return difference(session.run(None, feed), eager(model, case))


def archive_follows(path, form, model, case, limit) -> bool:
    """Whether PyTorch's own archive gives the model's results at these sizes."""
    try:
        loaded = torch.jit.load(str(path)) if form == "pt" else torch.export.load(str(path)).module()
        with torch.no_grad():
            got = loaded(*case.values()) if "x" in case else loaded(**case)
        return difference(tensors(got), eager(model, case)) <= limit
    except Exception:
        return False


def first_line(error) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\s*\|\s*", " ", lines[0])[:140]


def check(name: str, form: str, directory: pathlib.Path, dtype=torch.float32) -> str:
    """'ok' or what went wrong."""
    program = os.environ.get("MODELEXPORT_BIN") or str(ROOT / "build" / "bin" / "modelexport")
    path = directory / f"{name}.{form}"
    try:
        model, cases, axes = make(name, dtype)
    except ImportError as e:
        return f"not run: no {e.name}"
    except Exception as e:
        return "no model: " + first_line(e)
    limit = TOLERANCE[dtype]
    try:
        archive(model, cases, axes, form, path)
    except Exception as e:  # PyTorch cannot make this archive
        return "no archive: " + first_line(e)
    target = directory / f"{name}-{form}.onnx"
    free = [f"--dynamic={n}:1=frames" for n in FREE if form == "pt" and 1 in axes.get(n, ())]
    run = subprocess.run([program, "export", str(path), "-o", str(target), "--verify", "off", "--force", *free],
                         capture_output=True, text=True)
    if run.returncode != 0:
        return first_line(next((line for line in run.stderr.splitlines() if line.startswith("error")), run.stderr))
    for number, case in enumerate(cases):
        try:
            worst = compare(target, model, case)
            problem = "" if worst <= limit else f"differs by {worst:.1e}"
        except Exception as e:
            problem = first_line(e)
        if not problem:
            continue
        if number and not archive_follows(path, form, model, case, limit):
            return "ok, sizes fixed in the archive"
        return f"{problem} (sizes {number})"
    for file in (path, target):
        file.unlink()
    return "ok"


def write_table(results: dict) -> None:
    rows = {}
    if TABLE.exists():
        for line in TABLE.read_text().splitlines():
            cells = [c.strip() for c in line.strip("|").split("|")]
            if len(cells) == 4 and cells[0] in MODELS:
                rows[cells[0]] = cells[2:]
    for name, found in results.items():
        rows[name] = [found["pt"], found["pt2"]]
    lines = []
    for name in MODELS:
        row = MODELS[name]
        kind = row[0] if isinstance(row, tuple) else f"{row.library} {row.name}"
        pt, pt2 = rows.get(name, ["not run", "not run"])
        lines.append(f"| {name} | {kind} | {pt} | {pt2} |")
    good = sum(cells.startswith("ok") for name in MODELS for cells in rows.get(name, []))
    TABLE.write_text(HEADER + "\n".join(lines) + f"\n\n{good} of {2 * len(MODELS)} archives.\n")


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*")
    p.add_argument("--write", action="store_true")
    p.add_argument("--dtype", default="float32")
    p.add_argument("--format", choices=["pt", "pt2"])
    a = p.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.filterwarnings("ignore")
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in a.names or MODELS:
            results[name] = {form: check(name, form, pathlib.Path(scratch), getattr(torch, a.dtype))
                             for form in ([a.format] if a.format else ["pt", "pt2"])}
            print(name, *results[name].values(), sep=" | ", flush=True)
            if a.write:
                write_table({name: results[name]})
    bad = sum(not r.startswith("ok") for forms in results.values() for r in forms.values())
    print(f"{len(results)} architectures, {bad} failures")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
