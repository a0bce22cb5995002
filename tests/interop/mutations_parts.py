"""Mutations of attributes, tensors, versions, functions and bodies."""
import numpy as np
import onnx
from onnx import helper as h
from onnx import numpy_helper as nh

from mutation_bases import vi
from mutation_tools import TYPES, aattr, agraph, all_graphs, all_nodes, anode, atensor, mut, pick, rng, Skip


@mut
def attr_drop(m):
    n = pick([n for n in all_nodes(m) if n.attribute])
    n.attribute.remove(pick(n.attribute))


@mut
def attr_dup(m):
    n = pick([n for n in all_nodes(m) if n.attribute])
    n.attribute.append(pick(n.attribute))


@mut
def attr_unknown(m):
    anode(m).attribute.append(h.make_attribute(rng.choice(["foo", "__foo", "hierarchy_tag", "axis", "to",
        "alpha", "a.b"]), rng.choice([1, 1.0, "x", [1, 2], [1.0]])))


@mut
def attr_type(m):
    aattr(m).type = rng.choice([0, 1, 2, 3, 4, 6, 7, 8, 13, 77])


@mut
def attr_notype(m):
    aattr(m).ClearField("type")


@mut
def attr_noname(m):
    aattr(m).name = ""


@mut
def attr_rename(m):
    aattr(m).name += "z"


@mut
def attr_int(m):
    a = aattr(m, [2])
    a.i = rng.choice([-1, 0, 1, 2, 3, 5, 100, -100, 2**33, -7])


@mut
def attr_ints(m):
    a = aattr(m, [7])
    v = list(a.ints)
    k = rng.randrange(6)
    if k == 0 and v:
        v[rng.randrange(len(v))] = rng.choice([-1, 0, 1, 5, 100])
    elif k == 1:
        v.append(rng.choice([0, 1, 2]))
    elif k == 2 and v:
        v.pop()
    elif k == 3:
        v = []
    elif k == 4 and v:
        v[0] = v[-1]
    else:
        v = v + v
    a.ints[:] = v


@mut
def attr_float(m):
    a = aattr(m, [1])
    a.f = rng.choice([0.0, -1.0, float("nan"), float("inf"), 1e30])


@mut
def attr_str(m):
    a = aattr(m, [3])
    a.s = rng.choice([b"", b"nope", b"\xff\xfe", a.s.upper(), b"linear", b"NOTSET", b"SAME_UPPER"])


@mut
def attr_floats(m):
    a = aattr(m, [6])
    k = rng.randrange(3)
    if k == 0:
        a.floats.append(1.0)
    elif k == 1:
        del a.floats[:]
    else:
        a.floats[:] = list(a.floats) * 2


@mut
def attr_int_to_float(m):
    a = aattr(m, [2])
    a.type = 1
    a.f = float(a.i)
    a.ClearField("i")


@mut
def attr_float_in_int(m):
    a = aattr(m, [2])
    a.f = 1.0
    a.ClearField("i")


@mut
def attr_two_values(m):
    a = aattr(m, [1, 2, 3])
    a.i = 1
    a.f = 1.0
    a.s = b"x"


@mut
def attr_ref_main(m):
    n = anode(m)
    n.attribute.append(onnx.AttributeProto(name=rng.choice(["alpha", "axis", "foo"]), ref_attr_name="alpha", type=1))


@mut
def attr_tensor_type(m):
    a = aattr(m, [4])
    a.t.data_type = rng.choice(TYPES)


@mut
def attr_graph_to_tensor(m):
    a = aattr(m, [5])
    a.t.CopyFrom(nh.from_array(np.ones(1, np.float32)))
    a.type = 4
    a.ClearField("g")


@mut
def t_dtype(m):
    atensor(m).data_type = rng.choice(TYPES)


@mut
def t_dims(m):
    t = atensor(m)
    k = rng.randrange(7)
    if k == 0:
        t.dims.append(rng.choice([1, 2, 0]))
    elif k == 1 and t.dims:
        t.dims[rng.randrange(len(t.dims))] = rng.choice([0, 1, 2, 3, -1, 7])
    elif k == 2 and t.dims:
        del t.dims[-1]
    elif k == 3:
        del t.dims[:]
    elif k == 4:
        t.dims[:] = list(reversed(t.dims))
    elif k == 5:
        t.dims[:] = [2**32, 2**32]
    else:
        t.dims.insert(0, 1)


@mut
def t_reshape_valid(m):
    t = atensor(m)
    if not t.dims:
        raise Skip
    n = int(np.prod(t.dims))
    t.dims[:] = rng.choice([[n], [n, 1], [1, n], [1] + list(t.dims), list(reversed(t.dims))])


@mut
def t_resize_valid(m):
    t = atensor(m)
    a = nh.to_array(t)
    if a.ndim == 0:
        raise Skip
    ax = rng.randrange(a.ndim)
    b = np.concatenate([a, a], axis=ax) if rng.random() < .5 else np.take(a, range(max(0, a.shape[ax] - 1)), axis=ax)
    t.CopyFrom(nh.from_array(np.ascontiguousarray(b), t.name))


@mut
def t_retype_valid(m):
    t = atensor(m)
    a = nh.to_array(t)
    if a.dtype == object or a.dtype.kind not in "fiub":
        raise Skip
    t.CopyFrom(nh.from_array(a.astype(rng.choice([np.float64, np.int32, np.int64, np.float16, np.uint8,
        np.bool_, np.float32])), t.name))


@mut
def t_rescale_ints(m):
    t = atensor(m)
    if t.data_type != 7:
        raise Skip
    a = nh.to_array(t)
    b = np.array(a)
    flat = b.reshape(-1)
    if not flat.size:
        raise Skip
    flat[rng.randrange(flat.size)] = rng.choice([-1, 0, 1, 2, 3, 100, -100, 7])
    t.CopyFrom(nh.from_array(b, t.name))


@mut
def t_raw_short(m):
    t = atensor(m)
    if not t.raw_data:
        raise Skip
    t.raw_data = t.raw_data[:-1]


@mut
def t_raw_long(m):
    t = atensor(m)
    if not t.raw_data:
        raise Skip
    t.raw_data += b"\0" * rng.choice([1, 4, 8])


@mut
def t_raw_none(m):
    t = atensor(m)
    t.ClearField("raw_data")
    del t.float_data[:]
    del t.int64_data[:]


@mut
def t_both(m):
    t = atensor(m)
    t.raw_data = t.raw_data or b"\0" * 16
    t.float_data.append(1.0)


@mut
def t_typed(m):
    t = atensor(m)
    a = nh.to_array(t)
    if a.dtype == object:
        raise Skip
    t.ClearField("raw_data")
    k = rng.choice(["float_data", "int32_data", "int64_data", "double_data", "uint64_data"])
    try:
        getattr(t, k).extend([int(x) if "int" in k else float(x) for x in a.reshape(-1)])
    except Exception:
        raise Skip


@mut
def t_typed_count(m):
    t = atensor(m)
    a = nh.to_array(t)
    if a.dtype != np.float32:
        raise Skip
    t.ClearField("raw_data")
    v = [float(x) for x in a.reshape(-1)]
    v = v + [1.0] if rng.random() < .5 else v[:-1]
    t.float_data[:] = v


@mut
def t_string_data(m):
    atensor(m).string_data.append(b"x")


@mut
def t_segment(m):
    atensor(m).segment.begin = 0


@mut
def t_external_missing(m):
    t = atensor(m)
    t.ClearField("raw_data")
    t.data_location = 1
    t.external_data.add(key="location", value=rng.choice(["missing.bin", "../up.bin", "/abs.bin", "", "ok.bin"]))


@mut
def t_external_bad(m):
    t = atensor(m)
    t.ClearField("raw_data")
    t.data_location = 1
    t.external_data.add(key="location", value="ok.bin")
    t.external_data.add(key=rng.choice(["offset", "length", "nope", "checksum"]), value=rng.choice(["0", "-1",
        "x", "", "4", "100000"]))


@mut
def t_external_noloc(m):
    atensor(m).data_location = 1


@mut
def t_external_default(m):
    t = atensor(m)
    t.external_data.add(key="location", value="ok.bin")


@mut
def t_noname(m):
    pick(m.graph.initializer).name = ""


@mut
def t_rename(m):
    pick(m.graph.initializer).name += "_q"


@mut
def t_dup(m):
    g = m.graph
    g.initializer.append(pick(g.initializer))


@mut
def t_unused(m):
    m.graph.initializer.append(nh.from_array(np.ones(3, np.float32), "unused_w"))


@mut
def t_unused_bad(m):
    m.graph.initializer.append(onnx.TensorProto(name="ub", data_type=1, dims=[4], raw_data=b"123"))


@mut
def t_meta(m):
    atensor(m).metadata_props.add(key="a", value="b")


@mut
def sp_break(m):
    s = pick(m.graph.sparse_initializer)
    k = rng.randrange(6)
    if k == 0:
        s.dims[:] = []
    elif k == 1:
        s.indices.int64_data[0] = 99
    elif k == 2:
        s.indices.int64_data[:] = [5, 1]
    elif k == 3:
        s.indices.data_type = 6
    elif k == 4:
        s.values.name = ""
    else:
        s.dims[0] = rng.choice([0, -1, 5])


@mut
def opset(m):
    m.opset_import[0].version = rng.choice([0, -1, 1, 6, 7, 9, 10, 11, 12, 13, 14, 16, 18, 20, 21, 22, 23, 26,
        28, 29, 99])


@mut
def opset_drop(m):
    del m.opset_import[:]


@mut
def opset_dup(m):
    m.opset_import.append(h.make_opsetid("", rng.choice([10, 13, 17, 18])))


@mut
def opset_alias(m):
    m.opset_import[0].domain = "ai.onnx"


@mut
def opset_extra(m):
    m.opset_import.append(h.make_opsetid(rng.choice(["ai.onnx.ml", "ai.onnx.training", "com.microsoft",
        "foo"]), rng.choice([0, 1, 2, 5, 6, 99])))


@mut
def ir(m):
    m.ir_version = rng.choice([0, -1, 1, 2, 3, 4, 5, 7, 10, 12, 13, 14, 15, 100])


@mut
def ir_none(m):
    m.ClearField("ir_version")


@mut
def gname(m):
    agraph(m).name = ""


@mut
def no_graph(m):
    m.ClearField("graph")


@mut
def meta_dup(m):
    m.metadata_props.add(key="k", value="1")
    m.metadata_props.add(key="k", value="2")


@mut
def meta_nokey(m):
    m.metadata_props.add(value="1")
    rng.random() < .5 and m.metadata_props.add(value="1")


@mut
def fn_rename(m):
    pick(m.functions).name += "q"


@mut
def fn_domain(m):
    pick(m.functions).domain = rng.choice(["", "other", "ai.onnx"])


@mut
def fn_dup(m):
    m.functions.append(pick(m.functions))


@mut
def fn_noopset(m):
    del pick(m.functions).opset_import[:]


@mut
def fn_opset(m):
    pick(m.functions).opset_import[0].version = rng.choice([1, 7, 13, 16, 18, 22])


@mut
def fn_input_dup(m):
    f = pick(m.functions)
    f.input.append(f.input[0])


@mut
def fn_input_add(m):
    pick(m.functions).input.append("more")


@mut
def fn_output_unknown(m):
    pick(m.functions).output.append("zzz")


@mut
def fn_attr_dup(m):
    f = pick(m.functions)
    f.attribute.append("p")
    f.attribute.append("p")


@mut
def fn_attr_both(m):
    f = pick(m.functions)
    f.attribute.append("p")
    f.attribute_proto.append(h.make_attribute("p", 1))


@mut
def fn_self(m):
    f = pick(m.functions)
    n = pick(f.node)
    n.op_type = f.name
    n.domain = f.domain
    f.opset_import.append(h.make_opsetid(f.domain, 1))


@mut
def fn_nodes_shuffle(m):
    f = pick(m.functions)
    ns = list(f.node)
    rng.shuffle(ns)
    del f.node[:]
    f.node.extend(ns)


@mut
def fn_drop(m):
    m.functions.remove(pick(m.functions))


@mut
def fn_empty(m):
    del pick(m.functions).node[:]


@mut
def fn_noname(m):
    pick(m.functions).name = ""


@mut
def fn_outer(m):
    f = pick(m.functions)
    n = pick(f.node)
    n.input[0] = pick([v.name for v in m.graph.input])


@mut
def fn_call_drop_import(m):
    for i, o in enumerate(list(m.opset_import)):
        if o.domain == "local":
            del m.opset_import[i]
            return
    raise Skip


@mut
def sub_shadow(m):
    gs = list(all_graphs(m))[1:]
    g = pick(gs)
    n = pick(g.node)
    n.output[0] = pick([v.name for v in m.graph.input] + [o for x in m.graph.node for o in x.output])


@mut
def sub_input_shadow(m):
    g = pick(list(all_graphs(m))[1:])
    g.input.append(vi(pick([v.name for v in m.graph.input]), 1, [2]))


@mut
def sub_init(m):
    g = pick(list(all_graphs(m))[1:])
    g.initializer.append(nh.from_array(np.ones(2, np.float32), rng.choice(["fresh", m.graph.input[0].name])))


@mut
def sub_output_outer(m):
    g = pick(list(all_graphs(m))[1:])
    g.output[0].name = pick([v.name for v in m.graph.input])


@mut
def sub_use_inner(m):
    g = pick(list(all_graphs(m))[1:])
    m.graph.node.append(h.make_node("Identity", [g.node[0].output[0]], ["leak"]))
    m.graph.output.append(onnx.ValueInfoProto(name="leak"))


@mut
def sub_same_names(m):
    gs = list(all_graphs(m))[1:]
    if len(gs) < 2:
        raise Skip
    gs[1].node[0].output[0] = gs[0].node[0].output[0]
    gs[1].output[0].name = gs[0].node[0].output[0]


@mut
def quant_ann(m):
    m.graph.quantization_annotation.add(tensor_name="nowhere")
