"""The record `modelexport.json` that travels inside the archive."""
import dataclasses
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


KINDS = {2: ("key", "value"), 4: ("decoder.key", "decoder.value", "encoder.key", "encoder.value")}


def flat(name, value, axes) -> list:
    """Inputs as the exporter names them, with their axes: past_key_values.{i}.key|value."""
    if not isinstance(value, list):
        return [(name, value, axes)]
    return [(f"{name}.{i}.{kind}", t, a) for i, layer in enumerate(value)
            for kind, t, a in zip(KINDS[len(layer)], layer, axes)]


def version(module: str):
    import importlib.metadata
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return None


def silent_modules(model, program) -> dict:
    """Path and class of modules that are reached through without being called: the exported program names no class of
    theirs, since a module's class is recorded with its call."""
    called = {path for node in program.graph.nodes for path, _ in (node.meta.get("nn_module_stack") or {}).values()}
    holders = {path.rpartition(".")[0] for path in called}
    for path in list(holders):
        while path:
            path = path.rpartition(".")[0]
            holders.add(path)
    return {path: f"{type(module).__module__}.{type(module).__qualname__}" for path, module in model.named_modules()
            if path in holders and path not in called and not type(module).__module__.startswith("torch.")}


@dataclasses.dataclass
class Facts:
    """What a capture knows about one archive."""
    part: str
    inputs: dict
    axes: dict
    outputs: list
    silent: dict  # silent_modules()


def build(torch, transformers, source, task, with_past, model, facts, tokenizer, form) -> dict:
    listed = []
    for name, value in facts.inputs.items():
        for flat_name, tensor, axes in flat(name, value, facts.axes[name]):
            listed.append({"name": flat_name, "dtype": str(tensor.dtype).replace("torch.", ""),
                           "shape": list(tensor.shape),
                           "axes": {str(a): s for a, s in axes.items()}})
    return {
        "schema": SCHEMA, "format": form,
        "source": source.shown, "source_kind": source.kind, "repo_id": source.repo_id, "revision": source.revision,
        "commit": source.commit,
        "task": task + ("-with-past" if with_past else ""), "class": type(model).__name__,
        "model_type": model.config.model_type,
        **({"silent_modules": facts.silent} if facts.silent else {}),
        "part": facts.part, "inputs": listed, "outputs": list(facts.outputs),
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                     "tokenizers": version("tokenizers")},
        "tokenizer": fingerprint(tokenizer),
    }
