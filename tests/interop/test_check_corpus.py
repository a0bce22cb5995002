"""The validator against what ONNX Runtime and onnx.checker say of broken files.

The corpus is not part of the project: it is looked for beside the checkout (../shared/onnx_differential), and its
absence is a visible skip. What the project itself must find is in tests/core/check.
"""
import json
import os
import pathlib
import subprocess

import pytest

import support

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("MODELEXPORT_DIFFERENTIAL", ROOT.parent / "shared" / "onnx_differential"))
PROGRAM = str(support.binary())

# Unsafe, though both readers accept them.
UNSAFE = {"m7/md/43_self.onnx"}
# Refused for reasons that are no errors by the contract: operators of custom domains, a kernel's own initialisation.
EXEMPT = {"m1/attr_custom_domain_hier.onnx"}


@pytest.fixture(scope="module")
def verdicts():
    if not (CORPUS / "labels.json").is_file():
        pytest.skip(f"no differential corpus at {CORPUS}")
    labels = json.loads((CORPUS / "labels.json").read_text())
    done = subprocess.run([PROGRAM, "check", str(CORPUS), "--for", "ort,onnx", "--json"], capture_output=True, timeout=120)
    assert done.returncode == 1, done.stderr
    files = {str(pathlib.Path(f["path"]).relative_to(CORPUS)): f for f in json.loads(done.stdout)["files"]}
    assert set(labels) <= set(files)
    rows = []
    for name, label in labels.items():
        refused = {reader for reader, text in (("onnx", label["onnx.checker"]), ("ort", label["onnxruntime"])) if text != "ok"}
        errors = [f for f in files[name]["findings"] if f["severity"] == "error"]
        said = {reader for f in errors for reader in f["refused_by"]}
        rows.append((name, refused, said, errors))
    return rows


def test_what_a_reader_refuses_is_an_error(verdicts):
    refused = [row for row in verdicts if row[1] and row[0] not in EXEMPT]
    missed = [row[0] for row in refused if not row[3]]
    assert len(missed) <= 0.03 * len(refused), missed


def test_what_both_accept_is_none(verdicts):
    accepted = [row for row in verdicts if not row[1] and row[0] not in UNSAFE]
    alarms = [(row[0], [f["rule"] for f in row[3]]) for row in accepted if row[3]]
    assert len(alarms) <= 0.03 * len(accepted), alarms


def test_the_reader_is_named(verdicts):
    """refused_by says who refuses: judged per reader, with the same tolerance."""
    for reader in ("ort", "onnx"):
        wrong = [(name, sorted(refused), sorted(said)) for name, refused, said, errors in verdicts
                 if (reader in refused) != (reader in said) and name not in EXEMPT]
        assert len(wrong) <= 0.03 * len(verdicts), (reader, wrong)
