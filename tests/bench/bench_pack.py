"""Packaging: a 3 GB model against `cp` and `sha256sum` of the same bytes, and the plan of 1,000 component files.

    python tests/bench/bench_pack.py [--json] [--keep DIR] [--gigabytes 3]

Limits: packing takes no longer than cp + sync followed by sha256sum (both leave the bytes on the disk), stays under
128 MB, and the plan prints in 0.2 s. Each measure is the best of two. Exit 1 if one is missed.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import measure

# A small block: what this process holds at its peak counts as the peak of the programs that it starts.
BLOCK, MEGA = 1 << 22, 1000 * 1000
ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = '{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}\n'


def write_model(directory: pathlib.Path, gigabytes: float):
    """One tensor in one data file of that size; its content is not compressible and not a hole."""
    size = int(gigabytes * 1e9) // 4 * 4
    block = os.urandom(BLOCK)
    with open(directory / "weights.bin", "wb") as f:
        for at in range(0, size, BLOCK):
            f.write(block[: min(BLOCK, size - at)])
    make = ROOT / "tests" / "fixtures" / "onnx" / "make_onnx.py"
    subprocess.run([sys.executable, make, directory / "model.onnx", "--location", "weights.bin", "--floats",
                    str(size // 4), "--big"], check=True)
    (directory / "config.json").write_text(CONFIG)
    os.sync()


def write_components(directory: pathlib.Path, count: int):
    (directory / "additional_chat_templates").mkdir(parents=True)
    (directory / "config.json").write_text(CONFIG)
    for i in range(count - 1):
        (directory / "additional_chat_templates" / f"t{i}.jinja").write_text("{{ x }}" * 200)


def best(*commands, before=lambda: None):
    """The least time of two runs of all commands together, and the largest peak."""
    seconds, peak = [], 0
    for _ in range(2):
        before()
        total = 0.0
        for command in commands:
            m = measure.run(command)
            assert m.code == 0, m.err
            total, peak = total + m.seconds, max(peak, m.peak_bytes)
        seconds.append(total)
    return min(seconds), peak


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--keep")
    options.add_argument("--gigabytes", type=float, default=3)
    a = options.parse_args()
    with tempfile.TemporaryDirectory(dir=a.keep) as name:
        root, results = pathlib.Path(name), {}
        model, many = root / "model", root / "many"
        model.mkdir()
        write_model(model, a.gigabytes)
        write_components(many, 1000)

        def clear():
            for made in ("copy", "out", "out.zip"):
                path = root / made
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            os.sync()

        binary = measure.binary()
        results["cp_sha256sum_seconds"], _ = best(["cp", model / "weights.bin", root / "copy"],
                                                  ["sync", root / "copy"], ["sha256sum", root / "copy"], before=clear)
        pack = [binary, "pack", model / "model.onnx", "--source", model, "--no-card", "-q", "-o"]
        results["pack_seconds"], results["pack_peak_bytes"] = best([*pack, root / "out"], before=clear)
        results["zip_seconds"], results["zip_peak_bytes"] = best([*pack, root / "out.zip"], before=clear)
        clear()
        small = [binary, "pack", model / "model.onnx", "--source", many, "--no-card", "-q", "-o", root / "out", "-n"]
        results["plan_seconds"], _ = best(small)
        missed = [what for what, bad in {
            "pack: no slower than cp and sha256sum": results["pack_seconds"] > results["cp_sha256sum_seconds"],
            "pack: 128 MB": results["pack_peak_bytes"] > 128 * MEGA,
            "zip: 128 MB": results["zip_peak_bytes"] > 128 * MEGA,
            "plan: 0.2 s": results["plan_seconds"] > 0.2}.items() if bad]
        if a.json:
            print(json.dumps({**results, "missed": missed}))
        else:
            for key, value in results.items():
                print(f"{key:22} {measure.megabytes(value) if key.endswith('bytes') else f'{value:.3f} s'}")
            print("missed: " + ", ".join(missed) if missed else "all limits are met")
        sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
