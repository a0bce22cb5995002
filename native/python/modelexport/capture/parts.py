"""What one model is captured as: a single program, a decoder with cache, or the parts of an encoder-decoder model.

A part has a name (that of its file, as loaders know it), example inputs, and a forward that takes exactly these. Only
`forward` of the model is replaced, on the instance, so that the module hierarchy in every archive is the model's own.
"""
import dataclasses
import inspect
from typing import Callable

from . import example, forward, inputs
from .versions import cache_from, encoder_decoder_cache, layers_of

SINGLE, ENCODER, DECODER, WITH_PAST = "model", "encoder_model", "decoder_model", "decoder_with_past_model"


@dataclasses.dataclass
class Part:
    name: str
    examples: Callable  # which -> (inputs by name, axes by name); which 1 gives other sizes
    replace: Callable   # (model, names of inputs) -> None: puts the part's forward in place


def of(torch, model, tokenizer, files, options, with_past: bool) -> list:
    """The parts to capture."""
    def made(which):
        return example.example_inputs(torch, model, tokenizer, files, options, with_past, which)

    if not with_past:
        return [Part(SINGLE, made, lambda m, names: forward.plain(torch, m))]
    if not getattr(model.config, "is_encoder_decoder", False):
        return [Part(SINGLE, made, lambda m, names: forward.with_past(torch, m, "position_ids" in names))]
    return EncoderDecoder(torch, model, tokenizer, files, options).parts()


class EncoderDecoder:
    """Encoder, the decoder's first step (which computes the encoder's keys and values), and its further steps."""

    def __init__(self, torch, model, tokenizer, files, options):
        self.torch, self.model, self.options = torch, model, options
        self.tokenizer, self.files, self.forward = tokenizer, files, model.forward

    def parts(self) -> list:
        return [Part(ENCODER, self.encoder_examples, self.encoder),
                Part(DECODER, self.decoder_examples, self.decoder),
                Part(WITH_PAST, self.with_past_examples, self.decoder_with_past)]

    def encoder_examples(self, which):
        accepted = inspect.signature(self.model.get_encoder().forward).parameters
        made, _ = example.example_inputs(self.torch, self.model, self.tokenizer, self.files, self.options, False, which,
                                         original=self.forward)
        made = {n: v for n, v in made.items() if n in accepted and not n.startswith("decoder_")}
        return made, {n: inputs.axes(n, v.dim(), True, False) for n, v in made.items()}

    def encoder(self, model, names):
        encoder = model.get_encoder()
        forward.accept(model, names, lambda **kw: {
            "last_hidden_state": encoder(return_dict=True, **kw).last_hidden_state})

    def encoded(self, which):
        """(hidden states, mask or None) of the example."""
        made, _ = self.encoder_examples(which)
        hidden = self.model.get_encoder()(return_dict=True, **made).last_hidden_state
        return hidden, made.get("attention_mask") if "input_ids" in made else None

    def decoder_examples(self, which):
        hidden, mask = self.encoded(which)
        sizes = example.sizes(which)
        made = {"input_ids": inputs.Examples(self.torch, self.model, sizes, self.files, "decoder").ids(sizes.decoder, 12)}
        if mask is not None:
            made["encoder_attention_mask"] = mask
        made["encoder_hidden_states"] = hidden
        return made, {n: inputs.decoder_axes(n) for n in made}

    def with_past_examples(self, which):
        first, _ = self.decoder_examples(which)
        sizes = example.sizes(which)
        outputs = self.run(None, **{**first, "input_ids": first["input_ids"][:, :sizes.past]})
        layers = layers_of(outputs.past_key_values)
        generator = self.torch.Generator().manual_seed(18)
        layers = [tuple(self.torch.rand(t.shape, generator=generator).to(t.dtype) for t in layer) for layer in layers]
        made = {"input_ids": first["input_ids"][:, -3 - which:]}
        if "encoder_attention_mask" in first:
            made["encoder_attention_mask"] = first["encoder_attention_mask"]
        made["past_key_values"] = layers
        self.width = first["encoder_hidden_states"].shape[-1]
        return made, {n: inputs.decoder_axes(n) for n in made}

    def run(self, past, input_ids, encoder_hidden_states, encoder_attention_mask=None):
        from transformers.modeling_outputs import BaseModelOutput
        return self.forward(encoder_outputs=BaseModelOutput(last_hidden_state=encoder_hidden_states),
                            decoder_input_ids=input_ids, attention_mask=encoder_attention_mask, past_key_values=past,
                            use_cache=True, return_dict=True)

    def decoder(self, model, names):
        forward.accept(model, names, lambda **kw: named(self.run(None, **kw), ("decoder", "encoder")))

    def decoder_with_past(self, model, names):
        def run(past_key_values, **kw):
            key = past_key_values[0][2]  # only its sizes are used: the encoder's keys and values are in the cache
            hidden = key.new_zeros((key.shape[0], key.shape[2], self.width))
            cache = encoder_decoder_cache(past_key_values)
            return named(self.run(cache, encoder_hidden_states=hidden, **kw), ("decoder",))
        forward.accept(model, names, run)


def named(output, kinds) -> dict:
    """Logits and the cache, under the names that loaders expect."""
    made = {"logits": output.logits}
    for i, layer in enumerate(layers_of(output.past_key_values)):
        for kind, pair in zip(("decoder", "encoder"), (layer[:2], layer[2:])):
            if kind in kinds:
                made[f"present.{i}.{kind}.key"], made[f"present.{i}.{kind}.value"] = pair
    return made
