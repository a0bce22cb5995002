"""Hostile files on the real program: python3 run.py --binary PATH [--sanitized] [--show] [KIND[.CASE]…]

Every case must end in time and within memory, with its error (or none), a place, and nothing left behind. With
--sanitized the program is several times slower and larger, and only the answer counts.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import onnx_files
import onnx_large
import pt2
import torchscript

MIB = 1 << 20
# What a kind is called, its cases, the file's name, the commands that read it, and what they may use.
KINDS = {
    "pt2": (pt2.CASES, "model.pt2", [["export", "model.pt2", "-o", "out.onnx"]], 256 * MIB, 10),
    "torchscript": (torchscript.CASES, "model.pt", [["export", "model.pt", "-o", "out.onnx"]], 512 * MIB, 20),
    "onnx": (onnx_files.CASES, "model.onnx", [["inspect", "--json", "model.onnx"], ["inspect", "--tree", "model.onnx"],
                                              ["stamp", "model.onnx", "--set", "key=value", "-o", "out.onnx"]],
             256 * MIB, 10),
    # The validator and migration have an answer for everything: ok, findings, or why the file cannot be read.
    "judged": ({name: (make, "judged") for name, (make, _) in {**onnx_files.CASES, **onnx_large.CASES}.items()},
               "model.onnx", [["check", "model.onnx", "--for", "ort,onnx"], ["check", "model.onnx", "--fix", "-o", "out.onnx"],
                              ["migrate", "model.onnx", "-o", "out.onnx"]], 256 * MIB, 20),
}


def read_start(path):
    with open(path, "rb") as file:
        return file.read(128 * 1024)


class Finished:
    """A program's run: exit code, output, peak memory of it and its children, seconds."""

    def __init__(self, command, directory, environment, timeout):
        started = time.monotonic()
        with open(directory / "stdout", "wb") as out, open(directory / "stderr", "wb") as err:
            process = subprocess.Popen(command, cwd=directory / "dir", env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=err)
            deadline = started + timeout
            self.timed_out = False
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline and not self.timed_out:
                    self.timed_out = True
                    process.kill()
                time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.code = process.returncode
        self.peak = usage.ru_maxrss * 1024
        self.seconds = usage.ru_utime + usage.ru_stime  # not the machine's load
        self.stdout = read_start(directory / "stdout")
        self.stderr = read_start(directory / "stderr").decode(errors="replace")


def make_in_another_process(make, path):
    """A program that is started inherits the peak memory of who starts it: this process stays small."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            made = make()
            if callable(made):
                made(path)  # writes a sparse file itself
            else:
                path.write_bytes(made)
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError(f"{make.__name__} could not be made")


def left_behind(directory, name):
    found = [str(path.relative_to(directory)) for path in directory.rglob("*")]
    return sorted(path for path in found if path not in ("dir", "tmp", "stdout", "stderr", f"dir/{name}"))


def problems_of(done, code, where, options, memory, seconds):
    found = []
    if done.timed_out:
        return [f"not finished in time ({done.seconds:.0f} s of processor time)"]
    text = done.stderr if done.stderr.startswith("error") or not done.stdout.startswith(b'{"error"') else done.stdout.decode()
    got = re.findall(r"ME-[A-Z]+-\d{3}", "\n".join(line for line in text.splitlines() if "error" in line))
    got = got[0] if got else None
    if code == "judged":
        if done.code not in (0, 1, 3):
            found.append(f"exit {done.code}: {text[-400:]}")
    elif code is None:
        if done.code != 0:
            found.append(f"must be read, but exit {done.code}: {text[:300]}")
    elif code != "any" or done.code != 0:
        if done.code not in (2, 3, 5):
            found.append(f"exit {done.code} instead of an error: {text[-400:]}")
        elif code != "any" and got not in code.split("|"):
            found.append(f"expected {code}, got {got}: {text[:400]}")
        if where and "-->" not in text and '"where":{' not in text:
            found.append(f"the error names no place: {text[:300]}")
        if len(text) > 64 * 1024:
            found.append(f"the error has {len(text)} bytes")
    if not options.sanitized:
        if done.peak > memory * (1 if done.code or code == "judged" else 2):  # what is read takes memory by its size
            found.append(f"{done.peak / MIB:.0f} MiB of memory")
        if done.seconds > seconds:
            found.append(f"{done.seconds:.1f} s")
    return found


def run_case(options, kind, name):
    cases, file_name, commands, memory, seconds = KINDS[kind]
    make, code = cases[name]
    lines, slowest, largest = [], 0, 0
    base = pathlib.Path(tempfile.mkdtemp(prefix="modelexport-hostile-"))
    try:
        (base / "dir").mkdir()
        (base / "tmp").mkdir()
        make_in_another_process(make, base / "dir" / file_name)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(base / "tmp"), "TMPDIR": str(base / "tmp"), "LC_ALL": "C.UTF-8",
                       "MODELEXPORT_NO_PROGRESS": "1", "MODELEXPORT_ONNXRUNTIME": "none",
                       "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=4096"}
        for command in commands:
            done = Finished([options.binary, *command], base, environment, seconds * (60 if options.sanitized else 15))
            found = problems_of(done, code, code is not None, options, memory, seconds)
            left = left_behind(base, file_name)
            out = f"dir/{command[-1]}"
            expected = [out] if "-o" in command and (done.code == 0 or (code == "judged" and out in left)) else []
            if left != expected:
                found.append(f"left behind: {', '.join(left)}")
            for path in expected:
                (base / path).unlink()
            slowest, largest = max(slowest, done.seconds), max(largest, done.peak)
            lines += [f"{kind}.{name} ({' '.join(command)}): {problem}" for problem in found]
            if options.show:
                print(f"--- {kind}.{name}: exit {done.code}, {done.seconds:.2f} s, {done.peak / MIB:.0f} MiB\n"
                      f"{(done.stderr or done.stdout.decode(errors='replace'))[:500]}", flush=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return lines, slowest, largest


def selected(names):
    for kind, (cases, *_) in KINDS.items():
        for name in cases:
            if not names or kind in names or f"{kind}.{name}" in names:
                yield kind, name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what every case says")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    chosen = list(selected(options.names))
    if not chosen:
        sys.exit("no such case")
    failed, slowest, largest = [], 0, 0
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for lines, seconds, peak in pool.map(run_case, *zip(*[(options, *one) for one in chosen])):
            failed += lines
            slowest, largest = max(slowest, seconds), max(largest, peak)
    print("\n".join(failed) if failed else "", end="\n" if failed else "")
    print(f"{len(chosen)} hostile files, {len(failed)} problems; slowest {slowest:.1f} s, largest {largest / MIB:.0f} MiB")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
