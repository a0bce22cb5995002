"""The Python that README.md shows runs as it stands, in a directory like the reader's."""
import os
import re

import support
from test_capture import directories  # noqa: F401  (a fixture)


def blocks() -> list:
    return re.findall(r"```python\n(.*?)```", (support.ROOT / "README.md").read_text(), re.S)


def test_python_examples(directories, tmp_path, monkeypatch):  # noqa: F811
    opening, *archives = blocks()
    monkeypatch.chdir(tmp_path)
    os.symlink(directories("bert-seqcls"), "model_dir")
    scope = {}
    for block in archives:
        exec(block, scope)
    for archive in ("model.pt", "model.pt2"):
        assert os.path.getsize(archive) > 10_000
    support.modelexport("export", "model.pt", "--source", "./model_dir", "-o", "out", cwd=tmp_path)
    exec(opening, {})
