"""Models of many architectures, small and with random weights."""
from . import audio, text, vision

MODELS = {**text.MODELS, **vision.MODELS, **audio.MODELS}
