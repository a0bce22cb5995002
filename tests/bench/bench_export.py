"""Exports BERT-base (110 M random weights) with modelexport and with torch.onnx: time and peak memory of both.

    python tests/bench/bench_export.py [--json] [--keep DIR] [--layers 12] [--runs 3]

Both start from files on disk: modelexport from the archive that capture made, torch.onnx from the model directory (its
process imports torch and transformers, loads the weights and exports; "export alone" is the call itself). The fastest of
the runs counts. Where onnxscript is installed torch.onnx uses its newer exporter (dynamo=True). Exit 1 if modelexport is slower or larger than torch.onnx, or the two results differ.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import measure

PYTHON_PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "native" / "python"

MAKE = """
import sys, torch, transformers
torch.manual_seed(0)
model = transformers.BertModel(transformers.BertConfig(num_hidden_layers=int(sys.argv[2]))).eval()
model.config.architectures = ["BertModel"]
model.save_pretrained(sys.argv[1])
print(sum(p.numel() for p in model.parameters()))
"""

TORCH_ONNX = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import torch, transformers
transformers.utils.logging.set_verbosity_error()
model = transformers.BertModel.from_pretrained(sys.argv[1]).eval()
ids = torch.randint(5, 30000, (2, 16))
inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
common = {"kwargs": inputs, "opset_version": 18, "verbose": False}
try:
    import onnxscript  # torch's newer exporter needs it
    dynamic = {name: {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO} for name in inputs}
    common.update(dynamo=True, dynamic_shapes=dynamic)
except ImportError:
    common.update(dynamo=False, input_names=list(inputs), output_names=["last_hidden_state", "pooler_output"],
                  dynamic_axes={name: {0: "batch_size", 1: "sequence_length"} for name in inputs})
start = time.perf_counter()
torch.onnx.export(model, (), sys.argv[2], **common)
print("dynamo" if common["dynamo"] else "torchscript", "alone", time.perf_counter() - start)
"""

COMPARE = """
import sys, numpy as np, onnxruntime as ort
rng = np.random.default_rng(0)
ids = rng.integers(5, 30000, (3, 21))
feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
made = []
for path in sys.argv[1:]:
    s = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    made.append(s.run(None, {i.name: feed[i.name] for i in s.get_inputs()})[0])
print(float(np.abs(made[0] - made[1]).max()))
"""


def python(program, *arguments) -> str:
    r = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True)
    if r.returncode:
        sys.exit(r.stderr[-3000:])
    return r.stdout.strip().splitlines()[-1]


def best(runs, command) -> measure.Measured:
    made = []
    for _ in range(runs):
        m = measure.run(command())
        if m.code:
            sys.exit(f"exit {m.code}\n{m.err[-3000:]}")
        made.append(m)
    return min(made, key=lambda m: m.seconds)


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--json", action="store_true")
    p.add_argument("--keep", type=pathlib.Path)
    p.add_argument("--layers", type=int, default=12)
    p.add_argument("--runs", type=int, default=2)
    p.add_argument("--form", choices=["pt", "pt2"], default="pt")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        d = a.keep or pathlib.Path(scratch)
        d.mkdir(parents=True, exist_ok=True)
        source, archive, ours, theirs = d / "bert-base", d / f"bert-base.{a.form}", d / "ours", d / "theirs.onnx"
        parameters = int(python(MAKE, source, a.layers))
        capture = measure.run([sys.executable, "-m", "modelexport.capture", source, "-o", archive, "--force"],
                              {"PYTHONPATH": str(PYTHON_PACKAGE)})
        if capture.code:
            sys.exit(capture.err)
        export = best(a.runs, lambda: [measure.binary(), "export", archive, "--source", source, "-o", ours, "--force",
                                       "--verify", "off", "--no-progress"])
        other = best(a.runs, lambda: [sys.executable, "-c", TORCH_ONNX, source, theirs])
        alone = float(other.out.rsplit("alone", 1)[1])
        difference = float(python(COMPARE, ours / "model.onnx", theirs))
    exporter = other.out.rsplit("alone", 1)[0].split()[-1]
    good = export.seconds < alone and export.peak_bytes < other.peak_bytes and difference < 1e-4
    facts = {"schema": "modelexport/bench-export/1", "parameters": parameters, "form": a.form,
             "modelexport": {"seconds": export.seconds, "peak_bytes": export.peak_bytes},
             "torch_onnx": {"exporter": exporter, "seconds": other.seconds, "export_alone_seconds": alone, "peak_bytes": other.peak_bytes},
             "capture": {"seconds": capture.seconds, "peak_bytes": capture.peak_bytes}, "max_abs_difference": difference,
             "ok": good}
    if a.json:
        print(json.dumps(facts, indent=1))
    else:
        print(f"BERT, {parameters / 1e6:.0f} M parameters, {a.form}          time        peak memory")
        for name, seconds, peak in (("modelexport export", export.seconds, export.peak_bytes),
                                    (f"torch.onnx ({exporter}), whole", other.seconds, other.peak_bytes),
                                    ("torch.onnx, the call alone", alone, other.peak_bytes),
                                    ("(modelexport.capture, once)", capture.seconds, capture.peak_bytes)):
            print(f"{name:32} {seconds:8.2f} s   {measure.megabytes(peak):>10}")
        print(f"largest difference between the two results: {difference:.2g}   {'ok' if good else 'NOT OK'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
