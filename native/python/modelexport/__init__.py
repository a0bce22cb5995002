"""modelexport: PyTorch archives to self-describing ONNX packages.

This package imports neither torch nor transformers by itself; `modelexport.capture` does when it is asked to work.
"""

__version__ = "1.0.0"
