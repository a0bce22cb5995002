"""modelexport: PyTorch archives to self-describing ONNX packages.

    import modelexport
    config, tokenizer = modelexport.load_hf_components_from_onnx("model.onnx")
    model = modelexport.ort_model("model.onnx")

This package imports neither torch nor transformers by itself; `modelexport.capture` and the loaders do when they are
asked to work. `inspect`, `check`, `stamp` and `load` are the commands of that name and return their JSON results.
"""

from .components import load_hf_components_from_onnx
from .metadata import read_metadata
from .program import ModelexportError, ModelexportWarning, check, inspect, load, ort_model, stamp

__version__ = "1.0.0"
__all__ = ["ModelexportError", "ModelexportWarning", "check", "inspect", "load", "load_hf_components_from_onnx",
           "ort_model", "read_metadata", "stamp"]
