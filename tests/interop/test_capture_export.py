"""From a model directory to a package: capture writes the record, export reads it."""
import json
import os

import pytest
import torch

import make_models
import support
from modelexport.capture import capture
from test_capture import directories  # noqa: F401  (a fixture)


@pytest.mark.parametrize("form", support.FORMATS)
@pytest.mark.parametrize("name", ["bert-seqcls", "roberta-seqcls", "vit-imgcls", "gpt2-lm"])
def test_round_trip(directories, tmp_path, name, form):  # noqa: F811
    archive = tmp_path / f"model.{form}"
    record = capture(str(directories(name)), str(archive))
    r = support.modelexport("export", archive, "--source", directories(name), "-o", tmp_path / "out", "--json")
    summary = json.loads(r.stdout)
    assert summary["hierarchy"]["fallback"] == 0
    session = support.session(tmp_path / "out" / "model.onnx")
    assert [o.name for o in session.get_outputs()] == record["outputs"]
    eager = make_models.build(name, 7)
    for inputs, _ in support.Model(name).cases():
        with torch.no_grad():
            want = eager(**{k: torch.from_numpy(v) for k, v in inputs.items()})
        for key, got in zip(record["outputs"], session.run(None, inputs)):
            assert support.relative_error(got, want[key].numpy()) <= 1e-4, key


def test_the_record_names_the_source(directories, tmp_path):  # noqa: F811
    """Without --source the record inside the archive says where the model came from."""
    import onnx
    directory = directories("bert-qa")
    os.symlink(directory, tmp_path / "model_dir")
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        record = capture("./model_dir", "model.pt")
        support.modelexport("export", "model.pt", "-o", "out", cwd=tmp_path)
    finally:
        os.chdir(here)
    metadata = {p.key: p.value for p in onnx.load(str(tmp_path / "out" / "model.onnx")).metadata_props}
    assert record["source"] == "./model_dir" and metadata["hf_original_path"] == "./model_dir"
    assert metadata["hf_task"] == "question-answering"
    assert "2." in metadata["modelexport.captured_with"] and record["tokenizer"]["fingerprint"][7:] in metadata[
        "modelexport.captured_with"]
    assert (tmp_path / "out" / "tokenizer.json").is_file()


def test_export_captures_a_directory(directories, tmp_path):  # noqa: F811
    import sys
    r = support.modelexport("export", directories("bert-qa"), "-o", tmp_path / "out", "--json", "--python",
                            sys.executable)
    assert json.loads(r.stdout)["hierarchy"]["fallback"] == 0
    assert (tmp_path / "out" / "config.json").is_file() and (tmp_path / "out" / "model.onnx").is_file()


def test_export_of_a_directory_without_capture_shows_the_command(directories, tmp_path):  # noqa: F811
    r = support.modelexport("export", directories("bert-qa"), "-o", tmp_path / "out", "--no-capture", code=3)
    assert "python3 -m modelexport.capture" in r.stderr
    assert not (tmp_path / "out").exists()
