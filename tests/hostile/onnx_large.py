"""Large and deep ONNX files for check and migrate: what a legacy export could look like, a hundred times over."""
import json

from onnx_files import framed, number, varint

CASES = {}


def case(function):
    CASES[function.__name__] = (function, "any")
    return function


def model(graph, rest=b""):
    return number(1, 8) + framed(7, graph, framed(2, "main_graph")) + framed(8, number(2, 17)) + rest


def tagged(count, mark):
    """A chain of nodes named and tagged as the predecessor did."""
    nodes = []
    for i in range(count):
        name = f"/encoder/layer.{i % 12}/attention/self/Relu_{i}"
        before = f"/encoder/layer.{(i - 1) % 12}/attention/self/Relu_{i - 1}_output_0" if i else "x"
        tag = f"/BertModel/BertEncoder/BertLayer.{i % 12}/BertAttention/BertSdpaSelfAttention"
        nodes.append(framed(1, framed(1, before), framed(2, name + "_output_0"), framed(3, name), framed(4, "Relu"), mark(tag)))
    return model(b"".join(nodes))


@case
def tag_attributes_of_100000_nodes():
    return tagged(100_000, lambda tag: framed(5, framed(1, "hierarchy_tag"), framed(4, tag), number(20, 3)))


@case
def tag_doc_strings_of_100000_nodes():
    return tagged(100_000, lambda tag: framed(6, json.dumps({"hierarchy_tags": [tag], "hierarchy_path": tag})))


@case
def tag_attributes_of_1_million_nodes():
    return tagged(1_000_000, lambda tag: framed(5, framed(1, "hierarchy_tag"), framed(4, tag), number(20, 3)))


def call(name):
    return framed(7, framed(1, "a"), framed(2, "b"), framed(4, name), framed(7, "f"))


def function(name, *nodes):
    return framed(25, framed(1, name), framed(4, "a"), framed(5, "b"), *nodes, framed(9, number(2, 17)), framed(10, "f"))


def main_call():
    return framed(1, framed(1, "x"), framed(2, "y"), framed(4, "F0"), framed(7, "f"))


@case
def functions_100000_calls_deep():
    return model(main_call(), b"".join(function(f"F{i}", call(f"F{i + 1}")) for i in range(100_000)))


@case
def functions_that_double_100_times():
    return model(main_call(), b"".join(function(f"F{i}", call(f"F{i + 1}"), call(f"F{i + 1}")) for i in range(100)))


@case
def functions_that_call_each_other():
    return model(main_call(), function("F0", call("F1")) + function("F1", call("F0")))


def backwards(depth, field):
    """Messages nested `depth` deep, built from the inside out in linear time."""
    out, size = bytearray(), 0
    for _ in range(depth):
        header = varint(field * 8 + 2) + varint(size)
        out += header[::-1]
        size += len(header)
    return bytes(out[::-1])


@case
def graphs_nested_100000_deep():
    return model(framed(1, framed(4, "If"), framed(5, framed(1, "then_branch"), backwards(100_000, 6))))


@case
def types_nested_100000_deep():
    return model(framed(11, framed(1, "x"), framed(2, backwards(100_000, 4))))


@case
def a_tag_of_1_gb():
    def write(path):
        head = framed(1, "hierarchy_tag")
        value = varint(4 * 8 + 2) + varint(1 << 30)
        attribute = len(head) + len(value) + (1 << 30) + len(number(20, 3))
        node = framed(1, "x") + framed(2, "y") + framed(4, "Relu") + varint(5 * 8 + 2) + varint(attribute)
        graph = varint(1 * 8 + 2) + varint(len(node) + attribute) + node
        with open(path, "wb") as file:
            file.write(number(1, 8) + framed(8, number(2, 17)) + varint(7 * 8 + 2) + varint(len(graph) + attribute) + graph)
            file.write(head + value)
            file.seek(1 << 30, 1)
            file.write(number(20, 3))
    return write
