"""Every opset from 17 to 21: the file declares it, its IR version is the lowest that serves, and it runs; every
operator form of the case tables at every opset, or a refusal that names the opset it needs."""
import pytest

import onnx

import support
from op_cases import batch, engine

IR = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}
OTHERS = tuple(o for o in IR if o != engine.DEFAULT_OPSET)


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


@pytest.fixture(scope="module")
def other_opsets(tmp_path_factory):
    """Results of every row at the opsets that test_ops.py does not use. The archive form does not matter here: both
    become the same graph, which test_hierarchy_exactness.py and test_ops.py see to."""
    todo = [j for j in engine.jobs(engine.FAMILIES, formats=("pt2",), opsets=OTHERS) if j.case.dtype == "float32"
            or j.case.needs > 17]
    batch.run(todo, tmp_path_factory.mktemp("opsets"))
    return todo


@pytest.mark.parametrize("family", engine.FAMILIES)
@pytest.mark.parametrize("opset", OTHERS)
def test_every_form_at_every_opset(other_opsets, family, opset):
    jobs = [j for j in other_opsets if j.case.family == family and j.opset == opset]
    assert jobs
    wrong = [f"{j.id}: {j.error}" for j in jobs if j.error]
    assert not wrong, "\n".join(wrong)
