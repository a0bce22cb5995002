"""Configuration and preprocessor of an ONNX file, from where its stamp says they are."""
from __future__ import annotations

import os
import pathlib
import re
import shlex
from typing import Any

from .metadata import read_metadata

_REPO_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?", re.ASCII)


def load_hf_components_from_onnx(onnx_path: str | os.PathLike[str]) -> tuple[Any, Any]:
    """Loads (config, preprocessor) for an ONNX file that modelexport stamped.

    A Hub model's come from the Hub or its cache at the stamped revision, a local model's from the files beside the
    ONNX file. The preprocessor is whatever the model has: processor, tokenizer, image processor or feature
    extractor; None if it has none. Code from the Hub is never run.

    Raises ValueError when the stamp is missing or incomplete, and what transformers raises when files cannot be had.
    """
    path = pathlib.Path(onnx_path)
    stamp = read_metadata(path)
    kind = stamp.get("hf_model_type", "unknown")
    if kind == "hub":
        return _from_hub(stamp)
    if kind == "local":
        return _from_directory(path.parent)
    raise ValueError(
        f"ONNX model has unknown type '{kind}'. Was it exported with an older version of ModelExport? Please re-export the "
        f"model, or stamp it: modelexport migrate {shlex.quote(str(path))} --source SOURCE -o NEW.onnx")


def _from_hub(stamp: dict[str, str]) -> tuple[Any, Any]:
    repo_id = stamp.get("hf_hub_id", "")
    if not repo_id:
        raise ValueError("ONNX model marked as Hub model but missing hf_hub_id metadata")
    # A file must not turn a Hub name into a path of this machine.
    if not _REPO_ID.fullmatch(repo_id) or ".." in repo_id or "--" in repo_id:
        raise ValueError(f"ONNX model names '{repo_id}', which is no Hub id")
    revision = _full_revision(repo_id, stamp.get("hf_hub_revision", ""))
    return _load(repo_id, {"revision": revision} if revision else {})


def _full_revision(repo_id: str, revision: str) -> str:
    """Eight digits, as the predecessor wrote them, are a commit that only the Hub can complete, or a snapshot in the
    cache that starts with them."""
    if not re.fullmatch(r"[0-9a-f]{7,39}", revision):
        return revision
    import huggingface_hub.constants
    snapshots = pathlib.Path(huggingface_hub.constants.HF_HUB_CACHE, "models--" + repo_id.replace("/", "--"), "snapshots")
    found = [place.name for place in snapshots.glob(revision + "*") if len(place.name) == 40]
    return found[0] if len(found) == 1 else revision


def _from_directory(directory: pathlib.Path) -> tuple[Any, Any]:
    config = directory / "config.json"
    if not config.exists():
        raise ValueError(
            f"Config.json not found for local model: {config}. The model may have been moved without its config files; "
            "copy them beside it, or export again with --source DIRECTORY.")
    return _load(str(directory.absolute()), {})


def _load(source: str, options: dict[str, str]) -> tuple[Any, Any]:
    import transformers
    config = transformers.AutoConfig.from_pretrained(source, trust_remote_code=False, **options)
    for name in ("AutoProcessor", "AutoTokenizer", "AutoImageProcessor", "AutoFeatureExtractor"):
        try:
            return config, getattr(transformers, name).from_pretrained(source, trust_remote_code=False, **options)
        except (OSError, ValueError, KeyError, ImportError, TypeError, AttributeError):
            continue  # not that kind of model
    return config, None
