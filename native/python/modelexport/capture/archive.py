"""Making the archive in memory, comparing it with the model at other sizes, writing it."""
import os
import shutil
import tempfile

from . import errors, record, versions
from .errors import CaptureError, brief


def trace(torch, model, examples, named, form):
    """(output names, archive in memory)."""
    try:
        outputs = list(model(**examples))
    except Exception as e:
        raise CaptureError(errors.INPUTS, f"The model does not run on the example inputs: {brief(e)}",
                           f"{type(model).__name__} with " + ", ".join(
                               f"{n} {list(v.shape) if hasattr(v, 'shape') else ''}".strip()
                               for n, v in examples.items()),
                           "give inputs that it accepts: --input NAME:DTYPE:2x16") from e
    try:
        if form == "pt2":
            return outputs, versions.export_program(torch, model, examples, named)
        # A trace records the structure of nested inputs only where they are given by position.
        nested = any(isinstance(value, list) for value in examples.values())
        given = {"example_inputs": tuple(examples.values())} if nested else {"example_kwarg_inputs": examples}
        return outputs, torch.jit.trace(model, **given, strict=False, check_trace=False)
    except Exception as e:
        other = ".pt" if form == "pt2" else ".pt2"
        raise CaptureError(errors.TRACE, f"PyTorch {torch.__version__} could not capture the model: {brief(e)}",
                           type(model).__name__,
                           f"try the other form: -o model{other}; --traceback shows the cause") from e


def check(torch, model, made, others, form) -> None:
    """The archive must give the model's results at sizes that it was not made with."""
    want = model(**others)
    try:
        got = (made.module() if form == "pt2" else made)(**others)
    except Exception as e:
        raise differs(type(model).__name__, others, brief(e)) from e
    for name, tensor in want.items():
        if got[name].shape != tensor.shape:
            raise differs(type(model).__name__, others, f"{name} has shape {list(got[name].shape)}, "
                                                        f"not {list(tensor.shape)}")
        scale = max(1.0, float(tensor.abs().max())) if tensor.numel() else 1.0
        limit = 1e-3 if tensor.dtype in (torch.float32, torch.float64) else 5e-2
        if not torch.allclose(got[name].double(), tensor.double(), rtol=0, atol=limit * scale, equal_nan=True):
            raise differs(type(model).__name__, others, f"{name} differs")


def differs(name, others, detail) -> CaptureError:
    shapes = ", ".join(f"{n} {list(v.shape)}" for n, v in others.items() if hasattr(v, "shape"))
    return CaptureError(errors.DIFFERS, f"The archive does not follow the model to other sizes: {detail}",
                        f"{name} at {shapes}", "try the other form (.pt or .pt2); --no-check writes the archive anyway, "
                        "right only at the sizes it was made with", 1)


def write(torch, made, output, text, form) -> None:
    """Saved under its final name in a directory of its own (the name goes into the archive), then moved into place."""
    scratch = None
    try:
        scratch = tempfile.mkdtemp(prefix=".modelexport-", dir=os.path.dirname(os.path.abspath(output)))
        path = os.path.join(scratch, os.path.basename(output))
        if form == "pt2":
            torch.export.save(made, path, extra_files={record.NAME: text})
        else:
            torch.jit.save(made, path, _extra_files={record.NAME: text})
        os.replace(path, output)
    except (OSError, RuntimeError) as e:
        raise CaptureError(errors.OUTPUT_WRITE, f"The archive cannot be written: {brief(e)}", output,
                           "free some space, or choose another place", 5) from e
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
