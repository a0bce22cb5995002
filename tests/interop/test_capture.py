"""Capture by itself: the archive computes what the model does, and its record says what was captured."""
import json
import os
import subprocess
import sys
import zipfile

import pytest
import torch

import make_models
import support
from modelexport.capture import CaptureError, capture

ARCHIVES = ("pt", "pt2")


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    """Model directories with weights, as a user has them."""
    root, made = tmp_path_factory.mktemp("directories"), {}

    def get(name):
        if name not in made:
            class_name, _, _, _, components = make_models.MODELS[name]
            model = make_models.build(name, 7)
            made[name] = root / name
            model.save_pretrained(made[name])
            make_models.write_components(components, made[name], model.config, class_name.endswith("LMHeadModel"))
        return made[name]
    return get


def record_in(archive) -> dict:
    with zipfile.ZipFile(archive) as z:
        member = next(n for n in z.namelist() if n.endswith("/extra/modelexport.json"))
        return json.loads(z.read(member))


def load(archive):
    return torch.jit.load(str(archive)) if archive.suffix == ".pt" else torch.export.load(str(archive)).module()


@pytest.mark.parametrize("form", ARCHIVES)
@pytest.mark.parametrize("name", ["bert-seqcls", "roberta-seqcls", "vit-imgcls", "gpt2-lm"])
def test_archive_and_record(directories, tmp_path, name, form):
    archive = tmp_path / f"model.{form}"
    record = capture(str(directories(name)), str(archive))
    assert record_in(archive) == record
    assert record["schema"] == "modelexport/capture/1" and record["source"] == name  # an absolute path was given
    assert record["class"] == make_models.MODELS[name][0] and record["commit"] is None
    assert record["versions"]["torch"] == torch.__version__.split("+")[0]
    assert str(tmp_path.parent) not in json.dumps(record)
    class_, model = record["class"], support.Model(name)
    assert [i["name"] for i in record["inputs"]] == model.facts["inputs"], class_
    made, eager = load(archive), make_models.build(name, 7)
    with torch.no_grad():
        for inputs, _ in model.cases():
            example = {k: torch.from_numpy(v) for k, v in inputs.items()}
            if form == "pt2" and min(min(t.shape) for t in example.values()) < 2:
                continue  # torch.export's own lower bound
            got, want = made(**example), eager(**example)
            for key, value in got.items():
                assert torch.allclose(value, want[key], atol=1e-5), key


@pytest.mark.parametrize("form", ARCHIVES)
def test_key_value_cache(directories, tmp_path, form):
    archive = tmp_path / f"model.{form}"
    record = capture(str(directories("gpt2-lm")), str(archive), with_past=True)
    names = [i["name"] for i in record["inputs"]]
    assert names[:3] == ["input_ids", "attention_mask", "position_ids"]
    assert names[3:] == [f"past_key_values.{i}.{kind}" for i in (0, 1) for kind in ("key", "value")]
    assert record["outputs"] == ["logits"] + [f"present.{i}.{kind}" for i in (0, 1) for kind in ("key", "value")]
    assert record["task"] == "text-generation-with-past"
    assert record["inputs"][3]["axes"] == {"0": "batch_size", "2": "past_sequence_length"}
    made, eager = load(archive), make_models.build("gpt2-lm", 7)
    ids = torch.tensor([[7, 9, 11, 13, 15, 17], [8, 10, 12, 14, 16, 18]])
    with torch.no_grad():
        whole = eager(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        past = [(torch.zeros(2, 4, 2, 8), torch.zeros(2, 4, 2, 8))] * 2  # two masked positions first
        first = made(input_ids=ids[:, :3], attention_mask=torch.tensor([[0, 0, 1, 1, 1]] * 2),
                     position_ids=torch.tensor([[0, 1, 2]] * 2), past_key_values=past)
        past = [(first[f"present.{i}.key"], first[f"present.{i}.value"]) for i in (0, 1)]
        second = made(input_ids=ids[:, 3:], attention_mask=torch.tensor([[0, 0] + [1] * 6] * 2),
                      position_ids=torch.tensor([[3, 4, 5]] * 2), past_key_values=past)
    assert torch.allclose(torch.cat([first["logits"], second["logits"]], 1), whole, atol=1e-4)


def test_a_cache_snapshot_is_known_as_its_commit(directories, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "hub" / "models--org--tiny-bert" / "snapshots" / commit
    snapshot.parent.mkdir(parents=True)
    os.symlink(directories("bert-qa"), snapshot)
    with_links = snapshot.resolve()  # a link to elsewhere is no snapshot any more
    assert capture(str(with_links), str(tmp_path / "a.pt"))["repo_id"] is None
    os.unlink(snapshot)
    import shutil
    shutil.copytree(directories("bert-qa"), snapshot)
    record = capture(str(snapshot), str(tmp_path / "b.pt"))
    assert (record["source_kind"], record["repo_id"], record["commit"]) == ("hub", "org/tiny-bert", commit)


def test_from_the_hubs_cache_offline(directories, tmp_path):
    """A Hub id resolves through the cache to the commit that its branch names; a fresh process reads the variable."""
    import shutil
    commit = "89abcdef0123456789abcdef0123456789abcdef"
    repo = tmp_path / "cache" / "models--org--tiny-bert"
    shutil.copytree(directories("bert-qa"), repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    r = run_module("org/tiny-bert", "-o", tmp_path / "a.pt", "--json", "--offline",
                   env={"HF_HUB_CACHE": str(tmp_path / "cache")})
    assert r.returncode == 0, r.stderr
    record = json.loads(r.stdout)
    assert (record["source"], record["repo_id"], record["commit"]) == ("org/tiny-bert", "org/tiny-bert", commit)


def run_module(*arguments, env=None):
    path = str(support.ROOT / "native" / "python")
    return subprocess.run([sys.executable, "-m", "modelexport.capture", *map(str, arguments)], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": path, **(env or {})})


def test_help_needs_no_torch():
    r = run_module("--help", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert r.returncode == 0 and "examples:" in r.stdout and "| torch\n" not in r.stderr


@pytest.mark.parametrize("change, code, exit_code", [
    (dict(source="./nowhere"), "ME-ARC-046", 3),
    (dict(output="model.onnx"), "ME-CLI-001", 2),
    (dict(output="nowhere/model.pt"), "ME-IO-007", 5),
    (dict(output="taken.pt"), "ME-IO-006", 5),
    (dict(task="fil-mask"), "ME-ARC-042", 2),
    (dict(task="image-classification"), "ME-ARC-042", 2),
    (dict(task="fill-mask"), "ME-ARC-042", 2),
    (dict(with_past=True), "ME-ARC-042", 2),
    (dict(inputs=["foo:int64:2x3"]), "ME-ARC-043", 2),
    (dict(inputs=["foo"]), "ME-CLI-001", 2),
    (dict(source="org/not-in-any-cache"), "ME-HUB-009", 4),
])
def test_errors_say_what_to_do(directories, tmp_path, monkeypatch, change, code, exit_code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.pt").write_text("mine")
    source = change.pop("source", str(directories("bert-qa")))
    with pytest.raises(CaptureError) as raised:
        capture(source, change.pop("output", "model.pt"), **change)
    assert (raised.value.code, raised.value.exit_code) == (code, exit_code)
    assert raised.value.hint and "\n  = hint: " in str(raised.value)
    assert os.listdir(tmp_path) == ["taken.pt"] and (tmp_path / "taken.pt").read_text() == "mine"


def test_a_directory_without_weights(tmp_path):
    make_models.bert().save_pretrained(tmp_path)
    with pytest.raises(CaptureError) as raised:
        capture(str(tmp_path), str(tmp_path / "model.pt"))
    assert raised.value.code == "ME-ARC-041"
    (tmp_path / "config.json").unlink()
    with pytest.raises(CaptureError, match="Config.json not found for local model"):
        capture(str(tmp_path), str(tmp_path / "model.pt"))
