"""Small valid models, broken in one place each, and what ONNX Runtime and onnx.checker say of the result.

    python3 tests/interop/mutations.py OUT SEED BASES PER_BASE

writes OUT/<base>__<mutation>.onnx and OUT/verdicts.json: {file: {"ort": "ok" or the error, "onnx": the same}}. The
bases are models made here (branches, loops, functions, sequences, strings, external data, quantisation), those of
onnx's backend tests, and texts of models with alternatives. A reader that dies costs one file: a new process goes on with the next.
"""
import hashlib
import json
import multiprocessing
import pathlib
import queue
import sys
import warnings

import onnx
import onnx.backend.test.case.model
import onnx.backend.test.case.node

import mutations_graph  # noqa: F401  registers its mutations
import mutations_parts  # noqa: F401
from mutation_bases import hand_made
from mutation_tools import MUTATIONS, Skip, rng
from mutations_wire import wire_mutations
from text_models import text_models

warnings.filterwarnings("ignore")


def backend_bases(count):
    cases = [*onnx.backend.test.case.node.collect_testcases(None), *onnx.backend.test.case.model.collect_testcases()]
    by_operator = {}
    for case in cases:
        if case.model is None:
            continue
        nodes = case.model.graph.node
        by_operator.setdefault(nodes[0].op_type if len(nodes) == 1 else "multi_" + case.name[:14], []).append(case)
    names = sorted(by_operator)
    rng.shuffle(names)
    for name in names[:count]:
        case = rng.choice(by_operator[name])
        yield case.name.removeprefix("test_"), case.model


def mutate(raw, name):
    """The bytes of one mutation; nothing where it does not apply."""
    model = onnx.ModelProto.FromString(raw)
    try:
        MUTATIONS[name](model)
        return model.SerializeToString()
    except (Skip, IndexError, ValueError, TypeError, KeyError):
        return None


def generate(out, seed, bases, per_base):
    rng.seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / "ok.bin").write_bytes(bytes(4096))
    seen = set()

    def put(name, raw):
        digest = hashlib.sha256(raw).digest()
        if digest not in seen:
            seen.add(digest)
            (out / f"{name}.onnx").write_bytes(raw)

    for name, model in text_models(seed):
        put(name, model.SerializeToString())
    for name, base in hand_made():
        raw = base.SerializeToString()
        for mutation, broken in wire_mutations(raw, per_base):
            put(f"{name}__{mutation}", broken)
    for name, base in [*hand_made(), *backend_bases(bases)]:
        raw = base.SerializeToString()
        if len(raw) > 100_000:
            continue
        (out / f"{name}__base.onnx").write_bytes(raw)
        for mutation in rng.sample(sorted(MUTATIONS), min(per_base, len(MUTATIONS))):
            broken = mutate(raw, mutation)
            if broken and broken != raw:
                put(f"{name}__{mutation}", broken)


def verdict(path):
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    result = {"ort": "ok", "onnx": "ok"}
    try:
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # whatever it is, the model was refused
        result["ort"] = str(error)[:500] or type(error).__name__
    try:
        onnx.checker.check_model(str(path))
    except Exception as error:
        result["onnx"] = str(error)[:500] or type(error).__name__
    return result


def work(paths, results):
    for path in paths:
        results.put((path.name, None))
        results.put((path.name, verdict(path)))


def judge(out):
    verdicts = {}
    todo = sorted(out.resolve().glob("*.onnx"))
    while todo:
        results = multiprocessing.Queue()
        worker = multiprocessing.Process(target=work, args=(todo, results))
        worker.start()
        last = None
        while todo:
            try:
                name, found = results.get(timeout=20)
            except queue.Empty:
                break
            last = name
            if found is not None:
                verdicts[name] = found
                todo = [path for path in todo if path.name != name]
        if todo and last and last not in verdicts:
            verdicts[last] = {"ort": "died", "onnx": "died"}
            todo = [path for path in todo if path.name != last]
        worker.kill()
        worker.join()
    (out / "verdicts.json").write_text(json.dumps(verdicts, indent=0))


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    generate(target, *map(int, sys.argv[2:5]))
    judge(target)
