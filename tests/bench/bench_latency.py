"""ONNX Runtime's latency of our files beside those of torch.onnx (both paths) and Optimum, and the fusions that fire.

    python tests/bench/bench_latency.py [--models bert,vit,llama] [--rounds 40] [--threads 2] [--keep DIR] [--json]

Every model has random weights and is made here: BERT-base (sequence 16 and 128), a ViT-small (224 pixels), a Llama of
6 layers, hidden size 512, 8 heads over 2 key/value heads (sequence 32). All exporters get the same weights, dynamic
axes and opset 18. One session for each file, all in one process, same options; in every round each session runs once,
in an order that rotates, so that a busy machine is equally busy for all. As many processes as files, each of which makes
its sessions in another order: the one made first is slower, whatever its file. The median over all counts; the load is
printed. On a machine that others use, --clock cpu measures the processor time of one thread instead of the wall's.

Fusions are counted in the model that ONNX Runtime's session optimises (all levels) and in what its
onnxruntime.transformers.optimizer makes of the file. Exit 1 if ours is slower than the best of the others by more than
--tolerance, or if one of the fused operators (but LEFT_OUT) occurs less often than in any of the others.
"""
import argparse
import collections
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import measure

PYTHON_PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "native" / "python"
FUSED = ("Attention", "MultiHeadAttention", "GroupQueryAttention", "RotaryEmbedding", "EmbedLayerNormalization",
         "SkipLayerNormalization", "SimplifiedLayerNormalization", "SkipSimplifiedLayerNormalization", "Gelu", "BiasGelu",
         "FastGelu", "QuickGelu", "FusedMatMul", "FusedGemm")
# The offline optimizer knows these by how a traced exporter computes sizes at run time that are constants in our files;
# a session fuses neither.
LEFT_OUT = ("EmbedLayerNormalization", "RotaryEmbedding")
WAYS = ("ours", "torchscript", "dynamo", "optimum")

MAKE = """
import sys, torch, transformers as T
torch.manual_seed(0)
name, out = sys.argv[1:]
kinds = {
    "bert": lambda: T.BertModel(T.BertConfig()),
    "vit": lambda: T.ViTForImageClassification(T.ViTConfig(hidden_size=384, num_attention_heads=6, intermediate_size=1536)),
    "llama": lambda: T.LlamaForCausalLM(T.LlamaConfig(vocab_size=8000, hidden_size=512, intermediate_size=1408,
        num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=2, max_position_embeddings=512, use_cache=False)),
}
model = kinds[name]().eval()
model.config.architectures = [type(model).__name__]
model.save_pretrained(out)
"""

TORCH_ONNX = """
import sys, warnings
warnings.filterwarnings("ignore")
import torch, transformers as T
T.utils.logging.set_verbosity_error()
name, source, out, dynamo = sys.argv[1:]
kind = {"bert": T.BertModel, "vit": T.ViTForImageClassification, "llama": T.LlamaForCausalLM}[name]
model = kind.from_pretrained(source).eval()
ids = torch.randint(5, 500, (2, 16))
inputs = {"bert": {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)},
          "llama": {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
          "vit": {"pixel_values": torch.rand(2, 3, 224, 224)}}[name]
axes = {k: [0] if name == "vit" else [0, 1] for k in inputs}
from modelexport.capture import versions  # mask functions that tracing can follow, the same for everyone
how = dict(kwargs=inputs, opset_version=18, verbose=False, dynamo=dynamo == "dynamo")
if how["dynamo"]:
    how.update(dynamic_shapes={k: {a: torch.export.Dim.AUTO for a in v} for k, v in axes.items()}, external_data=False)
else:
    how.update(input_names=list(inputs), dynamic_axes={k: {a: f"axis_{a}" for a in v} for k, v in axes.items()})
with torch.no_grad(), versions.traceable_masks():
    torch.onnx.export(model, (), out, **how)
"""

OPTIMUM = """
import sys, warnings
warnings.filterwarnings("ignore")
from optimum.exporters.onnx import main_export
source, out, task = sys.argv[1:]
main_export(source, out, task=task, opset=18, do_validation=False, no_post_process=False)
"""
TASKS = {"bert": "feature-extraction", "vit": "image-classification", "llama": "text-generation"}
FAMILIES = {"bert": ("bert", 12, 768), "vit": ("vit", 6, 384), "llama": ("gpt2", 8, 512)}


def python(program, *arguments):
    env = {**os.environ, "PYTHONPATH": f"{PYTHON_PACKAGE}:{os.environ.get('PYTHONPATH', '')}", "HF_HUB_OFFLINE": "1"}
    r = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, env=env)
    if r.returncode:
        raise RuntimeError(r.stderr.strip()[-800:])


def export(name: str, way: str, directory: pathlib.Path) -> pathlib.Path:
    source, path = directory / name, directory / f"{name}-{way}" / "model.onnx"
    if not source.exists():
        python(MAKE, name, source)
    if way == "ours":
        archive = directory / f"{name}.pt2"
        if not archive.exists():
            python("import runpy, sys; sys.argv[0] = 'capture'; runpy.run_module('modelexport.capture', run_name='__main__')",
                   source, "-o", archive)
        m = measure.run([measure.binary(), "export", archive, "-o", path.parent, "--source", source, "--verify", "off",
                         "--force", "--no-progress"])
        if m.code:
            raise RuntimeError(m.err[-800:])
    elif not path.exists():  # --keep: what the others made does not change
        path.parent.mkdir(parents=True, exist_ok=True)
        python(OPTIMUM, source, path.parent, TASKS[name]) if way == "optimum" else \
            python(TORCH_ONNX, name, source, path, way)
    return path


def feeds(name: str) -> dict:
    import numpy as np
    rng = np.random.default_rng(0)
    def text(length):
        ids = rng.integers(5, 500, (1, length))
        return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids),
                "position_ids": np.arange(length)[None]}
    if name == "vit":
        return {"224 x 224": {"pixel_values": rng.random((1, 3, 224, 224), dtype=np.float32)}}
    return {f"sequence {n}": text(n) for n in ((16, 128) if name == "bert" else (32,))}


def options(threads: int):
    import onnxruntime as ort
    o = ort.SessionOptions()
    o.intra_op_num_threads, o.inter_op_num_threads = threads, 1
    o.log_severity_level = 3
    return o


def lap(paths: dict, feed: dict, rounds: int, threads: int, clock: str) -> dict:
    """Times of one process whose sessions are made in the order of `paths`, and the first output of each."""
    import onnxruntime as ort
    now = time.thread_time if clock == "cpu" else time.perf_counter
    sessions = {w: ort.InferenceSession(str(p), options(threads), providers=["CPUExecutionProvider"]) for w, p in paths.items()}
    # torch.onnx's older path gives a Llama a third input without a name that says what it is.
    for way in [w for w, s in sessions.items() if any(i.name not in feed for i in s.get_inputs())]:
        print(f"  {way} is left out: inputs {[i.name for i in sessions.pop(way).get_inputs()]}", file=sys.stderr)
    given = {w: {i.name: feed[i.name] for i in s.get_inputs()} for w, s in sessions.items()}
    out = {w: {"first": s.run(None, given[w])[0], "times": []} for w, s in sessions.items()}
    ways = list(sessions)
    for i in range(rounds):
        for way in ways[i % len(ways):] + ways[:i % len(ways)]:
            start = now()
            sessions[way].run(None, given[way])
            out[way]["times"].append(now() - start)
    return out


def latencies(paths: dict, feed: dict, rounds: int, threads: int, clock: str) -> dict:
    """A lap for each order: the session that a process makes first is slower by up to a tenth, whichever file it has."""
    ways, laps = list(paths), []
    for i in range(len(ways)):
        order = {w: paths[w] for w in ways[i:] + ways[:i]}
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            laps.append(process.submit(lap, order, feed, -(-rounds // len(ways)), threads, clock).result())
    ours = laps[0]["ours"]["first"]
    times = {w: [t for one in laps for t in one[w]["times"]] for w in laps[0]}
    return {w: {"median_ms": 1e3 * statistics.median(t), "best_ms": 1e3 * min(t),
                "difference": float(abs(laps[0][w]["first"] - ours).max())} for w, t in times.items()}


def fused(path: pathlib.Path, family: tuple, scratch: pathlib.Path) -> dict:
    import onnx
    import onnxruntime as ort
    from onnxruntime.transformers import optimizer
    o = options(1)
    o.optimized_model_filepath = str(scratch / "optimised.onnx")
    o.add_session_config_entry("session.optimized_model_external_initializers_file_name", "optimised.data")
    ort.InferenceSession(str(path), o, providers=["CPUExecutionProvider"])
    made = {"session": onnx.load(o.optimized_model_filepath, load_external_data=False).graph.node}
    kind, heads, hidden = family
    made["transformers.optimizer"] = optimizer.optimize_model(str(path), model_type=kind, num_heads=heads, hidden_size=hidden,
                                                              opt_level=0).model.graph.node
    out = {}
    for tool, nodes in made.items():
        counts = collections.Counter(n.op_type for n in nodes)
        out[tool] = {"nodes": sum(counts.values()), "fused": {k: counts[k] for k in FUSED if counts[k]}}
    return out


def missing(facts: dict, tool: str) -> dict:
    """Fused operators that another exporter's file has more of."""
    mine = facts["ours"][tool]["fused"]
    return {op: n for w in facts if w != "ours" for op, n in facts[w][tool]["fused"].items()
            if mine.get(op, 0) < n and op not in LEFT_OUT}


def show(name: str, row: dict) -> None:
    for case, times in row["latency"].items():
        best = min(t["median_ms"] for w, t in times.items() if w != "ours")
        print(f"{name}, {case}: " + ", ".join(f"{w} {t['median_ms']:.2f} ms" for w, t in times.items())
              + f"; ours / best other {times['ours']['median_ms'] / best:.3f}")
    for tool in ("session", "transformers.optimizer"):
        for way, facts in row["fusions"].items():
            print(f"  {tool:24}{way:12}{facts[tool]['nodes']:5} nodes  "
                  + (", ".join(f"{k} {n}" for k, n in facts[tool]["fused"].items()) or "nothing fused"))
    for way, error in row["failed"].items():
        print(f"  {way}: {error.splitlines()[-1][:200]}")


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", default="bert,vit,llama")
    p.add_argument("--rounds", type=int, default=40)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: of the one thread that runs")
    p.add_argument("--tolerance", type=float, default=1.03)
    p.add_argument("--keep", type=pathlib.Path)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    if a.clock == "cpu":
        a.threads = 1
    good, rows = True, {}
    with tempfile.TemporaryDirectory() as scratch:
        directory = a.keep or pathlib.Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        for name in a.models.split(","):
            row = rows[name] = {"failed": {}, "latency": {}}
            paths = {}
            for way in WAYS:
                try:
                    paths[way] = export(name, way, directory)
                except RuntimeError as e:
                    row["failed"][way] = str(e)
            row["fusions"] = {w: fused(path, FAMILIES[name], pathlib.Path(scratch)) for w, path in paths.items()}
            for case, feed in feeds(name).items():
                row["latency"][case] = times = latencies(paths, feed, a.rounds, a.threads, a.clock)
                good &= times["ours"]["median_ms"] <= a.tolerance * min(t["median_ms"] for w, t in times.items() if w != "ours")
                good &= max(t["difference"] for t in times.values()) < 1e-3
            good &= not any(missing(row["fusions"], tool) for tool in ("session", "transformers.optimizer"))
            if not a.json:
                show(name, row)
    load = os.getloadavg()
    if a.json:
        print(json.dumps({"schema": "modelexport/bench-latency/1", "load": load, "rows": rows, "ok": good}, indent=1))
    else:
        print(f"load average {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}   {'ok' if good else 'NOT OK'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
