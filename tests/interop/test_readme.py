"""What README.md shows is what happens: its commands print what it says, its Python runs as it stands.

MODELEXPORT_UPDATE_README=1 writes the commands' present output into README.md instead of comparing.
"""
import os
import re
import shutil

import pytest

import support
from test_capture import directories  # noqa: F401  (a fixture)

README = support.ROOT / "README.md"
MEASURED = re.compile(r"^  (took|verified) .*", re.M)
PROGRESS = re.compile(r"^(reading|writing|checking|capturing|verifying|lowering|computing|comparing)\b.*\n", re.M)


def blocks(language: str) -> list:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.S)


def said(command: str, directory) -> str:
    """Data and messages of one command, without its progress."""
    r = support.modelexport(*command.split(), cwd=directory)
    return PROGRESS.sub("", r.stderr) + r.stdout


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The directory that the thirty-second example starts in."""
    source = support.MODELS / "bert-seqcls"
    extra = shutil.ignore_patterns("model.pt", "zoo.json", "modules.json", "reference.npz")
    shutil.copytree(source, tmp_path / "model_dir", ignore=extra)
    shutil.copy(source / "model.pt", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_thirty_seconds(example):
    shown = blocks("console")[0]
    commands = re.findall(r"^\$ modelexport (.*)$", shown, re.M)
    printed = "".join(f"$ modelexport {c}\n" + said(c, example) for c in commands)
    if os.environ.get("MODELEXPORT_UPDATE_README"):
        README.write_text(README.read_text().replace(shown, printed))
    else:
        assert MEASURED.sub("", printed) == MEASURED.sub("", shown)


def test_python_that_opens_the_package(example, capsys):
    support.modelexport("export", "model.pt", "--source", "./model_dir", "-o", "out", cwd=example)
    exec(blocks("python")[0], {})
    assert "tensor([[" in capsys.readouterr().out


def test_python_that_makes_archives(directories, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    os.symlink(directories("bert-seqcls"), "model_dir")
    scope = {}
    for block in blocks("python")[1:]:
        exec(block, scope)
    for form in support.FORMATS:
        support.modelexport("export", f"model.{form}", "--source", "./model_dir", "-o", f"out-{form}", cwd=tmp_path)
        inputs = {k: v.numpy() for k, v in scope["inputs"].items()}
        want = scope["model"](**scope["inputs"]).logits.detach().numpy()
        got = support.session(f"out-{form}/model.onnx").run(None, inputs)[0]
        assert support.relative_error(got, want) <= 1e-4
