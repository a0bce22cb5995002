"""Configuration and preprocessor of an ONNX file, from where its stamp says they are."""
from __future__ import annotations

import os
import pathlib
import re
import shlex
from typing import Any

from .metadata import read_metadata

_REPO_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?", re.ASCII)


class HubComponentsError(OSError):
    """A Hub model's configuration or preprocessor cannot be had: which model and revision, why, and what to do.

    `repo_id` and `revision` ("" if the file names none) say what was asked for; __cause__ is what transformers said.
    """

    def __init__(self, repo_id: str, revision: str, why: str, advice: str):
        super().__init__(f"{why}\n  hint: {advice}")
        self.repo_id, self.revision = repo_id, revision


def load_hf_components_from_onnx(onnx_path: str | os.PathLike[str]) -> tuple[Any, Any]:
    """Loads (config, preprocessor) for an ONNX file that modelexport stamped.

    A Hub model's come from the Hub or its cache at the stamped revision, a local model's from the files beside the
    ONNX file. The preprocessor is whatever the model has: processor, tokenizer, image processor or feature
    extractor; None if it has none. Code from the Hub is never run.

    Raises ValueError when the stamp is missing or incomplete, HubComponentsError (an OSError) when a Hub model's files
    cannot be had, and what transformers raises about files that it cannot use.
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
    try:
        config, preprocessor = _load(repo_id, {"revision": revision} if revision else {})
    except OSError as error:
        raise _explained(repo_id, revision, error) from error
    _require_known_preprocessor(repo_id, revision, config)
    return config, preprocessor


def _require_known_preprocessor(repo_id: str, revision: str, config: Any) -> None:
    """Without network, transformers takes what is not in the cache for what does not exist: then it gives no tokenizer,
    or (transformers 5) an empty one."""
    from huggingface_hub import try_to_load_from_cache
    commit = getattr(config, "_commit_hash", None) or revision or None
    names = ("tokenizer_config.json", "preprocessor_config.json")
    known = {name: try_to_load_from_cache(repo_id, name, revision=commit) for name in names}
    if any(isinstance(place, str) for place in known.values()) or None not in known.values():
        return  # one is there, or both are known to be absent
    model = repo_id + (f"@{revision}" if revision else "")
    raise HubComponentsError(repo_id, revision, f"whether {model} has a tokenizer or processor is not known to the shared cache, and the "
                             "Hub cannot be reached, or may not be asked (HF_HUB_OFFLINE)", f"go online once: modelexport fetch {shlex.quote(model)}")


# What the Hub's client raises, by name, because its releases keep the classes in different modules: the first that is
# in the chain of causes decides. GatedRepoError is a RepositoryNotFoundError, too.
_NOT_CACHED = "{name} is not in the shared cache, and the Hub cannot be reached, or may not be asked (HF_HUB_OFFLINE)"
_CAUSES = (
    ("GatedRepoError", "access to {name} is restricted (gated model)",
     "request access on the model's page, log in (hf auth login, or HF_TOKEN), then: modelexport fetch {name}"),
    ("RevisionNotFoundError", "{repo_id} has no revision '{revision}'",
     "the commit is gone, or was never there; name another: modelexport stamp MODEL.onnx --source {repo_id}@COMMIT --in-place"),
    ("RepositoryNotFoundError", "Model not found on HuggingFace Hub, or private: {repo_id}",
     "check the model's name; a private model needs a token (hf auth login, or HF_TOKEN); then: modelexport fetch {name}"),
    ("OfflineModeIsEnabled", _NOT_CACHED, "go online once: modelexport fetch {name}"),
    ("LocalEntryNotFoundError", _NOT_CACHED, "go online once: modelexport fetch {name}"),
    ("EntryNotFoundError", "{name} has no config.json", "see what it has: modelexport fetch {name} '*' --dry-run"),
)


def _explained(repo_id: str, revision: str, error: OSError) -> HubComponentsError:
    names = {cls.__name__ for link in _chain(error) for cls in type(link).__mro__}
    # A private model answers like one that does not exist: 401 without a class of its own in some releases.
    status = [getattr(getattr(link, "response", None), "status_code", None) for link in _chain(error)]
    if 401 in status:
        names.add("RepositoryNotFoundError")
    words = {"repo_id": repo_id, "revision": revision, "name": repo_id + (f"@{revision}" if revision else "")}
    quoted = {key: shlex.quote(word) for key, word in words.items()}
    for cause, why, advice in _CAUSES:
        if cause in names:
            return HubComponentsError(repo_id, revision, why.format(**words), advice.format(**quoted))
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return HubComponentsError(repo_id, revision, f"the files of {words['name']} cannot be loaded: {first}",
                              f"see what can be had of them: modelexport fetch {quoted['name']}")


def _chain(error: BaseException | None) -> list[BaseException]:
    """An exception and what caused it, outermost first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


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
