"""Every opset from 17 to 21: the file declares it, its IR version is the lowest that serves, and it runs."""
import pytest

import onnx

import support

IR = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}


@pytest.mark.parametrize("form", ("pt", "pt2"))
@pytest.mark.parametrize("name", ("bert-eager", "gpt2-lm", "resnet-imgcls"))
@pytest.mark.parametrize("opset", sorted(IR))
def test_every_opset_runs(shelf, tmp_path, opset, name, form):
    model = support.Model(name)
    path = tmp_path / "model.onnx"
    support.modelexport("export", shelf.archive(model, form), "-o", path, "--opset", opset, "--verify", "off")
    made = onnx.load(str(path))
    assert [(o.domain, o.version) for o in made.opset_import] == [("", opset)]
    assert made.ir_version == IR[opset]
    onnx.checker.check_model(str(path), full_check=True)
    session = support.session(path)
    names = [i.name for i in session.get_inputs()]
    for feed, want in model.cases():
        got = dict(zip([o.name for o in session.get_outputs()],
                       session.run(None, {k: v for k, v in feed.items() if k in names})))
        for key, value in want.items():
            assert support.relative_error(got[key], value) < 2e-4, key
