"""Many cases in one archive, so that the whole table costs a few exports.

A batch is a module whose children are the cases and whose inputs and outputs are theirs, one after the other. It is
exported once per opset and run once per size set; each case's outputs are compared with eager PyTorch. Whatever is
not settled that way (the batch is refused, ONNX Runtime does not load it, a result differs) is split into halves and
at last run alone, where the message is the case's own.
"""
import concurrent.futures
import itertools
import json
import pathlib
import subprocess
import sys

import torch
from torch import nn

from op_cases import engine

SIZE = 48


class Batch:
    def __init__(self, jobs: list):
        """Jobs of one format; the same row at several opsets shares its place in the archive."""
        self.form = jobs[0].format
        self.cases = list({id(j.case): j.case for j in jobs}.values())
        self.jobs = {o: {id(j.case): j for j in jobs if j.opset == o} for o in sorted({j.opset for j in jobs})}

    def halves(self, jobs: list) -> list:
        middle = (len(jobs) + 1) // 2
        return [Batch(part) for part in (jobs[:middle], jobs[middle:]) if part]

    def names(self, i: int) -> list:
        return [f"c{i}_{n}" for n in self.cases[i].input_names()]

    def axes(self) -> dict:
        out = {}
        for i, c in enumerate(self.cases):
            free = engine.free_axes(c).values()
            out.update({n: {a: f"c{i}_{d}" for a, d in axes.items()} for n, axes in zip(self.names(i), free)})
        return out

    def module(self) -> nn.Module:
        everything = itertools.chain.from_iterable(self.names(i) for i in range(len(self.cases)))
        calls = [f"*_flat(self.c{i}({', '.join(self.names(i))}))" for i in range(len(self.cases))]
        scope = {"_flat": flat}
        exec(f"def forward(self, {', '.join(everything)}): return ({', '.join(calls)},)", scope)  # own text
        made = type("Batch", (nn.Module,), {"forward": scope["forward"]})()
        for i, c in enumerate(self.cases):
            setattr(made, f"c{i}", c.module())
        return made.eval()

    def tensors(self, turn: int) -> list:
        """Per case its inputs at its `turn`-th sizes (the last ones again when it has fewer)."""
        out = []
        for c in self.cases:
            sets = c.size_sets()
            out.append(c.tensors(sets[min(turn, len(sets) - 1)]))
        return out

    def turns(self) -> int:
        return max(len(c.size_sets()) for c in self.cases)

    def example(self) -> dict:
        tensors = self.tensors(0)
        return {n: t for i in range(len(self.cases)) for n, t in zip(self.names(i), tensors[i])}

    def wanted(self) -> list:
        """Eager results: [turn][case] -> tensors."""
        with torch.no_grad():
            return [[engine.tensors_of(c.module()(*[t.clone() for t in inputs]))
                     for c, inputs in zip(self.cases, self.tensors(turn))] for turn in range(self.turns())]

    def compare(self, opset: int, path: pathlib.Path, want: list) -> list:
        """Jobs that are not right, or all of them when the outputs cannot be told apart."""
        model, session = engine.load_onnx(path)
        nodes = {i: [] for i in range(len(self.cases))}
        for node in model.graph.node:
            scope = next((p.value for p in node.metadata_props if p.key == "hierarchy_scope"), "")
            if scope[:1] == "c" and scope.partition(".")[0][1:].isdigit():
                nodes[int(scope.partition(".")[0][1:])].append(node.op_type)
        have, doubtful = {i.name for i in session.get_inputs()}, {}
        for turn, results in enumerate(want):
            feed = {n: t.numpy() for i, inputs in enumerate(self.tensors(turn))
                    for n, t in zip(self.names(i), inputs) if n in have}
            got = session.run(None, feed)
            if len(got) != sum(map(len, results)):
                return list(self.jobs[opset].values())
            at = 0
            for i, (c, right) in enumerate(zip(self.cases, results)):
                part, at = got[at:at + len(right)], at + len(right)
                job = self.jobs[opset].get(id(c))
                if job is None:
                    continue
                job.nodes, job.stage = tuple(nodes[i]), "run"
                if engine.differences(c, part, right) or engine.wrong_nodes(job):
                    doubtful[job.id] = job
        return list(doubtful.values())


def flat(value) -> list:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [v for item in value for v in flat(item)]
    return [] if value is None else [value]


def settle(batch: Batch, directory: pathlib.Path, numbers) -> None:
    everyone = [j for jobs in batch.jobs.values() for j in jobs.values()]
    if len(batch.cases) == 1:
        for job in everyone:
            engine.run_alone(job, directory)
        return
    archive = directory / f"batch{next(numbers)}.{batch.form}"
    try:
        engine.save_archive(batch.module(), batch.example(), batch.axes(), batch.form, archive)
        want = batch.wanted()
    except Exception:
        for half in batch.halves(everyone):
            settle(half, directory, numbers)
        return
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        paths = {o: archive.with_suffix(f".{o}.onnx") for o in batch.jobs}
        done = {o: pool.submit(engine.call_export, engine.export_command(archive, p, batch.form, o, batch.axes()))
                for o, p in paths.items()}
    for opset, jobs in batch.jobs.items():
        jobs = list(jobs.values())
        try:
            left = batch.compare(opset, paths[opset], want) if done[opset].result()[0] == 0 else None
        except Exception:  # a model that does not load or run: whose fault it is, the halves tell
            left = None
        paths[opset].unlink(missing_ok=True)
        if left is None:
            for half in batch.halves(jobs):
                settle(half, directory, numbers)
        else:
            for job in left:
                engine.run_alone(job, directory)
    archive.unlink(missing_ok=True)


def run(todo: list, directory: pathlib.Path, processes: int = 2) -> list:
    """Settles every job: rows that must be refused alone, the others in batches by format and family. Large tables
    are shared with a second process, because PyTorch's exporter uses one core."""
    directory.mkdir(parents=True, exist_ok=True)
    if processes > 1 and len(todo) > 8 * SIZE:
        return run_shared(todo, directory)
    numbers = itertools.count()
    torch.set_num_threads(1)
    for job in [j for j in todo if j.refused]:
        engine.run_alone(job, directory)
    for part in parts([j for j in todo if not j.refused]):
        settle(Batch(part), directory, numbers)
    return todo


def parts(todo: list) -> list:
    """Jobs of one format, with all opsets of a row together, up to SIZE rows."""
    groups = {}
    for job in sorted(todo, key=lambda j: (j.format, j.case.family, j.case.name)):
        groups.setdefault(job.format, {}).setdefault(id(job.case), []).append(job)
    out = []
    for by_case in groups.values():
        rows = list(by_case.values())
        out += [[j for row in rows[at:at + SIZE] for j in row] for at in range(0, len(rows), SIZE)]
    return out


def run_shared(todo: list, directory: pathlib.Path) -> list:
    chunks = parts(todo)
    theirs = {j.id: j for chunk in chunks[1::2] for j in chunk}
    wanted, found = directory / "wanted.json", directory / "found.json"
    wanted.write_text(json.dumps(sorted(theirs)))
    child = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).with_name("run.py")), "--only", str(wanted),
                              "--result", str(found)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        run([j for chunk in chunks[::2] for j in chunk], directory / "own", 1)
        messages = child.communicate(timeout=1800)[1]
    finally:
        child.kill()
    results = json.loads(found.read_text()) if found.exists() else {}
    for name, job in theirs.items():
        job.error = results.get(name, f"the second process did not say: {messages[-500:]}")
    return todo
