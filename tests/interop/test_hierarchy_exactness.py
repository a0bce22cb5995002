"""The hierarchy is exact: both archive forms of a model, made by different front ends from different records of the
same run, give the same operators at the same instances. Relabelling nodes cannot pass this test."""
import collections

import onnx
import pytest

import support

# Differences that are PyTorch's, not ours: (operator, scope) -> why. Everything else must agree.
SHARED = ("the embedding that encoder and decoder share: a trace names it by the last attribute that holds it and so "
          "counts a second call, torch.export by the attribute of each call")
MASK = "transformers makes the decoder's causal mask from other operators when torch.export runs it than when traced"
EXCEPTIONS = {
    "t5-seq2seq": {
        ("Gather", "decoder.embed_tokens@2"): SHARED, ("Gather", "encoder.embed_tokens"): SHARED,
        ("Concat", "decoder"): MASK, ("Expand", "decoder"): MASK, ("Unsqueeze", "decoder"): MASK,
        ("Equal", "decoder"): MASK, ("Where", "decoder"): MASK, ("Squeeze", "decoder"): MASK,
        ("Range", "decoder"): MASK, ("Concat", "decoder.block.0.layer.0.SelfAttention"): MASK,
        ("Slice", "decoder.block.0.layer.0.SelfAttention"): MASK,
    },
    # The zoo's gpt2-lm, exported with another path of the same library, agrees.
    "fixtures/gpt2-lm": {
        ("Gather", "transformer"): MASK, ("Reshape", "transformer"): MASK, ("Concat", "transformer"): MASK,
        ("Expand", "transformer"): MASK, ("Unsqueeze", "transformer"): MASK,
    },
}
# More models than the fixtures, where a shelf of archives lies beside the source tree.
ZOO = support.ROOT.parent / "shared" / "zoo"


def nodes_of(graph):
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from nodes_of(attribute.g)


def places(model) -> collections.Counter:
    return collections.Counter((n.op_type, support.properties(n)["hierarchy_scope"]) for n in nodes_of(model.graph))


@pytest.mark.parametrize("name", support.NAMES)
def test_both_forms_agree(shelf, name):
    compare(f"fixtures/{name}", *(places(shelf.get(name, form).onnx) for form in ("pt", "pt2")))


@pytest.mark.parametrize("name", sorted(p.parent.name for p in ZOO.glob("*/model.pt2")))
def test_both_forms_of_the_zoo_agree(name, tmp_path):
    found = []
    for form in ("pt", "pt2"):
        path = tmp_path / f"{form}.onnx"
        archive = next((ZOO / name).glob(f"model*.{form}"))  # model_tuple.pt where outputs nest
        support.modelexport("export", archive, "-o", path, "--verify", "off")
        found.append(places(onnx.load(str(path), load_external_data=False)))
    compare(name, *found)


def compare(name, traced, exported):
    allowed = EXCEPTIONS.get(name, {})
    only = {"pt": traced - exported, "pt2": exported - traced}
    wrong = {form: {k: n for k, n in difference.items() if k not in allowed} for form, difference in only.items()}
    assert not any(wrong.values()), wrong
    stale = set(allowed) - set(only["pt"]) - set(only["pt2"])
    assert not stale, f"exceptions that are none any more: {stale}"


# Operators that stay one node with a weight, whatever else happens to the graph.
HEAVY = {"aten.linear.default": "linear", "aten.conv2d.default": "conv", "aten.embedding.default": "embedding",
         "aten.addmm.default": "linear"}
KINDS = {"MatMul": "linear", "Gemm": "linear", "Conv": "conv", "Gather": "embedding"}


@pytest.mark.parametrize("name", support.NAMES)
def test_operators_are_where_torch_export_says(shelf, name):
    """Every scope of the .pt2's export is an instance path of its nn_module_stack, and no path with operators that
    must remain (matrix products, convolutions, embeddings) is lost."""
    import torch

    export = shelf.get(name, "pt2")
    program = torch.export.load(str(shelf.exported_program(export.model)))
    stacks, heavy = {""}, collections.Counter()
    for node in program.graph.nodes:
        stack = node.meta.get("nn_module_stack")
        if node.op != "call_function" or not stack:
            continue
        path = list(stack.values())[-1][0].removeprefix("L['self']").lstrip(".")
        for n in range(path.count(".") + 1):
            stacks.add(".".join(path.split(".")[:n + 1]))
        kind = HEAVY.get(str(node.target))
        if kind:
            heavy[kind, path] += 1
    ours, scopes = collections.Counter(), set()
    parameters = {i.name for i in export.onnx.graph.initializer}
    # A tied weight that is read both ways is stored once, its transpose is a node.
    weights = {n.output[0]: n.input[0] for n in nodes_of(export.onnx.graph) if n.op_type == "Transpose"}
    for node in nodes_of(export.onnx.graph):
        scope = support.properties(node)["hierarchy_scope"].partition("@")[0]
        scopes.add(scope)
        # The node that reads the layer's matrix stands for the layer.
        if node.op_type in KINDS and any(
                (w := weights.get(i, i)) in parameters and w.removesuffix("_t").endswith(".weight") for i in node.input):
            ours[KINDS[node.op_type], scope] += 1
    assert scopes <= stacks
    assert ours == heavy


@pytest.mark.parametrize("form", ("pt", "pt2"))
def test_equal_input_gives_equal_bytes(shelf, form, tmp_path):
    name = "bert-base-model"
    model = support.Model(name)
    runs = []
    for run in ("a", "b"):
        path = tmp_path / f"{run}.onnx"
        support.modelexport("export", shelf.archive(model, form), "-o", path, "--verify", "off")
        runs.append(path.read_bytes())
    assert runs[0] == runs[1]


def test_node_names_are_unique_and_readable(shelf):
    for name in ("bert-base-model", "resnet-imgcls"):
        for form in ("pt", "pt2"):
            names = [n.name for n in nodes_of(shelf.get(name, form).onnx.graph)]
            assert len(set(names)) == len(names)
            assert all(n.startswith("/") for n in names)
    assert "/encoder/layer.0/attention/self/query/MatMul" in {
        n.name for n in shelf.get("bert-base-model", "pt").onnx.graph.node}


def test_names_are_the_same_for_both_forms(shelf):
    """What a tool stored under a node name stays valid when the user changes the archive form."""
    name = "bert-seqcls"
    traced, exported = ({n.name for n in shelf.get(name, form).onnx.graph.node} for form in ("pt", "pt2"))
    assert traced == exported
