"""Makes the seeds of the fuzz targets from fixtures and hostile files: python3 make_corpus.py DIRECTORY

One directory per target. What once was found by fuzzing is kept in found/<target> and joins them.
"""
import io
import json
import pathlib
import shutil
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"
sys.path.insert(0, str(HERE.parent / "hostile"))
import onnx_files  # noqa: E402
import pt2  # noqa: E402

LARGEST = 64 * 1024
# Hostile files that take long to make are too large for a seed.
SLOW = ("10_to_6", "of_", "with_", "deep", "1_million", "10_million", "5_million", "50000", "20000", "60000", "200001")

EXPRESSIONS = [
    "Integer(3)", "s0", "Symbol('s0', positive=True, integer=True)", "Add(Symbol('s0', integer=True), Integer(-1))",
    "Mul(Rational(1, 2), Symbol('s0', integer=True))", "Pow(Symbol('s0', integer=True), Integer(2))",
    "Pow(Integer(2), Integer(-1))", "FloorDiv(Add(s0, Integer(-1)), Integer(2))", "Mod(s0, Integer(4))",
    "ModularIndexing(s0, Integer(2), Integer(3))", "Max(Integer(1), s1)", "Min(s0, s1)", "CeilToInt(IntTrueDiv(s0, Integer(2)))",
    "ToFloat(s0)", "TruncToInt(Mul(s0, s0))", "CeilDiv(s0, s1)", "floor(Rational(7, 2))",
]
SOURCES = [
    "org/name", "name", "org/name@main", "org/name@0123456789abcdef0123456789abcdef01234567", "hf://org/name@v1",
    "https://huggingface.co/org/name/tree/main/sub", "https://hf.co/org/name/resolve/refs%2Fpr%2F1/a.bin", "./dir", "../dir",
    "/abs/dir", "~/dir", "~user", "file:///abs", "C:\\dir", "a\\b", "a/b/c", "spaces/org/name", "datasets/org/name",
    "x:float32:1x2", "x:int64[2,16]", "x:0=batch", "getattr(L['self'].encoder.layer, '0').attention", "encoder.layer.0",
]


def small(cases):
    for name, (make, _) in cases.items():
        if any(word in name for word in SLOW):
            continue
        made = make()
        if not callable(made) and len(made) <= LARGEST:
            yield name, made


def members(path, ending):
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.endswith(".pt"):  # an archive inside the archive
                yield from members(io.BytesIO(content), ending)
            elif info.filename.endswith(ending) and len(content) <= 4 * LARGEST:
                yield info.filename.replace("/", "_"), content


def fixtures(pattern):
    return [path for path in sorted(FIXTURES.rglob(pattern)) if path.stat().st_size <= 4 * LARGEST]


def safetensors_files():
    header = json.dumps({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
                         "b": {"dtype": "I64", "shape": [1], "data_offsets": [16, 24]}, "__metadata__": {"format": "pt"}})
    yield "two", struct.pack("<Q", len(header)) + header.encode() + bytes(24)
    yield "empty", struct.pack("<Q", 2) + b"{}"
    yield "long", struct.pack("<Q", 1 << 62) + b"{}"
    for path in fixtures("*.safetensors"):
        yield path.name, path.read_bytes()


def json_files():
    yield "sidecar", json.dumps({"nodes": {"/a/MatMul": {"hierarchy_tag": "/Net/Linear", "op_type": "MatMul"}},
                                 "modules": {"class_name": "Net", "children": {}}}).encode()
    yield "sidecar_old", json.dumps({"node_tags": {"a": "/Net"}, "hierarchy_data": {}}).encode()
    yield "record", json.dumps({"schema": "modelexport/capture/1", "source": "org/name", "source_kind": "hub",
                                "repo_id": "org/name", "commit": "0" * 40, "task": "fill-mask", "versions": {"torch": "2"}}).encode()
    yield "options", b'{"opset": 17, "input": ["x:int64:2x16"]}'
    spec = {"type": "builtins.dict", "context": '["a", "b"]', "children_spec": [{"type": None, "context": None, "children_spec": []}] * 2}
    yield "treespec", json.dumps([1, spec]).encode()
    yield "numbers", b'[1, -1, 1e3, 18446744073709551615, NaN, -Infinity, "NaN", true, null]'
    yield "graph", json.dumps({
        "schema": "modelexport/aten/1", "producer": "torch 2", "modules": [{"path": "", "class": "Net"}],
        "calls": [{"module": 0, "parent": 0, "ordinal": 1}], "values": [{"name": "x"}, {"name": "y"}], "tensors": [],
        "inputs": [{"value": 0, "path": ["x"], "dtype": "float32", "shape": [2]}], "outputs": [{"value": 1, "path": ["y"]}],
        "ops": [{"target": "aten::relu", "overload": "", "args": [{"name": "self", "value": {"ref": 0}}], "outputs": [1], "call": 0}],
    }).encode()


def seeds():
    archives = fixtures("archives/*.pt2")
    for path in archives:
        yield "pt2", path.name, path.read_bytes()
    for name, content in small(pt2.CASES):
        yield "pt2", name, content
        yield "zip", name, content
    for path in archives[-1:] + fixtures("archives/*.pt")[:1]:
        yield "zip", path.name, path.read_bytes()
    for path in archives:
        for name, content in members(path, ("model.json", "program.json")):
            yield "program", f"{path.stem}_{name}", content
    yield "program", "hand_made", json.dumps(pt2.program()).encode()
    for path in archives + fixtures("archives/*.pt"):
        for name, content in members(path, ".pkl"):
            if "debug" not in name:
                yield "pickle", f"{path.name}_{name}", content
    for name, content in small(onnx_files.CASES):
        yield "onnx", name, content
    for i, text in enumerate(EXPRESSIONS):
        yield "srepr", str(i), text.encode()
    for i, text in enumerate(SOURCES):
        yield "source", str(i), text.encode()
    for name, content in safetensors_files():
        yield "safetensors", name, content
    for name, content in json_files():
        yield "json", name, content


def main():
    target = pathlib.Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for kind, name, content in seeds():
        path = target / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count += 1
    print(f"{count} seeds in {target}")


if __name__ == "__main__":
    main()
