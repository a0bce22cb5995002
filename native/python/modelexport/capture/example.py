"""The example that is captured, and a second one of other sizes to check with."""
import inspect

from . import errors, forward, inputs
from .errors import CaptureError


def sizes(which):
    """Sizes of the example, and of the second one for the check."""
    return inputs.Sizes() if which == 0 else inputs.Sizes(3, 11, 6, 9200, 7, 2)


def example_inputs(torch, model, tokenizer, preprocessor, options, with_past, which, original=None):
    """(inputs by name, symbolic axes by name). `which` 1 gives other sizes, for the check. `original` is the model's
    forward where it is replaced already."""
    given = {}
    for text in options.inputs:
        name, tensor = parse_input(torch, text, which)
        given[name] = tensor
    if with_past:
        made = past_inputs(torch, model, sizes(which))
        made.update(given)
    else:
        made = inputs.make(torch, model, tokenizer, preprocessor, sizes(which), given, original or model.forward)
    dtype = getattr(torch, options.dtype)
    made = {n: v.to(dtype) if isinstance(v, torch.Tensor) and v.is_floating_point() else v for n, v in made.items()}
    pair = getattr(model.config, "is_encoder_decoder", False) and "decoder_input_ids" in made
    named = {n: inputs.axes(n, v.dim() if isinstance(v, torch.Tensor) else 4, pair, with_past)
             for n, v in made.items()}
    return made, named


def past_inputs(torch, model, sizes) -> dict:
    new, past = 3 if sizes.batch == 2 else 4, sizes.past
    made = {"input_ids": inputs.Examples(torch, model, sizes, {}).ids(new, 17),
            "attention_mask": torch.ones(sizes.batch, past + new, dtype=torch.int64)}
    made["attention_mask"][-1, 0] = 0
    if "position_ids" in inspect.signature(model.forward).parameters:
        made["position_ids"] = torch.arange(past, past + new)[None].repeat(sizes.batch, 1)
    made["past_key_values"] = forward.past_example(torch, model, sizes.batch, past, 18)
    return made


def parse_input(torch, text: str, which: int):
    """NAME:DTYPE:2x16 -> (name, tensor). The check varies only axis 0, since nothing else is known to be free."""
    try:
        name, dtype, shape = text.split(":")
        sizes = [int(s) for s in shape.split("x")] if shape else []
        kind = getattr(torch, dtype)
        if not isinstance(kind, torch.dtype):
            raise ValueError
    except (ValueError, AttributeError):
        raise CaptureError(errors.USAGE, f"--input {text!r} is not NAME:DTYPE:SHAPE.", "",
                           "for example --input input_ids:int64:2x16", 2) from None
    if which and sizes:
        sizes[0] += 1
    generator = torch.Generator().manual_seed(19)
    if kind.is_floating_point:
        return name, torch.rand(sizes, generator=generator).to(kind)
    return name, torch.randint(0, 2, sizes, generator=generator).to(kind)
