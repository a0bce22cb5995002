"""Graph quality beside torch.onnx: exports every model of a directory with both and compares the files.

    python tests/bench/bench_graph.py ZOO [--json] [--keep DIR] [--only NAME]... [--opset 18]

ZOO is a directory as its own make_zoo.py makes it (one directory for each model: model.pt or model_tuple.pt, model.pt2,
reference.npz; make_zoo.py gives the Python model). Needs torch, transformers, onnx and onnxscript. Every row compares
files of the same opset and the same dynamic axes:

  nodes     all nodes, those of subgraphs and functions too, BatchNormalization not counted (the exporters differ in
            whether they fold it into weights)
  placed    nodes that carry a module path of their own
  twice     equal constants (initializers and Constant nodes) beyond the first of each; tensors under their state_dict
            names are no constants, equal or not
  names     parameters that an output depends on and an initializer names, as stored or transposed ("<name>_t")

Exit 1 unless every file of ours is placed completely, has no duplicated constant and keeps all names, and ours has not
more nodes than the smaller of torch.onnx's two for at least --goal models.
"""
import argparse
import collections
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import sys
import tempfile
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import onnx
import torch
import transformers

import measure

PLACED_BY = ("hierarchy_scope", "namespace", "pkg.torch.onnx.name_scopes")


def all_nodes(model: onnx.ModelProto):
    def of(nodes):
        for node in nodes:
            yield node
            for attribute in node.attribute:
                for graph in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                    yield from of(graph.node)
    yield from of(model.graph.node)
    for function in model.functions:
        yield from of(function.node)


def constants(model: onnx.ModelProto):
    yield from model.graph.initializer
    for node in all_nodes(model):
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    yield attribute.t
                elif attribute.name.startswith("value_"):
                    yield onnx.helper.make_tensor("", onnx.TensorProto.INT64, [len(attribute.ints)], attribute.ints) \
                        if attribute.ints else onnx.helper.make_tensor("", onnx.TensorProto.INT64, [], [attribute.i])


def placed(node: onnx.NodeProto) -> bool:
    """A module path; torch's are lists whose parts are all empty for nodes of no module."""
    return any(p.key in PLACED_BY and (p.key == PLACED_BY[0] or p.value.strip("[]', ")) for p in node.metadata_props)


def facts(path, state: set, parameters: set) -> dict:
    model = onnx.load(str(path))
    state = state | {n + "_t" for n in state}
    nodes = [n for n in all_nodes(model) if n.op_type != "BatchNormalization"]
    seen = collections.Counter((t.data_type, tuple(t.dims), onnx.numpy_helper.to_array(t).tobytes())
                               for t in constants(model) if t.name not in state)
    named = {i.name for i in model.graph.initializer}
    return {"nodes": len(nodes), "constant_nodes": sum(n.op_type == "Constant" for n in nodes),
            "placed": sum(placed(n) for n in nodes), "duplicated": sum(n - 1 for n in seen.values()),
            "initializers": len(model.graph.initializer), "parameters": len(parameters),
            "names_kept": sum(p in named or p + "_t" in named for p in parameters),
            "ops": dict(collections.Counter(n.op_type for n in nodes).most_common())}


class Zoo:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        spec = importlib.util.spec_from_file_location("make_zoo", directory / "make_zoo.py")
        self.make = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.make)
        self.names = sorted(p.parent.name for p in directory.glob("*/zoo.json"))

    def archive(self, name: str, form: str) -> pathlib.Path:
        path = self.directory / name / f"model.{form}"
        return path if path.exists() else self.directory / name / f"model_tuple.{form}"

    def build(self, name: str):
        z = self.make.Z[name]
        kind = getattr(transformers, z["cls"])
        model = (kind._from_config if hasattr(kind, "_from_config") else kind)(z["cfg"]()).eval()
        batch, length = z["shapes"][0]
        return model, z["inp"](batch, length, 0), z

    def parameters(self, name: str) -> tuple:
        """Names in the state_dict, and those of parameters that the outputs depend on (tied ones left out)."""
        model, example, _ = self.build(name)
        tied = {n for group in json.loads((self.directory / name / "zoo.json").read_text())["tied"] for n in group}
        floats = [t for t in torch.utils._pytree.tree_leaves(dict(model(**example)))
                  if isinstance(t, torch.Tensor) and t.is_floating_point()]
        sum(t.sum() for t in floats).backward()
        return set(model.state_dict()), {n for n, p in model.named_parameters() if p.grad is not None} - tied


def torch_onnx(zoo: Zoo, name: str, path, dynamo: bool, opset: int):
    model, example, z = zoo.build(name)
    shapes = zoo.make.dynamic(name, z, example)
    how = dict(kwargs=example, opset_version=opset, verbose=False, dynamo=dynamo)
    if dynamo:
        how.update(dynamic_shapes=shapes)
    else:
        how.update(input_names=list(example),
                   dynamic_axes={k: {axis: f"{k}_{axis}" for axis in axes} for k, axes in shapes.items()})
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        try:
            torch.onnx.export(model, (), str(path), **how)
        except RuntimeError:  # the older path takes no nested dictionaries
            model.config.return_dict = False
            torch.onnx.export(model, (), str(path), **how)


def ours(zoo: Zoo, name: str, path, form: str, opset: int):
    m = measure.run([measure.binary(), "export", zoo.archive(name, form), "-o", path, "--opset", opset, "--verify", "off",
                     "--force", "--no-progress"])
    if m.code:
        raise RuntimeError(m.err.strip()[-500:])


def compare(zoo: Zoo, name: str, directory: pathlib.Path, opset: int) -> dict:
    row = {"model": name}
    ways = {"pt": lambda p: ours(zoo, name, p, "pt", opset), "pt2": lambda p: ours(zoo, name, p, "pt2", opset),
            "torchscript": lambda p: torch_onnx(zoo, name, p, False, opset),
            "dynamo": lambda p: torch_onnx(zoo, name, p, True, opset)}
    names = zoo.parameters(name)
    for way, export in ways.items():
        path = directory / f"{name}-{way}.onnx"
        try:
            if way in ("pt", "pt2") or not path.exists():  # --keep: what torch.onnx made does not change
                export(path)
            row[way] = facts(path, *names)
        except Exception as e:
            row[way] = {"error": f"{type(e).__name__}: {str(e).strip()[:300]}"}
    made = [row[w]["nodes"] for w in ("torchscript", "dynamo") if "nodes" in row[w]]
    row["smaller"] = min(made) if made else None
    both = [row[w] for w in ("pt", "pt2")]
    row["not_larger"] = all("nodes" in f and row["smaller"] and f["nodes"] <= row["smaller"] for f in both)
    row["clean"] = all("nodes" in f and f["placed"] == f["nodes"] and not f["duplicated"]
                       and f["names_kept"] == f["parameters"] for f in both)
    return row


def cell(row: dict, way: str, key: str) -> str:
    return str(row[way][key]) if key in row[way] else "failed"


def percent(row: dict, way: str, part: str, whole: str) -> str:
    return f"{100 * row[way][part] / row[way][whole]:.0f}%" if row[way].get(whole) else "-"


def show(rows: list, goal: int) -> None:
    print(f"{'':22}{'nodes':^38}{'ratio':^8}{'placed':^18}{'twice':^18}{'names kept':^18}")
    print(f"{'model':22}{'.pt':>8}{'.pt2':>8}{'script':>10}{'dynamo':>10}{'':>10}" + f"{'ours':>6}{'ts':>6}{'dyn':>6}" * 3)
    for row in rows:
        counts = "".join(f"{cell(row, w, 'nodes'):>{n}}" for w, n in (("pt", 8), ("pt2", 8), ("torchscript", 10), ("dynamo", 10)))
        worst = max((row[w]["nodes"] for w in ("pt", "pt2") if "nodes" in row[w]), default=0)
        ratio = f"{worst / row['smaller']:.2f}{'' if row['not_larger'] else ' *'}" if row["smaller"] else "-"
        tail = "".join(f"{percent(row, w, 'placed', 'nodes'):>6}" for w in ("pt2", "torchscript", "dynamo"))
        tail += "".join(f"{cell(row, w, 'duplicated'):>6}" for w in ("pt2", "torchscript", "dynamo"))
        tail += "".join(f"{percent(row, w, 'names_kept', 'parameters'):>6}" for w in ("pt2", "torchscript", "dynamo"))
        print(f"{row['model']:22}{counts}{ratio:>10}{tail}")
    total = {w: sum(r[w].get("nodes", 0) for r in rows) for w in ("pt", "pt2", "torchscript", "dynamo")}
    print(f"{'total':22}{total['pt']:>8}{total['pt2']:>8}{total['torchscript']:>10}{total['dynamo']:>10}")
    print(f"ours not larger for {sum(r['not_larger'] for r in rows)} of {len(rows)} (goal {goal}); placed completely, no "
          f"constant twice, all names kept for {sum(r['clean'] for r in rows)} of {len(rows)}")
    for row in rows:
        for way in ("pt", "pt2", "torchscript", "dynamo"):
            if "error" in row[way]:
                print(f"  {row['model']}, {way}: {row[way]['error']}")


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("zoo", type=pathlib.Path)
    p.add_argument("--json", action="store_true")
    p.add_argument("--keep", type=pathlib.Path, help="leave the files here; torch.onnx's are not made again")
    p.add_argument("--only", action="append")
    p.add_argument("--opset", type=int, default=18)
    p.add_argument("--goal", type=int, default=20)
    a = p.parse_args()
    zoo = Zoo(a.zoo)
    with tempfile.TemporaryDirectory() as scratch:
        directory = a.keep or pathlib.Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        rows = []
        for name in a.only or zoo.names:
            rows.append(compare(zoo, name, directory, a.opset))
            print(f"\r{len(rows)} {name:30}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    good = all(r["clean"] for r in rows) and sum(r["not_larger"] for r in rows) >= min(a.goal, len(rows))
    if a.json:
        print(json.dumps({"schema": "modelexport/bench-graph/1", "torch": torch.__version__, "rows": rows, "ok": good}, indent=1))
    else:
        show(rows, a.goal)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
