"""What differs between versions of torch and transformers, in one place."""
import contextlib
import inspect
import sys


@contextlib.contextmanager
def traceable():
    """What must be replaced in transformers while a model is captured; taken back afterwards."""
    with traceable_masks(), traceable_experts():
        yield


class Expert(int):
    """The number of an expert, in the forms in which transformers uses it: a number, or a vector that holds it."""

    def __getitem__(self, index):
        return int(self)


@contextlib.contextmanager
def traceable_experts():
    """Mixtures of experts that visit all experts.

    transformers 4.54 to 4.57 look which experts the batch needs (`torch.greater(expert_mask.sum(…), 0).nonzero()`) and
    visit those: an archive would hold only the experts of its example. An expert without tokens adds nothing."""
    import torch
    greater = torch.greater

    class Every:
        def __init__(self, count):
            self.count = count

        def nonzero(self):
            return [Expert(i) for i in range(self.count)]

    def every_expert(value, other, **kw):
        caller = sys._getframe(1)
        ours = "expert_mask" in caller.f_code.co_varnames and caller.f_globals.get("__name__", "").startswith("transformers.")
        return Every(value.shape[0]) if ours and isinstance(other, int) and other == 0 else greater(value, other, **kw)

    torch.greater = every_expert
    try:
        yield
    finally:
        torch.greater = greater


@contextlib.contextmanager
def traceable_masks():
    """Attention masks without vmap while tracing.

    transformers 4.53 to 4.57 build masks with vmap, which torch.jit.trace records wrongly. Here their own mask functions
    are applied to whole ranges of indices instead, as transformers 5 does by itself. (The form without vmap that 4.57
    ships for exporters gives every layer the window that only some have.) Taken back afterwards."""
    try:
        import torch
        from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS as registry, prepare_padding_mask
    except ImportError:  # before 4.53
        yield
        return
    import transformers
    if int(transformers.__version__.split(".")[0]) >= 5:
        yield
        return

    def sdpa(batch_size, cache_position, kv_length, kv_offset=0, mask_function=None, attention_mask=None, **kw):
        batch = torch.arange(batch_size, device=cache_position.device)[:, None, None, None]
        key = (torch.arange(kv_length, device=cache_position.device) + kv_offset)[None, None, None, :]
        allowed = mask_function(batch, torch.zeros_like(batch[:1]), cache_position[None, None, :, None], key)
        if attention_mask is not None:
            if kv_offset or attention_mask.shape[-1] != kv_length:
                attention_mask = prepare_padding_mask(attention_mask, kv_length, kv_offset)
            allowed = allowed & attention_mask[:, None, None, :].to(torch.bool)
        return allowed.expand(batch_size, -1, -1, -1)

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


def encoder_decoder_cache(layers):
    """A cache of (key, value, encoder's key, encoder's value) per layer, whose encoder part is complete."""
    own, cross = [layer[:2] for layer in layers], [layer[2:] for layer in layers]
    try:
        from transformers.cache_utils import EncoderDecoderCache
    except ImportError:  # tuples, before 4.43
        return tuple(tuple(layer) for layer in layers)
    cache = EncoderDecoderCache(cache_from(own), cache_from(cross))
    cache.is_updated = {i: True for i in range(len(layers))}
    return cache


def layers_of(cache) -> list:
    """The (key, value, encoder's key, encoder's value) of a cache."""
    if hasattr(cache, "cross_attention_cache"):
        return [own + cross for own, cross in zip(pairs_of(cache.self_attention_cache),
                                                  pairs_of(cache.cross_attention_cache))]
    return [tuple(layer) for layer in cache]


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
        if isinstance(value, list):  # layers
            return [shapes(v, axes) for v in value]
        if isinstance(value, tuple):  # the tensors of one
            return tuple(shapes(v, a) for v, a in zip(value, axes))
        return {axis: symbol(name) for axis, name in axes.items()}

    dynamic = {name: shapes(value, named_axes[name]) for name, value in inputs.items()}
    keywords = {"kwargs": inputs, "dynamic_shapes": dynamic}
    if "strict" in inspect.signature(torch.export.export).parameters:
        keywords["strict"] = False
    return torch.export.export(model, (), **keywords)
