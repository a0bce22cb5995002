"""Hostile ONNX files for inspect and stamp. "any": an answer or an error, in time and within memory."""
import json

CASES = {}


def case(code):
    def add(function):
        CASES[function.__name__] = (function, code)
        return function
    return add


def varint(value):
    out = bytearray()
    while True:
        out.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(out)


def number(field, value):
    return varint(field * 8) + varint(value)


def framed(field, *parts):
    body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field * 8 + 2) + varint(len(body)) + body


def value_info(field, name, *dims):
    shape = framed(2, *[framed(1, number(1, dim)) for dim in dims])
    return framed(field, framed(1, name), framed(2, framed(1, number(1, 1), shape)))


def metadata(key, value, field=14):
    return framed(field, framed(1, key), framed(2, value))


def model(graph=b"", rest=b"", nodes=framed(1, framed(1, "x"), framed(2, "y"), framed(4, "Relu"))):
    body = nodes + framed(2, "net") + value_info(11, "x", 2) + value_info(12, "y", 2) + graph
    return number(1, 8) + framed(2, "test") + framed(8, number(2, 18)) + framed(7, body) + rest


def sparse(head, size, tail=b""):
    """A file with a hole of `size` bytes."""
    def write(path):
        with open(path, "wb") as out:
            out.write(head)
            out.seek(size, 1)
            out.write(tail or b"\0")
    return write


@case(None)
def good():
    return model()


# --- Huge counts.

@case("any")
def nodes_empty_10_million():
    return model(nodes=b"\x0a\x00" * 10_000_000)


@case("any")
def nodes_1_million():
    return model(nodes=framed(1, framed(1, "x"), framed(2, "y"), framed(4, "Relu")) * 1_000_000)


@case("any")
def initializers_empty_5_million():
    return model(graph=b"\x2a\x00" * 5_000_000)


@case("any")
def value_infos_1_million():
    return model(graph=value_info(13, "v", 1, 2, 3) * 1_000_000)


@case("any")
def metadata_1_million():
    return model(rest=metadata("k", "v") * 1_000_000)


@case("any")
def metadata_same_key_1000_times_1_mb():
    return model(rest=metadata("key", "v" * 100_000) * 1_000)


@case("any")
def opsets_1_million():
    return model(rest=framed(8, number(2, 18)) * 1_000_000)


@case("any")
def functions_1_million():
    return model(rest=framed(25, framed(1, "f")) * 1_000_000)


@case("any")
def unknown_fields_10_million():
    return model(rest=number(999, 1) * 5_000_000)


@case("any")
def one_node_with_5_million_inputs():
    return model(nodes=framed(1, framed(1, "x") * 5_000_000, framed(4, "Sum")))


@case("any")
def one_node_with_1_million_attributes():
    return model(nodes=framed(1, framed(5, framed(1, "a"), number(20, 2)) * 1_000_000, framed(4, "Sum")))


@case("any")
def one_attribute_of_30_million_numbers():
    return model(nodes=framed(1, framed(5, framed(1, "a"), framed(8, b"\1" * 30_000_000)), framed(4, "Sum")))


@case("any")
def tensor_of_rank_1_million():
    return model(graph=framed(5, number(1, 1) * 1_000_000, number(2, 1), framed(8, "w")))


@case("any")
def shape_of_rank_1_million():
    shape = framed(2, framed(1, number(1, 1)) * 1_000_000)
    return model(graph=framed(11, framed(1, "z"), framed(2, framed(1, number(1, 1), shape))))


# --- Depth.

def nested(depth):
    body = framed(2, "inner")
    for _ in range(depth):
        body = framed(1, framed(5, framed(1, "g"), framed(6, body), number(20, 5)), framed(4, "If"))
    return body


@case("any")
def subgraphs_1000_deep():
    return model(nodes=nested(1000))


@case("ME-WIRE-004")
def groups_100000_deep():
    return model(rest=b"\x1b" * 100_000)


@case("any")
def types_5000_deep():
    kind = framed(1, number(1, 1))
    for _ in range(5_000):
        kind = framed(4, framed(1, kind))
    return model(graph=framed(11, framed(1, "z"), framed(2, kind)))


# --- Strings.

@case("any")
def producer_of_1_gb():
    size = 1 << 30
    return sparse(model() + varint(2 * 8 + 2) + varint(size), size, framed(3, "9"))


@case("any")
def doc_string_of_1_gb():
    size = 1 << 30
    return sparse(model() + varint(6 * 8 + 2) + varint(size), size, framed(3, "9"))


@case("any")
def metadata_value_of_1_gb():
    size = 1 << 30
    entry = framed(1, "k") + varint(2 * 8 + 2) + varint(size)
    return sparse(model() + varint(14 * 8 + 2) + varint(len(entry) + size) + entry, size, framed(3, "9"))


@case("any")
def node_name_of_1_gb():
    size = 1 << 30
    name = varint(3 * 8 + 2) + varint(size)
    node = varint(1 * 8 + 2) + varint(len(name) + size) + name
    return sparse(number(1, 8) + varint(7 * 8 + 2) + varint(len(node) + size) + node, size, framed(8, number(2, 18)))


@case("any")
def tensor_name_of_1_gb():
    size = 1 << 30
    name = varint(8 * 8 + 2) + varint(size)
    tensor = varint(5 * 8 + 2) + varint(len(name) + size) + name
    return sparse(number(1, 8) + varint(7 * 8 + 2) + varint(len(tensor) + size) + tensor, size, framed(8, number(2, 18)))


@case("any")
def tags_of_1_mb():
    return model(nodes=b"".join(framed(1, framed(2, f"y{i}"), framed(4, "Relu"), metadata("hierarchy_tag", "/A" * 500_000, 9))
                                for i in range(40)))


@case("any")
def tags_100000_levels_deep():
    return model(nodes=framed(1, framed(2, "y"), framed(4, "Relu"), metadata("hierarchy_tag", "/A" * 100_000, 9)))


@case("any")
def tags_of_50000_modules():
    return model(nodes=b"".join(framed(1, framed(2, f"y{i}"), framed(4, "Relu"), metadata("hierarchy_tag", f"/N/M{i}", 9))
                                for i in range(50_000)))


@case("any")
def modules_json_deep():
    return model(graph=metadata("hierarchy_modules", "[" * 1_000_000, 16))


@case("any")
def modules_json_with_paths_of_100000_parts():
    rows = [{"path": ".".join("a" * 50_000), "class": "A", "tag": "/A", "calls": 1}]
    return model(graph=metadata("hierarchy_modules", json.dumps(rows), 16))


@case("any")
def external_data_of_1_million_entries():
    entry = framed(13, framed(1, "location"), framed(2, "a"))
    return model(graph=framed(5, number(1, 4), number(2, 1), framed(8, "w"), entry * 1_000_000, number(14, 1)))


@case("any")
def external_data_outside():
    entries = framed(13, framed(1, "location"), framed(2, "../../../../etc/passwd"))
    return model(graph=framed(5, number(1, 4), number(2, 1), framed(8, "w"), entries, number(14, 1)))


@case("any")
def external_data_numbers():
    entries = framed(13, framed(1, "location"), framed(2, "w")) + framed(13, framed(1, "length"), framed(2, "9" * 1000))
    return model(graph=framed(5, number(1, 4), number(2, 1), framed(8, "w"), entries, number(14, 1)))


# --- Broken bytes.

@case("ME-WIRE-001")
def cut_in_the_graph():
    return model()[:-10]


@case("ME-WIRE-001")
def length_beyond_the_end():
    return model() + varint(6 * 8 + 2) + varint((1 << 31) - 2)


@case("any")
def length_of_64_bits():
    return model() + varint(6 * 8 + 2) + varint((1 << 64) - 1)


@case("ME-WIRE-003")
def varint_without_end():
    return model() + b"\x28" + b"\xff" * 20


@case("ME-WIRE-002")
def field_zero():
    return model() + b"\x02\x00"


@case("ME-WIRE-002")
def wire_type_7():
    return model() + b"\x0f"


@case("any")
def dims_overflow():
    return model(graph=framed(5, number(1, 1 << 62) * 8, number(2, 1), framed(8, "w"), framed(9, b"1234")))


@case("any")
def dims_negative():
    return model(graph=framed(5, number(1, (1 << 64) - 5), number(2, 1), framed(8, "w"), framed(9, b"1234")))


@case("any")
def two_graphs():
    return model() + framed(7, framed(2, "second"))


@case("ME-MODEL-001")
def no_graph():
    return number(1, 8) + framed(2, "test") + framed(8, number(2, 18))
