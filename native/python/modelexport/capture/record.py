"""The record `modelexport.json` that travels inside the archive."""
import hashlib
import json

SCHEMA = "modelexport/capture/1"
NAME = "modelexport.json"

# Fixed strings whose token ids identify a tokenizer. Never change them: fingerprints would no longer compare.
STRINGS = ("hello world", "The quick brown fox jumps over the lazy dog.", "It's 3.14, isn't it?", "  two  spaces ",
           "naïve café — 東京 😀", "def f(x):\n    return x[0] + 1", "", "Ünïcödé ﬁ ½")


def fingerprint(tokenizer):
    """sha256 over the ids of fixed strings; None without tokenizer."""
    if tokenizer is None:
        return None
    try:
        ids = [[int(i) for i in tokenizer(text)["input_ids"]] for text in STRINGS]
    except Exception:  # a tokenizer that cannot encode plain text (bytes, phonemes) has no fingerprint
        return None
    text = json.dumps(ids, separators=(",", ":"))
    return {"class": type(tokenizer).__name__, "size": len(tokenizer),
            "fingerprint": "sha256:" + hashlib.sha256(text.encode()).hexdigest()}


def flat(name, value) -> list:
    """Inputs as the exporter names them: past_key_values.{i}.key|value."""
    if not isinstance(value, (list, tuple)):
        return [(name, value)]
    return [(f"{name}.{i}.{kind}", t) for i, pair in enumerate(value) for kind, t in zip(("key", "value"), pair)]


def version(module: str):
    import importlib.metadata
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return None


def build(torch, transformers, source, task, with_past, model, inputs, named_axes, outputs, tokenizer, form) -> dict:
    listed = []
    for name, value in inputs.items():
        for flat_name, tensor in flat(name, value):
            listed.append({"name": flat_name, "dtype": str(tensor.dtype).replace("torch.", ""),
                           "shape": list(tensor.shape),
                           "axes": {str(a): s for a, s in named_axes[name].items()}})
    return {
        "schema": SCHEMA, "format": form,
        "source": source.shown, "source_kind": source.kind, "repo_id": source.repo_id, "revision": source.revision,
        "commit": source.commit,
        "task": task + ("-with-past" if with_past else ""), "class": type(model).__name__,
        "model_type": model.config.model_type,
        "inputs": listed, "outputs": list(outputs),
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                     "tokenizers": version("tokenizers")},
        "tokenizer": fingerprint(tokenizer),
    }
