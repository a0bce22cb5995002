"""The forward that is captured: named tensors out, and with_past key/value pairs in and out.

The model's own `forward` is replaced on the instance, not wrapped in another module, so that the module hierarchy in
the archive is the model's own.
"""
import functools
import inspect

from .versions import cache_from, pairs_of


def tensors_only(torch, output) -> dict:
    """The top-level tensors by name: losses, caches and nested outputs of submodels are left out."""
    if isinstance(output, torch.Tensor):
        return {"output_0": output}
    if hasattr(output, "items"):
        return {name: value for name, value in output.items() if isinstance(value, torch.Tensor)}
    return {f"output_{i}": value for i, value in enumerate(output) if isinstance(value, torch.Tensor)}


def plain(torch, model):
    """Replaces forward by one that returns a dict of tensors."""
    original = model.forward

    @functools.wraps(original)
    def forward(*args, **kw):
        return tensors_only(torch, original(*args, **kw))

    model.forward = forward
    return model


def past_example(torch, model, batch: int, length: int, salt: int) -> list:
    """Key/value pairs of the shapes that the model itself produces."""
    ids = torch.full((batch, 1), 6 if model.config.vocab_size > 6 else 0)
    with torch.no_grad():
        seen = pairs_of(model(input_ids=ids, use_cache=True, return_dict=True).past_key_values)
    generator = torch.Generator().manual_seed(salt)

    def values(t):
        return torch.rand((batch, t.shape[1], length, t.shape[3]), generator=generator, dtype=t.dtype)

    return [(values(k), values(v)) for k, v in seen]


def with_past(torch, model, position_ids: bool):
    """Replaces forward by one that takes and returns one (key, value) pair per layer."""
    original = model.forward

    def run(past_key_values, **kw):
        output = original(past_key_values=cache_from(past_key_values), use_cache=True, return_dict=True, **kw)
        made = {"logits": output.logits}
        for i, (key, value) in enumerate(pairs_of(output.past_key_values)):
            made[f"present.{i}.key"], made[f"present.{i}.value"] = key, value
        return made

    names = ["input_ids", "attention_mask"] + (["position_ids"] if position_ids else []) + ["past_key_values"]
    return accept(model, names, run)


def accept(model, names, run):
    """Replaces forward by `run`, with a signature that has just these parameters."""
    def forward(*args, **kw):
        return run(**dict(zip(names, args)), **kw)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    forward.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    model.forward = forward
    return model
