"""`export --verify`: what ONNX Runtime computes against the archive's own execution, at three sizes."""
import json
import os
import pathlib
import stat
import struct
import sys
import zlib

import pytest
import torch

import support

WORKER = support.binary().parent.parent / "libexec" / "modelexport" / "modelexport-torchscript"


def export(archive, out, *options, code=0, env=None):
    """(verified, whole result) of one export with this Python's ONNX Runtime."""
    r = support.modelexport("export", archive, "-o", out, "--json", "--python", sys.executable, *options, code=code,
                            env={"MODELEXPORT_ONNXRUNTIME": "", **(env or {})})
    return json.loads(r.stdout), r.stderr


@pytest.mark.parametrize("form", support.FORMATS)
@pytest.mark.parametrize("name", support.NAMES)
def test_models_are_verified_at_three_sizes(shelf, tmp_path, name, form):
    summary, messages = export(shelf.archive(support.Model(name), form), tmp_path / "model.onnx", "--verify", "on")
    verified = summary["verified"]
    assert verified["status"] == "ok", messages
    assert verified["max_abs"] < 1e-3 and "note" not in verified and "warning" not in messages
    sizes = [tuple(s["sizes"].values()) for s in verified["shapes"]]
    dynamic = any(isinstance(d, str) for i in summary["inputs"] for d in i["shape"])
    assert len(sizes) == len(set(sizes)) == (3 if dynamic else 1)
    assert [o["name"] for o in verified["outputs"]] == [o["name"] for o in summary["outputs"]]


@pytest.mark.parametrize("weights", ["external", "reference"])
def test_weights_outside_the_file_are_verified_too(tmp_path, weights):
    archive = tmp_path / "model.pt"
    archive.write_bytes((support.MODELS / "bert-seqcls" / "model.pt").read_bytes())
    summary, _ = export(archive, tmp_path / "model.onnx", "--verify", "on", "--weights", weights)
    assert summary["verified"]["status"] == "ok"
    left = {"model.pt", "model.onnx"} | ({"model.onnx_data"} if weights == "external" else set())
    assert {p.name for p in tmp_path.iterdir()} == left
    assert all(p.stat().st_nlink == 1 for p in tmp_path.iterdir())


def test_without_a_runtime_the_summary_says_so(tmp_path):
    archive = support.MODELS / "bert-seqcls" / "model.pt"
    none = {"MODELEXPORT_ONNXRUNTIME": "none"}
    summary, _ = export(archive, tmp_path / "a.onnx", env=none)
    assert summary["verified"]["status"] == "not verified" and "none" in summary["verified"]["reason"]
    error, _ = export(archive, tmp_path / "b.onnx", "--verify", "on", env=none, code=3)
    assert error["error"]["code"] == "ME-EXP-054" and not (tmp_path / "b.onnx").exists()


# --- a file that does not compute what the archive computes


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(8, 8)

    def forward(self, x):
        return x + torch.tanh(self.dense(x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList([Block() for _ in range(4)])
        self.head = torch.nn.Linear(8, 3)

    def forward(self, pixel_values):
        x = pixel_values
        for block in self.blocks:
            x = block(x)
        return {"logits": self.head(x)}


def traced(model, path, **inputs):
    with torch.no_grad():
        torch.jit.trace(model.eval(), example_kwarg_inputs=inputs, strict=False, check_trace=False).save(str(path))
    return path


def with_other_bytes(archive: bytes, old: bytes, new: bytes) -> bytes:
    """The archive with one stored member's content replaced, and its checksum."""
    assert archive.count(old) == 1 and len(old) == len(new)
    crc = [struct.pack("<I", zlib.crc32(content)) for content in (old, new)]
    assert crc[0] in archive
    return archive.replace(old, new).replace(*crc)


@pytest.fixture
def other_archive(tmp_path, monkeypatch):
    """An archive, and a worker that executes another one: the same but for one weight of blocks.2."""
    torch.manual_seed(1)
    model = Net()
    archive = traced(model, tmp_path / "model.pt", pixel_values=torch.rand(2, 8))
    weight = model.blocks[2].dense.weight.detach().numpy().copy()
    before = weight.tobytes()
    weight[3, 4] += 0.5
    other = tmp_path / "other.pt"
    other.write_bytes(with_other_bytes(archive.read_bytes(), before, weight.tobytes()))
    worker = tmp_path / "worker"
    worker.write_text(f'#!/bin/sh\ncommand=$1\narchive=$2\nshift 2\n'
                      f'case $command in run*) archive={other} ;; esac\nexec {WORKER} "$command" "$archive" "$@"\n')
    worker.chmod(worker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("MODELEXPORT_WORKER", str(worker))
    return archive


def test_a_difference_is_an_error_that_names_the_module(other_archive, tmp_path):
    out = tmp_path / "out"
    document, _ = export(other_archive, out, code=1)
    error = document["error"]
    assert error["code"] == "ME-EXP-053"
    assert "'logits'" in error["message"] and "max abs" in error["message"] and "batch_size=2" in error["message"]
    assert error["where"]["field"].startswith("blocks.2.dense (Linear"), error
    assert not out.exists() and not list(tmp_path.glob(".*"))


def test_a_differing_file_is_kept_when_asked_for(other_archive, tmp_path):
    summary, messages = export(other_archive, tmp_path / "kept.onnx", "--keep-unverified", code=1)
    assert summary["verified"]["status"] == "failed" and "blocks.2.dense" in messages
    assert (tmp_path / "kept.onnx").is_file()
    summary, _ = export(other_archive, tmp_path / "loose.onnx", "--atol", "10")
    assert summary["verified"]["status"] == "ok" and summary["verified"]["max_abs"] > 1e-3


# --- sizes that a trace keeps as constants


class FixedBatch(torch.nn.Module):
    """Looks at its batch size once, as Python code does."""

    def forward(self, pixel_values):
        return pixel_values.view(int(pixel_values.size(0)), 2, 4).transpose(1, 2).contiguous()


class Holder(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pixel_values):
        return {"y": self.inner(pixel_values) * 2}


class FixedMask(torch.nn.Module):
    """Slices a table whose size is that of the example."""

    def forward(self, input_values):
        window = torch.ones(int(input_values.size(1)))
        return input_values * window


class PerImage(torch.nn.Module):
    """Treats the images of a batch one by one."""

    def forward(self, pixel_values):
        return torch.stack([image * 2 for image in pixel_values])


@pytest.mark.parametrize("inner, name, shape, symbol, path", [
    (PerImage(), "pixel_values", (3, 8), "batch_size", "inner"),
    (FixedBatch(), "pixel_values", (4, 8), "batch_size", "inner"),
    (FixedMask(), "input_values", (2, 12), "sequence_length", ""),
])
def test_a_size_fixed_in_the_trace_is_a_warning(tmp_path, inner, name, shape, symbol, path):
    model = Holder(inner) if path else inner
    archive = traced(model, tmp_path / "model.pt", **{name: torch.rand(*shape)})
    summary, messages = export(archive, tmp_path / "model.onnx")
    assert "warning[ME-EXP-055]" in messages and symbol in messages, messages
    assert ".py:" in messages and (path or "(root)") in messages
    verified = summary["verified"]
    assert verified["status"] == "ok" and len(verified["shapes"]) < 3 and "other sizes" in verified["note"]
    _, messages = export(archive, tmp_path / "static.onnx", "--static")
    assert "warning" not in messages


class Counter(torch.nn.Module):
    """Counts its runs."""

    def __init__(self):
        super().__init__()
        self.register_buffer("runs", torch.zeros(1))

    def forward(self, x):
        self.runs += 1
        return x * self.runs


@pytest.mark.parametrize("form", ["pt", "pt2", "decomposed"])
def test_a_state_that_is_lost_is_a_warning(tmp_path, form):
    x = torch.rand(2, 3)
    path = tmp_path / ("counter.pt" if form == "pt" else "counter.pt2")
    if form == "pt":
        torch.jit.trace(Counter(), (x,), check_trace=False).save(str(path))
    else:
        program = torch.export.export(Counter(), (x,))
        torch.export.save(program.run_decompositions() if form == "decomposed" else program, path)
    _, messages = export(path, tmp_path / "counter.onnx", "--verify", "off")
    assert "warning[ME-EXP-005]: the archive changes runs while it runs" in messages, messages


def test_half_precision_archives_are_verified_in_float(tmp_path):
    torch.manual_seed(2)
    model = Net().half()
    archive = traced(model, tmp_path / "model.pt", pixel_values=torch.rand(2, 8).half())
    summary, messages = export(archive, tmp_path / "model.onnx", "--verify", "on")
    assert summary["verified"]["status"] == "ok", messages
    assert summary["inputs"][0]["dtype"] == "float16"


def test_doctor_finds_the_runtime_of_this_python():
    r = support.modelexport("doctor", "--json", "--python", sys.executable, env={"MODELEXPORT_ONNXRUNTIME": ""})
    found = json.loads(r.stdout)["found"]["onnxruntime"]
    assert found and os.path.basename(found).startswith("libonnxruntime.so") and pathlib.Path(found).is_file()
