"""The path under which the loader was first announced; the same function as in the package itself."""
from ..components import load_hf_components_from_onnx

__all__ = ["load_hf_components_from_onnx"]
