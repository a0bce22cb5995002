"""A Hub id to one file to results: export captures the model from the Hub, the lone file loads with the Hub and without.

Families whose preprocessors are of different kinds, and which tests/fixtures/models does not have: with the ones of
test_hub.py they are more than ten classes and kinds of components.
"""
import os

import pytest
import torch
import transformers

import families
import support
from test_hub import hub, metadata  # noqa: F401 (a fixture)
from test_package_families import inputs_for, preprocessed

CLASSES = {"albert": "ORTModelForFeatureExtraction", "clip": "ORTModelForZeroShotImageClassification", "wav2vec2": "ORTModelForCTC",
           "whisper": "ORTModelForAudioClassification", "segformer": "ORTModelForSemanticSegmentation"}


@pytest.mark.parametrize("name", CLASSES)
def test_from_a_hub_id_to_results(hub, tmp_path, monkeypatch, name):  # noqa: F811
    import modelexport
    source = families.make(name, tmp_path / "source")
    repo = hub.add_directory("zoo/family", source)
    path = tmp_path / "lone" / "model.onnx"
    path.parent.mkdir()
    env = {**hub.env, "MODELEXPORT": str(support.binary()), "PYTHONPATH": os.environ.get("PYTHONPATH", str(support.ROOT / "native" / "python"))}
    support.modelexport("export", "zoo/family", "-o", path, "--weights", "hub", "--verify", "on", env=env)
    assert [p.name for p in path.parent.iterdir()] == ["model.onnx"]
    stamp = metadata(path)
    assert (stamp["hf_hub_id"], stamp["hf_hub_revision"]) == ("zoo/family", repo.head)
    assert stamp["hf_revision_evidence"] in ("captured", "weights-match")
    eager = getattr(transformers, families.FAMILIES[name].model).from_pretrained(source).eval()
    made = preprocessed(families.FAMILIES[name].kind, source)
    with torch.no_grad():
        want = eager(**inputs_for(eager, made))
    for surroundings in (hub.env, hub.offline):
        for variable, value in {**env, **surroundings}.items():
            monkeypatch.setenv(variable, value)
        model = modelexport.ort_model(path)
        assert type(model).__name__ == CLASSES[name]
        got = model(**inputs_for(model, made))
        compared = [k for k in want if k in got and isinstance(want[k], torch.Tensor)]
        assert compared
        for key in compared:
            assert support.relative_error(got[key].numpy(), want[key].numpy()) <= 1e-4, key
