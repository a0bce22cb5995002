"""Hub sources with the official clients: what either side wrote into the cache, the other uses without a request.

The clients are the one of the tests' own environment and, where toolchains/test.sh has installed transformers 5, the
one that came with it. MODELEXPORT_HUB_CLIENTS may name further Python interpreters, separated by ':'.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest

import support

sys.path.insert(0, str(support.ROOT / "tests" / "support"))
from hub_server import Hub  # noqa: E402

FIVE = os.environ.get("MODELEXPORT_TRANSFORMERS5")
# (interpreter, directory that comes before its own packages)
CLIENTS = [(sys.executable, None), *([(sys.executable, FIVE)] if FIVE else []),
           *((p, None) for p in os.environ.get("MODELEXPORT_HUB_CLIENTS", "").split(":") if p)]


def client_name(client) -> str:
    return pathlib.Path(client[1] or client[0]).parts[-1 if client[1] else -3]


MODEL = support.MODELS / "bert-seqcls"
NOT_IN_A_REPOSITORY = (".pt", ".npz", "zoo.json", "modules.json", ".py")


def repository(directory=MODEL):
    files = {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*"))
             if p.is_file() and not p.name.endswith(NOT_IN_A_REPOSITORY)}
    return {**files, "model.safetensors": weights(directory)}


def weights(directory) -> bytes:
    import safetensors.torch
    import torch
    state = torch.jit.load(str(directory / "model.pt")).state_dict()
    return safetensors.torch.save({k: v.clone().contiguous() for k, v in state.items()})


@pytest.fixture()
def hub(tmp_path):
    with Hub() as server:
        server.repo = server.add("org/bert", repository(), task="text-classification", card={"license": "mit"})
        server.env = {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0",
                      "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "", "HF_HUB_DISABLE_TELEMETRY": "1"}
        server.offline = {**server.env, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
        yield server


def client(which, code, env):
    python, packages = which
    path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
    r = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": path, **env})
    assert r.returncode == 0, r.stderr[-4000:]
    return r.stdout.strip().splitlines()


def gives_the_references(path) -> None:
    inputs, outputs = next(support.Model("bert-seqcls").cases())
    for got, want in zip(support.session(path).run(None, inputs), outputs.values()):
        assert support.relative_error(got, want) <= 1e-4


READ = """
import json, huggingface_hub as h
p = h.hf_hub_download("org/bert", "config.json")
q = h.hf_hub_download("org/bert", "config.json", revision=%r)
s = h.snapshot_download("org/bert", local_files_only=True)
c = h.try_to_load_from_cache("org/bert", "tokenizer.json")
info = h.scan_cache_dir()
print(json.dumps([p, q, s, c, [str(w) for w in info.warnings], [r.repo_id for r in info.repos]]))
"""


@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
@pytest.mark.parametrize("files", [(), ("*",)], ids=["components", "everything"])
def test_official_clients_read_what_we_wrote(hub, python, files):
    got = json.loads(support.modelexport("fetch", "org/bert", *files, "--json", env=hub.env).stdout)
    hub.forget()
    *_, line = client(python, READ % hub.repo.head, hub.offline)
    one, two, snapshot, cached, warnings, repos = json.loads(line)
    assert one == two == os.path.join(got["directory"], "config.json")
    assert snapshot == got["directory"] and cached == os.path.join(got["directory"], "tokenizer.json")
    assert (warnings, repos, hub.requests) == ([], ["org/bert"], [])


VERIFY = """
import huggingface_hub as h
found = h.HfApi().verify_repo_checksums("org/bert")
print(found.checked_count, found.mismatches, found.missing_paths, found.extra_paths)
"""


@pytest.mark.skipif(not FIVE, reason="MODELEXPORT_TRANSFORMERS5 is not set: see toolchains/test.sh")
def test_the_newer_client_verifies_what_we_wrote(hub):
    support.modelexport("fetch", "org/bert", "*", env=hub.env)
    *_, line = client((sys.executable, FIVE), VERIFY, hub.env)
    assert line == f"{len(hub.repo.commits[hub.repo.head])} [] [] []"


@pytest.mark.skipif(not FIVE, reason="MODELEXPORT_TRANSFORMERS5 is not set: see toolchains/test.sh")
def test_the_identity_of_a_job_is_exchanged_as_the_newer_client_does(hub):
    hub.repo.private, hub.publishers = True, {"org/bert"}
    job = {**hub.env, "HF_OIDC_RESOURCE": "org/bert", "GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": hub.job_token,
           "ACTIONS_ID_TOKEN_REQUEST_URL": hub.endpoint + "/ci/identity"}

    def exchange():
        asked = [(r["method"], r["path"], r["token"], r.get("body")) for r in hub.requests if r["path"].startswith(("/ci/", "/oauth/"))]
        hub.forget()
        return asked

    support.modelexport("fetch", "org/bert", "config.json", env=job)
    ours = exchange()
    client((sys.executable, FIVE), "import huggingface_hub as h; h.hf_hub_download('org/bert', 'tokenizer.json')", job)
    assert ours == exchange() and len(ours) == 2


@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
def test_we_read_what_official_clients_wrote(hub, python):
    client(python, "import huggingface_hub as h; h.snapshot_download('org/bert')", hub.env)
    hub.forget()
    for name in (f"org/bert@{hub.repo.head}", f"hf://org/bert@{hub.repo.head}"):
        got = json.loads(support.modelexport("fetch", name, "--json", env=hub.env).stdout)
        assert {f["from"] for f in got["files"]} == {"cache"}
    got = json.loads(support.modelexport("fetch", "org/bert", "--json", env=hub.offline).stdout)
    assert got["commit"] == hub.repo.head
    assert hub.requests == []


DOWNLOAD = "import huggingface_hub as h; print(h.hf_hub_download('org/bert', 'model.safetensors', revision=%r))"


def start_download(which, hub):
    python, packages = which
    path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen([python, "-c", DOWNLOAD % hub.repo.head], env={**os.environ, "PYTHONPATH": path, **hub.env},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_fetch(hub):
    return subprocess.Popen([support.binary(), "fetch", f"org/bert@{hub.repo.head}", "model.safetensors"], env={**os.environ, **hub.env},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_a_download(hub):
    deadline = time.monotonic() + 60
    while not list(pathlib.Path(hub.env["HF_HOME"]).rglob("*.incomplete")) and time.monotonic() < deadline:
        time.sleep(0.02)


def downloads(hub):
    return [r for r in hub.requests if r["method"] == "GET" and r["path"].startswith("/store/")]


def check_blob(hub):
    blobs = list((pathlib.Path(hub.env["HF_HOME"]) / "hub" / "models--org--bert" / "blobs").iterdir())
    want = hub.repo.commits[hub.repo.head]["model.safetensors"]
    assert [b.read_bytes() == want for b in blobs if not b.name.endswith(".incomplete")] == [True]


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
def test_both_programs_at_once(hub, python, first):
    """Whoever comes second waits for the other's lock, and finds the file."""
    hub.repo.faults["model.safetensors"] = "slow"
    one = start_fetch(hub) if first == "ours" else start_download(python, hub)
    wait_for_a_download(hub)
    two = start_download(python, hub) if first == "ours" else start_fetch(hub)
    for process in (one, two):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert hub.repo.head in out
    assert len(downloads(hub)) == 1
    check_blob(hub)


@pytest.mark.parametrize("killed", ["ours", "theirs"])
@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
def test_a_killed_holder_stops_nobody(hub, python, killed):
    hub.repo.faults["model.safetensors"] = "slow"
    holder = start_fetch(hub) if killed == "ours" else start_download(python, hub)
    wait_for_a_download(hub)
    waiting = start_download(python, hub) if killed == "ours" else start_fetch(hub)
    time.sleep(0.3)
    holder.kill()
    holder.communicate()
    hub.repo.faults.clear()
    _, err = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, err
    check_blob(hub)


@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
def test_refs_and_what_is_not_there(hub, python):
    """Tags, branches and pull requests by name without network, both ways; files that are known to be absent."""
    revisions = ["v1.0", "feature/x", "refs/pr/1", hub.repo.head[:8]]
    hub.repo.refs.update(dict.fromkeys(revisions, hub.repo.head))
    for revision in revisions[:2]:
        client(python, f"import huggingface_hub as h; h.hf_hub_download('org/bert', 'config.json', revision={revision!r})", hub.env)
    for revision in revisions[2:]:
        support.modelexport("fetch", f"org/bert@{revision}", "config.json", env=hub.env)
    hub.forget()
    for revision in revisions:
        support.modelexport("fetch", f"org/bert@{revision}", "config.json", env=hub.offline)
        client(python, f"import huggingface_hub as h; h.hf_hub_download('org/bert', 'config.json', revision={revision!r})", hub.offline)
    support.modelexport("fetch", "org/bert", env=hub.env)
    *_, line = client(python, "import huggingface_hub as h; print(h.try_to_load_from_cache('org/bert', 'generation_config.json') is h._CACHED_NO_EXIST)", hub.offline)
    assert line == "True"


@pytest.mark.skipif(not FIVE, reason="MODELEXPORT_TRANSFORMERS5 is not set: see toolchains/test.sh")
def test_a_cache_without_links(hub):
    env = {**hub.env, "HF_HUB_DISABLE_SYMLINKS": "1"}
    client((sys.executable, FIVE), "import huggingface_hub as h; h.snapshot_download('org/bert')", env)
    hub.forget()
    for more in (env, hub.env):
        got = json.loads(support.modelexport("fetch", f"org/bert@{hub.repo.head}", "*", "--json", env=more).stdout)
        assert {f["from"] for f in got["files"]} == {"cache"}
    assert hub.requests == []


def export(hub, out, *options, source="org/bert", env=None):
    r = support.modelexport("export", MODEL / "model.pt", "--source", source, "-o", out, "--json", "--verify", "off", *options,
                            env=env or hub.env)
    return json.loads(r.stdout), r.stderr


def metadata(path):
    import onnx
    return {p.key: p.value for p in onnx.load(str(path), load_external_data=False).metadata_props}


def test_export_of_a_hub_source_leaves_one_file(hub, tmp_path):
    (tmp_path / "out").mkdir()
    summary, messages = export(hub, tmp_path / "out" / "model.onnx")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["model.onnx"]
    assert "ME-META-004" in messages and "ME-STAMP-020" not in messages
    got = metadata(tmp_path / "out" / "model.onnx")
    assert (got["hf_model_type"], got["hf_hub_id"], got["hf_hub_revision"]) == ("hub", "org/bert", hub.repo.head)
    assert (got["hf_revision_evidence"], got["hf_license"], got["hf_task"]) == ("branch-head", "mit", "text-classification")
    assert summary["source"]["reason"] == "hub-api"


def test_the_commit_that_is_written(hub, tmp_path):
    old = hub.repo.head
    support.modelexport("fetch", "org/bert", "*", env=hub.env)
    hub.repo.commit({**hub.repo.commits[old], "README.md": b"later"})
    export(hub, tmp_path / "a.onnx")
    assert metadata(tmp_path / "a.onnx")["hf_hub_revision"] == old  # what this machine loads
    export(hub, tmp_path / "b.onnx", source=f"org/bert@{hub.repo.head}")
    assert (metadata(tmp_path / "b.onnx")["hf_hub_revision"], metadata(tmp_path / "b.onnx")["hf_revision_evidence"]) == (hub.repo.head, "given")


def test_a_configuration_that_does_not_fit(hub, tmp_path):
    files = repository()
    config = json.loads(files["config.json"])
    config["id2label"] = {str(i): f"L{i}" for i in range(9)}
    config["vocab_size"] = config["vocab_size"] + 1
    config["hidden_size"] = 2 * config["hidden_size"]
    hub.add("org/other", {**files, "config.json": json.dumps(config).encode()})
    _, messages = export(hub, tmp_path / "m.onnx", source="org/other")
    assert messages.count("ME-STAMP-020") == 3 and "hidden_size" in messages


def test_errors_of_hub_sources(hub, tmp_path):
    for source, env, code in (("no/such", hub.env, "ME-SRC-003"), ("no/such", {**hub.env, "HF_TOKEN": hub.token}, "ME-SRC-002"),
                              ("org/bert@none", hub.env, "ME-HUB-007"), ("org/bert", hub.offline, "ME-SRC-004")):
        r = support.modelexport("export", MODEL / "model.pt", "--source", source, "-o", tmp_path / "m.onnx", "--json", code=4, env=env)
        assert json.loads(r.stdout)["error"]["code"] == code
    export(hub, tmp_path / "m.onnx", "--allow-unpinned", env=hub.offline)
    assert "hf_hub_revision" not in metadata(tmp_path / "m.onnx")


def test_weights_prove_the_commit(hub, tmp_path):
    path = tmp_path / "m.onnx"
    export(hub, path)
    support.modelexport("stamp", path, "--verify-weights", "--in-place", env=hub.env)
    assert metadata(path)["hf_revision_evidence"] == "weights-match"
    other = bytearray(hub.repo.commits[hub.repo.head]["model.safetensors"])
    other[-1] ^= 1
    hub.repo.commit({**repository(), "model.safetensors": bytes(other)})
    r = support.modelexport("stamp", path, "--source", f"org/bert@{hub.repo.head}", "--verify-weights", "--in-place", "--json", code=1, env=hub.env)
    assert json.loads(r.stdout)["error"]["code"] == "ME-HUB-014"
    assert metadata(path)["hf_revision_evidence"] == "weights-match"


def test_weights_stay_on_the_hub(hub, tmp_path):
    import numpy as np
    import onnx
    inline, small = tmp_path / "inline.onnx", tmp_path / "small" / "model.onnx"
    small.parent.mkdir()
    export(hub, inline)
    summary, _ = export(hub, small, "--weights", "hub", source=f"org/bert@{hub.repo.head}")
    assert (summary["weights"]["mode"], summary["weights"]["file"]) == ("hub", "model.safetensors")
    assert metadata(small)["hf_revision_evidence"] == "weights-match"  # equal bytes are the proof
    assert small.stat().st_size < inline.stat().st_size - 20 * 1024
    # The references are of that commit's very tensors, which takes no bytes of theirs to say.
    hub.forget()
    r = support.modelexport("stamp", small, "--verify-weights", "--dry-run", env=hub.env)
    stored = onnx.load(str(small), load_external_data=False).graph.initializer
    referred = [t.name for t in stored if t.data_location == onnx.TensorProto.EXTERNAL]
    assert len(referred) > 10 and int(re.search(r"(\d+) tensors are byte-equal", r.stderr)[1]) >= len(referred)
    assert not [q for q in hub.requests if q["path"].startswith("/store/")]
    export(hub, tmp_path / "directory", "--weights", "hub", source=f"org/bert@{hub.repo.head}")
    manifest = json.loads((tmp_path / "directory" / "modelexport.json").read_text())
    assert [f["path"] for f in manifest["files"]] == ["model.onnx"]  # the weights are not here
    hub.forget()
    for env, out in ((hub.env, tmp_path / "online"), (hub.offline, tmp_path / "offline")):
        support.modelexport("load", small, "-o", out, env=env)
        inputs, outputs = next(support.Model("bert-seqcls").cases())
        for got, want in zip(support.session(out / "model.onnx").run(None, inputs), outputs.values()):
            assert np.allclose(got, want, atol=1e-4)
    assert not [r for r in hub.requests if r["path"].startswith("/store/")]  # the export has put them into the cache


def test_weights_that_stay_on_the_hub_are_verified(hub, tmp_path):
    """With the referenced parts in place, before the file appears; the parts do not stay, and do not travel twice."""
    out = tmp_path / "out" / "model.onnx"
    out.parent.mkdir()
    r = support.modelexport("export", MODEL / "model.pt", "-o", out, "--weights", "hub", "--verify", "on", "--json",
                            "--source", f"org/bert@{hub.repo.head}", env=hub.env)
    verified = json.loads(r.stdout)["verified"]
    assert verified["status"] == "ok" and verified["max_abs"] < 1e-4
    assert [p.name for p in out.parent.iterdir()] == ["model.onnx"]
    r = support.modelexport("export", MODEL / "model.pt", "-o", tmp_path / "strict" / "model.onnx", "--weights", "hub", "--atol", "0",
                            "--verify", "on", "--json", "--source", f"org/bert@{hub.repo.head}", env=hub.env, code=1)
    error = json.loads(r.stdout)["error"]
    assert error["code"] == "ME-EXP-053" and "embeddings" in error["where"]["field"]  # also the module is found
    assert not (tmp_path / "strict" / "model.onnx").exists()


def test_weights_in_shards_stay_on_the_hub(hub, tmp_path):
    import safetensors.torch
    import torch
    state = {k: v.clone().contiguous() for k, v in torch.jit.load(str(MODEL / "model.pt")).state_dict().items()}
    names = sorted(state)
    parts = [names[0::3], names[1::3], names[2::3]]
    shards = {f"model-0000{i + 1}-of-00003.safetensors": safetensors.torch.save({n: state[n] for n in part}) for i, part in enumerate(parts)}
    index = {"metadata": {}, "weight_map": {n: list(shards)[i] for i, part in enumerate(parts) for n in part}}
    files = {k: v for k, v in repository().items() if k != "model.safetensors"}
    commit = hub.repo.commit({**files, **shards, "model.safetensors.index.json": json.dumps(index).encode()})
    out = tmp_path / "out" / "model.onnx"
    out.parent.mkdir()
    r = support.modelexport("export", MODEL / "model.pt", "-o", out, "--weights", "hub", "--verify", "on", "--json", "--source", f"org/bert@{commit}", env=hub.env)
    summary = json.loads(r.stdout)
    assert summary["verified"]["status"] == "ok" and summary["weights"]["file"] == ", ".join(shards)
    assert [p.name for p in out.parent.iterdir()] == ["model.onnx"]
    support.modelexport("load", out, "-o", tmp_path / "loaded", env=hub.env)
    gives_the_references(tmp_path / "loaded" / "model.onnx")


def test_a_file_whose_weights_are_on_the_hub_says_so(hub, tmp_path):
    lone = tmp_path / "lone" / "model.onnx"
    lone.parent.mkdir()
    _, text = export(hub, lone, "--weights", "hub", source=f"org/bert@{hub.repo.head}")
    name = f"org/bert@{hub.repo.head}"
    (report,) = json.loads(support.modelexport("check", lone, "--json", code=1).stdout)["files"]
    (finding,) = [f for f in report["findings"] if f["severity"] == "error"]
    assert finding["rule"] == "ME-EXT-025" and name in finding["message"] and f"modelexport load {lone} -o" in finding["hint"]
    shown = json.loads(support.modelexport("inspect", lone, "--json").stdout)["external_data"]
    assert [(d["location"], d["present"], d["hub"]) for d in shown] == [("model.safetensors", False, name)]
    assert f"of {name}; modelexport load brings it" in support.modelexport("inspect", lone).stdout
    support.modelexport("load", lone, "-o", tmp_path / "out", env=hub.env)
    support.modelexport("check", tmp_path / "out")
    assert "hub" not in json.loads(support.modelexport("inspect", tmp_path / "out" / "model.onnx", "--json").stdout)["external_data"][0]


def test_another_file_of_that_name_is_not_taken_for_the_weights(hub, tmp_path):
    """A model.safetensors lies beside many a model."""
    lone = tmp_path / "small.onnx"
    export(hub, lone, "--weights", "hub", source=f"org/bert@{hub.repo.head}")
    other = bytearray(hub.repo.commits[hub.repo.head]["model.safetensors"])
    other[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(other)
    r = support.modelexport("load", lone, "-o", tmp_path / "out", code=1, env=hub.env)
    assert "ME-HUB-014" in r.stderr and "model.safetensors" in r.stderr and "SHA-256" in r.stderr
    assert not (tmp_path / "out").exists()
    (tmp_path / "model.safetensors").rename(tmp_path / "other.safetensors")
    support.modelexport("load", lone, "-o", tmp_path / "out", env=hub.env)
    (tmp_path / "model.safetensors").write_bytes(hub.repo.commits[hub.repo.head]["model.safetensors"])
    support.modelexport("load", lone, "-o", tmp_path / "beside", "--offline", env=hub.offline)
    assert (tmp_path / "beside" / "model.onnx_data").read_bytes() == (tmp_path / "out" / "model.onnx_data").read_bytes()


def test_another_commits_weights_are_not_taken_for_the_stamped_ones(hub, tmp_path):
    """--revision may name a commit whose file of the same name holds other weights."""
    lone = tmp_path / "small.onnx"
    first = hub.repo.head
    export(hub, lone, "--weights", "hub", source=f"org/bert@{first}")
    files = dict(hub.repo.commits[first])
    same = hub.repo.commit({**files, "README.md": b"only the card"}, ref="same")
    support.modelexport("load", lone, "-o", tmp_path / "same", "--revision", same, env=hub.env)
    other = bytearray(files["model.safetensors"])
    other[-1] ^= 1
    hub.repo.commit({**files, "model.safetensors": bytes(other)}, ref="other")
    r = support.modelexport("load", lone, "-o", tmp_path / "out", "--revision", "other", code=1, env=hub.env)
    assert "ME-HUB-014" in r.stderr and "--revision out" in r.stderr and not (tmp_path / "out").exists()
    assert "ME-META-001" not in r.stderr  # nothing was made of that commit
    # Nor when the stamp was changed to that commit: the record of the file itself counts.
    support.modelexport("stamp", lone, "--source", "org/bert@other", "-o", tmp_path / "restamped.onnx", env=hub.env)
    for command in ("load", "pack"):
        for env in (hub.env, hub.offline):
            support.modelexport("fetch", "org/bert@other", "*", env=hub.env)
            r = support.modelexport(command, tmp_path / "restamped.onnx", "-o", tmp_path / "out", code=1, env=env)
            assert "ME-HUB-014" in r.stderr and "modelexport stamp" in r.stderr and not (tmp_path / "out").exists()
    r = support.modelexport("stamp", tmp_path / "restamped.onnx", "--verify-weights", "--in-place", code=1, env=hub.env)
    assert "ME-HUB-014" in r.stderr
    support.modelexport("stamp", tmp_path / "restamped.onnx", "--source", f"org/bert@{first}", "--in-place", env=hub.env)
    support.modelexport("stamp", tmp_path / "restamped.onnx", "--verify-weights", "--in-place", env=hub.env)
    support.modelexport("load", tmp_path / "restamped.onnx", "-o", tmp_path / "back", env=hub.env)
    assert (tmp_path / "back" / "model.onnx_data").read_bytes() == (tmp_path / "same" / "model.onnx_data").read_bytes()
    r = support.modelexport("load", lone, "-o", tmp_path / "out", "--source", MODEL, code=4, env=hub.env)
    assert "ME-HUB-008" in r.stderr and "leave --source out" in r.stderr and not (tmp_path / "out").exists()


def test_offline_hints_bring_what_is_missing(hub, tmp_path):
    lone = tmp_path / "small.onnx"
    model = f"org/bert@{hub.repo.head}"
    export(hub, lone, "--weights", "hub", source=model)
    empty = {**hub.offline, "HF_HOME": str(tmp_path / "other"), "HF_ENDPOINT": hub.endpoint}
    r = support.modelexport("load", lone, "-o", tmp_path / "out", "--offline", code=4, env=empty)
    assert f"modelexport fetch {model}" in r.stderr
    support.modelexport("fetch", model, env={**empty, "HF_HUB_OFFLINE": "0"})
    r = support.modelexport("load", lone, "-o", tmp_path / "out", "--offline", code=4, env=empty)
    assert "ME-HUB-009" in r.stderr and f"modelexport fetch {model} model.safetensors" in r.stderr
    r = support.modelexport("fetch", model, "*.safetensors", "--offline", code=4, env=empty)
    assert "ME-HUB-009" in r.stderr, r.stderr
    support.modelexport("fetch", model, "model.safetensors", env={**empty, "HF_HUB_OFFLINE": "0"})
    support.modelexport("load", lone, "-o", tmp_path / "out", "--offline", env=empty)


def test_a_commit_that_the_hub_denies_is_no_source(hub, tmp_path):
    r = support.modelexport("export", MODEL / "model.pt", "-o", tmp_path / "m.onnx", "--verify", "off", "--source", "org/bert@" + "0" * 40,
                            code=4, env=hub.env)
    assert "ME-HUB-007" in r.stderr and not (tmp_path / "m.onnx").exists()


def test_only_the_weights_that_are_compared_travel(hub, tmp_path):
    """A repository whose safetensors hold 24 MB more than the model: neither export nor verification fetches them."""
    import safetensors.torch
    import torch
    state = torch.jit.load(str(MODEL / "model.pt")).state_dict()
    padded = {**{k: v.clone().contiguous() for k, v in state.items()}, "a_teacher": torch.zeros(6 << 20)}
    commit = hub.repo.commit({**repository(), "model.safetensors": safetensors.torch.save(padded)})
    path = tmp_path / "lone" / "model.onnx"
    path.parent.mkdir()
    hub.forget()
    export(hub, path, "--weights", "hub", source=f"org/bert@{commit}")
    ranges = [r["range"][len("bytes="):].split("-") for r in hub.requests if r["path"].startswith("/store/")]
    assert 0 < sum(int(last) - int(first) + 1 for first, last in ranges) < 1 << 20
    support.modelexport("load", path, "-o", tmp_path / "out", env=hub.env)
    gives_the_references(tmp_path / "out" / "model.onnx")


def test_load_of_the_lone_file(hub, tmp_path):
    """Online, from the cache without network, and the clear error without either."""
    path = tmp_path / "lone" / "model.onnx"
    path.parent.mkdir()
    export(hub, path, source=f"org/bert@{hub.repo.head}", env=hub.env)
    empty = {**hub.offline, "HF_HOME": str(tmp_path / "empty")}
    r = support.modelexport("load", path, "-o", tmp_path / "none", "--json", code=4, env=empty)
    assert json.loads(r.stdout)["error"]["code"] == "ME-HUB-009" and not (tmp_path / "none").exists()
    support.modelexport("load", path, "-o", tmp_path / "online", env=hub.env)
    hub.forget()
    got = json.loads(support.modelexport("load", path, "-o", tmp_path / "again", "--json", env=hub.env).stdout)
    assert hub.requests == []  # a pinned commit in the cache needs no question
    support.modelexport("load", path, "-o", tmp_path / "offline", env=hub.offline)
    names = {f["path"] for f in got["files"]}
    assert {"model.onnx", "config.json", "tokenizer.json"} <= names
    for name in names - {"README.md"}:
        assert (tmp_path / "online" / name).read_bytes() == (tmp_path / "offline" / name).read_bytes()
    from optimum.onnxruntime import ORTModelForSequenceClassification
    assert ORTModelForSequenceClassification.from_pretrained(str(tmp_path / "offline")) is not None


def test_ort_model_in_one_line(hub, tmp_path, monkeypatch):
    import modelexport
    path = tmp_path / "model.onnx"
    export(hub, path, source=f"org/bert@{hub.repo.head}")
    for name, value in hub.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MODELEXPORT", raising=False)  # inside this interpreter
    model = modelexport.ort_model(path)
    assert type(model).__name__ == "ORTModelForSequenceClassification"
    assert modelexport.inspect(path)["source"]["hub_id"] == "org/bert"
    assert modelexport.stamp(path)["hf_hub_revision"] == hub.repo.head
    with pytest.raises(modelexport.ModelexportError, match="ME-IO-001"):
        modelexport.inspect(tmp_path / "none.onnx")


def test_ort_model_of_a_decoder_without_cache(tmp_path, monkeypatch):
    """Optimum wants a cache unless it is told that there is none: as the printed snippet tells it."""
    import modelexport
    import torch
    model = support.MODELS / "gpt2-lm"
    support.modelexport("export", model / "model.pt", "--source", model, "-o", tmp_path / "gpt2", "--verify", "off")
    monkeypatch.delenv("MODELEXPORT", raising=False)  # inside this interpreter
    opened = modelexport.ort_model(tmp_path / "gpt2" / "model.onnx")
    ids = torch.ones(1, 4, dtype=torch.int64)
    assert type(opened).__name__ == "ORTModelForCausalLM"
    assert opened(input_ids=ids, attention_mask=ids).logits.shape[:2] == (1, 4)


def test_the_readme(hub, tmp_path, monkeypatch):
    export(hub, tmp_path / "model.onnx", source=f"org/bert@{hub.repo.head}")
    for name, value in hub.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MODELEXPORT", raising=False)
    # In a process of its own: the Hub's library reads its variables once.
    (block,) = re.findall(r"```py\n(.*?)```", (support.ROOT / "README.md").read_text(), re.S)
    r = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert "tensor([[" in r.stdout, r.stderr[-4000:]


@pytest.mark.parametrize("name", support.NAMES)
def test_every_model_from_its_lone_file(hub, tmp_path, monkeypatch, name):
    """ORTModelFor… of the right class, first with the Hub, then from the cache; the results are PyTorch's."""
    import modelexport
    import numpy as np
    import torch
    model = support.Model(name)
    hub.add("zoo/model", {p.name: p.read_bytes() for p in model.directory.iterdir() if p.suffix in (".json", ".txt")})
    path = tmp_path / "lone" / "model.onnx"
    path.parent.mkdir()
    support.modelexport("export", model.directory / "model.pt", "--source", "zoo/model", "-o", path, "--verify", "off", env=hub.env)
    assert [p.name for p in path.parent.iterdir()] == ["model.onnx"]
    monkeypatch.delenv("MODELEXPORT", raising=False)  # inside this interpreter
    options = {"use_cache": False} if name.endswith("-lm") else {}
    for env in (hub.env, hub.offline):
        for variable, value in env.items():
            monkeypatch.setenv(variable, value)
        loaded = modelexport.ort_model(path, **options)
        for inputs, outputs in model.cases():
            got = loaded(**{k: torch.from_numpy(v) for k, v in inputs.items()})
            compared = [k for k in outputs if k in got]
            assert compared
            for key in compared:
                assert np.allclose(np.asarray(got[key]), outputs[key], atol=2e-4), key


ADR = """
import sys
from modelexport.utils.optimum_loader import load_hf_components_from_onnx
from optimum.onnxruntime import ORTModelForSequenceClassification
import tempfile, shutil
config, tokenizer = load_hf_components_from_onnx("model.onnx")
with tempfile.TemporaryDirectory() as temp_dir:
    config.save_pretrained(temp_dir)
    if tokenizer:
        tokenizer.save_pretrained(temp_dir)
    shutil.copy("model.onnx", f"{temp_dir}/model.onnx")
    model = ORTModelForSequenceClassification.from_pretrained(temp_dir)
    outputs = model(**tokenizer("Hello world!", return_tensors="pt"))
print(tuple(outputs.logits.shape), type(tokenizer).__name__)
"""


@pytest.mark.parametrize("kind", ["hub", "local"])
def test_seamless_usage(hub, tmp_path, kind):
    """The decision record's example: what export left, moved to an empty directory; then the model has another name on
    the Hub, then there is no network."""
    made, out = tmp_path / "made", tmp_path / "moved"
    source = f"org/bert@{hub.repo.head}" if kind == "hub" else str(MODEL)
    made.mkdir()
    export(hub, made / "model.onnx", source=source)
    out.mkdir()
    for path in made.iterdir():
        path.rename(out / path.name)
    assert kind == "local" or [p.name for p in out.iterdir()] == ["model.onnx"]
    made.rmdir()
    hub.repos = {"new/bert": hub.repo}
    hub.repo.name, hub.repo.aliases = "new/bert", ["org/bert"]
    shutil.rmtree(hub.env["HF_HOME"], ignore_errors=True)  # nobody has it any more
    for env in (hub.env, hub.offline):
        r = subprocess.run([sys.executable, "-c", ADR], cwd=out, capture_output=True, text=True, timeout=300,
                           env={**os.environ, **env, "PYTHONPATH": os.environ.get("PYTHONPATH", str(support.ROOT / "native" / "python"))})
        assert r.returncode == 0, r.stderr[-4000:]
        assert r.stdout.startswith("(1, 3) Bert")


COMPONENTS = """
import modelexport, transformers, huggingface_hub
config, tokenizer = modelexport.load_hf_components_from_onnx("model.onnx")
print(transformers.__version__, huggingface_hub.__version__, config.model_type, len(tokenizer("Hello world!")["input_ids"]))
"""


@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
@pytest.mark.parametrize("length", [40, 8])
def test_components_of_every_release(hub, tmp_path, python, length):
    """At a whole commit and at the predecessor's eight digits; from the cache that `fetch` has filled as well."""
    export(hub, tmp_path / "model.onnx", source=f"org/bert@{hub.repo.head}")
    support.modelexport("stamp", tmp_path / "model.onnx", "--set", f"hf_hub_revision={hub.repo.head[:length]}", "--in-place")
    _, packages = python
    path = os.pathsep.join(filter(None, [packages, str(support.ROOT / "native" / "python")]))
    shutil.rmtree(hub.env["HF_HOME"], ignore_errors=True)
    for env in (hub.env, hub.offline):
        r = subprocess.run([python[0], "-c", COMPONENTS], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                           env={**os.environ, **env, "PYTHONPATH": path})
        assert r.returncode == 0 and " bert " in r.stdout, r.stderr[-4000:]
    shutil.rmtree(hub.env["HF_HOME"])
    support.modelexport("fetch", f"org/bert@{hub.repo.head}", env=hub.env)
    r = subprocess.run([python[0], "-c", COMPONENTS], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                       env={**os.environ, **hub.offline, "PYTHONPATH": path})
    assert r.returncode == 0 and " bert " in r.stdout, r.stderr[-4000:]


COMPONENTS_ERROR = """
import modelexport
try:
    print("got", *(type(part).__name__ for part in modelexport.load_hf_components_from_onnx("model.onnx")))
except modelexport.ModelexportError as error:
    print(error.code, str(error).replace("\\n", " "))
"""


@pytest.mark.parametrize("python", CLIENTS, ids=client_name)
def test_components_that_cannot_be_had(hub, tmp_path, python):
    """Soon, with model, revision and the command that helps; and what is only not in the cache is not taken for absent."""
    make = support.ROOT / "tests" / "fixtures" / "onnx" / "make_onnx.py"
    gated = hub.add("org/gated", repository(), gated="manual")
    plain = hub.add("org/plain", {"config.json": (MODEL / "config.json").read_bytes()})
    _, packages = python
    path = os.pathsep.join(filter(None, [packages, str(support.ROOT / "native" / "python")]))

    def components(name, revision, env):
        stamp = {"hf_model_type": "hub", "hf_hub_id": name, "hf_hub_revision": revision}
        subprocess.run([sys.executable, str(make), "model.onnx", *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))],
                       cwd=tmp_path, check=True)
        r = subprocess.run([python[0], "-c", COMPONENTS_ERROR], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                           env={**os.environ, **env, "PYTHONPATH": path})
        assert r.returncode == 0, r.stderr[-4000:]
        return r.stdout.strip().splitlines()[-1]

    shutil.rmtree(hub.env["HF_HOME"], ignore_errors=True)
    head, none = hub.repo.head, "0" * 40
    rows = (("org/bert", head, hub.offline, "ME-HUB-009"), ("org/gated", gated.head, hub.env, "restricted (gated model)"),
            ("org/nope", head, hub.env, "ME-SRC-003"), ("org/bert", none, hub.env, f"has no revision '{none}'"))
    for name, revision, env, words in rows:
        assert words in components(name, revision, env)
    # A model without tokenizer has none (transformers 5 makes an empty one); that it is only not in the cache is another matter.
    for env in (hub.env, hub.offline):
        assert components("org/plain", plain.head, env).startswith("got BertConfig ")
    support.modelexport("fetch", f"org/bert@{head}", "config.json", env=hub.env)
    assert f"modelexport fetch org/bert@{head}" in components("org/bert", head, hub.offline)
    # Nobody answers: what the cache has is used, without waiting for it.
    support.modelexport("fetch", f"org/bert@{head}", env=hub.env)
    started = time.monotonic()
    assert components("org/bert", head, {**hub.env, "HF_ENDPOINT": "http://127.0.0.1:9"}).startswith("got BertConfig BertTokenizer")
    assert time.monotonic() - started < 60


def test_components_of_the_package_that_the_file_lies_in(hub, tmp_path, monkeypatch):
    """A package needs neither cache nor network; what another model left beside the file does not count."""
    import modelexport
    path, out = tmp_path / "model.onnx", tmp_path / "package"
    export(hub, path, source=f"org/bert@{hub.repo.head}")
    support.modelexport("load", path, "-o", out, "-t", "optimum,transformers.js", env=hub.env)
    for name, value in {**hub.offline, "HF_HOME": str(tmp_path / "none")}.items():
        monkeypatch.setenv(name, value)
    config, tokenizer = modelexport.load_hf_components_from_onnx(out / "onnx" / "model.onnx")
    assert config.model_type == "bert" and len(tokenizer("Hello")["input_ids"]) > 2
    (out / "preprocessor_config.json").write_text('{"image_processor_type": "ViTImageProcessor"}')  # somebody else's
    with pytest.raises(modelexport.ModelexportError, match="ME-HUB-009"):
        modelexport.load_hf_components_from_onnx(out / "onnx" / "model.onnx")
    (out / "preprocessor_config.json").unlink()
    edited = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps({**edited, "label2id": {}}))
    with pytest.warns(modelexport.ModelexportWarning, match="config.json"):
        modelexport.load_hf_components_from_onnx(out / "onnx" / "model.onnx")
    (out / "modelexport.json").write_text("[]")
    with pytest.raises(modelexport.ModelexportError, match="ME-HUB-009"):
        modelexport.load_hf_components_from_onnx(out / "onnx" / "model.onnx")


def test_components_need_a_stamp(tmp_path):
    import modelexport
    import onnx
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], []))
    path = tmp_path / "m.onnx"
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match="older version of ModelExport"):
        modelexport.load_hf_components_from_onnx(path)
    for stamp, words in (({"hf_model_type": "hub"}, "missing hf_hub_id"), ({"hf_model_type": "hub", "hf_hub_id": "../x"}, "no Hub id"),
                         ({"hf_model_type": "local"}, "Config.json not found for local model")):
        del model.metadata_props[:]
        onnx.helper.set_model_props(model, stamp)
        onnx.save(model, str(path))
        assert modelexport.read_metadata(path) == stamp
        with pytest.raises(ValueError, match=words):
            modelexport.load_hf_components_from_onnx(path)
