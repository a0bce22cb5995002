"""The commands of `modelexport` from Python: results as dictionaries, errors as exceptions, warnings as warnings.

They run inside the interpreter (the extension module _native), which is free for other threads meanwhile and gets its
Ctrl-C (in its main thread, as everywhere in Python). An interpreter that the extension was not built for runs the program instead, with the same results; so does
whoever sets MODELEXPORT to the path of one.
"""
from __future__ import annotations

import ast
import json
import multiprocessing.util
import os
import pathlib
import shutil
import re
import subprocess
import sys
import tempfile
import warnings
from typing import Any, Union

try:
    from . import _native
except ImportError:  # another interpreter's, or not built
    _native = None

_HERE = pathlib.Path(__file__).resolve().parent
Path = Union[str, "os.PathLike[str]"]


class ModelexportWarning(UserWarning):
    """What the program warns of while it succeeds, with its code."""


class ModelexportError(RuntimeError):
    """What the program reports: a stable code, what happened, where, and what to do."""

    def __init__(self, code: str, message: str, where: dict[str, Any], hint: str, exit_code: int):
        super().__init__(f"[{code}] {message}" + (f"\n  hint: {hint}" if hint else ""))
        self.code, self.message, self.where, self.hint, self.exit_code = code, message, where, hint, exit_code


def program() -> str:
    """The program: $MODELEXPORT, beside this package, in the build it belongs to, or on the PATH."""
    named = os.environ.get("MODELEXPORT")
    for candidate in (named, _HERE / "bin" / "modelexport", _HERE.parents[1] / "bin" / "modelexport",
                      _HERE.parents[2] / "build" / "bin" / "modelexport", shutil.which("modelexport")):
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    raise FileNotFoundError("the modelexport program was not found; set MODELEXPORT to its path")


def main() -> int:
    """The console script."""
    os.execv(program(), ["modelexport", *sys.argv[1:]])


def _execute(words: list[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    if _native is not None and not os.environ.get("MODELEXPORT"):
        code, out, err = _native.run([os.fsencode(word) for word in words])
    else:
        done = subprocess.run([program(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        code, out, err = done.returncode, done.stdout, done.stderr
    return code, os.fsdecode(out), os.fsdecode(err)


def _run(*arguments: str, findings: bool = False) -> dict[str, Any]:
    """Runs a command with --json. `findings`: what it says of each file is a result, whatever the exit code."""
    command, *words = arguments
    code, out, err = _execute([command, "--json", "--color", "never", *words])
    try:
        result = json.loads(out)
    except ValueError:
        result = {"error": {"code": "ME-CLI", "message": err.strip() or f"exit code {code}", "where": {}, "hint": ""}}
    if "error" in result:
        error = result["error"]
        raise ModelexportError(error.get("code", ""), error.get("message", ""), error.get("where") or {}, error.get("hint") or "", code)
    if code != 0 and not (findings and "files" in result):
        raise ModelexportError("", err.strip(), {}, "", code)
    for text in re.findall(r"^warning(\[.*(?:\n +.*)*)", err, re.MULTILINE):
        warnings.warn(text, ModelexportWarning, stacklevel=3)
    return result


def inspect(path: Path, *, nodes: bool = False) -> dict[str, Any]:
    """Facts and module hierarchy of an ONNX file or archive (`modelexport inspect`)."""
    return _run("inspect", *(["--nodes"] if nodes else []), "--", os.fspath(path))


def check(*paths: Path, target: str | None = None) -> dict[str, Any]:
    """Findings about ONNX files, packages and trees of them (`modelexport check`). A file that cannot be read has an
    "error" among the result's "files"."""
    return _run("check", *(["--target", target] if target else []), "--", *(os.fspath(path) for path in paths), findings=True)


def stamp(path: Path, *, source: str | None = None, set: dict[str, str] | None = None, remove: list[str] | None = None,
          output: Path | None = None, verify_weights: bool = False) -> dict[str, str]:
    """Reads the metadata of an ONNX file; with `source`, `set` or `remove` changes them, in place or into `output`.

    `verify_weights` compares the weights with the Hub commit that the file names, and notes that they are equal.
    """
    words: list[str] = ["--verify-weights"] if verify_weights else []
    if source is not None:
        words += ["--source", source]
    for key, value in (set or {}).items():
        words += ["--set", f"{key}={value}"]
    for key in remove or []:
        words += ["--remove", key]
    if words:
        words += ["-o", os.fspath(output)] if output is not None else ["--in-place"]
    result = _run("stamp", *words, "--", os.fspath(path))
    return {entry["key"]: entry["value"] for entry in result["metadata"]}


def load(path: Path, directory: Path | None = None, *, revision: str | None = None, offline: bool = False,
         target: str | None = None, trust_remote_code: bool = False) -> dict[str, Any]:
    """Makes a directory that Optimum opens out of a stamped ONNX file (`modelexport load`).

    `revision` is another revision of the stamped model. `target` is "optimum" (default), "transformers.js", or both, separated by a comma. `trust_remote_code` takes along the
    Python code that the configuration names.

    Without `directory` a temporary one is made that lives until this process ends. The result's "directory" is its
    path; "loader" holds lines of Python and JavaScript that open it.
    """
    if directory is None:
        base = tempfile.mkdtemp(prefix="modelexport-")
        # Of this process, not of those that it forks; also at the end of multiprocessing's workers, which run no atexit.
        multiprocessing.util.Finalize(None, shutil.rmtree, args=(base,), kwargs={"ignore_errors": True}, exitpriority=0)
        directory = pathlib.Path(base) / "model"
    options = [*(["--revision", revision] if revision else []), *(["--target", target] if target else []),
               *(["--offline"] if offline else []), *(["--trust-remote-code"] if trust_remote_code else [])]
    return _run("load", *options, "-o", os.fspath(directory), "--", os.fspath(path))


def fetch_components(repo_id: str, revision: str) -> dict[str, Any]:
    """Configuration, tokenizer and processors of a Hub model in the shared cache (`modelexport fetch`). "directory" is their
    path; "partial" says that the cache may not have all, and the Hub was not asked."""
    return _run("fetch", "--", repo_id + (f"@{revision}" if revision else ""))


def ort_model(path: Path, **options: Any) -> Any:
    """The ORTModelFor… object of a stamped ONNX file, ready to run.

    It is opened as the printed snippet says (use_cache=False for a decoder without cache); `options` go to its
    from_pretrained too and come first. Example: modelexport.ort_model("model.onnx")(**tokenizer("hello", return_tensors="pt"))
    """
    loaded = load(path, trust_remote_code=bool(options.get("trust_remote_code")))
    name, said = _loader(loaded["loader"]["python"])
    if name is None:
        raise ModelexportError("", "no class of Optimum is known for this model's task", {}, f"see {loaded['directory']}", 0)
    import optimum.onnxruntime
    return getattr(optimum.onnxruntime, name).from_pretrained(loaded["directory"], **{**said, **options})


def _loader(snippet: str) -> "tuple[str | None, dict[str, Any]]":
    """The ORTModel class that a snippet opens, and with which arguments beside the directory."""
    for call in ast.walk(ast.parse(snippet)):
        made = call.func if isinstance(call, ast.Call) else None
        if isinstance(made, ast.Attribute) and made.attr == "from_pretrained" and isinstance(made.value, ast.Name) \
                and made.value.id.startswith("ORTModel"):
            return made.value.id, {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
    return None, {}
