"""What differs between versions of torch and transformers, in one place."""
import contextlib
import inspect


@contextlib.contextmanager
def traceable_masks():
    """Attention masks without vmap while tracing.

    transformers 4.53 to 4.57 build masks with vmap, which torch.jit.trace records wrongly; they ship a form without it
    for exporters. It is registered for the duration of a capture and taken back afterwards."""
    try:
        import torch
        from transformers.integrations.executorch import sdpa_mask_without_vmap as plain
        from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS as registry
    except ImportError:  # before 4.53 and from 5 on there is nothing to replace
        yield
        return

    def sdpa(*args, **kw):
        kw.pop("allow_is_causal_skip", None)
        return plain(*args, allow_is_causal_skip=False, **kw)

    def eager(*args, dtype=torch.float32, **kw):
        allowed = sdpa(*args, **kw)
        return torch.where(allowed, torch.tensor(0.0, dtype=dtype), torch.finfo(dtype).min)

    before = {name: registry[name] for name in ("sdpa", "eager")}
    try:
        registry.register("sdpa", sdpa)
        registry.register("eager", eager)
        yield
    finally:
        for name, function in before.items():
            registry.register(name, function)


def cache_from(pairs):
    """A cache object that holds the given (key, value) pairs, one per layer."""
    from transformers.cache_utils import DynamicCache
    cache = DynamicCache()
    for layer, (key, value) in enumerate(pairs):
        cache.update(key, value, layer)
    return cache


def pairs_of(cache) -> list:
    """The (key, value) pairs of a cache in any of the forms that it has had."""
    if hasattr(cache, "layers"):
        return [(layer.keys, layer.values) for layer in cache.layers]
    if hasattr(cache, "key_cache"):
        return list(zip(cache.key_cache, cache.value_cache))
    return [(pair[0], pair[1]) for pair in cache]


def export_program(torch, model, inputs: dict, named_axes: dict):
    """torch.export with the axes that are named; before 2.6 there is no automatic dimension."""
    dim, made = torch.export.Dim, {}

    def symbol(name):
        if hasattr(dim, "AUTO"):
            return dim.AUTO
        return made.setdefault(name, dim(name.replace(" + ", "_plus_"), min=2, max=4096))

    def shapes(value, axes):
        if isinstance(value, (list, tuple)):
            return type(value)(shapes(v, axes) for v in value)
        return {axis: symbol(name) for axis, name in axes.items()}

    dynamic = {name: shapes(value, named_axes[name]) for name, value in inputs.items()}
    keywords = {"kwargs": inputs, "dynamic_shapes": dynamic}
    if "strict" in inspect.signature(torch.export.export).parameters:
        keywords["strict"] = False
    return torch.export.export(model, (), **keywords)
