"""Example inputs: one small function per input name, and the rule that says which inputs a model gets.

Shapes come from the configuration. Nothing is random between runs. Every symbolic axis has a size of its own, so that
no two axes are taken for one by accident, and none is 1, which PyTorch's exporter would freeze.
"""
import dataclasses
import inspect

from . import errors
from .errors import CaptureError

TEXT = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "bbox")


@dataclasses.dataclass
class Sizes:
    """Sizes of the symbolic axes of one example; `fixed` wins over what the configuration says."""
    batch: int = 2
    sequence: int = 16
    decoder: int = 9
    samples: int = 8000
    past: int = 5
    choices: int = 3


def of(config, *names, default=None):
    """First attribute that is set, also in the text, vision, audio or encoder part of a composed configuration."""
    parts = [config] + [p for n in ("text_config", "vision_config", "audio_config", "encoder", "decoder")
                        if hasattr(p := getattr(config, n, None), "model_type")]
    for part in parts:
        for name in names:
            value = getattr(part, name, None)
            if value is not None:
                return value
    return default


class Examples:
    """Makes the tensor for one input name; unknown names give None."""

    def __init__(self, torch, model, sizes: Sizes, preprocessor: dict, part: str = ""):
        self.torch, self.model, self.sizes, self.files = torch, model, sizes, preprocessor
        self.config = getattr(model.config, part, None) or model.config
        limit = of(self.config, "max_position_embeddings", "n_positions", default=0)
        if isinstance(limit, int) and 4 < limit < 10 ** 6:
            sizes.sequence = min(sizes.sequence, limit - 3)
            sizes.decoder = min(sizes.decoder, limit - 3)

    def make(self, name: str):
        builder = getattr(self, "make_" + name, None)
        return builder() if builder else None

    def ids(self, length: int, salt: int):
        """Token ids that are no special tokens, with the end token last where the model pools there."""
        torch, config = self.torch, self.config
        vocabulary = int(of(config, "vocab_size", default=100))
        special = {v for n in ("eos_token_id", "pad_token_id", "bos_token_id", "mask_token_id")
                   if isinstance(v := of(config, n), int)}
        low = min(5, max(0, vocabulary - 8))
        usable = [i for i in range(low, min(vocabulary, 5000)) if i not in special] or list(range(vocabulary))
        generator = torch.Generator().manual_seed(salt)
        picks = torch.randint(0, len(usable), (self.sizes.batch, length), generator=generator)
        made = torch.tensor(usable)[picks]
        end = of(config, "eos_token_id")
        if isinstance(end, int) and 0 <= end < vocabulary:
            made[:, -1] = end
        return made

    def choices(self, tensor):
        """Multiple choice puts an axis of alternatives after the batch."""
        if not type(self.model).__name__.endswith("ForMultipleChoice"):
            return tensor
        return tensor.unsqueeze(1).repeat(1, self.sizes.choices, *[1] * (tensor.dim() - 1))

    def make_input_ids(self):
        return self.choices(self.ids(self.sizes.sequence, 11))

    def make_attention_mask(self):
        if self.model.main_input_name == "input_values":
            return None
        made = self.torch.ones(self.sizes.batch, self.sizes.sequence, dtype=self.torch.int64)
        made[-1, -2:] = 0  # a mask of ones only would be optimised away by some versions
        return self.choices(made)

    def make_token_type_ids(self):
        made = self.torch.zeros(self.sizes.batch, self.sizes.sequence, dtype=self.torch.int64)
        made[:, self.sizes.sequence // 2:] = 1
        return self.choices(made)

    def make_bbox(self):
        corner = self.torch.arange(self.sizes.sequence) % max(2, int(of(self.config, "max_2d_position_embeddings",
                                                                        default=1000)) // 2)
        return corner[None, :, None].repeat(self.sizes.batch, 1, 4)

    def make_decoder_input_ids(self):
        return self.ids(self.sizes.decoder, 12)

    def make_decoder_attention_mask(self):
        return self.torch.ones(self.sizes.batch, self.sizes.decoder, dtype=self.torch.int64)

    def image_size(self):
        size = of(self.config, "image_size")
        if size is None:
            for key in ("crop_size", "size"):
                found = self.files.get(key)
                if isinstance(found, dict):
                    size = [found["height"], found["width"]] if "height" in found else found.get("shortest_edge")
                elif isinstance(found, int):
                    size = found
                if size:
                    break
        size = size or 224
        return [int(size), int(size)] if isinstance(size, (int, float)) else [int(size[0]), int(size[1])]

    def make_pixel_values(self):
        channels = int(of(self.config, "num_channels", default=3))
        if not 0 < channels < 64:
            channels = 3
        shape = (self.sizes.batch, channels, *self.image_size())
        return self.torch.rand(shape, generator=self.torch.Generator().manual_seed(13))

    def make_input_points(self):
        return self.torch.rand(self.sizes.batch, 1, 2, 2, generator=self.torch.Generator().manual_seed(14)) * min(
            self.image_size())

    def make_input_labels(self):
        return self.torch.ones(self.sizes.batch, 1, 2, dtype=self.torch.int64)

    def make_input_values(self):
        generator = self.torch.Generator().manual_seed(15)
        if hasattr(self.config, "num_mel_bins") and hasattr(self.config, "max_length") and hasattr(
                self.config, "frequency_stride"):  # a spectrogram seen as an image
            return self.torch.rand(self.sizes.batch, self.config.max_length, self.config.num_mel_bins,
                                   generator=generator)
        return self.torch.rand(self.sizes.batch, self.sizes.samples, generator=generator) * 2 - 1

    def make_input_features(self):
        config, generator = self.config, self.torch.Generator().manual_seed(16)
        if hasattr(config, "num_mel_bins") and hasattr(config, "max_source_positions") and not hasattr(
                config, "input_feat_per_channel"):
            shape = (config.num_mel_bins, 2 * config.max_source_positions)  # channels first, fixed length
        else:
            width = of(config, "feature_projection_input_dim", "input_feat_per_channel", "input_size", default=80)
            shape = (self.sizes.samples // 80, int(width))
        return self.torch.rand(self.sizes.batch, *shape, generator=generator)


def names_for(model, tokenizer, accepted) -> list:
    """Which inputs the model gets, in the order of its forward."""
    config = model.config
    main = getattr(model, "main_input_name", "input_ids")
    both = hasattr(config, "text_config") and hasattr(config, "vision_config")
    wanted = {main}
    if both:
        wanted |= {"input_ids", "pixel_values"}
    if getattr(config, "is_encoder_decoder", False):
        wanted.add("decoder_input_ids")
    if {"input_points", "input_labels"} <= set(accepted):
        wanted |= {"pixel_values", "input_points", "input_labels"}
    if "input_ids" in wanted:
        known = getattr(tokenizer, "model_input_names", None)
        if not (both and known and "attention_mask" not in known) and not config.model_type.startswith("siglip"):
            wanted.add("attention_mask")
        kinds = getattr(config, "type_vocab_size", None) or 0
        if kinds > 1 and (known is None or "token_type_ids" in known):
            wanted.add("token_type_ids")
        if "bbox" in accepted:
            wanted |= {"bbox"} if config.model_type.startswith(("layoutlm", "lilt", "bros")) else set()
    if "decoder_input_ids" in wanted and "decoder_input_ids" not in accepted:
        wanted.discard("decoder_input_ids")  # an encoder of an encoder-decoder family
    return [n for n in accepted if n in wanted]


def make(torch, model, tokenizer, preprocessor: dict, sizes: Sizes, given: dict, forward) -> dict:
    """Example inputs by name. `given` (name -> tensor) replaces or adds; raises CaptureError where nothing is known."""
    accepted = list(inspect.signature(forward).parameters)
    for name in given:
        if name not in accepted:
            raise CaptureError(errors.INPUTS, f"The model has no input named {name!r}.", type(model).__name__ + ".forward",
                               "it takes " + ", ".join(a for a in accepted if a != "kwargs"), 2)
    examples = Examples(torch, model, sizes, preprocessor)
    made = {}
    names = names_for(model, tokenizer, accepted)
    for name in [n for n in accepted if n in names or n in given]:
        value = given[name] if name in given else examples.make(name)
        if value is not None:
            made[name] = value
    if not made:
        raise CaptureError(errors.INPUTS, f"No example inputs are known for {type(model).__name__}.", "",
                           "give them: --input NAME:DTYPE:2x16 (once per input)")
    return made


def decoder_axes(name: str) -> dict:
    """Symbolic axes of a decoder that is a part of an encoder-decoder model, per tensor of a layer for the cache."""
    if name == "past_key_values":
        own, cross = ({0: "batch_size", 2: axis} for axis in ("past_decoder_sequence_length", "encoder_sequence_length"))
        return (own, own, cross, cross)
    return {0: "batch_size", 1: "decoder_sequence_length" if name == "input_ids" else "encoder_sequence_length"}


def axes(name: str, rank: int, encoder_decoder: bool, with_past: bool) -> dict:
    """Symbolic axes by input name, with Optimum's names."""
    if name.startswith("past_key_values"):
        return ({0: "batch_size", 2: "past_sequence_length"},) * 2
    if name.startswith("decoder_") and rank >= 2:
        return {0: "batch_size", 1: "decoder_sequence_length"}
    if name in TEXT and rank >= 2:
        length = "encoder_sequence_length" if encoder_decoder else "sequence_length"
        if name == "attention_mask" and with_past:
            length = "past_sequence_length + sequence_length"
        if rank == 3 and name != "bbox":
            return {0: "batch_size", 1: "num_choices", 2: length}
        return {0: "batch_size", 1: length}
    if name == "input_values" and rank == 2:
        return {0: "batch_size", 1: "sequence_length"}
    return {0: "batch_size"}
