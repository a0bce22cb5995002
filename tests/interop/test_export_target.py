"""export --target: archive and source to a package that both loaders open, in one command."""
import json

import torch
import transformers

import families
import packages
import support
from modelexport.capture import capture
from test_hub import hub  # noqa: F401  (a fixture)


def export(archive, source, out, *options, env=None):
    r = support.modelexport("export", archive, "--source", source, "-o", out.name, "--json", "--verify", "off", *options, cwd=out.parent,
                            env=env)
    document = json.loads(r.stdout)
    return document, packages.Package(out.with_suffix(""), document["package"])


def right(package, model):
    names = packages.run_python(package)
    inputs, outputs = next(model.cases())
    got = names["model"](**{k: torch.from_numpy(v) for k, v in inputs.items()})
    assert support.relative_error(got["logits"].detach().numpy(), outputs["logits"]) <= 1e-4


def test_a_set_with_external_weights(tmp_path):
    """Encoder and merged decoder; the decoder's halves would be the same weights again."""
    source = families.make("t5", tmp_path / "source")
    capture(str(source), str(tmp_path / "archives"))
    document, package = export(tmp_path / "archives", source, tmp_path / "out", "--target", "optimum,transformers.js", "--weights", "external")
    models = [f"out/onnx/{n}.onnx" for n in ("encoder_model", "decoder_model_merged")]
    assert sorted(m["output"] for m in document["models"]) == sorted(models)
    made = sorted(p.name for p in (tmp_path / "out" / "onnx").iterdir())
    assert made == sorted(f"{n}.onnx{e}" for n in ("encoder_model", "decoder_model_merged") for e in ("", "_data"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["archives", "out", "source"]  # nothing of the way there
    eager = transformers.T5ForConditionalGeneration.from_pretrained(source).eval()
    inputs = transformers.AutoTokenizer.from_pretrained(source)("hello world", return_tensors="pt")
    inputs = {k: inputs[k] for k in ("input_ids", "attention_mask")}
    ids = [m.generate(**inputs, max_new_tokens=6, do_sample=False) for m in (eager, packages.run_python(package)["model"])]
    assert torch.equal(*ids)


def test_a_hub_source_is_complete(hub, tmp_path):  # noqa: F811
    """Without --target it would be the lone file; the zip has the configuration of the pinned commit."""
    model = support.Model("bert-seqcls")
    document, package = export(model.directory / "model.pt", f"org/bert@{hub.repo.head}", tmp_path / "out.zip", "--target", "optimum",
                               env=hub.env)
    right(package, model)
    assert document["package"]["source"]["revision"] == hub.repo.head
    _, package = export(model.directory / "model.pt", f"org/bert@{hub.repo.head}", tmp_path / "hub", "--target", "optimum", "--weights",
                        "hub", env=hub.env)
    right(package, model)


def test_a_captured_directory(tmp_path):
    source = families.make("albert", tmp_path / "source")
    document, package = export(source, source, tmp_path / "out", "--target", "optimum,transformers.js")
    assert document["output"] == "out" and "onnx/model.onnx" in document["package"]["model"]
    assert packages.run_python(package)["model"] is not None
