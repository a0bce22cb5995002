"""Modules that are reached through without being called: both archive forms give the same tags, and the table of such
places agrees with the installed Transformers."""
import collections
import importlib
import re

import onnx
import pytest

import architectures
import support

TABLE = support.ROOT / "core" / "hierarchy" / "silent_modules.cc"


@pytest.mark.parametrize("name", ["opt", "squeezebert", "funnel"])
def test_both_forms_give_the_same_tags(tmp_path, name):
    model, cases, axes = architectures.make(name)
    tags = []
    for form in ("pt", "pt2"):
        archive, target = tmp_path / f"m.{form}", tmp_path / f"{form}.onnx"
        architectures.archive(model, cases, axes, form, archive)
        support.modelexport("export", archive, "-o", target, "--verify", "off")
        graph = onnx.load(str(target), load_external_data=False).graph
        tags.append({support.properties(n)["hierarchy_tag"] for n in graph.node})
    assert tags[0] == tags[1]


def test_the_table_names_classes_that_exist():
    rows = re.findall(r'\{"(\w+)", "([\w.*]+)", "(\w+)"\}', TABLE.read_text())
    assert len(rows) > 15
    import transformers
    for owner, path, name in rows:
        public = getattr(transformers, owner, None)
        module = importlib.import_module(public.__module__) if public else next(
            m for m in (importlib.import_module(f"transformers.models.{n}.modeling_{n}")
                        for n in ("squeezebert", "funnel", "bridgetower", "layoutlmv2")) if hasattr(m, owner))
        assert hasattr(module, name), f"{owner}.{path} is no {name}"


def test_capture_records_them(tmp_path):
    """A model of one's own, which no table knows."""
    import torch

    from modelexport.capture import record

    class Inner(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(3, 3)

        def forward(self, x):
            return self.linear(x)

    class Trunk(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = torch.nn.ModuleList([Inner(), Inner()])

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.trunk = Trunk()

        def forward(self, x):
            for block in self.trunk.blocks:
                x = block(x)
            return x

    net = Net().eval()
    program = torch.export.export(net, (torch.rand(2, 3),), strict=False)
    found = record.silent_modules(net, program)
    assert list(found) == ["trunk"] and found["trunk"].endswith("Trunk"), found
    import json
    torch.export.save(program, tmp_path / "m.pt2", extra_files={record.NAME: json.dumps(
        {"schema": record.SCHEMA, "silent_modules": found})})
    support.modelexport("export", tmp_path / "m.pt2", "-o", tmp_path / "m.onnx", "--verify", "off")
    graph = onnx.load(str(tmp_path / "m.onnx")).graph
    tags = collections.Counter(support.properties(n)["hierarchy_tag"] for n in graph.node)
    assert set(tags) == {"/Net/Trunk/Inner.0", "/Net/Trunk/Inner.1"}, tags
