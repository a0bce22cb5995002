"""migrate against the readers: every form of the predecessor's exports loads afterwards, with tags and weights as
they were, and each real one runs in the class of Optimum that the summary names."""
import json
import shutil
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest

import support

LEGACY = support.ROOT / "tests" / "fixtures" / "legacy"
SAMPLES = sorted(p.parent.name for p in LEGACY.glob("*/source_config.json"))


def toy():
    import importlib.util
    spec = importlib.util.spec_from_file_location("make_legacy", LEGACY / "make_legacy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def migrate(*arguments, code=0, cwd=None):
    done = subprocess.run([str(support.binary()), "migrate", *map(str, arguments), "--json"], capture_output=True,
                          text=True, timeout=300, cwd=cwd)
    assert done.returncode == code, done.stdout[-3000:] + done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "modelexport/migrate/1"
    return document["files"]


def errors(path):
    done = subprocess.run([str(support.binary()), "check", str(path), "--for", "ort,onnx,optimum", "--json"],
                          capture_output=True, text=True, timeout=300)
    return [(x["rule"], x["message"]) for f in json.loads(done.stdout)["files"] for x in f["findings"]
            if x["severity"] == "error"]


def nodes(graph):
    """All nodes, those of bodies after the one that holds them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from nodes(attribute.g)


def everywhere(model):
    yield from nodes(model.graph)
    for function in model.functions:
        yield from function.node


def without_tags(model):
    """The model as readers compute with it: no metadata, no tag attributes, no doc_string of nodes."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.metadata_props[:], bare.graph.metadata_props[:]
    for node in everywhere(bare):
        kept = [a for a in node.attribute if a.name != "hierarchy_tag"]
        del node.attribute[:], node.metadata_props[:]
        node.attribute.extend(kept)
        node.ClearField("doc_string")
    return bare.SerializeToString(deterministic=True)


def accepted(path):
    onnx.checker.check_model(str(path))
    return onnxruntime.InferenceSession(str(path))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Every sample, migrated with its configuration; inputs renamed where that is clear."""
    root = tmp_path_factory.mktemp("migrated")
    result = {}
    for name in SAMPLES:
        source = root / "source" / name
        source.mkdir(parents=True)
        shutil.copy(LEGACY / name / "source_config.json", source / "config.json")
        out = root / "out" / name
        (report,) = migrate(LEGACY / name / f"{name}.onnx", "--source", source, "--rename-inputs", "-o", out)
        result[name] = out, report
    return result


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_cured_and_nothing_is_lost(migrated, name, tmp_path):
    out, report = migrated[name]
    old, new = onnx.load(LEGACY / name / f"{name}.onnx"), onnx.load(out / f"{name}.onnx")
    with pytest.raises(Exception):
        onnxruntime.InferenceSession(str(LEGACY / name / f"{name}.onnx"))
    accepted(out / f"{name}.onnx")
    assert errors(out) == []
    table = json.loads((LEGACY / name / f"{name}_htp_metadata.json").read_text())
    for was, now in zip(old.graph.node, new.graph.node, strict=True):
        (tag,) = [a.s.decode() for a in was.attribute if a.name == "hierarchy_tag"]
        assert support.properties(now)["hierarchy_tag"] == tag == table["nodes"][was.name]
    assert [t.SerializeToString() for t in old.graph.initializer] == [t.SerializeToString() for t in new.graph.initializer]
    if not any(s["rule"] == "ME-LEGACY-009" for s in report["steps"]):
        assert without_tags(old) == without_tags(new)
    counts = table["report"]["steps"]["node_tagging"]["statistics"]
    placement = report["hierarchy"]["placement"]
    assert [placement[k] for k in ("direct", "parent", "root")] == [
        counts[k] for k in ("direct_matches", "parent_matches", "root_fallbacks")]
    again = migrate(out / f"{name}.onnx", "--rename-inputs", "-o", tmp_path / "again.onnx")
    assert again[0]["unchanged"] and (tmp_path / "again.onnx").read_bytes() == (out / f"{name}.onnx").read_bytes()


def test_scopes_tell_modules_apart_that_share_a_tag(migrated):
    graph = onnx.load(migrated["t5-encoder"][0] / "t5-encoder.onnx").graph
    scopes = {}
    for node in graph.node:
        properties = support.properties(node)
        if "hierarchy_scope" in properties:
            scopes.setdefault(properties["hierarchy_tag"], set()).add(properties["hierarchy_scope"].split(".")[0])
    assert {"encoder", "decoder"} <= scopes["/T5Model/T5Stack"]
    modules = json.loads(support.properties(graph)["hierarchy_modules"])
    assert len(modules) == 39 and {"encoder", "decoder"} <= {m["path"] for m in modules if m["tag"] == "/T5Model/T5Stack"}


def example(session):
    """One input of the fixed sizes, by type."""
    random = np.random.default_rng(0)
    made = {}
    for value in session.get_inputs():
        if "int64" in value.type:
            low, high = (1, 2) if "mask" in value.name else (0, 2) if "type" in value.name else (0, 12)
            made[value.name] = random.integers(low, high, value.shape, np.int64)
        else:
            made[value.name] = random.standard_normal(value.shape).astype(np.float32)
    return made


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_run_in_the_class_that_the_summary_names(migrated, name):
    import optimum.onnxruntime
    import torch
    out, report = migrated[name]
    assert report["loader"]["problem"] is None, report["loader"]
    session = onnxruntime.InferenceSession(str(out / f"{name}.onnx"))
    feed = example(session)
    want = dict(zip([o.name for o in session.get_outputs()], session.run(None, feed)))
    model = getattr(optimum.onnxruntime, report["loader"]["class"]).from_pretrained(str(out))
    got = model(**{k: torch.from_numpy(v) for k, v in feed.items()})
    assert len(got) > 0
    for key, value in got.items():
        np.testing.assert_allclose(np.asarray(value), want[key], rtol=1e-5, atol=1e-6)


def test_renamed_inputs_compute_the_same(migrated):
    """CLIP's image and token inputs carried each other's names; the values behind them are what they were."""
    out, report = migrated["clip-zeroshot"]
    assert [s["rule"] for s in report["steps"]].count("ME-LEGACY-009") == 1
    path = LEGACY / "clip-zeroshot" / "clip-zeroshot.onnx"
    old = onnx.load(path)
    for node in old.graph.node:
        kept = [a for a in node.attribute if a.name != "hierarchy_tag"]
        del node.attribute[:]
        node.attribute.extend(kept)
    before = onnxruntime.InferenceSession(old.SerializeToString())
    after = onnxruntime.InferenceSession(str(out / "clip-zeroshot.onnx"))
    types = {i.name: i.type for i in after.get_inputs()}
    assert types == {"pixel_values": "tensor(float)", "input_ids": "tensor(int64)", "attention_mask": "tensor(int64)"}
    feed = example(after)
    swapped = {"pixel_values": "input_ids", "input_ids": "pixel_values"}
    for a, b in zip(after.run(None, feed), before.run(None, {swapped.get(k, k): v for k, v in feed.items()})):
        np.testing.assert_array_equal(a, b)


def test_a_freed_batch_computes_row_by_row(tmp_path):
    name = "resnet-imgcls"
    (report,) = migrate(LEGACY / name / f"{name}.onnx", "--dynamic", "-o", tmp_path / "free.onnx")
    assert "ME-LEGACY-021" in {s["rule"] for s in report["steps"]}
    session = accepted(tmp_path / "free.onnx")
    assert session.get_inputs()[0].shape[0] == "batch_size"
    images = np.random.default_rng(1).standard_normal((5, 3, 64, 64)).astype(np.float32)
    whole = session.run(None, {"pixel_values": images})
    for row in range(5):
        for all_rows, one in zip(whole, session.run(None, {"pixel_values": images[row:row + 1]})):
            np.testing.assert_allclose(all_rows[row:row + 1], one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["bert-seqcls", "t5-encoder", "wav2vec2-ctc"])
def test_a_batch_that_constants_depend_on_stays(tmp_path, name):
    done = subprocess.run([str(support.binary()), "migrate", str(LEGACY / name / f"{name}.onnx"), "--dynamic", "-o",
                           str(tmp_path / "x.onnx")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "ME-LEGACY-053" in done.stderr and list(tmp_path.iterdir()) == []


FORMS = [
    dict(form="attribute"), dict(form="doc_string"), dict(form="winml"), dict(form="dynamo"),
    dict(form="dynamo_lists"), dict(form="mixed"),
    dict(form="attribute", with_if=True, body_form="attribute", function=True),
    dict(form="attribute", with_if=True), dict(form="doc_string", with_if=True, body_form="doc_string"),
    dict(form="attribute", external="toy.onnx_data"),
    dict(form="attribute", meta=[("note", "a"), ("note", "b")]),
]


@pytest.mark.parametrize("options", FORMS, ids=lambda o: "-".join(str(v) if isinstance(v, str) else k for k, v in o.items()))
def test_every_form_becomes_the_current_one(tmp_path, options):
    make = toy()
    path, out = tmp_path / "toy.onnx", tmp_path / "out.onnx"
    path.write_bytes(make.build(**options))
    if "external" in options:
        (tmp_path / options["external"]).write_bytes(np.arange(20, dtype=np.float32).tobytes())
    (report,) = migrate(path, "-o", out)
    accepted(out)
    old, new = onnx.load(path), onnx.load(out)
    assert without_tags(old) == without_tags(new)
    for (name, _, _, _, tag, scope), node in zip(make.NODES, new.graph.node):
        assert node.name == name and not node.doc_string
        properties = support.properties(node)
        assert (properties["hierarchy_tag"], properties["hierarchy_scope"]) == (tag, scope)
    assert all("hierarchy_tag" in support.properties(node) for node in everywhere(new))
    assert errors(out) == [] and report["errors"]["left"] == []
    (again,) = migrate(out, "--dry-run")
    assert again["unchanged"] and again["steps"] == []


@pytest.mark.parametrize("changed", [{}, {"unnamed": True}, {"renamed": True}], ids=["names", "unnamed", "renamed"])
@pytest.mark.parametrize("beside", ["sidecar", "report"])
def test_a_cleaned_export_gets_its_tags_back(tmp_path, changed, beside):
    """By node name, and where optimisers changed these, by what the nodes write and by their neighbours."""
    make = toy()
    (tmp_path / "toy.onnx").write_bytes(make.build("clean", **changed))
    if beside == "sidecar":
        (tmp_path / "toy_htp_metadata.json").write_text(make.sidecar())
    else:
        (tmp_path / "toy_htp_export_report.md").write_text(make.report())
    (report,) = migrate(tmp_path / "toy.onnx", "-o", tmp_path / "out" / "toy.onnx")
    assert report["from"]["form"] == "sidecar"
    new = onnx.load(tmp_path / "out" / "toy.onnx")
    assert [support.properties(n)["hierarchy_tag"] for n in new.graph.node] == [n[4] for n in make.NODES]
    accepted(tmp_path / "out" / "toy.onnx")


def test_undo_gives_every_byte_back(tmp_path):
    for name in SAMPLES:
        shutil.copy(LEGACY / name / f"{name}.onnx", tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    migrate(tmp_path, "--in-place")
    small = [p for p in tmp_path.iterdir() if p.name.endswith(".migrate-undo.json")]
    assert len(small) == len(SAMPLES)
    for undo in small:
        assert undo.stat().st_size < len(before[undo.name.removesuffix(".migrate-undo.json")]) / 2
    assert all(f["unchanged"] for f in migrate(tmp_path, "--in-place"))
    done = subprocess.run([str(support.binary()), "migrate", str(tmp_path), "--undo"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before

