"""What the tables of models are written with: a model class, its configuration, and the kind of inputs it takes."""
import dataclasses

VOCABULARY = 128
SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
TEXT = dict(vocab_size=VOCABULARY, max_position_embeddings=64, **SIZES)
VISION = dict(image_size=32, patch_size=8, num_labels=4)
STAGES = dict(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_labels=4)


@dataclasses.dataclass
class Config:
    """A configuration inside another one."""
    name: str
    options: dict


def config(name, **options):
    return Config(name, options)


def resolve(transformers, value):
    if isinstance(value, Config):
        return getattr(transformers, value.name)(**resolve(transformers, value.options))
    if isinstance(value, dict):
        return {k: resolve(transformers, v) for k, v in value.items()}
    return value


class Timm:
    """A timm model by name."""
    library = "timm"

    def __init__(self, name, size=32, **options):
        self.name, self.size, self.options = name, size, options


class Vision:
    """A torchvision model by name."""
    library = "torchvision"

    def __init__(self, name, size=32, **options):
        self.name, self.size, self.options = name, size, options
