"""check against the readers themselves: valid models have no findings, repaired ones load."""
import json
import subprocess

import onnx
import onnx.backend.test.case.model
import onnx.backend.test.case.node
import onnxruntime
import pytest

import support


def check(*arguments, code=None):
    done = subprocess.run([str(support.binary()), "check", *map(str, arguments), "--json"], capture_output=True,
                          text=True, timeout=300)
    if code is not None:
        assert done.returncode == code, done.stdout[-4000:] + done.stderr
    return json.loads(done.stdout)


def loud(document):
    """Findings that are more than information."""
    return [(f["path"], f["kind"], x["rule"], x["message"]) for f in document["files"] for x in f["findings"]
            if x["severity"] != "info"]


def test_every_model_that_onnx_generates_is_fine(tmp_path):
    """About 1,900 models, checked in one call; no other test needs so many operators of all versions."""
    cases = [*onnx.backend.test.case.node.collect_testcases(None), *onnx.backend.test.case.model.collect_testcases()]
    models = [case for case in cases if case.model is not None]
    assert len(models) > 1500
    for case in models:
        (tmp_path / f"{case.name}.onnx").write_bytes(case.model.SerializeToString())
    document = check(tmp_path, "--for", "ort,onnx", code=0)
    assert document["summary"]["files"] == len({case.name for case in models})
    assert loud(document) == []


@pytest.mark.parametrize("name", support.NAMES)
def test_exports_are_fine(shelf, name):
    export = shelf.get(name, "pt")
    document = check(export.directory, "--for", "ort,onnx,optimum", code=0)
    assert {f["kind"] for f in document["files"]} == {"onnx", "package"}
    # The decoder among the tiny models is exported without its cache, which Optimum minds.
    assert [x for x in loud(document) if x[2] != "ME-OPT-009"] == []


def as_predecessor(model):
    """The same model with its tags as node attributes."""
    old = onnx.ModelProto()
    old.CopyFrom(model)
    for node in old.graph.node:
        tag = next(p.value for p in node.metadata_props if p.key == "hierarchy_tag")
        del node.metadata_props[:]
        node.attribute.append(onnx.helper.make_attribute("hierarchy_tag", tag))
    return old


def test_tags_of_the_predecessor_are_moved(shelf, tmp_path):
    model = shelf.get("bert-seqcls", "pt").onnx
    old = as_predecessor(model)
    path, fixed = tmp_path / "old.onnx", tmp_path / "new.onnx"
    path.write_bytes(old.SerializeToString())
    with pytest.raises(Exception):
        onnxruntime.InferenceSession(str(path))
    found = check(path, "--for", "ort,onnx", code=1)
    assert {x["rule"] for x in found["files"][0]["findings"] if x["severity"] == "error"} == {"ME-LEGACY-001"}
    document = check(path, "--for", "ort,onnx", "--fix", "-o", fixed, code=0)
    assert document["summary"]["errors"] == 0
    onnx.checker.check_model(str(fixed))
    onnxruntime.InferenceSession(str(fixed))
    new = onnx.load(str(fixed))
    assert [t.SerializeToString() for t in new.graph.initializer] == [t.SerializeToString() for t in old.graph.initializer]
    for was, now in zip(old.graph.node, new.graph.node):
        assert {p.key: p.value for p in now.metadata_props} == {"hierarchy_tag": was.attribute[-1].s.decode()}
        assert list(now.attribute) == list(was.attribute)[:-1]
        assert (now.name, now.op_type, now.input, now.output) == (was.name, was.op_type, was.input, was.output)
    again = subprocess.run([str(support.binary()), "check", str(fixed), "--fix", "--in-place"], capture_output=True,
                           text=True, timeout=60)
    assert again.returncode == 0 and onnx.load(str(fixed)).SerializeToString() == new.SerializeToString()
