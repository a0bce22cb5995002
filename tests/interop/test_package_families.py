"""Packages of the families that have components of their own kind: each opened by the snippets that pack prints, with
the network gone; results and preprocessing are the source directory's, in Python and in transformers.js."""
import inspect

import numpy as np
import pytest
import torch
import transformers

import families
import packages
import support
from modelexport.capture import capture

LABELS = ["hello world", "bad day", "good"]
SENTENCE = "hello world, the model has a good day!"
# What the archive takes (pack says so itself), transformers' notices about every slow image processor.
EXPECTED_WARNINGS = ("position_ids", "use_fast")
needs_node = pytest.mark.skipif(packages.node_modules() is None, reason="MODELEXPORT_NODE_MODULES is not set")
IN_JAVASCRIPT = [n for n, f in families.FAMILIES.items() if f.kind in ("text", "image", "generate", "both")]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    root, made = tmp_path_factory.mktemp("families"), {}

    def get(name):
        if name not in made:
            source = families.make(name, root / f"{name}-source")
            generates = families.FAMILIES[name].kind == "generate"
            archive = root / (f"{name}-archives" if name == "t5" else f"{name}.pt2")
            capture(str(source), str(archive), **({"with_past": True} if generates and name != "t5" else {}))
            support.modelexport("export", archive, "--source", source, "-o", root / f"{name}-onnx", "--verify", "off")
            names = ["encoder_model", "decoder_model_merged"] if name == "t5" else ["model"]
            # transformers.js has no tokenizer for wav2vec2's letters, and opens SAM as two files; pack says so.
            targets = "optimum" if name in ("wav2vec2", "sam") else "optimum,transformers.js"
            models = [root / f"{name}-onnx" / f"{n}.onnx" for n in names]
            made[name] = source, packages.pack(models, source, root / name, target=targets)
        return made[name]

    return get


def picture():
    return np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)


def sound():
    return np.random.default_rng(0).uniform(-1, 1, 4000).astype(np.float32)


def preprocessed(kind, directory):
    """What the directory's own preprocessor makes of one example."""
    loaders = {"text": "AutoTokenizer", "generate": "AutoTokenizer", "features": "AutoFeatureExtractor"}
    load = getattr(transformers, loaders.get(kind, "AutoProcessor"))
    tool = load.from_pretrained(directory)
    if kind in ("text", "generate"):
        made = tool(SENTENCE, return_tensors="pt")
    elif kind == "image":
        made = tool(picture(), return_tensors="pt")
    elif kind == "both":
        made = tool(text=[SENTENCE], images=picture(), return_tensors="pt")
    elif kind == "points":
        made = tool(picture(), input_points=[[[5, 9], [20, 7]]], input_labels=[[1, 0]], return_tensors="pt")
    else:
        made = tool(sound(), sampling_rate=16000, return_tensors="pt")
    return dict(made)


def inputs_for(model, made):
    """Those that the model takes: the tiny tokenizer gives token_type_ids to all."""
    taken = getattr(model, "input_names", None) or inspect.signature(model.forward).parameters
    return {k: v for k, v in made.items() if k in taken}


@pytest.mark.parametrize("name", families.FAMILIES)
def test_opened_by_its_snippet_the_results_are_pytorchs(packed, name):
    source, package = packed(name)
    family = families.FAMILIES[name]
    with packages.warnings_of_loaders() as messages:
        names = packages.run_python(package)
    assert not [m for m in messages if not any(word in m for word in EXPECTED_WARNINGS)]
    got, want = (preprocessed(family.kind, d) for d in (package.directory, source))
    assert got.keys() == want.keys() and all(torch.equal(got[k], want[k]) for k in want)
    eager = getattr(transformers, family.model).from_pretrained(source).eval()
    inputs = inputs_for(eager, want)
    with torch.no_grad():
        if family.kind == "generate":
            ids = [m.generate(**inputs, max_new_tokens=6, do_sample=False) for m in (eager, names["model"])]
            assert torch.equal(*ids)
            return
        expected = eager(**inputs)
        outputs = names["model"](**inputs_for(names["model"], inputs))
    compared = [k for k in expected if k in outputs and isinstance(expected[k], torch.Tensor)]
    assert compared
    for key in compared:
        assert support.relative_error(outputs[key].numpy(), expected[key].numpy()) <= 1e-4, key


@pytest.fixture(scope="module")
def in_node(packed):
    """All packages in one Node process."""
    images = [{"data": picture().flatten().tolist(), "width": 32, "height": 32}]
    asked = {"text": {"texts": [SENTENCE]}, "image": {"images": images},
             "generate": {"generate": {"text": SENTENCE, "tokens": 6}}, "both": {"zeroshot": {**images[0], "labels": LABELS}}}
    jobs = [{"name": n, "package": packed(n)[1], **asked[families.FAMILIES[n].kind]} for n in IN_JAVASCRIPT]
    return packages.run_node(packed(IN_JAVASCRIPT[0])[1].directory.parent, jobs)


def same_scores(package, model, got):
    """Zero-shot: the pipeline's answer against the model's own, for the same sentences."""
    tool = transformers.AutoProcessor.from_pretrained(package.directory)
    made = tool(text=[f"This is a photo of {label}" for label in LABELS], images=picture(), padding=True, return_tensors="pt")
    want = model(**inputs_for(model, dict(made)))["logits_per_image"].softmax(-1)[0]
    assert {item["label"] for item in got} == set(LABELS)
    for item in got:
        assert abs(item["score"] - float(want[LABELS.index(item["label"])])) <= 1e-3


@needs_node
@pytest.mark.parametrize("name", IN_JAVASCRIPT)
def test_transformers_js_gives_the_results_of_python(packed, in_node, name):
    _, package = packed(name)
    kind = families.FAMILIES[name].kind
    model = packages.run_python(package)["model"]
    made = inputs_for(model, preprocessed(kind, package.directory))
    if kind == "generate":
        want = model.generate(**made, max_new_tokens=6, do_sample=False)
        assert in_node[name]["generate"]["data"] == want.flatten().tolist()
        return
    if kind == "both":
        same_scores(package, model, in_node[name]["zeroshot"])
        return
    want, got = model(**made), in_node[name]["texts" if kind == "text" else "images"][0]
    compared = [k for k in want if isinstance(want[k], torch.Tensor) and k in got]  # detection gives boxes and classes only
    assert compared
    for key in compared:
        value = want[key].numpy()
        assert list(value.shape) == got[key]["dims"]
        assert support.relative_error(np.array(got[key]["data"]).reshape(value.shape), value) <= 1e-3, key
