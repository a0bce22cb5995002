"""Golden tests of the command line, on the real program: python3 run.py --binary PATH [--rebase] [NAME…]

One file per case in cases/. Its first lines, starting with #, say what it shows; then sections:

  [needs]    what the build or machine must have, separated by spaces: worker, tmpfs. Without it: skipped.
  [setup]    shell commands that prepare the case's own directory
  [run]      the command; `modelexport` is the program under test
  [exit]     expected exit code
  [stdout]   expected text, exactly, after replacing what differs from run to run (see VARYING)
  [stderr]   the same
  [requests] what the Hub was asked, one line per request, if the setup has made one (see below)
  [files]    every file in the directory afterwards that setup did not leave; a file it changed is marked "changed",
             one it removed "removed"

--rebase writes what happened into the expected sections; look at the diff before believing it.
Directories ORG/NAME that the setup makes below $HUB are repositories of a Hub on loopback, which is then the endpoint;
ORG/NAME.json holds its facts (tests/support/hub_server.py: private, gated, aliases, card, task).
$FIXTURES is tests/fixtures. $TMPDIR is a directory of the case that must be empty afterwards.
"""
import argparse
import concurrent.futures
import contextlib
import difflib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from hub_server import Hub  # noqa: E402

EXPECTED = ("exit", "stdout", "stderr", "requests", "files")
VARYING = [
    (re.compile(r'("seconds": )[0-9.e+-]+'), r"\1SECONDS"),
    (re.compile(r'("peak_rss_bytes": )\d+'), r"\1BYTES"),
    (re.compile(r"took        [0-9.]+ s, [0-9.]+ \w+ peak memory"), "took        SECONDS s, BYTES peak memory"),
    (re.compile(r"after \d+ ms"), "after TIME ms"),
    (re.compile(r"\.modelexport-[0-9a-f]{8}"), ".modelexport-RANDOM"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://HUB"),
    (re.compile(r"http://127\.0\.0\.2:\d+"), "http://STORE"),
    (re.compile(r"/modelexport-[A-Za-z0-9]{6}/"), "/modelexport-RANDOM/"),
]
TIMEOUT = 300


def parse(text):
    comment, sections, name = [], {}, None
    for line in text.splitlines(keepends=True):
        header = re.fullmatch(r"\[(\w+)\]\n?", line)
        if header:
            name = header.group(1)
            sections[name] = ""
        elif name is None:
            comment.append(line)
        else:
            sections[name] += line
    return "".join(comment), sections


def render(comment, sections):
    parts = [comment]
    for name in ("needs", "setup", "run", *EXPECTED, "teardown"):
        if name in sections and (sections[name] or name in ("run", "exit")):
            parts.append(f"[{name}]\n{sections[name]}")
    return "".join(parts)


def snapshot(root):
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_dir():
            found[name + "/"] = ""
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "special"
    return found


def changes(before, after):
    lines = [name for name in after if name not in before]
    lines += [f"{name} changed" for name in after if name in before and before[name] != after[name]]
    lines += [f"{name} removed" for name in before if name not in after]
    return "".join(f"{line}\n" for line in sorted(lines))


class Runner:
    def __init__(self, binary):
        self.binary = pathlib.Path(binary).resolve()
        self.worker = self.binary.parent.parent / "libexec/modelexport/modelexport-torchscript"

    def missing(self, needs):
        have = {"worker": self.worker.is_file(), "tmpfs": can_mount()}
        return [need for need in needs.split() if not have[need]]

    def environment(self, base):
        return {"PATH": f"{self.binary.parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(base / "home"),
                "TMPDIR": str(base / "tmp"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "MODELEXPORT_NO_PROGRESS": "1",
                "FIXTURES": str(HERE.parent / "fixtures"), "HUB": str(base / "hub"), "HF_HUB_OFFLINE": "1", "MODELEXPORT_ONNXRUNTIME": "none",
                "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}

    def shell(self, script, base, **environment):
        return subprocess.run(["sh", "-c", script], cwd=base / "dir", env={**self.environment(base), **environment}, text=True,
                              capture_output=True, errors="replace", stdin=subprocess.DEVNULL, timeout=TIMEOUT)

    @contextlib.contextmanager
    def hub(self, base):
        """The Hub that the setup has made, or None."""
        repositories = sorted((base / "hub").glob("*/*/"))
        if not repositories:
            yield None
            return
        with Hub() as hub:
            for path in repositories:
                facts = path.with_name(path.name + ".json")
                hub.add_directory(f"{path.parent.name}/{path.name}", path, **(json.loads(facts.read_text()) if facts.exists() else {}))
            yield hub

    def normal(self, text, base):
        for where, name in ((str(base / "dir"), "DIR"), (str(base / "tmp"), "TMP"), (str(base / "home"), "HOME"),
                            (str(self.binary.parent.parent), "PREFIX"), (str(HERE.parent / "fixtures"), "FIXTURES")):
            text = text.replace(where, name)
        for pattern, replacement in VARYING:
            text = pattern.sub(replacement, text)
        return text if not text or text.endswith("\n") else text + "\n%no newline at the end\n"

    def run(self, path):
        comment, sections = parse(path.read_text())
        skipped = self.missing(sections.get("needs", ""))
        if skipped:
            return path, comment, sections, None, f"needs {' '.join(skipped)}"
        base = pathlib.Path(tempfile.mkdtemp(prefix="modelexport-cli-"))
        try:
            return path, comment, sections, self.run_in(base, sections), None
        finally:
            if "teardown" in sections:
                self.shell(sections["teardown"], base)
            shutil.rmtree(base, ignore_errors=True)

    def run_in(self, base, sections):
        for name in ("dir", "tmp", "home", "hub"):
            (base / name).mkdir()
        setup = self.shell("set -e\n" + sections.get("setup", ""), base)
        if setup.returncode != 0:
            return {"error": f"setup failed ({setup.returncode}): {setup.stderr}"}
        before = snapshot(base / "dir")
        with self.hub(base) as hub:
            network = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": ""} if hub else {}
            done = self.shell(sections["run"], base, **network)
            asked = "".join(f"{r['method']} {r['path']}\n" for r in hub.requests) if hub else ""
        got = {"exit": f"{done.returncode}\n", "stdout": self.normal(done.stdout, base),
               "stderr": self.normal(done.stderr, base), "requests": asked, "files": changes(before, snapshot(base / "dir"))}
        left = snapshot(base / "tmp")
        if left:
            got["error"] = f"left behind in $TMPDIR: {', '.join(left)}"
        return got


_mountable = None


def can_mount():
    global _mountable
    if _mountable is None:
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], capture_output=True)
            _mountable = done.returncode == 0
            if _mountable:
                subprocess.run(["umount", place], check=True)
    return _mountable


def difference(name, expected, got):
    return "".join(difflib.unified_diff(expected.splitlines(keepends=True), got.splitlines(keepends=True),
                                        f"{name} expected", f"{name} got"))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", required=True)
    options.add_argument("--rebase", action="store_true")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("names", nargs="*")
    a = options.parse_args()
    paths = sorted(p for p in (HERE / "cases").glob("*.case") if not a.names or p.stem in a.names)
    if not paths:
        sys.exit("no such case")
    runner = Runner(a.binary)
    can_mount()
    failed = skipped = rebased = 0
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for path, comment, sections, got, why in pool.map(runner.run, paths):
            if got is None:
                skipped += 1
                print(f"skipped {path.stem}: {why}")
                continue
            problems = [got["error"]] if "error" in got else []
            problems += [difference(name, sections.get(name, ""), got[name]) for name in EXPECTED
                         if name in got and sections.get(name, "") != got[name]]
            if problems and a.rebase and "error" not in got:
                path.write_text(render(comment, {**sections, **got}))
                rebased += 1
                print(f"rebased {path.stem}")
            elif problems:
                failed += 1
                print(f"FAILED  {path.stem}: {comment.strip()}\n" + "\n".join(problems))
    print(f"{len(paths)} cases: {len(paths) - failed - skipped} passed, {failed} failed, {skipped} skipped"
          + (f", {rebased} rebased" if rebased else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
