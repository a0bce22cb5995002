"""Configuration and preprocessor of an ONNX file, from where its stamp says they are."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import shlex
import warnings
from typing import Any

from .metadata import read_metadata
from .program import ModelexportError, ModelexportWarning, fetch_components


_REPO_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?", re.ASCII)


def load_hf_components_from_onnx(onnx_path: str | os.PathLike[str]) -> tuple[Any, Any]:
    """Loads (config, preprocessor) for an ONNX file that modelexport stamped.

    A Hub model's come from the package that the file lies in, the shared cache or the Hub, at the stamped revision; a
    local model's from the files beside the ONNX file. The preprocessor is whatever the model has: processor, tokenizer,
    image processor or feature extractor; None if it has none. Code from the Hub is never run.

    Raises ValueError when the stamp is missing, incomplete or wrong, ModelexportError when a Hub model's files cannot be had
    (which model, why, and what to do), and what transformers raises about files that it cannot use.
    """
    path = pathlib.Path(onnx_path)
    stamp = read_metadata(path)
    kind = stamp.get("hf_model_type", "unknown")
    if kind == "hub":
        return _from_hub(path, stamp)
    if kind == "local":
        return _from_directory(path.parent)
    raise ValueError(
        f"ONNX model has unknown type '{kind}'. Was it exported with an older version of ModelExport? Please re-export the "
        f"model, or stamp it: modelexport migrate {shlex.quote(str(path))} --source SOURCE -o NEW.onnx")


def _from_hub(path: pathlib.Path, stamp: dict[str, str]) -> tuple[Any, Any]:
    repo_id, revision = stamp.get("hf_hub_id", ""), stamp.get("hf_hub_revision", "")
    if not repo_id:
        raise ValueError("ONNX model marked as Hub model but missing hf_hub_id metadata")
    if not _REPO_ID.fullmatch(repo_id) or ".." in repo_id or "--" in repo_id:
        raise ValueError(f"ONNX model names '{repo_id}', which is no Hub id")
    for directory in (path.parent, path.parent.parent) if path.absolute().parent.name == "onnx" else (path.parent,):
        if _is_package_of(directory, repo_id, revision):
            return _load(directory)
    fetched = fetch_components(repo_id, revision)
    directory, commit = pathlib.Path(fetched["directory"]), fetched["commit"]
    if not revision or not commit.startswith(revision):
        warnings.warn(f"[ME-META-004]: The stamp of {path} names no commit; the components are those of {commit}.\n"
                      f"  = hint: if it is the right one, stamp it: modelexport stamp {shlex.quote(str(path))} --source {repo_id}@{commit} --in-place",
                      ModelexportWarning, stacklevel=3)
    # Without network, what is not in the cache must not be taken for what does not exist.
    if fetched.get("partial") and not _preprocessors_in(directory):
        model = f"{repo_id}@{commit}"
        raise ModelexportError("ME-HUB-009", f"whether {model} has a tokenizer or processor is not known to the shared cache, and the "
                               "network may not be used", {"path": str(directory)}, f"go online once: modelexport fetch {model}", 4)
    return _load(directory)


def _preprocessors_in(directory: pathlib.Path) -> set[str]:
    names = ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json")
    return {name for name in names if (directory / name).exists()}


def _is_package_of(directory: pathlib.Path, repo_id: str, revision: str) -> bool:
    """Whether a manifest in the directory vouches for the components there: the rule of `modelexport load`."""
    try:
        manifest = json.loads((directory / "modelexport.json").read_text(encoding="utf-8"))
        source = manifest["source"]
        same = revision != "" and (source.get("hub_id"), source.get("revision")) == (repo_id, revision)
        parts = {file["path"]: file["sha256"] for file in manifest["files"] if file.get("from") == "source"}
        if not same or "config.json" not in parts or not _preprocessors_in(directory) <= set(parts):
            return False
        changed = [name for name, sha256 in parts.items() if hashlib.sha256((directory / name).read_bytes()).hexdigest() != sha256]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    if changed:
        warnings.warn(f"[ME-PKG-003]: {', '.join(changed)} of {directory} differs from the file that was packed; it is taken as it is",
                      ModelexportWarning, stacklevel=4)
    return True


def _from_directory(directory: pathlib.Path) -> tuple[Any, Any]:
    config = directory / "config.json"
    if not config.exists():
        raise ValueError(
            f"Config.json not found for local model: {config}. The model may have been moved without its config files; "
            "copy them beside it, or export again with --source DIRECTORY.")
    return _load(directory)


def _load(directory: pathlib.Path) -> tuple[Any, Any]:
    import transformers
    source = str(directory.absolute())
    config = transformers.AutoConfig.from_pretrained(source, trust_remote_code=False)
    for name in ("AutoProcessor", "AutoTokenizer", "AutoImageProcessor", "AutoFeatureExtractor"):
        try:
            return config, getattr(transformers, name).from_pretrained(source, trust_remote_code=False)
        except (OSError, ValueError, KeyError, ImportError, TypeError, AttributeError):
            continue  # not that kind of model
    return config, None
