"""Which model is meant: a local directory or a Hub id, which commit of it, and how the record may name it."""
import dataclasses
import os
import re
from typing import Optional

from . import errors
from .errors import CaptureError

COMMIT = re.compile(r"[0-9a-f]{40}")
SNAPSHOT = re.compile(r"models--(?P<id>[^/]+)/snapshots/(?P<commit>[0-9a-f]{40})$")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclasses.dataclass
class Source:
    """`load` is what from_pretrained gets; `shown` is what the record says."""
    kind: str
    load: str
    shown: str
    repo_id: Optional[str] = None
    revision: Optional[str] = None
    commit: Optional[str] = None

    def arguments(self) -> dict:
        """Keyword arguments that pin every later load to the same commit."""
        pinned = self.commit or self.revision
        return {"revision": pinned} if self.kind == "hub" and pinned else {}


def looks_local(text: str) -> bool:
    return (text.startswith(("./", "../", "/", "~", "file:")) or text in (".", "..") or "\\" in text
            or re.match(r"[A-Za-z]:[/\\]", text) is not None or text.count("/") > 1)


def parse(text: str, keep_paths: bool) -> Source:
    """Raises CaptureError for what can be neither a directory nor a Hub id."""
    hub_only = text.startswith("hf://")
    bare = text[5:] if hub_only else text
    path = os.path.expanduser(bare[5:] if bare.startswith("file:") else bare)
    if not hub_only and os.path.isdir(path):
        return local(path, bare, keep_paths)
    if not hub_only and os.path.exists(path):
        raise CaptureError(errors.SOURCE, "The source is a file, not a model directory.", bare,
                           "name the directory that holds config.json and the weights; an archive that exists "
                           "already needs no capture: modelexport export FILE.pt -o out")
    if not hub_only and looks_local(bare):
        raise CaptureError(errors.SOURCE, "The model directory does not exist.", bare, "check the path")
    name, _, revision = bare.partition("@")
    if not HUB_ID.fullmatch(name) or "--" in name or ".." in name:
        raise CaptureError(errors.SOURCE, f"{bare!r} is neither a directory nor a Hub id.", "",
                           "a Hub id looks like org/name, with an optional @revision", 2)
    commit = revision if COMMIT.fullmatch(revision) else None
    return Source("hub", name, name, name, revision or None, commit)


def local(path: str, given: str, keep_paths: bool) -> Source:
    if not os.path.isfile(os.path.join(path, "config.json")):
        raise CaptureError(errors.SOURCE, "Config.json not found for local model", given,
                           "a Transformers model directory holds config.json beside its weights; "
                           "model.save_pretrained(DIR) writes both")
    real = os.path.realpath(path)
    found = SNAPSHOT.search(real.replace(os.sep, "/"))
    if found:  # a snapshot in the Hub's cache says exactly what it is
        name = found["id"].replace("--", "/", 1)
        return Source("hub", path, name, name, found["commit"], found["commit"])
    shown = given if keep_paths or not (os.path.isabs(path) or given.startswith(("~", "file:"))) else (
        os.path.basename(os.path.normpath(real)))
    return Source("local", path, shown)
