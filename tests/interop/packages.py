"""What the package tests share: packing, running the printed snippets, and transformers.js in Node."""
import contextlib
import json
import logging
import os
import pathlib
import shutil
import subprocess

import support

JS = pathlib.Path(__file__).resolve().parent / "js"


def node_modules():
    """Directory that holds transformers.js, made by toolchains (interop_node), or None."""
    place = os.environ.get("MODELEXPORT_NODE_MODULES")
    return pathlib.Path(place) if place and (pathlib.Path(place) / "@huggingface/transformers").is_dir() else None


class Package:
    """A packed directory and what pack said about it."""

    def __init__(self, directory, summary):
        self.directory, self.summary = pathlib.Path(directory), summary
        self.python, self.javascript = summary["loader"]["python"], summary["loader"]["javascript"]


def pack(models, source, out, *options, target="optimum,transformers.js", code=0):
    """Packs into `out`, named relative to its parent, as a user would."""
    out = pathlib.Path(out)
    given = ["--source", source] if source else []
    r = support.modelexport("pack", *models, *given, "-t", target, "-o", out.name, "--json", *options, cwd=out.parent,
                            code=code)
    return Package(out, json.loads(r.stdout))


@contextlib.contextmanager
def warnings_of_loaders():
    """Collects what transformers and Optimum log as warnings."""
    messages = []

    class Collect(logging.Handler):
        def emit(self, record):
            if record.levelno >= logging.WARNING:
                messages.append(record.getMessage())

    handler, loggers = Collect(), [logging.getLogger(n) for n in ("transformers", "optimum")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
    try:
        yield messages
    finally:
        for logger, level in zip(loggers, levels):
            logger.removeHandler(handler)
            logger.setLevel(level)


def run_python(package):
    """Executes the printed Python in the directory above the package; returns its names."""
    names, before = {}, os.getcwd()
    os.chdir(package.directory.parent)
    try:
        exec(package.python, names)  # noqa: S102 the point of the test
    finally:
        os.chdir(before)
    return names


def run_node(directory, jobs):
    """Runs jobs (see js/run.mjs) with `directory` as working directory; a job's "package" gives its snippet."""
    modules = directory / "node_modules"
    if not modules.exists():
        modules.symlink_to(node_modules())
    shutil.copy(JS / "run.mjs", directory / "run.mjs")
    for i, job in enumerate(jobs):
        if package := job.pop("package", None):
            job["module"] = f"./snippet{i}.mjs"
            # A snippet that opens tokenizer and model one by one is called like a pipeline.
            both = "" if "const run" in package.javascript else "const run = { tokenizer, model };\n"
            (directory / job["module"]).write_text(f"{package.javascript}\n{both}export {{ run }};\n")
    (directory / "jobs.json").write_text(json.dumps(jobs))
    r = subprocess.run(["node", "run.mjs", "jobs.json"], cwd=directory, capture_output=True, text=True, timeout=900)
    assert r.returncode == 0, r.stderr[-4000:]
    results = {}
    for result in json.loads(r.stdout):
        assert "ok" in result, f"{result['name']}: {result['error']}"
        results[result["name"]] = result["ok"]
    return results
