"""Start-up and the laziness of inspect: `--version`, and `inspect` of an ONNX model with 1.9 GB of inline weights.

    python tests/bench/bench_inspect.py [--json] [--keep DIR]

Limits: --version within 50 ms and 40 MB; inspect reads less than 1 MB of the file and stays under 64 MB. Exit 1 if one
is missed. The weights are holes in a sparse file, so the model costs no disk space.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import measure

TENSORS, ROWS, COLUMNS = 24, 4096, 4832  # 24 * 79 MB = 1.9 GB
KILO, MEGA = 1000, 1000 * 1000


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number: int, content) -> bytes:
    """One protobuf field: an int as varint, text and bytes length-delimited."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def value_info(name: str, dims) -> bytes:
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def write_model(path: pathlib.Path) -> int:
    """x (N, ROWS) -> Reshape-free chain of MatMul pairs; only structure is written, weights are left as holes."""
    size = ROWS * COLUMNS * 4
    nodes, heads = [], []
    for i in range(TENSORS):
        tag = field(9, field(1, "hierarchy_tag") + field(2, f"/Net/Block.{i}"))
        nodes.append(field(1, field(1, "x") + field(1, f"blocks.{i}.weight") + field(2, f"y{i}") + field(3, f"matmul_{i}")
                           + field(4, "MatMul") + tag))
        head = field(1, ROWS) + field(1, COLUMNS) + field(2, 1) + field(8, f"blocks.{i}.weight")
        raw = varint(9 << 3 | 2) + varint(size)
        heads.append(varint(5 << 3 | 2) + varint(len(head) + len(raw) + size) + head + raw)
    before = b"".join(nodes) + field(2, "net")
    after = field(11, value_info("x", ["batch_size", ROWS])) + b"".join(
        field(12, value_info(f"y{i}", ["batch_size", COLUMNS])) for i in range(TENSORS))
    graph = len(before) + sum(len(h) + size for h in heads) + len(after)
    with open(path, "wb") as f:
        f.write(field(1, 8) + field(2, "bench") + varint(7 << 3 | 2) + varint(graph) + before)
        for head in heads:
            f.write(head)
            f.seek(size, 1)
        f.write(after + field(8, field(1, "") + field(2, 18)))
        f.write(field(14, field(1, "hf_model_type") + field(2, "local")))
    return path.stat().st_size


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--json", action="store_true")
    p.add_argument("--keep", type=pathlib.Path)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = a.keep or pathlib.Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        model = directory / "large.onnx"
        size = write_model(model)
        versions = [measure.run([measure.binary(), "--version"]) for _ in range(5)]
        version = min(versions, key=lambda m: m.seconds)
        inspect = measure.run([measure.binary(), "inspect", model, "--json"])
    if version.code or inspect.code:
        sys.exit(version.err + inspect.err)
    facts = json.loads(inspect.out)
    rows = [("--version, time", version.seconds * 1000, 50, "ms"),
            ("--version, memory", version.peak_bytes / MEGA, 40, "MB"),
            ("inspect, time", inspect.seconds * 1000, None, "ms"),
            ("inspect, memory", inspect.peak_bytes / MEGA, 64, "MB"),
            ("inspect, read of the file (own count)", facts["read"]["bytes"] / KILO, 1000, "kB"),
            ("inspect, all read calls (the kernel's count)", inspect.read_bytes / KILO, None, "kB")]
    expected = TENSORS * ROWS * COLUMNS
    good = all(limit is None or value <= limit for _, value, limit, _ in rows) and (
        facts["initializers"]["parameters"] == expected and facts["initializers"]["bytes"] == expected * 4)
    if a.json:
        print(json.dumps({"schema": "modelexport/bench-inspect/1", "file_bytes": size, "ok": good,
                          "results": [{"name": n, "value": v, "limit": l, "unit": u} for n, v, l, u in rows]}, indent=1))
    else:
        print(f"{size / 1e9:.2f} GB inline model, {TENSORS} tensors")
        for name, value, limit, unit in rows:
            print(f"{name:46} {value:9.1f} {unit}" + (f"   limit {limit} {unit}" if limit else ""))
        print("ok" if good else "NOT OK")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
