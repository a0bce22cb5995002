"""Makes the archive that `modelexport export` reads, with the user's own PyTorch.

    python -m modelexport.capture SOURCE[@REV] -o FILE.pt|FILE.pt2

or from Python:

    from modelexport.capture import capture
    record = capture("./model_dir", "model.pt")

torch and transformers are imported when capture() runs, not before.
"""
from .errors import CaptureError
from .run import Options, capture

__all__ = ["CaptureError", "Options", "capture"]
