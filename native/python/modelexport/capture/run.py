"""The capture itself: load, make inputs, trace, check at other sizes, write."""
import contextlib
import dataclasses
import json
import os
import warnings
from typing import Callable, Optional, Sequence

from . import archive, errors, load, parts, record, source, versions
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


def capture(model_source: str, output: str, options: Optional[Options] = None, **given):
    """Writes `output` and returns its record; for a directory the records by file name. Keyword arguments are fields
    of Options. Raises CaptureError."""
    options = dataclasses.replace(options or Options(), **given)
    target = Target(output, options)
    found = source.parse(model_source, options.keep_paths)
    torch, transformers = libraries()
    with quiet(transformers), torch.no_grad():
        model, tokenizer, task, with_past = load.load(torch, transformers, found, options, target.directory)
        files = load.preprocessor(found, transformers)
        made = parts.of(torch, model, tokenizer, files, options, with_past)
        target.claim([part.name for part in made])
        records = {}
        for part in made:
            path = target.path_of(part.name)
            program, facts = capture_part(torch, model, part, target.form, options)
            records[os.path.basename(path)] = record.build(torch, transformers, found, task, with_past, model, facts,
                                                           tokenizer, target.form)
            text = json.dumps(records[os.path.basename(path)], indent=1, ensure_ascii=False) + "\n"
            archive.write(torch, program, path, text, target.form)
    return records if target.directory else next(iter(records.values()))


def capture_part(torch, model, part, form, options):
    """(program, what the record says of it)."""
    examples, named = part.examples(0)
    others = part.examples(1)[0] if options.check else None
    original = model.forward
    part.replace(model, list(examples))
    try:
        options.say(f"capturing {type(model).__name__} with {', '.join(examples)}")
        with versions.traceable():
            outputs, program = archive.trace(torch, model, examples, named, form)
            if others is not None:
                archive.check(torch, model, program, others, form)
    finally:
        model.forward = original
    silent = record.silent_modules(model, program) if form == "pt2" else {}
    return program, record.Facts(part.name, examples, named, outputs, silent)


class Target:
    """Where archives go: one file, or a directory that receives them under the names that loaders know."""
    ENDINGS = {".pt": "torchscript", ".pt2": "pt2"}

    def __init__(self, output: str, options: Options):
        self.output, self.force = output, options.force
        ending = os.path.splitext(output)[1]
        self.directory = os.path.isdir(output) or output.endswith(("/", os.sep)) or not ending
        self.form = options.format or ("torchscript" if self.directory else self.ENDINGS.get(ending))
        if not self.form:
            raise CaptureError(errors.USAGE, "The output is named neither .pt (TorchScript) nor .pt2 (torch.export).",
                               output, f"-o {os.path.splitext(output)[0] or 'model'}.pt, or --format torchscript|pt2", 2)
        parent = os.path.dirname(os.path.abspath(output))
        if not self.directory and os.path.lexists(output) and not self.force:
            raise exists(output)
        if not os.path.isdir(parent):
            raise CaptureError(errors.OUTPUT_DIRECTORY, "The output directory does not exist.", os.path.dirname(output),
                               f"mkdir -p {os.path.dirname(output)}", 5)

    def path_of(self, part: str) -> str:
        if not self.directory:
            return self.output
        return os.path.join(self.output, part + next(e for e, f in self.ENDINGS.items() if f == self.form))

    def claim(self, names) -> None:
        """Before the work: several parts need a directory, and nothing is replaced without being told."""
        if not self.directory:
            if len(names) > 1:
                raise CaptureError(errors.USAGE, "An encoder-decoder model with key/value cache is several archives.",
                                   self.output, f"name a directory: -o {os.path.splitext(self.output)[0]}", 2)
            return
        for path in map(self.path_of, names):
            if os.path.lexists(path) and not self.force:
                raise exists(path)
        try:
            os.makedirs(self.output, exist_ok=True)
        except OSError as e:
            raise CaptureError(errors.OUTPUT_DIRECTORY, f"The output directory cannot be made: {brief(e)}", self.output,
                               "choose another place", 5) from e


def exists(path: str) -> CaptureError:
    return CaptureError(errors.OUTPUT_EXISTS, "The output already exists.", path, "add --force to replace it", 5)


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