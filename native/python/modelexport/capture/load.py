"""Loading what is captured: model, tokenizer, preprocessing; a library's failure becomes an error with a hint."""
import json
import os

from . import errors, tasks
from .errors import CaptureError, brief


def loading_error(e: Exception, found) -> CaptureError:
    text = brief(e)
    low = text.lower()
    if "trust_remote_code" in low:
        return CaptureError(errors.MODEL, "The model brings its own code.", found.shown,
                            "read it, and if you trust it add --trust-remote-code")
    if found.kind == "hub" and ("gated" in low or "401" in low or "403" in low):
        return CaptureError(errors.REFUSED, "The Hub refuses access: " + text, found.shown,
                            "hf auth login, and request access on the model's page", exit_code=4)
    if found.kind == "hub" and ("not a valid model identifier" in low or "404" in low):
        return CaptureError(errors.NOT_FOUND, "Model not found on HuggingFace Hub", found.shown,
                            "check the spelling; a local directory needs a path that exists", exit_code=4)
    if found.kind == "hub" and isinstance(e, OSError) and ("connect" in low or "offline" in low or "couldn't" in low
                                                           or "cannot find" in low):
        return CaptureError(errors.NOT_CACHED, "The Hub cannot be reached and the model is not in the cache.", found.shown,
                            "go online once, or name a local directory", exit_code=4)
    return CaptureError(errors.MODEL, f"The model cannot be loaded: {text}", found.shown)


GENERATING = ("text-generation", "text2text-generation", "automatic-speech-recognition", "image-to-text")


def load(torch, transformers, found, options, best: bool):
    """(model in eval mode, tokenizer or None, task, with_past). `best`: with cache where the model can use one, unless
    the task says that it is not wanted."""
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
    generates = task in GENERATING and (task == "text-generation" or bool(getattr(config, "is_encoder_decoder", False)))
    if with_past and not generates:
        raise CaptureError(errors.TASK, f"--with-past is for models that generate text; this is {task}.", found.shown,
                           "leave --with-past out", 2)
    with_past = with_past or (best and generates and not options.task)
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
