"""The capture itself: load, make inputs, trace, check at other sizes, write."""
import contextlib
import dataclasses
import json
import os
import warnings
from typing import Callable, Optional, Sequence

from . import archive, errors, example, forward, load, record, source, versions
from .errors import CaptureError, brief


@dataclasses.dataclass
class Options:
    task: Optional[str] = None
    with_past: bool = False
    format: Optional[str] = None
    inputs: Sequence[str] = ()
    dtype: str = "float32"
    attention: Optional[str] = None
    trust_remote_code: bool = False
    keep_paths: bool = False
    check: bool = True
    force: bool = False
    say: Callable = lambda text: None


def capture(model_source: str, output: str, options: Optional[Options] = None, **given) -> dict:
    """Writes `output` and returns its record. Keyword arguments are fields of Options. Raises CaptureError."""
    options = dataclasses.replace(options or Options(), **given)
    form = output_format(output, options.format)
    claim(output, options.force)
    found = source.parse(model_source, options.keep_paths)
    torch, transformers = libraries()
    with quiet(transformers), torch.no_grad():
        model, tokenizer, task, with_past = load.load(torch, transformers, found, options)
        files = load.preprocessor(found, transformers)
        examples, named = example.example_inputs(torch, model, tokenizer, files, options, with_past, 0)
        others = None
        if options.check:
            others, _ = example.example_inputs(torch, model, tokenizer, files, options, with_past, 1)
        positions = "position_ids" in examples
        model = forward.with_past(torch, model, positions) if with_past else forward.plain(torch, model)
        options.say(f"capturing {type(model).__name__} with {', '.join(examples)}")
        with versions.traceable_masks():
            outputs, made = archive.trace(torch, model, examples, named, form)
            if others is not None:
                archive.check(torch, model, made, others, form)
        made_record = record.build(torch, transformers, found, task, with_past, model, examples, named, outputs,
                                   tokenizer, form)
        archive.write(torch, made, output, json.dumps(made_record, indent=1, ensure_ascii=False) + "\n", form)
    return made_record


def output_format(output: str, wanted: Optional[str]) -> str:
    by_name = {".pt": "torchscript", ".pt2": "pt2"}.get(os.path.splitext(output)[1])
    if wanted or by_name:
        return wanted or by_name
    raise CaptureError(errors.USAGE, "The output is named neither .pt (TorchScript) nor .pt2 (torch.export).", output,
                       f"-o {os.path.splitext(output)[0] or 'model'}.pt, or --format torchscript|pt2", 2)


def claim(output: str, force: bool) -> None:
    directory = os.path.dirname(os.path.abspath(output))
    if os.path.isdir(output):
        raise CaptureError(errors.OUTPUT_EXISTS, "The output is a directory.", output, "name a file: -o "
                           + os.path.join(output, "model.pt"), 5)
    if os.path.lexists(output) and not force:
        raise CaptureError(errors.OUTPUT_EXISTS, "The output already exists.", output, "add --force to replace it", 5)
    if not os.path.isdir(directory):
        raise CaptureError(errors.OUTPUT_DIRECTORY, "The output directory does not exist.", os.path.dirname(output),
                           f"mkdir -p {os.path.dirname(output)}", 5)


def libraries():
    try:
        import torch
        import transformers
    except ImportError as e:
        name = (e.name or "torch").split(".")[0]
        raise CaptureError(errors.ENVIRONMENT, f"This Python cannot import {name}.", brief(e),
                           "run capture in the environment that runs the model, or: pip install torch transformers")
    return torch, transformers


@contextlib.contextmanager
def quiet(transformers):
    """Libraries print advice that does not concern a capture; errors still surface as exceptions."""
    before = transformers.utils.logging.get_verbosity()
    transformers.utils.logging.set_verbosity_error()
    bars = getattr(transformers.utils.logging, "disable_progress_bar", None)
    if bars:
        bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers.utils.logging.set_verbosity(before)