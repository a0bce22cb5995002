"""The Hub's cache: `load` from a warm cache beside cp + sha256sum, and the memory of a large download.

    python tests/bench/bench_hub.py [--json] [--megabytes 90] [--large 2000]

`load` is measured for the lone ONNX file (its weights inside) and for one whose weights are the repository's safetensors
(--weights hub: they come from the cache). The rival copies and hashes the same files. Both make their files durable
(sync) before they end; the fastest of five runs counts. The Hub is on loopback. Exit 1 if `load` is slower or fetching
takes 64 MB or more.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import measure

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
from hub_server import Hub  # noqa: E402

COMPONENTS = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def safetensors(count):
    header = json.dumps({"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, count * 4]}}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + hashlib.sha256(b"seed").digest() * (count // 8)


def onnx_file(path, commit, *options):
    make = TESTS / "fixtures" / "onnx" / "make_onnx.py"
    stamp = {"hf_model_type": "hub", "hf_hub_id": "org/model", "hf_hub_revision": commit}
    subprocess.run([sys.executable, make, path, *map(str, options), *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)


def fastest(make_command, out, env):
    seconds = []
    for _ in range(5):
        subprocess.run(["rm", "-rf", out], check=True)
        subprocess.run(["sync"], check=True)
        seconds.append(measure.run(make_command, env=env).seconds)
    return min(seconds)


def environment(base, hub):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(base / "hf"), "HF_HUB_OFFLINE": "0", "HF_TOKEN": "", "MODELEXPORT_NO_PROGRESS": "1"}


def loads(base, hub, megabytes):
    count = megabytes * 250_000 // 8 * 8
    files = {name: (TESTS / "fixtures" / "models" / "bert-seqcls" / name).read_bytes() for name in COMPONENTS}
    repo = hub.add("org/model", {**files, "model.safetensors": safetensors(count)})
    env, results = environment(base, hub), {}
    snapshot = base / "hf" / "hub" / "models--org--model" / "snapshots" / repo.head
    for name, where in (("inline", []), ("hub", ["--big", "--location", "model.safetensors"])):
        model = base / name / "model.onnx"
        model.parent.mkdir()
        onnx_file(model, repo.head, "--floats", count, *where)
        load = [measure.binary(), "load", model, "-o", base / "out", "--no-card"]
        first = measure.run(load, env=env)  # fills the cache
        assert first.code == 0, first.err
        copied = [model, *(snapshot / n for n in COMPONENTS), *([snapshot / "model.safetensors"] if where else [])]
        words = " ".join(map(str, copied))
        rival = ["sh", "-c", f"mkdir {base}/out && cp -L {words} {base}/out && sync -d {base}/out/* && sha256sum {base}/out/* > {base}/sums"]
        results[f"{name} load"] = round(fastest(load, base / "out", env), 3)
        results[f"{name} cp + sha256sum"] = round(fastest(rival, base / "out", env), 3)
        shutil.rmtree(base / "out")
    return results


# Through a small process in between: a child counts with the memory of whoever forked it.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(code, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def download(base, hub, megabytes):
    hub.add("org/large", {"config.json": b"{}", "model.safetensors": safetensors(megabytes * 250_000 // 8 * 8)})
    words = [sys.executable, "-c", MEASURE, measure.binary(), "fetch", "org/large", "*"]
    out = subprocess.run(words, env={**os.environ, **environment(base, hub)}, stdout=subprocess.PIPE, text=True, check=True).stdout
    code, seconds, peak = out.split()
    assert code == "0"
    return {"fetch bytes": megabytes * 1_000_000, "fetch seconds": round(float(seconds), 3), "fetch peak": int(peak)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--megabytes", type=int, default=90)
    options.add_argument("--large", type=int, default=2000)
    a = options.parse_args()
    with tempfile.TemporaryDirectory() as place, Hub() as hub:
        base = pathlib.Path(place)
        results = {**loads(base, hub, a.megabytes), **download(base, hub, a.large)}
    if a.json:
        print(json.dumps(results, indent=2))
    else:
        for name, value in results.items():
            print(f"{name:32} {value}")
    slower = [n for n in ("inline", "hub") if results[f"{n} load"] > results[f"{n} cp + sha256sum"]]
    sys.exit(1 if slower or results["fetch peak"] >= 64e6 else 0)


if __name__ == "__main__":
    main()
