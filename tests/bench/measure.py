"""Runs a command and measures it: wall time, peak memory of its whole process tree, bytes read."""
import dataclasses
import os
import pathlib
import subprocess
import threading
import time


@dataclasses.dataclass
class Measured:
    seconds: float
    peak_bytes: int
    read_bytes: int
    code: int
    out: str
    err: str


def resident(pid: int) -> int:
    """Resident bytes of a process and its descendants, at this moment."""
    total = 0
    try:
        with open(f"/proc/{pid}/statm") as f:
            total = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as f:
                total += sum(resident(int(child)) for child in f.read().split())
    except (OSError, ValueError, IndexError):
        pass  # it just ended
    return total


def run(command, env=None) -> Measured:
    """Peak memory is the larger of the sampled sum over the tree and the kernel's own maximum of one process."""
    started, peak, done = time.perf_counter(), 0, threading.Event()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **(env or {})})

    def sample():
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, resident(process.pid))

    texts = {}
    threads = [threading.Thread(target=sample)] + [
        threading.Thread(target=lambda n=n, s=s: texts.__setitem__(n, s.read()))
        for n, s in (("out", process.stdout), ("err", process.stderr))]
    for t in threads:
        t.start()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, but its counters are still there
    seconds, read = time.perf_counter() - started, 0
    try:
        for line in pathlib.Path(f"/proc/{process.pid}/io").read_text().splitlines():
            if line.startswith("rchar:"):
                read = int(line.split()[1])
    except OSError:
        pass
    done.set()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for t in threads:
        t.join()
    return Measured(seconds, max(peak, usage.ru_maxrss * 1024), read, process.returncode, texts["out"], texts["err"])


def binary() -> pathlib.Path:
    root = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(os.environ.get("MODELEXPORT_BIN") or os.environ.get("MODELEXPORT") or root / "build" / "bin" / "modelexport").absolute()


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
