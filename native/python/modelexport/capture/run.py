"""The capture itself: load, make inputs, trace, check at other sizes, write."""
import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
import warnings
from typing import Callable, Optional, Sequence

from . import errors, inputs, record, source, tasks
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
    from . import forward, versions
    with quiet(transformers), torch.no_grad():
        model, tokenizer, task, with_past = load(torch, transformers, found, options)
        examples, named = example_inputs(torch, model, tokenizer, found, options, with_past, 0)
        others = None
        if options.check:
            others, _ = example_inputs(torch, model, tokenizer, found, options, with_past, 1)
        positions = "position_ids" in examples
        model = forward.with_past(torch, model, positions) if with_past else forward.plain(torch, model)
        options.say(f"capturing {type(model).__name__} with {', '.join(examples)}")
        with versions.traceable_masks():
            outputs, made = trace(torch, model, examples, named, form, versions)
            if others is not None:
                check(torch, model, made, others, form)
        made_record = record.build(torch, transformers, found, task, with_past, model, examples, named, outputs,
                                   tokenizer, form)
        write(torch, made, output, json.dumps(made_record, indent=1, ensure_ascii=False) + "\n", form)
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


def loading_error(e: Exception, found) -> CaptureError:
    text = brief(e)
    low = text.lower()
    if "trust_remote_code" in low:
        return CaptureError(errors.MODEL, "The model brings its own code.", found.shown,
                            "read it, and if you trust it add --trust-remote-code")
    if found.kind == "hub" and ("gated" in low or "401" in low or "403" in low):
        return CaptureError(errors.MODEL, "The Hub refuses access: " + text, found.shown,
                            "huggingface-cli login, and request access on the model's page", exit_code=4)
    if found.kind == "hub" and ("not a valid model identifier" in low or "404" in low):
        return CaptureError(errors.MODEL, "Model not found on HuggingFace Hub", found.shown,
                            "check the spelling; a local directory needs a path that exists", exit_code=4)
    if found.kind == "hub" and isinstance(e, OSError) and ("connect" in low or "offline" in low or "couldn't" in low
                                                           or "cannot find" in low):
        return CaptureError(errors.MODEL, "The Hub cannot be reached and the model is not in the cache.", found.shown,
                            "go online once, or name a local directory", exit_code=4)
    return CaptureError(errors.MODEL, f"The model cannot be loaded: {text}", found.shown)


def load(torch, transformers, found, options):
    """(model in eval mode, tokenizer or None, task, with_past)."""
    task, with_past = tasks.normal(options.task) if options.task else (None, False)
    with_past = with_past or options.with_past
    keywords = {"trust_remote_code": options.trust_remote_code}
    options.say(f"loading {found.shown}")
    try:
        config = transformers.AutoConfig.from_pretrained(found.load, **found.arguments(), **keywords)
        if found.kind == "hub" and not found.commit:
            found.commit = getattr(config, "_commit_hash", None)
        for part in [config] + [c for c in (getattr(config, n, None) for n in ("text_config", "decoder")) if c]:
            if hasattr(part, "use_cache"):
                part.use_cache = False
        config.return_dict, config.torchscript = True, False
        if hasattr(config, "reference_compile"):
            config.reference_compile = False  # torch.compile inside a trace
        chosen, task = tasks.model_class(transformers, config, task)
        if options.attention or "flash" in str(getattr(config, "_attn_implementation", "")):
            keywords["attn_implementation"] = options.attention or "sdpa"
        if not chosen.__name__.startswith("Auto"):
            keywords.pop("trust_remote_code")
        model, info = chosen.from_pretrained(found.load, config=config, output_loading_info=True, **found.arguments(),
                                             **keywords)
    except CaptureError:
        raise
    except Exception as e:
        raise loading_error(e, found) from e
    if with_past and task != "text-generation":
        raise CaptureError(errors.TASK, f"--with-past is for text-generation; this is {task}.", found.shown,
                           "leave --with-past out", 2)
    report_missing(model, sorted(info.get("missing_keys", [])), config, found, options)
    model = model.to(getattr(torch, options.dtype)).eval()
    tokenizer = load_tokenizer(transformers, found, options)
    if getattr(model.config, "pad_token_id", 0) is None and type(model).__name__.endswith("ForSequenceClassification"):
        padding = getattr(tokenizer, "pad_token_id", None)
        model.config.pad_token_id = padding if padding is not None else (model.config.eos_token_id or 0)
        options.say(f"note: config.json names no padding token; {model.config.pad_token_id} marks padding")
    return model, tokenizer, task, with_past


def report_missing(model, missing, config, found, options) -> None:
    """Parameters without stored values are random: fatal for a head that was asked for, a note for the rest."""
    if not missing:
        return
    named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    if options.task and type(model).__name__ not in (config.architectures or []):
        raise CaptureError(errors.TASK, f"The weights have no {type(model).__name__} head: {named} would be random.",
                           f"{found.shown}: weights of {', '.join(config.architectures or ['?'])}",
                           "leave --task out, or train that head first", 2)
    options.say(f"note: the weights lack {named}; these stay at random values")


def load_tokenizer(transformers, found, options):
    if found.kind == "local" and not any(
            os.path.exists(os.path.join(found.load, n))
            for n in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model",
                      "tokenizer.model", "sentencepiece.bpe.model")):
        return None
    try:
        return transformers.AutoTokenizer.from_pretrained(found.load, **found.arguments(),
                                                          trust_remote_code=options.trust_remote_code)
    except Exception:  # images and audio have none
        return None


def preprocessor(found, transformers) -> dict:
    """preprocessor_config.json as plain JSON, {} without one."""
    try:
        if os.path.isdir(found.load):
            path = os.path.join(found.load, "preprocessor_config.json")
        else:
            path = transformers.utils.cached_file(found.load, "preprocessor_config.json", **found.arguments(),
                                                  _raise_exceptions_for_missing_entries=False)
        with open(path, encoding="utf-8") as f:
            made = json.load(f)
        return made if isinstance(made, dict) else {}
    except (OSError, TypeError, ValueError):
        return {}


def example_inputs(torch, model, tokenizer, found, options, with_past, which):
    """(inputs by name, symbolic axes by name). `which` 1 gives other sizes, for the check."""
    import transformers
    sizes = inputs.Sizes() if which == 0 else inputs.Sizes(3, 11, 6, 9200, 7, 2)
    given = {}
    for text in options.inputs:
        name, tensor = parse_input(torch, text, which)
        given[name] = tensor
    if with_past:
        made = past_inputs(torch, model, sizes)
        made.update(given)
    else:
        made = inputs.make(torch, model, tokenizer, preprocessor(found, transformers), sizes, given)
    dtype = getattr(torch, options.dtype)
    made = {n: v.to(dtype) if isinstance(v, torch.Tensor) and v.is_floating_point() else v for n, v in made.items()}
    pair = getattr(model.config, "is_encoder_decoder", False) and "decoder_input_ids" in made
    named = {n: inputs.axes(n, v.dim() if isinstance(v, torch.Tensor) else 4, pair, with_past)
             for n, v in made.items()}
    return made, named


def past_inputs(torch, model, sizes) -> dict:
    import inspect

    from . import forward
    new, past = 3 if sizes.batch == 2 else 4, sizes.past
    made = {"input_ids": inputs.Examples(torch, model, sizes, {}).ids(new, 17),
            "attention_mask": torch.ones(sizes.batch, past + new, dtype=torch.int64)}
    made["attention_mask"][-1, 0] = 0
    if "position_ids" in inspect.signature(model.forward).parameters:
        made["position_ids"] = torch.arange(past, past + new)[None].repeat(sizes.batch, 1)
    made["past_key_values"] = forward.past_example(torch, model, sizes.batch, past, 18)
    return made


def parse_input(torch, text: str, which: int):
    """NAME:DTYPE:2x16 -> (name, tensor). The check varies only axis 0, since nothing else is known to be free."""
    try:
        name, dtype, shape = text.split(":")
        sizes = [int(s) for s in shape.split("x")] if shape else []
        kind = getattr(torch, dtype)
        if not isinstance(kind, torch.dtype):
            raise ValueError
    except (ValueError, AttributeError):
        raise CaptureError(errors.USAGE, f"--input {text!r} is not NAME:DTYPE:SHAPE.", "",
                           "for example --input input_ids:int64:2x16", 2) from None
    if which and sizes:
        sizes[0] += 1
    generator = torch.Generator().manual_seed(19)
    if kind.is_floating_point:
        return name, torch.rand(sizes, generator=generator).to(kind)
    return name, torch.randint(0, 2, sizes, generator=generator).to(kind)


def trace(torch, model, examples, named, form, versions):
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
        return outputs, torch.jit.trace(model, example_kwarg_inputs=examples, strict=False, check_trace=False)
    except Exception as e:
        other = ".pt" if form == "pt2" else ".pt2"
        raise CaptureError(errors.TRACE, f"PyTorch {torch.__version__} could not capture the model: {brief(e)}",
                           type(model).__name__, f"try the other form: -o model{other}; --traceback shows the cause") from e


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
