"""Hostile .pt2 archives: CASES maps a name to a function that gives the archive, and the error code it must end with."""
import copy
import json
import struct

from zips import MAX32, Member, archive, end64, zip64_extra

CASES = {}


def case(code):
    def add(function):
        CASES[function.__name__] = (function, code)
        return function
    return add


def size(value):
    return {"as_int": value}


def tensor(name):
    return {"as_tensor": {"name": name}}


def meta(sizes, strides=None, **other):
    if strides is None:
        strides = [1] * len(sizes)
        for i in range(len(sizes) - 2, -1, -1):
            strides[i] = strides[i + 1] * sizes[i + 1]
    return {"dtype": 7, "sizes": [size(n) for n in sizes], "strides": [size(n) for n in strides], "storage_offset": size(0),
            "layout": 7, "requires_grad": False, "device": {"type": "cpu", "index": None}, **other}


def node(target, output, **inputs):
    return {"target": f"torch.ops.aten.{target}", "outputs": [tensor(output)], "metadata": {},
            "inputs": [{"name": name, "arg": arg, "kind": 1} for name, arg in inputs.items()]}


def program():
    """y = linear(x, weight) with a symbolic batch."""
    symbol = {"as_expr": {"expr_str": "Symbol('s0', positive=True, integer=True)", "hint": size(2)}}
    x, y = meta([2, 3]), meta([2, 4])
    x["sizes"][0] = y["sizes"][0] = symbol
    return {
        "graph_module": {
            "graph": {
                "inputs": [tensor("p_weight"), tensor("x")], "outputs": [tensor("y")],
                "nodes": [node("linear.default", "y", input=tensor("x"), weight=tensor("p_weight"))],
                "tensor_values": {"p_weight": meta([4, 3]), "x": x, "y": y},
                "sym_int_values": {}, "sym_bool_values": {}, "custom_obj_values": {}, "is_single_tensor_return": True,
            },
            "signature": {
                "input_specs": [{"parameter": {"arg": {"name": "p_weight"}, "parameter_name": "weight"}},
                                {"user_input": {"arg": tensor("x")}}],
                "output_specs": [{"user_output": {"arg": tensor("y")}}],
            },
            "module_call_graph": [],
        },
        "opset_version": {"aten": 10}, "range_constraints": {"s0": {"min_val": 2, "max_val": None}},
        "schema_version": {"major": 8, "minor": 14}, "verifiers": ["TRAINING"], "torch_version": "2.15.0",
    }


def config(**entries):
    entries = entries or {"weight": meta([4, 3])}
    return {"config": {name: {"path_name": "weight_0", "is_param": True, "use_pickle": False, "tensor_meta": value}
                       for name, value in entries.items()}}


def members(model=None, weights=None, storage=bytes(48), leave_out=()):
    model = program() if model is None else model
    text = model if isinstance(model, (str, bytes)) else json.dumps(model)
    weights = config() if weights is None else weights
    found = [
        Member("m/archive_format", "pt2"), Member("m/archive_version", "0"), Member("m/byteorder", "little"),
        Member("m/.data/version", "6"), Member("m/models/model.json", text),
        Member("m/data/weights/model_weights_config.json", json.dumps(weights)),
        Member("m/data/weights/weight_0", storage),
    ]
    return [m for m in found if m.name.decode()[2:] not in leave_out]


def changed(change, **arguments):
    """An archive whose program `change` has changed in place."""
    model = program()
    change(model["graph_module"]["graph"], model)
    return archive(members(model, **arguments))


# --- The archive that all others are made from is a good one.

@case(None)
def good():
    return archive(members())


# --- Members.

@case("ME-ARC-008")
def no_program():
    return archive(members(leave_out=["models/model.json"]))


@case("ME-ARC-014")
def no_weights_config():
    return archive(members(leave_out=["data/weights/model_weights_config.json"]))


@case("ME-ARC-008")
def no_weight():
    return archive(members(leave_out=["data/weights/weight_0"]))


@case("ME-ARC-014")
def weight_too_short():
    return archive(members(storage=bytes(47)))


@case("ME-ARC-014")
def weight_empty():
    return archive(members(storage=b""))


@case("ME-ARC-008")
def weight_outside_the_directory():
    weights = config()
    weights["config"]["weight"]["path_name"] = "../../../m/models/model.json"
    return archive(members(weights=weights))


@case("ME-ARC-005")
def deflated_weight():
    found = members(leave_out=["data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), method=8)])


@case(None)
def deflated_program():
    found = members(leave_out=["models/model.json"])
    return archive(found + [Member("m/models/model.json", json.dumps(program()), method=8)])


@case("ME-ARC-003")
def duplicate_member():
    return archive(members() + [Member("m/data/weights/weight_0", bytes(48))])


@case("ME-ARC-004")
def name_with_dots():
    return archive(members() + [Member("m/../../etc/passwd", "x")])


@case("ME-ARC-004")
def name_absolute():
    return archive(members() + [Member("/etc/passwd", "x")])


@case("ME-ARC-004")
def name_with_zero():
    return archive(members() + [Member(b"m/a\0b", "x")])


# --- Zip structure.

@case("ME-ARC-002")
def member_outside_the_file():
    return archive(members() + [Member("m/far", "x", header=0x7FFFFFFF)])


@case("ME-ARC-002")
def member_over_the_end():
    found = members(leave_out=["data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), size=1 << 30, compressed=1 << 30)])


@case("ME-ARC-003")
def members_overlap():
    found = members()
    inside = Member("m/inside", bytes(8), header=0, hidden=True)
    return archive(found + [inside])


@case("ME-ARC-003")
def local_name_differs():
    found = members(leave_out=["data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), name_local=b"m/data/weights/weight_1")])


@case("ME-ARC-003")
def local_size_differs():
    found = members(leave_out=["data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), local_size=40)])


@case("ME-ARC-003")
def hidden_bytes_before_the_directory():
    return archive(members(), before_directory=b"PK\3\4" + bytes(100))


@case("ME-ARC-005")
def encrypted():
    return archive(members() + [Member("m/secret", "x", flags=1)])


@case("ME-ARC-005")
def unknown_method():
    return archive(members() + [Member("m/odd", "x", method=14, raw=b"x")])


@case("ME-ARC-006")
def wrong_checksum():
    found = members(leave_out=["models/model.json"])
    return archive(found + [Member("m/models/model.json", json.dumps(program()), crc=1)])


@case("ME-ARC-006")
def deflated_to_another_size():
    found = members(leave_out=["models/model.json"])
    return archive(found + [Member("m/models/model.json", json.dumps(program()), method=8, size=1 << 20)])


@case("ME-ARC-007")
def deflate_bomb():
    """40 GB of zeros are not inflated to be refused."""
    found = members(leave_out=["models/model.json"])
    bomb = Member("m/models/model.json", b"", method=8, raw=b"\x03\x00", size=MAX32, extra=zip64_extra(40 << 30))
    bomb.lies["extra_local"] = zip64_extra(40 << 30)
    return archive(found + [bomb])


@case("ME-ARC-002")
def zip64_weight_is_huge():
    found = members(leave_out=["data/weights/weight_0"])
    extra = zip64_extra(1 << 62, 1 << 62)
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), size=MAX32, compressed=MAX32, extra=extra)])


@case("ME-ARC-002")
def zip64_offset_wraps():
    found = members()
    return archive(found + [Member("m/far", "x", header=MAX32, extra=zip64_extra((1 << 64) - 8))])


@case("ME-ARC-002")
def zip64_extra_is_missing():
    found = members(leave_out=["data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/weight_0", bytes(48), size=MAX32, compressed=MAX32)])


@case(None)
def zip64_end_records():
    return archive(members(), zip64=end64)


@case("ME-ARC-003")
def zip64_end_lies_about_entries():
    return archive(members(), zip64=lambda *a: end64(*a, count=3))


@case("ME-ARC-007")
def zip64_end_has_2_to_60_entries():
    return archive(members(), zip64=lambda *a: end64(*a, count=1 << 60))


@case("ME-ARC-003")
def zip64_locator_points_into_the_void():
    return archive(members(), zip64=lambda *a: end64(*a, at=1 << 60))


@case("ME-ARC-003")
def two_end_records_differ():
    good_one = archive(members())
    return archive([Member("m/x", "y")], prefix=good_one)


@case("ME-ARC-007")
def members_200001():
    return archive([Member("m/a", "")], repeat=200_001, zip64=end64)


@case("ME-ARC-003")
def the_same_member_60000_times():
    return archive([Member("m/a", "")], repeat=60_000)


# --- JSON.

@case("ME-IO-011")
def json_deep():
    return archive(members("[" * 1_000_000))


@case("ME-IO-011")
def json_deep_in_a_field():
    def deepen(graph, model):
        model["graph_module"]["graph"]["nodes"][0]["metadata"] = "DEEP"
    model = program()
    deepen(None, model)
    return archive(members(json.dumps(model).replace('"DEEP"', '{"a":' * 5000 + "1" + "}" * 5000)))


@case("ME-IO-009")
def json_cut():
    return archive(members(json.dumps(program())[:-20]))


@case("ME-IO-009")
def json_with_text_behind():
    return archive(members(json.dumps(program()) + "x"))


@case("ME-IO-009")
def json_key_twice():
    return archive(members(json.dumps(program()).replace('"outputs"', '"nodes"', 1)))


@case("ME-IO-009")
def json_not_utf8():
    return archive(members(json.dumps(program()).encode().replace(b"TRAINING", b"TR\xff\xfeING")))


@case("ME-ARC-007")
def json_100_mb_of_strings():
    return archive(members(b'["' + b"a" * (100 << 20) + b'"]'))


@case("ME-IO-011")
def json_of_empty_objects():
    return archive(members(b"[" + b"{}," * 12_000_000 + b"{}]"))


@case("ME-ARC-007")
def json_inflates_to_80_mb():
    text = b"[" + b'"",' * (27 << 20) + b'""]'
    found = members(leave_out=["models/model.json"])
    return archive(found + [Member("m/models/model.json", text, method=8)])


@case("ME-ARC-007")
def nodes_10_to_6():
    one = json.dumps(node("relu.default", "y", self=tensor("x")))
    return archive(members(json.dumps(program()).replace('"nodes": [', '"nodes": [' + (one + ", ") * 1_000_000)))


def chain(count, last):
    """x → relu → … → `last`."""
    def change(graph, _):
        nodes = [node("relu.default", f"r{i}", self=tensor(f"r{i - 1}" if i else "x")) for i in range(count)]
        graph["nodes"] = [*nodes, node(last, "z", self=tensor(f"r{count - 1}")),
                          node("linear.default", "y", input=tensor("z"), weight=tensor("p_weight"))]
    return changed(change)


@case("ME-EXP-001")
def nodes_50000_and_an_unknown_one():
    return chain(50_000, "no_such_operator.default")


@case("ME-EXP-001")
def unknown_operators_5000():
    """All in the way of the output, so that none can be left out."""
    def change(graph, _):
        nodes = [node(f"unknown_{i}.default", f"u{i}", self=tensor(f"u{i - 1}" if i else "x")) for i in range(5_000)]
        graph["nodes"] = [*nodes, node("linear.default", "y", input=tensor("u4999"), weight=tensor("p_weight"))]
    return changed(change)


# --- Values of the program.

@case("ME-ARC-014")
def value_not_defined():
    return changed(lambda graph, _: graph["nodes"][0]["inputs"][0].update(arg=tensor("nowhere")))


@case("ME-ARC-014")
def node_uses_its_own_result():
    return changed(lambda graph, _: graph["nodes"][0]["inputs"][0].update(arg=tensor("y")))


@case("ME-ARC-014")
def nodes_use_each_other():
    def change(graph, _):
        graph["nodes"] = [node("relu.default", "a", self=tensor("b")), node("relu.default", "b", self=tensor("a")),
                          *graph["nodes"]]
    return changed(change)


@case("ME-ARC-014")
def result_defined_twice():
    def change(graph, _):
        graph["nodes"] = [node("relu.default", "x", self=tensor("x")), *graph["nodes"]]
    return changed(change)


@case("ME-ARC-015")
def unknown_argument_kind():
    return changed(lambda graph, _: graph["nodes"][0]["inputs"][0].update(arg={"as_teapot": 1}))


@case("ME-IO-010")
def argument_with_two_kinds():
    return changed(lambda graph, _: graph["nodes"][0]["inputs"][0].update(arg={"as_int": 1, "as_bool": True}))


@case("ME-IO-010")
def unknown_dtype_of_an_argument():
    def change(graph, _):
        graph["nodes"] += [node("to.dtype", "z", self=tensor("y"), dtype={"as_scalar_type": 99})]
    return changed(change)


@case(None)
def unknown_dtype_of_an_unused_value():
    """What the archive says of inner values is not needed; that of an input would be refused."""
    return changed(lambda graph, _: graph["tensor_values"]["y"].update(dtype=99))


@case("any")
def unknown_dtype_of_an_input():
    return changed(lambda graph, _: graph["tensor_values"]["x"].update(dtype=99))


@case("ME-IO-010")
def negative_dtype_of_a_weight():
    return archive(members(weights=config(weight=meta([4, 3], dtype=-7))))


@case("ME-IO-010")
def dtype_is_a_string():
    return archive(members(weights=config(weight=meta([4, 3], dtype="float"))))


@case("ME-ARC-015")
def unknown_signature_kind():
    def change(_, model):
        model["graph_module"]["signature"]["input_specs"][0] = {"teapot": {"arg": {"name": "p_weight"}}}
    return changed(change)


@case("ME-ARC-013")
def schema_of_the_future():
    return changed(lambda _, model: model.update(schema_version={"major": 99, "minor": 0}))


# --- Tensors.

def weight_case(**arguments):
    return archive(members(weights=config(weight=meta(**arguments))))


@case("ME-ARC-014|ME-TENSOR-001")
def sizes_overflow():
    return weight_case(sizes=[1 << 62, 4], strides=[0, 1])


@case("ME-ARC-014")
def size_negative():
    return weight_case(sizes=[-4, 3], strides=[3, 1])


@case("ME-IO-010")
def size_beyond_64_bits():
    return weight_case(sizes=[1 << 64, 3], strides=[3, 1])


@case("ME-ARC-014")
def stride_negative():
    return weight_case(sizes=[4, 3], strides=[3, -1])


@case("ME-ARC-014")
def stride_out_of_range():
    return weight_case(sizes=[4, 3], strides=[1 << 61, 1])


@case("ME-ARC-014")
def offset_out_of_range():
    return weight_case(sizes=[4, 3], storage_offset=size((1 << 63) - 1))


@case("ME-ARC-014")
def offset_negative():
    return weight_case(sizes=[4, 3], storage_offset=size(-1))


@case("ME-IO-010")
def rank_1000():
    return weight_case(sizes=[1] * 1000, strides=[1] * 1000)


@case("ME-ARC-014|ME-IO-010|ME-TENSOR-001")
def broadcast_weight_of_2_to_60_elements():
    """All strides are zero: 48 bytes would become an initializer of 2^62 bytes."""
    def change(graph, _):
        graph["tensor_values"]["p_weight"] = meta([1 << 30, 1 << 30])
    return changed(change, weights=config(weight=meta([1 << 30, 1 << 30], strides=[0, 0])))


@case(None)
def overlapping_views_of_one_storage():
    """Not hostile: a weight may be a window that slides over its storage."""
    return weight_case(sizes=[4, 3], strides=[1, 1])


# --- Operators that ask for more than there is.

def ints(*values):
    return {"as_ints": list(values)}


def operator_case(target, outputs=None, **inputs):
    """z = target(x, …) is the second output, so that it cannot be left out."""
    def change(graph, model):
        made = node(target, "z", **inputs)
        if outputs:
            made["outputs"] = [{"as_tensors": [{"name": name} for name in outputs]}]
        graph["nodes"].append(made)
        result = outputs[0] if outputs else "z"
        graph["outputs"].append(tensor(result))
        model["graph_module"]["signature"]["output_specs"].append({"user_output": {"arg": tensor(result)}})
    return changed(change)


@case("any")
def zeros_of_2_to_40():
    return operator_case("zeros.default", size=ints(1 << 20, 1 << 20))


@case("any")
def arange_of_2_to_40():
    return operator_case("arange.default", end=size(1 << 40))


@case("any")
def sizes_whose_product_overflows():
    return operator_case("full.default", size=ints(*[1 << 40] * 20), fill_value={"as_float": 1.0})


@case("any")
def size_is_negative():
    return operator_case("zeros.default", size=ints(-5, -7))


@case("any")
def unbind_into_2_to_40():
    def change(graph, _):
        graph["nodes"] = [node("expand.default", "e", self=tensor("x"), size=ints(1 << 40, 2, 3)),
                          {**node("unbind.int", "u", self=tensor("e")), "outputs": [{"as_tensors": [{"name": "u0"}]}]},
                          node("linear.default", "y", input=tensor("u0"), weight=tensor("p_weight"))]
    return changed(change)


@case("any")
def split_into_2_to_60():
    return operator_case("tensor_split.sections", outputs=["z0"], self=tensor("x"), sections=size(1 << 60))


@case("any")
def chunks_of_nothing():
    return operator_case("split.Tensor", outputs=["z0"], self=tensor("x"), split_size=size(0))


@case("any")
def unfold_of_2_to_40():
    return operator_case("unfold.default", self=tensor("x"), dimension=size(1), size=size(1 << 40), step=size(1))


@case("any")
def triangle_of_2_to_60_columns():
    return operator_case("tril_indices.default", row=size(60_000), col=size(1 << 60), offset=size(-(1 << 62)))


@case("any")
def adaptive_pool_to_2_to_40():
    def change(graph, model):
        graph["nodes"] += [node("view.default", "v", self=tensor("y"), size=ints(-1, 1, 2, 2)),
                           node("adaptive_avg_pool2d.default", "z", self=tensor("v"), output_size=ints((1 << 40) + 1, 3))]
        graph["outputs"].append(tensor("z"))
        model["graph_module"]["signature"]["output_specs"].append({"user_output": {"arg": tensor("z")}})
    return changed(change)


@case("any")
def layer_norm_over_2_to_40():
    return operator_case("layer_norm.default", input=tensor("x"), normalized_shape=ints(1 << 20, 1 << 20))


@case("any")
def dimensions_100000():
    return operator_case("view.default", self=tensor("x"), size=ints(*[1] * 100_000))


@case("any")
def permutation_out_of_range():
    return operator_case("permute.default", self=tensor("x"), dims=ints(7, -9))


@case("any")
def dimension_out_of_range():
    return operator_case("cat.default", tensors={"as_tensors": [{"name": "x"}, {"name": "x"}]}, dim=size((1 << 63) - 1))


@case("any")
def exponents_of_sizes():
    """Every step squares the size: x.view(-1)[:, None] + x.view(-1)[None, :], forty times."""
    def change(graph, model):
        nodes, last = [node("view.default", "f0", self=tensor("x"), size=ints(-1))], "f0"
        for i in range(40):
            nodes += [node("unsqueeze.default", f"a{i}", self=tensor(last), dim=size(0)),
                      node("unsqueeze.default", f"b{i}", self=tensor(last), dim=size(1)),
                      node("add.Tensor", f"c{i}", self=tensor(f"a{i}"), other=tensor(f"b{i}")),
                      node("view.default", f"f{i + 1}", self=tensor(f"c{i}"), size=ints(-1))]
            last = f"f{i + 1}"
        graph["nodes"] += nodes
        graph["outputs"].append(tensor(last))
        model["graph_module"]["signature"]["output_specs"].append({"user_output": {"arg": tensor(last)}})
    return changed(change)


# --- Size expressions.

def expression_case(text):
    def change(graph, _):
        for name in ("x", "y"):
            graph["tensor_values"][name]["sizes"][0] = {"as_expr": {"expr_str": text, "hint": size(2)}}
    return changed(change)


SYMBOL = "Symbol('s0', positive=True, integer=True)"


@case("ME-ARC-014")
def expression_deep():
    return expression_case("Add(" * 100_000 + SYMBOL + ")" * 100_000)


@case("ME-ARC-014")
def expression_of_2_mb():
    return expression_case("Add(" + ", ".join([SYMBOL] * 50_000) + ")")


@case("ME-ARC-014")
def expression_powers_of_powers():
    inner = "Add(" + ", ".join(f"Symbol('s{i}', integer=True)" for i in range(20)) + ")"
    for _ in range(20):
        inner = f"Pow({inner}, Integer(16))"
    return expression_case(inner)


@case("ME-ARC-014")
def expression_product_of_sums():
    sums = ["Add(" + ", ".join(f"Symbol('s{20 * k + i}', integer=True)" for i in range(20)) + ")" for k in range(40)]
    return expression_case("Mul(" + ", ".join(sums) + ")")


@case("ME-ARC-014")
def expression_number_of_a_million_digits():
    return expression_case("Integer(" + "9" * 1_000_000 + ")")


@case("ME-ARC-014|ME-EXP-002")
def expression_divides_by_zero():
    return expression_case(f"Mul({SYMBOL}, Pow(Integer(0), Integer(-1)))")


@case("ME-ARC-014")
def expression_calls_a_function():
    return expression_case("__import__('os')")


@case("ME-ARC-014")
def expression_is_not_closed():
    return expression_case("Add(" + SYMBOL)


@case("ME-ARC-014")
def expressions_2000_of_many_terms():
    """Sizes that would be sums of 9^9 products."""
    model = program()
    text = "Mul(" + ", ".join(["Add(" + ", ".join(f"Symbol('s{i}', integer=True)" for i in range(9)) + ")"] * 9) + ")"
    values = model["graph_module"]["graph"]["tensor_values"]
    for i in range(2_000):
        values[f"v{i}"] = meta([2, 3])
        values[f"v{i}"]["sizes"][0] = {"as_expr": {"expr_str": text, "hint": size(2)}}
    graph = model["graph_module"]["graph"]
    graph["nodes"] = [node("relu.default", f"v{i}", self=tensor(f"v{i - 1}" if i else "x")) for i in range(2_000)] + graph["nodes"]
    graph["tensor_values"]["x"]["sizes"][0] = {"as_expr": {"expr_str": text, "hint": size(2)}}
    return archive(members(model))


# --- Names and regions.

@case("ME-ARC-014")
def module_stack_of_2000_levels():
    stack = ";".join(f"L__self___m{i},{'m.' * i}m,torch.nn.Module" for i in range(2_000))
    return changed(lambda graph, _: graph["nodes"][0]["metadata"].update(nn_module_stack=stack))


def region(depth):
    graph = program()["graph_module"]["graph"]
    body = {"inputs": [tensor("a")], "outputs": [tensor("b")], "nodes": [node("relu.default", "b", self=tensor("a"))],
            "tensor_values": {}, "sym_int_values": {}, "sym_bool_values": {}, "custom_obj_values": {},
            "is_single_tensor_return": True}
    for _ in range(depth):
        call = {"target": "torch.ops.higher_order.wrap_with_set_grad_enabled", "metadata": {}, "outputs": [tensor("b")],
                "inputs": [{"name": "", "arg": {"as_bool": False}, "kind": 1},
                           {"name": "", "arg": {"as_graph": {"name": "g", "graph": body}}, "kind": 1},
                           {"name": "", "arg": tensor("a"), "kind": 1}]}
        body = {**copy.copy(body), "nodes": [call]}
    graph["nodes"] = [{**call, "inputs": call["inputs"][:2] + [{"name": "", "arg": tensor("x"), "kind": 1}]}, *graph["nodes"]]
    return graph


@case("ME-IO-011")
def regions_nested_40_deep():
    model = program()
    model["graph_module"]["graph"] = region(40)
    return archive(members(model))


def body(nodes, result="b"):
    return {"as_graph": {"name": "g", "graph": {
        "inputs": [tensor("a")], "outputs": [tensor(result)], "nodes": nodes, "tensor_values": {}, "sym_int_values": {},
        "sym_bool_values": {}, "custom_obj_values": {}, "is_single_tensor_return": True}}}


def control(kind, value, *arguments):
    return {"target": f"torch.ops.higher_order.{kind}", "metadata": {}, "outputs": [tensor(value)],
            "inputs": [{"name": "", "arg": arg, "kind": 1} for arg in arguments]}


def with_control(made):
    def change(graph, model):
        graph["nodes"].append(made)
        graph["outputs"].append(tensor("z"))
        model["graph_module"]["signature"]["output_specs"].append({"user_output": {"arg": tensor("z")}})
    return changed(change)


@case("any")
def loops_in_the_conditions_of_loops():
    """Every condition is read twice: 2 to the depth."""
    test, step = body([node("any.default", "b", self=tensor("a"))]), body([node("relu.default", "b", self=tensor("a"))])
    for _ in range(14):
        test = body([control("while_loop", "b", test, step, {"as_tensors": [{"name": "a"}]}, {"as_tensors": []})])
    return with_control(control("while_loop", "z", test, step, {"as_tensors": [{"name": "x"}]}, {"as_tensors": []}))


@case("any")
def branches_of_two_dtypes():
    return with_control(control("cond", "z", tensor("x"), body([node("relu.default", "b", self=tensor("a"))]),
                                body([node("isnan.default", "b", self=tensor("a"))]), {"as_tensors": [{"name": "x"}]}))


@case("ME-ARC-014")
def branch_with_two_results():
    two = body([node("relu.default", "b", self=tensor("a"))])
    two["as_graph"]["graph"]["outputs"].append(tensor("a"))
    return with_control(control("cond", "z", tensor("x"), two, two, {"as_tensors": [{"name": "x"}]}))


@case("ME-ARC-014")
def loop_that_carries_nothing_back():
    test = body([node("any.default", "b", self=tensor("a"))])
    step = body([node("relu.default", "b", self=tensor("a"))])
    step["as_graph"]["graph"]["outputs"] = []
    return with_control(control("while_loop", "z", test, step, {"as_tensors": [{"name": "x"}]}, {"as_tensors": []}))


@case("ME-IO-011")
def pytree_nested_10000_deep():
    spec = '{"type": "builtins.list", "context": "null", "children_spec": [' * 10_000
    model = program()
    model["graph_module"]["module_call_graph"] = [
        {"fqn": "", "signature": {"inputs": [tensor("x")], "outputs": [tensor("y")], "in_spec": "[1, " + spec, "out_spec": "",
                                  "forward_arg_names": ["x"]}}]
    return archive(members(model))


# --- Weights of old layouts: pickles.

def pickled(pickle_bytes, data=bytes(48)):
    """The layout of PyTorch 2.6: weights in a torch.save archive inside the archive."""
    inner = archive([Member("a/data.pkl", pickle_bytes), Member("a/byteorder", "little"), Member("a/data/0", data),
                     Member("a/version", "3\n")])
    found = members(leave_out=["data/weights/model_weights_config.json", "data/weights/weight_0"])
    return archive(found + [Member("m/data/weights/model.pt", inner)])


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value


@case("ME-ARC-010")
def pickle_runs_a_command():
    return pickled(b"\x80\x02cos\nsystem\n" + text(b"touch owned") + b"\x85R.")


@case("ME-ARC-009")
def pickle_never_ends():
    return pickled(b"\x80\x02" + b"]" * 1000)


@case("ME-ARC-014|ME-ARC-011")
def pickle_deep():
    return pickled(b"\x80\x02" + b"(" * 500_000 + b"l" * 500_000 + b".")


@case("ME-ARC-011")
def pickle_string_of_4_gb():
    return pickled(b"\x80\x02X" + struct.pack("<I", MAX32) + b"abc.")


@case("ME-ARC-009")
def pickle_memo_bomb():
    """Lists of the list before, twice each: 2^60 elements when somebody unfolds them."""
    out = b"\x80\x02]q\x00"
    for i in range(60):
        out += b"(h" + bytes([i]) + b"h" + bytes([i]) + b"lq" + bytes([i + 1])
    return pickled(out + b".")


@case("ME-ARC-014")
def pickle_holds_itself():
    return pickled(b"\x80\x02]q\x00h\x00a.")


@case("ME-ARC-011")
def pickle_of_10_million_values():
    return pickled(b"\x80\x02(" + b"]" * 10_000_000 + b"l.")


@case("ME-ARC-011")
def pickle_of_11_million_opcodes():
    return pickled(b"\x80\x02" + b"N0" * 6_000_000 + b"N.")
