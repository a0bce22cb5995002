"""Mutations of values, of nodes, and of how they are connected."""
import onnx
from onnx import helper as h

from mutation_bases import vi
from mutation_tools import agraph, all_graphs, anode, avalue, mut, pick, rng, Skip


@mut
def elem_type(m):
    avalue(m).type.tensor_type.elem_type = rng.choice([1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 16, 0, 99])


@mut
def value_dim(m):
    v = avalue(m)
    d = pick(v.type.tensor_type.shape.dim)
    d.dim_value = rng.choice([0, 1, 2, 3, 5, 7, 64, -1, -5, 2**40])


@mut
def value_rank_up(m):
    avalue(m).type.tensor_type.shape.dim.add().dim_value = rng.choice([1, 2, 3])


@mut
def value_rank_down(m):
    s = avalue(m).type.tensor_type.shape
    pick(s.dim)
    del s.dim[-1]


@mut
def value_no_shape(m):
    avalue(m).type.tensor_type.ClearField("shape")


@mut
def value_no_type(m):
    avalue(m).ClearField("type")


@mut
def value_seq_type(m):
    v = avalue(m)
    e = v.type.tensor_type.elem_type or 1
    v.type.sequence_type.elem_type.tensor_type.elem_type = e


@mut
def value_opt_type(m):
    v = avalue(m)
    v.type.optional_type.elem_type.tensor_type.elem_type = 1


@mut
def value_sym_dim(m):
    v = avalue(m)
    d = pick(v.type.tensor_type.shape.dim)
    d.dim_param = rng.choice(["", "Q", "a b", "N"])


@mut
def value_empty_name(m):
    avalue(m).name = ""


@mut
def value_rename(m):
    avalue(m).name += "_x"


@mut
def value_info_dup(m):
    g = agraph(m)
    g.value_info.append(pick([*g.output, *g.value_info]))


@mut
def value_info_wrong(m):
    g = agraph(m)
    n = pick(g.node)
    g.value_info.append(vi(pick([o for o in n.output if o]), rng.choice([1, 7, 9]), rng.choice([None, [2], [1,
        1], ["N", 3]])))


@mut
def value_info_unknown(m):
    agraph(m).value_info.append(vi("nowhere", 1, [2]))


@mut
def value_denotation(m):
    avalue(m).type.denotation = "IMAGE"


@mut
def input_dup(m):
    g = agraph(m)
    g.input.append(pick(g.input))


@mut
def output_dup(m):
    g = agraph(m)
    g.output.append(pick(g.output))


@mut
def input_drop(m):
    g = agraph(m)
    g.input.remove(pick(g.input))


@mut
def output_drop(m):
    g = agraph(m)
    g.output.remove(pick(g.output))


@mut
def output_add_unknown(m):
    agraph(m).output.append(vi("nope", 1, [1]))


@mut
def output_is_input(m):
    g = agraph(m)
    g.output.append(pick(g.input))


@mut
def output_is_init(m):
    g = m.graph
    t = pick(g.initializer)
    g.output.append(vi(t.name, t.data_type, list(t.dims)))


@mut
def output_is_intermediate(m):
    g = agraph(m)
    n = pick(g.node)
    g.output.append(onnx.ValueInfoProto(name=pick([o for o in n.output if o])))


@mut
def no_outputs(m):
    del agraph(m).output[:]


@mut
def no_nodes(m):
    del agraph(m).node[:]


@mut
def input_unused(m):
    agraph(m).input.append(vi("unused", rng.choice([1, 7, 8]), [1]))


@mut
def input_add_typed_init(m):
    t = pick(m.graph.initializer)
    m.graph.input.append(vi(t.name, rng.choice([t.data_type, 7, 1]), rng.choice([list(t.dims), None,
        ["D"] * len(t.dims), [3]])))


@mut
def node_shuffle(m):
    g = agraph(m)
    ns = list(g.node)
    rng.shuffle(ns)
    del g.node[:]
    g.node.extend(ns)


@mut
def node_drop(m):
    g = agraph(m)
    g.node.remove(pick(g.node))


@mut
def node_dup(m):
    g = agraph(m)
    g.node.append(pick(g.node))


@mut
def node_dup_name(m):
    g = agraph(m)
    ns = list(g.node)
    if len(ns) < 2:
        raise Skip
    ns[-1].name = ns[0].name or "same"
    ns[0].name = ns[-1].name


@mut
def node_no_name(m):
    anode(m).name = ""


@mut
def op_swap(m):
    anode(m).op_type = rng.choice(["Relu", "Add", "MatMul", "Identity", "Concat", "Cast", "Softmax",
        "Transpose", "Nope", "", "relu", "Upsample", "Gather", "Shape", "Where", "Sum", "Max", "Not", "Equal",
        "ReduceMean", "Sqrt", "Size", "Flatten", "Dropout", "Erf"])


@mut
def op_domain(m):
    anode(m).domain = rng.choice(["ai.onnx", "com.microsoft", "nope.domain", "ai.onnx.ml", "local", ""])


@mut
def op_overload(m):
    anode(m).overload = "o"


@mut
def in_swap(m):
    n = anode(m)
    if len(n.input) < 2:
        raise Skip
    i = list(n.input)
    rng.shuffle(i)
    n.input[:] = i


@mut
def in_other(m):
    n = anode(m)
    g = m.graph
    names = [v.name for v in g.input] + [t.name for t in g.initializer] + [o for x in g.node for o in x.output]
    if not n.input:
        raise Skip
    n.input[rng.randrange(len(n.input))] = pick(names)


@mut
def in_unknown(m):
    n = anode(m)
    if not n.input:
        raise Skip
    n.input[rng.randrange(len(n.input))] = "undefined_thing"


@mut
def in_empty(m):
    n = anode(m)
    if not n.input:
        raise Skip
    n.input[rng.randrange(len(n.input))] = ""


@mut
def in_add(m):
    n = anode(m)
    n.input.append(rng.choice(["", n.input[0] if n.input else "zz"]))


@mut
def in_drop(m):
    n = anode(m)
    if not n.input:
        raise Skip
    del n.input[-1]


@mut
def in_none(m):
    del anode(m).input[:]


@mut
def out_empty(m):
    n = anode(m)
    if not n.output:
        raise Skip
    n.output[rng.randrange(len(n.output))] = ""


@mut
def out_add(m):
    anode(m).output.append(rng.choice(["", "extra_out"]))


@mut
def out_drop(m):
    n = anode(m)
    if not n.output:
        raise Skip
    del n.output[-1]


@mut
def out_clash(m):
    g = agraph(m)
    n = pick(g.node)
    if not n.output:
        raise Skip
    n.output[0] = pick([v.name for v in m.graph.input] + [t.name for t in m.graph.initializer] + [o for x in m.graph.node for o in x.output])


@mut
def out_twice(m):
    n = anode(m)
    if not n.output:
        raise Skip
    n.output.append(n.output[0])


@mut
def self_loop(m):
    n = anode(m)
    if not n.input or not n.output:
        raise Skip
    n.input[0] = n.output[0]
