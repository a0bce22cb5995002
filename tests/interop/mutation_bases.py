"""Small valid models to break: branches, loops, functions, sequences, strings, sparse and quantised weights."""
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

F = T.FLOAT


def vi(n, t, s):
    return h.make_tensor_value_info(n, t, s)


def model(nodes, ins, outs, inits=(), opset=17, ir=8, functions=(), extra=(), vis=(), sparse=()):
    g = h.make_graph(list(nodes), "g", list(ins), list(outs), list(inits), value_info=list(vis),
        sparse_initializer=list(sparse))
    m = h.make_model(g, opset_imports=[h.make_opsetid("", opset), *extra], functions=list(functions))
    m.ir_version = ir
    return m


def hand_made():
    W = nh.from_array(np.random.RandomState(0).rand(4, 4).astype(np.float32), "W")
    B = nh.from_array(np.zeros(4, np.float32), "B")
    yield "mlp", model([h.make_node("MatMul", ["x", "W"], ["a"], name="n0"), h.make_node("Add", ["a", "B"],
        ["b"], name="n1"), h.make_node("Relu", ["b"], ["y"], name="n2")], [vi("x", F, ["N", 4])], [vi("y", F,
        ["N", 4])], [W, B], vis=[vi("a", F, ["N", 4])])
    K = nh.from_array(np.random.RandomState(1).rand(6, 3, 3, 3).astype(np.float32), "K")
    bnp = [nh.from_array(np.ones(6, np.float32), n) for n in ("sc", "bi", "me", "va")]
    yield "conv", model([h.make_node("Conv", ["x", "K"], ["c"], name="c", kernel_shape=[3, 3], pads=[1, 1, 1,
        1], strides=[1, 1]), h.make_node("BatchNormalization", ["c", "sc", "bi", "me", "va"], ["d"],
        name="bn"), h.make_node("MaxPool", ["d"], ["e"], name="mp", kernel_shape=[2, 2], strides=[2, 2]),
        h.make_node("Flatten", ["e"], ["f"], name="fl", axis=1)], [vi("x", F, [1, 3, 8, 8])], [vi("f", F, [1,
        96])], [K, *bnp])
    then = h.make_graph([h.make_node("Add", ["x", "one"], ["t"], name="t0")], "then", [], [vi("t", F, [2, 2])])
    els = h.make_graph([h.make_node("Sub", ["x", "one"], ["e"], name="e0")], "else", [], [vi("e", F, [2, 2])])
    one = nh.from_array(np.ones((1,), np.float32), "one")
    yield "if", model([h.make_node("If", ["c"], ["y"], name="if", then_branch=then, else_branch=els),
        h.make_node("Neg", ["y"], ["z"], name="ng")], [vi("c", T.BOOL, []), vi("x", F, [2, 2])], [vi("z", F,
        [2, 2])], [one])
    body = h.make_graph([h.make_node("Add", ["acc", "x"], ["acc2"], name="b0"), h.make_node("Identity", ["ci"],
        ["co"], name="b1"), h.make_node("Identity", ["acc2"], ["sc"], name="b2")], "body", [vi("i", T.INT64,
        []), vi("ci", T.BOOL, []), vi("acc", F, [2])], [vi("co", T.BOOL, []), vi("acc2", F, [2]), vi("sc", F, [2])])
    yield "loop", model([h.make_node("Loop", ["n", "c0", "x"], ["fin", "scan"], name="lp", body=body)],
        [vi("n", T.INT64, []), vi("c0", T.BOOL, []), vi("x", F, [2])], [vi("fin", F, [2]), vi("scan", F, [None, 2])])
    sb = h.make_graph([h.make_node("Add", ["s", "e"], ["s2"], name="s0"), h.make_node("Identity", ["s2"],
        ["o"], name="s1")], "sb", [vi("s", F, [2]), vi("e", F, [2])], [vi("s2", F, [2]), vi("o", F, [2])])
    yield "scan", model([h.make_node("Scan", ["s_in", "x"], ["s_out", "ys"], name="sc", body=sb,
        num_scan_inputs=1)], [vi("s_in", F, [2]), vi("x", F, [3, 2])], [vi("s_out", F, [2]), vi("ys", F, [3, 2])])
    f = h.make_function("local", "Twice", ["a"], ["b"], [h.make_node("Add", ["a", "a"], ["t"], name="f0"),
        h.make_node("LeakyRelu", ["t"], ["b"], name="f1", alpha=0.1)], [h.make_opsetid("", 17)])
    f2 = h.make_function("local", "Four", ["a"], ["b"], [h.make_node("Twice", ["a"], ["t"], domain="local",
        name="g0"), h.make_node("Twice", ["t"], ["b"], domain="local", name="g1")], [h.make_opsetid("", 17),
        h.make_opsetid("local", 1)])
    yield "func", model([h.make_node("Four", ["x"], ["y"], domain="local", name="call"), h.make_node("Relu",
        ["y"], ["z"], name="r")], [vi("x", F, [3])], [vi("z", F, [3])], functions=[f, f2],
        extra=[h.make_opsetid("local", 1)])
    fa = h.make_function("local", "Elu2", ["a"], ["b"], [h.make_node("Elu", ["a"], ["b"], name="q")],
        [h.make_opsetid("", 17)], ["alpha"])
    fa.node[0].attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="alpha", type=1))
    yield "funcattr", model([h.make_node("Elu2", ["x"], ["y"], domain="local", name="call", alpha=0.5)],
        [vi("x", F, [3])], [vi("y", F, [3])], functions=[fa], extra=[h.make_opsetid("local", 1)])
    vals = h.make_tensor("SP", F, [2], [1., 2.])
    idx = h.make_tensor("SPi", T.INT64, [2], [1, 5])
    sp = h.make_sparse_tensor(vals, idx, [4, 4])
    yield "sparse", model([h.make_node("MatMul", ["x", "SP"], ["y"], name="m")], [vi("x", F, [1, 4])], [vi("y",
        F, [1, 4])], sparse=[sp])
    s = h.make_tensor("S", T.STRING, [2], [b"a", b"b"])
    yield "strings", model([h.make_node("Equal", ["x", "S"], ["q"], name="e"), h.make_node("Not", ["q"], ["y"],
        name="n")], [vi("x", T.STRING, [2])], [vi("y", T.BOOL, [2])], [s], opset=19, ir=9)
    shp = nh.from_array(np.array([2, 6], np.int64), "shp")
    yield "reshape", model([h.make_node("Shape", ["x"], ["s"], name="s"), h.make_node("Reshape", ["x", "shp"],
        ["r"], name="r"), h.make_node("Transpose", ["r"], ["t"], name="t", perm=[1, 0]), h.make_node("Concat",
        ["t", "t"], ["y"], name="c", axis=1)], [vi("x", F, [3, 4])], [vi("y", F, [6, 4]), vi("s", T.INT64,
        [2])], [shp])
    emb = nh.from_array(np.random.RandomState(1).rand(10, 4).astype(np.float32), "emb")
    yield "attn", model([h.make_node("Gather", ["emb", "ids"], ["e"], name="g", axis=0),
        h.make_node("LayerNormalization", ["e", "g1", "b1"], ["l"], name="ln", axis=-1),
        h.make_node("Transpose", ["l"], ["lt"], name="tr", perm=[0, 2, 1]), h.make_node("MatMul", ["l", "lt"],
        ["s"], name="mm"), h.make_node("Softmax", ["s"], ["p"], name="sm", axis=-1), h.make_node("MatMul",
        ["p", "l"], ["y"], name="mm2")], [vi("ids", T.INT64, ["B", "S"])], [vi("y", F, ["B", "S", 4])], [emb,
        nh.from_array(np.ones(4, np.float32), "g1"), nh.from_array(np.zeros(4, np.float32), "b1")])
    yield "seq", model([h.make_node("SequenceConstruct", ["x", "x"], ["q"], name="s"),
        h.make_node("SequenceAt", ["q", "p"], ["y"], name="a"), h.make_node("ConcatFromSequence", ["q"], ["z"],
        axis=0, name="cc")], [vi("x", F, [2]), vi("p", T.INT64, [])], [vi("y", F, [2]), vi("z", F, [4])])
    yield "quant", model([h.make_node("QuantizeLinear", ["x", "sc", "zp"], ["q"], name="q"),
        h.make_node("DequantizeLinear", ["q", "sc", "zp"], ["y"], name="d")], [vi("x", F, [2, 3])], [vi("y", F,
        [2, 3])], [nh.from_array(np.array(0.1, np.float32), "sc"), nh.from_array(np.array(3, np.uint8), "zp")])
    lw = [nh.from_array(np.random.RandomState(1).rand(*s).astype(np.float32), n) for n, s in (("Wl", (1, 12, 2)), ("Rl", (1,
        12, 3)), ("Bl", (1, 24)))]
    yield "lstm", model([h.make_node("LSTM", ["x", "Wl", "Rl", "Bl"], ["y", "", "yc"], name="l",
        hidden_size=3)], [vi("x", F, [4, 1, 2])], [vi("y", F, [4, 1, 1, 3]), vi("yc", F, [1, 1, 3])], lw)
    yield "cast", model([h.make_node("Cast", ["x"], ["a"], name="c", to=T.INT64), h.make_node("Unsqueeze",
        ["a", "ax"], ["b"], name="u"), h.make_node("ReduceSum", ["b", "ax"], ["y"], name="rs", keepdims=0)],
        [vi("x", F, [2, 2])], [vi("y", T.INT64, [2, 2])], [nh.from_array(np.array([0], np.int64), "ax")])
    sl = [nh.from_array(np.array(v, np.int64), n) for n, v in (("st", [0]), ("en", [1]), ("axs", [1]), ("sp", [1]))]
    yield "slice", model([h.make_node("Slice", ["x", "st", "en", "axs", "sp"], ["a"], name="s"),
        h.make_node("Split", ["a"], ["b", "c"], name="sp", axis=0), h.make_node("Where", ["cnd", "b", "c"],
        ["y"], name="w"), h.make_node("Expand", ["y", "eshape"], ["z"], name="ex")], [vi("x", F, [4, 3]),
        vi("cnd", T.BOOL, [2, 1])], [vi("z", F, [3, 2, 1])], sl + [nh.from_array(np.array([3, 2, 1], np.int64),
        "eshape")], opset=13)
    yield "gemm", model([h.make_node("Gemm", ["x", "W", "B"], ["y"], name="g", transB=1, alpha=1.0)], [vi("x",
        F, [2, 4])], [vi("y", F, [2, 4])], [W, B], opset=13, ir=7)
    yield "ml", model([h.make_node("Scaler", ["x"], ["a"], domain="ai.onnx.ml", name="s", offset=[0., 0.],
        scale=[1., 1.]), h.make_node("LinearClassifier", ["a"], ["lab", "sc"], domain="ai.onnx.ml", name="l",
        coefficients=[1., 2., 3., 4.], intercepts=[0., 0.], classlabels_ints=[0, 1])], [vi("x", F, [1, 2])],
        [vi("lab", T.INT64, [1]), vi("sc", F, [1, 2])], extra=[h.make_opsetid("ai.onnx.ml", 3)])
    yield "ms", model([h.make_node("FusedMatMul", ["x", "W"], ["a"], domain="com.microsoft", name="f",
        transB=1), h.make_node("Gelu", ["a"], ["y"], domain="com.microsoft", name="g")], [vi("x", F, [2, 4])],
        [vi("y", F, [2, 4])], [W], extra=[h.make_opsetid("com.microsoft", 1)])
    yield "resize", model([h.make_node("Resize", ["x", "", "scl"], ["a"], name="r", mode="nearest"),
        h.make_node("Pad", ["a", "pd"], ["b"], name="p", mode="constant"), h.make_node("AveragePool", ["b"],
        ["y"], name="ap", kernel_shape=[2, 2])], [vi("x", F, [1, 1, 2, 2])], [vi("y", F, None)],
        [nh.from_array(np.array([1, 1, 2, 2], np.float32), "scl"), nh.from_array(np.array([0, 0, 1, 1, 0, 0, 1,
        1], np.int64), "pd")])
    yield "const", model([h.make_node("Constant", [], ["k"], name="k", value=nh.from_array(np.ones((2, 2),
        np.float32), "kv")), h.make_node("Constant", [], ["k2"], name="k2", value_ints=[1, 2]),
        h.make_node("Mul", ["x", "k"], ["y"], name="m"), h.make_node("Reshape", ["y", "k2r"], ["z"], name="r"),
        h.make_node("Cast", ["k2"], ["k2r"], name="c", to=T.INT64)][:3] + [h.make_node("ConstantOfShape",
        ["k2"], ["cs"], name="cs")], [vi("x", F, [2, 2])], [vi("y", F, [2, 2]), vi("cs", F, [1, 2])])
    yield "misc", model([h.make_node("TopK", ["x", "k"], ["v", "i"], name="tk", axis=-1), h.make_node("ArgMax",
        ["v"], ["am"], name="am", axis=0), h.make_node("OneHot", ["am", "dep", "vals"], ["oh"], name="oh"),
        h.make_node("Einsum", ["x", "x"], ["es"], name="es", equation="ij,kj->ik"), h.make_node("Tile", ["x",
        "rep"], ["ti"], name="ti"), h.make_node("GatherElements", ["x", "i"], ["ge"], name="ge", axis=1),
        h.make_node("ScatterElements", ["x", "i", "v"], ["se"], name="se", axis=1), h.make_node("CumSum", ["x",
        "dep0"], ["cu"], name="cu"), h.make_node("Range", ["r0", "r1", "r2"], ["ra"], name="ra"),
        h.make_node("Clip", ["x", "cl"], ["cp"], name="cp")], [vi("x", F, [3, 5])], [vi(n, t, None) for n,
        t in (("oh", F), ("es", F), ("ti", F), ("ge", F), ("se", F), ("cu", F), ("ra", T.INT64), ("cp", F))],
        [nh.from_array(np.array([2], np.int64), "k"), nh.from_array(np.array(4, np.int64), "dep"),
        nh.from_array(np.array([0, 1], np.float32), "vals"), nh.from_array(np.array([2, 2], np.int64), "rep"),
        nh.from_array(np.array(0, np.int32), "dep0"), *[nh.from_array(np.array(v, np.int64), f"r{i}") for i,
        v in enumerate((0, 5, 1))], nh.from_array(np.array(0, np.float32), "cl")], opset=15)
