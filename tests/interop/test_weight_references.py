"""Weights that stay where they are: inside the archive, or inside an untouched safetensors file."""
import json
import shutil

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from safetensors.torch import save_file

import support

NAMES = ("bert-seqcls", "gpt2-lm", "resnet-imgcls")
TRANSPOSED = {"bert-seqcls": 12, "gpt2-lm": 1, "resnet-imgcls": 0}  # weights behind a Transpose node


def locations(path) -> dict:
    """Initializer -> location of those outside the file."""
    model = onnx.load(str(path), load_external_data=False)
    return {t.name: next(e.value for e in t.external_data if e.key == "location")
            for t in model.graph.initializer if t.data_location == onnx.TensorProto.EXTERNAL}


def check_results(model, path):
    onnx.checker.check_model(str(path))
    session = support.session(path)
    names = [i.name for i in session.get_inputs()]
    for feed, want in model.cases():
        got = dict(zip([o.name for o in session.get_outputs()],
                       session.run(None, {k: v for k, v in feed.items() if k in names})))
        for key, value in want.items():
            assert support.relative_error(got[key], value) < 2e-4, key


def check_transposes_are_folded(path, scratch):
    """A weight that is used transposed is stored as it lies in the archive; the session turns it once, at load."""
    stored = {t.name for t in onnx.load(str(path), load_external_data=False).graph.initializer}
    written = [n for n in onnx.load(str(path), load_external_data=False).graph.node
               if n.op_type == "Transpose" and n.input[0] in stored]
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(scratch / "optimised.onnx")
    ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    optimised = onnx.load(options.optimized_model_filepath, load_external_data=False).graph
    kept = {t.name for t in optimised.initializer}
    assert not [n for n in optimised.node if n.op_type == "Transpose" and n.input[0] in kept]
    return len(written)


def check_initializers(path, state):
    loaded = onnx.load(str(path))
    seen = 0
    for tensor in loaded.graph.initializer:
        if tensor.name in state:
            np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), state[tensor.name])
            seen += 1
    assert seen


@pytest.mark.parametrize("form", ("pt", "pt2"))
@pytest.mark.parametrize("name", NAMES)
def test_archive(shelf, tmp_path, name, form):
    model = support.Model(name)
    archive = tmp_path / f"weights.{form}"
    shutil.copy(shelf.archive(model, form), archive)
    before = archive.read_bytes()
    path = tmp_path / "model.onnx"
    r = support.modelexport("export", archive, "-o", path, "--weights", "reference", "--verify", "off", "--json")
    weights = json.loads(r.stdout)["weights"]
    assert weights["mode"] == "reference" and weights["file"].endswith(archive.name)
    outside = locations(path)
    assert outside and set(outside.values()) == {archive.name}
    assert not any(t.name.endswith("_t") for t in onnx.load(str(path), load_external_data=False).graph.initializer)
    assert path.stat().st_size < archive.stat().st_size
    check_initializers(path, model.state())
    check_results(model, path)
    assert check_transposes_are_folded(path, tmp_path) == TRANSPOSED[name]
    assert archive.read_bytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_safetensors(shelf, tmp_path, name):
    model = support.Model(name)
    state = torch.jit.load(str(model.directory / "model.pt")).state_dict()
    names = sorted(state)
    halves = [names[:len(names) // 2], names[len(names) // 2:]]
    for i, half in enumerate(halves):
        save_file({k: state[k].clone().contiguous() for k in half}, str(tmp_path / f"part-{i}.safetensors"))
    path = tmp_path / "model.onnx"
    support.modelexport("export", shelf.archive(model, "pt"), "-o", path, "--verify", "off",
                        "--weights-from", tmp_path / "part-0.safetensors",
                        "--weights-from", tmp_path / "part-1.safetensors")
    outside = locations(path)
    assert set(outside.values()) == {"part-0.safetensors", "part-1.safetensors"}
    check_initializers(path, {k: v.numpy() for k, v in state.items()})
    check_results(model, path)
    assert check_transposes_are_folded(path, tmp_path) == TRANSPOSED[name]


def test_another_models_file_is_refused(shelf, tmp_path):
    model = support.Model("bert-seqcls")
    state = torch.jit.load(str(model.directory / "model.pt")).state_dict()
    save_file({k: v + 1 for k, v in state.items()}, str(tmp_path / "other.safetensors"))
    r = support.modelexport("export", shelf.archive(model, "pt"), "-o", tmp_path / "model.onnx",
                            "--weights-from", tmp_path / "other.safetensors", code=3)
    assert "ME-EXT-001" in r.stderr and "hint" in r.stderr
    assert not (tmp_path / "model.onnx").exists()


def test_files_elsewhere_are_refused(shelf, tmp_path):
    model = support.Model("bert-seqcls")
    r = support.modelexport("export", shelf.archive(model, "pt"), "-o", tmp_path / "out" / "model.onnx",
                            "--weights", "reference", code=3)
    assert "ME-EXT-001" in r.stderr and "directory" in r.stderr
    assert not (tmp_path / "out").exists()
