"""Texts of small models with alternatives, `valid|broken|...`: what goes through functions, bodies and operators.

The first alternative of each is the model that is meant; every other one is tried alone, and a selection of pairs.
Some of the broken ones are accepted all the same: the readers say which. Constants without values are filled with 1.
"""
import hashlib
import re

import onnx
import onnx.parser
import onnx.shape_inference

H = '<ir_version: 8, opset_import: ["" : 17, "l" : 1]>\n'
H18 = '<ir_version: 8, opset_import: ["" : 18, "l" : 1]>\n'
H20 = '<ir_version: 9, opset_import: ["" : 20, "l" : 1]>\n'
FH = '<domain: "l", opset_import: ["" : 17]>\n'
FH2 = '<domain: "l", opset_import: ["" : 17, "l" : 1]>\n'
PAIRS = 12  # one in so many
MODELS = []


def T(name, text):
    MODELS.append((name, text))


# functions
T("fn", H + 'g (`float[3]|int64[3]|string[3]|float[4]|float16[3]|bool[3]|float[3,1]|float` x) => (`float[3]|int64[3]|float[4]|float[2,3]` y) { y = l.`F|G|f` (`x|x, x|""|q`) }' + FH + 'F (a) => (`b|c|b, c`) { b = `Relu|Not|Shape|Relu6|Identity|Size|Constant` (a) }')
T("fn2", H + 'g (float[2,3] x, `float[3,4]|float[4,3]|float[3]|int64[3,4]|double[3,4]|float` w) => (`float[2,4]|float[2,5]|int64[2,4]|float[4,2]|float[K]` y) { `y|y, z` = l.F `(x, w)|(w, x)|(x)|(x, w, w)|()` }' + FH + 'F (a, b) => (c) { c = `MatMul (a, b)|MatMul (b, a)|Add (a, b)|Gemm (a, b)|Concat <axis = 0> (a, b)|Where (a, b, b)|Einsum <equation = "ij,jk->ik"> (a, b)|Einsum <equation = "ij,kj->ik"> (a, b)` }')
T("fnconst", H + 'g (float[2,3] x) => (float[2,4] y) { y = l.F (x) }' + FH + 'F (a) => (c) { w = Constant <value = `float[3,4]|float[4,3]|int64[3,4]|float[3]` {`1,1,1,1,1,1,1,1,1,1,1,1|1,1,1`}> () c = MatMul (a, w) }')
T("fnreshape", H + 'g (float[2,`3|5|N` ] x) => (`float[3,2]|float[6]|int64[3,2]` y) { y = l.F (x) }' + FH + 'F (a) => (c) { s = Constant <`value_ints = [3, 2]|value_ints = [-1, 2]|value_ints = [-1, 4]|value_ints = [-1, -1]|value_ints = [0, 0, 0]|value_ints = [-2]|value_int = 6|value_floats = [3.0, 2.0]`> () c = Reshape (a, s) }')
T("fnattr", H + 'g (float[3] x) => (float[3] y) { y = l.F <`alpha = 0.5|alpha = 1|alpha = "s"|beta = 1.0|alpha = [0.5]`> (x) }'+'<domain: "l", opset_import: ["" : 17]>\nF <`alpha|alpha: float = 0.1|alpha: int = 1|gamma`> (a) => (b) { b = `Elu|Relu|LeakyRelu|Selu|ThresholdedRelu` <alpha: `float|int|string|floats` = @alpha> (a) }')
T("fnaxis", H + 'g (float[2,3] x) => (`float[2,1]|float[1,3]|float[2]` y) { y = l.F <axes = `[1]|[0]|[2]|[-3]|[-1]|1`> (x) }'+'<domain: "l", opset_import: ["" : 17]>\nF <axes> (a) => (b) { b = ReduceMean <axes: ints = @axes> (a) }')
T("fnaxis2", H + 'g (float[2,3] x) => (`float[2,3]|float[1,3]` y) { y = l.F <axis = `1|0|2|-3|-1|-2|100`> (x) }'+'<domain: "l", opset_import: ["" : 17]>\nF <axis> (a) => (b) { b = `Softmax|Flatten|LogSoftmax|Hardmax` <axis: int = @axis> (a) }')
T("fnnest", H + 'g (float[2,`3|4` ] x) => (float[2,3] y) { y = l.F (x) }' + FH2 + 'F (a) => (c) { c = l.G (a`|, a` ) }' + FH + 'G (a) => (c) { w = Constant <value = float[3] {1,2,3}> () c = `Add|MatMul|And` (a, w) }')
T("fnnest2", H + 'g (float[2,3] x) => (float[2,3] y) { y = l.F (x) }'+'`<domain: "l", opset_import: ["" : 17, "l" : 1]>|<domain: "l", opset_import: ["" : 17]>|<domain: "l", opset_import: ["l" : 1]>|<domain: "l", opset_import: ["" : 5, "l" : 1]>|<domain: "l", opset_import: ["" : 18, "l" : 1]>|<domain: "l", opset_import: ["" : 99, "l" : 1]>`\nF (a) => (c) { b = l.G (a) c = `Relu|Gelu|Squeeze|ReduceMean|Dropout` (b) }' + FH + 'G (a) => (c) { c = `Relu (a)|l.F (a)|l.G (a)|Softmax (a)` }')
T("fnif", H + 'g (`bool c|float c|int64 c|bool[1] c|bool[2] c`, float[2] x) => (float[2] y) { y = l.F (c, x) }' + FH + 'F (c, a) => (b) { b = If (c) <then_branch = t () => (`float[2] p|int64[2] p|p|float[3] p`) { p = Relu (a) }, else_branch = e () => (`float[2] q|q|int64[2] q`) { q = `Neg (a)|Cast <to = 7> (a)|Shape (a)|Not (a)|MatMul (a, zz)` }> }')
T("fnunused", H + 'g (float[3] x) => (float[3] y) { y = Relu (x) }' + FH + 'F (a) => (b) { b = `Relu (a)|Nope (a)|Relu (a, a)|Relu (zz)|Relu <foo = 1> (a)|Gelu (a)|Squeeze <axes = [0]> (a)` }')
T("fnused", H + 'g (float[3] x) => (float[3] y) { y = l.F (x) }' + FH + 'F (a) => (b) { b = `Relu (a)|Nope (a)|Relu (a, a)|Relu (zz)|Relu <foo = 1> (a)|Gelu (a)|Squeeze <axes = [0]> (a)|Squeeze (a)|Cast (a)|Softmax <axis = 1.0> (a)|l.Missing (a)|m.Missing (a)|Add (a, b)|Identity (a)` }')
T("fnoverride", '<ir_version: 8, opset_import: ["" : 17]>\ng (float[3] x) => (float[3] y) { y = Relu (x) }<domain: "", opset_import: ["" : 17]>\n`Relu|Foo|LeakyRelu` (a) => (b) { b = `Neg|Not|LeakyRelu` (a) }')
T("fnout", H + 'g (float[3] x) => (`float[3] y|int64[1] y|float[3] y, int64[1] z`) { `y, z|y|y, z, w|"", y` = l.F (x) }' + FH + 'F (a) => (b, c) { b = Relu (a) c = Shape (a) }')
T("fnsub", H + 'g (bool c, float[3] x) => (float[3] y) { y = If (c) <then_branch = t () => (float[3] p) { p = l.F (`x|x, x|c` ) }, else_branch = e () => (float[3] q) { q = l.`F|H` (x) }> }' + FH + 'F (a) => (b) { b = Relu (a) }')
# If
T("if", H + 'g (`bool|float|int64|bool[1]|bool[2]|bool[1,1]|string` c, float[2] x) => (`float[2]|int64[2]|float[3]|float[2,2]` y) { y = If (`c|c, c|""` ) <then_branch = t (`|float[2] z`) => (`float[2]|int64[2]|float[3]|float[2,2]|float|double[2]` p) { p = `Relu (x)|Neg (x)|Shape (x)|Concat <axis = 0> (x, x)|Unsqueeze (x, x)|Cast <to = 7> (x)|Cast <to = 11> (x)|Not (x)|Size (x)` }, else_branch = e () => (`float[2] q|float[2] q, float[2] x|float[5] q|seq(float[2]) q|float[2] p`) { q = `Neg (x)|Shape (x)|SequenceConstruct (x)|Nope (x)|Relu (undefined)|Transpose <perm = [1, 0]> (x)|Flatten (x)|Cast <to = 7> (x)` }> }')
T("ifchain", H + 'g (bool c, float[2] x) => (`float[2]|int64[2]|float[3]` z) { y = If (c) <then_branch = t () => (float[2] p) { p = Relu (x) }, else_branch = e () => (float[2] q) { q = Neg (x) }> z = `Relu (y)|Not (y)|MatMul (y, y)|Add (y, c)|Gemm (y, y)|Conv (y, y)|Squeeze (y)|Transpose <perm = [1, 0]> (y)|Concat <axis = 1> (y, y)|And (y, y)` }')
T("ifmiss", H + 'g (bool c, float[2] x) => (float[2] y) { y = If (c) <`then_branch = t () => (float[2] p) { p = Relu (x) }, else_branch = e () => (float[2] q) { q = Neg (x) }|then_branch = t () => (float[2] p) { p = Relu (x) }|else_branch = e () => (float[2] q) { q = Neg (x) }|then_branch = t () => (float[2] p) { p = Relu (x) }, else_branch = 1|then_branch = t () => (float[2] p) { p = Relu (x) }, else_branch = e () => (float[2] q) { q = Neg (x) }, extra = 1`> }')
T("ifnested", H + 'g (bool c, float[2] x) => (float[2] y) { y = If (c) <then_branch = t () => (float[2] p) { p = If (c) <then_branch = t2 () => (float[2] pp) { pp = `Relu (x)|Not (x)|Relu (q)|Add (x, c)|MatMul (x, m)` }, else_branch = e2 () => (float[2] qq) { qq = Neg (`x|pp|p` ) }> }, else_branch = e () => (float[2] q) { m = Unsqueeze (x, x) q = Neg (x) }> }'.replace('m = Unsqueeze (x, x) ',''))
# Loop
T("loop", H + 'g (`int64|int32|float|int64[1]|int64[2]` n, `bool|float|bool[1]|bool[2]` c, `float[2]|int64[2]|float[3]|double[2]|float` x) => (`float[2]|int64[2]|float[3]` y, `float[K,2]|float[2]|int64[K,2]` s) { `y, s|y|y, s, t|s, y` = Loop (`n, c, x|n, "", x|"", c, x|"", "", x|n, c|n, c, x, x|c, n, x`) <body = b (`int64|int32|float|int64[2]` i, `bool|float|bool[2]` ci, `float[2]|int64[2]|float[3]|double[2]|float[2,2]` a) => (`bool|int64|bool[2]` co, `float[2]|int64[2]|float[3]` a2, `float[2]|float[3]` o) { co = `Identity (ci)|Not (ci)|Cast <to = 1> (ci)|Shape (a)|Identity (a)` a2 = `Relu (a)|Cast <to = 7> (a)|Add (a, x)|Add (a, i)|MatMul (a, a)|Concat <axis = 0> (a, a)|Not (a)|Add (a, n)|Identity (i)` o = `Identity (a2)|Identity (x)|Shape (a)|SequenceConstruct (a)|Identity (ci)|Sub (a, undefined)|Identity (i)` }> }')
T("loopafter", H + 'g (int64 n, bool c, float[2] x) => (`float[2]|int64[2]|bool[2]` z) { y, s = Loop (n, c, x) <body = b (int64 i, bool ci, float[2] a) => (bool co, float[2] a2, float[2] o) { co = Identity (ci) a2 = Relu (a) o = Identity (a2) }> z = `Relu (y)|Not (y)|Add (y, n)|Relu (s)|MatMul (y, y)|Gemm (s, s)|Squeeze (s)|Transpose <perm = [0]> (s)|Transpose <perm = [1, 0]> (s)|Concat <axis = 0> (y, s)|Concat <axis = 2> (s, s)|Equal (y, c)|GatherND (s, s)` }')
T("loopnames", H + 'g (int64 n, bool c, float[2] x) => (float[2] y) { y = Loop (n, c, x) <body = b (int64 `i|x|n|ci`, bool ci, float[2] a) => (bool `co|ci|c|nope`, float[2] `a2|a|x`) { co = Identity (ci) `a2|x|y|a|i` = Relu (a) }> }')
T("loopseq", H + 'g (int64 n, bool c, float[2] x, seq(float[2]) q) => (`seq(float[2])|float[2]|seq(int64[2])` y) { y = Loop (n, c, `q|x` ) <body = b (int64 i, bool ci, `seq(float[2])|float[2]|seq(int64[2])` a) => (bool co, `seq(float[2])|float[2]` a2) { co = Identity (ci) a2 = `SequenceInsert (a, x)|SequenceAt (a, i)|Identity (x)|SequenceErase (a, i)|SequenceErase (a, x)|SequenceInsert (x, a)` }> }')
# Scan
T("scan", H + 'g (`float[2]|float[3]|int64[2]|float` s, `float[5,2]|float[5,3]|float[5]|int64[5,2]|float` x) => (`float[2]|int64[2]` t, `float[5,2]|float[2]|int64[5,2]|float[6,2]` o) { `t, o|t|t, o, p` = Scan (`s, x|x, s|s|s, x, x|"", s, x`) <`num_scan_inputs = 1|num_scan_inputs = 0|num_scan_inputs = 2|num_scan_inputs = 3|num_scan_inputs = -1|num_scan_inputs = 1, scan_input_axes = [0]|num_scan_inputs = 1, scan_input_axes = [1]|num_scan_inputs = 1, scan_input_axes = [2]|num_scan_inputs = 1, scan_input_axes = [-1]|num_scan_inputs = 1, scan_input_axes = [0, 1]|num_scan_inputs = 1, scan_input_directions = [2]|num_scan_inputs = 1, scan_input_directions = [1]|num_scan_inputs = 1, scan_input_directions = [0, 0]|num_scan_inputs = 1, scan_output_axes = [1]|num_scan_inputs = 1, scan_output_axes = [2]|num_scan_inputs = 1, scan_output_axes = [-3]|num_scan_inputs = 1, scan_output_directions = [3]|num_scan_inputs = 1.0|directions = [0]`, body = b (`float[2]|int64[2]|float[3]|float[2,2]` a, `float[2]|int64[2]|float[3]|float[2,2]` e) => (`float[2]|int64[2]` a2, `float[2]|int64[2]` r) { a2 = `Add (a, e)|Relu (a)|MatMul (a, e)|Cast <to = 7> (a)|And (a, e)|Concat <axis = 0> (a, e)|Concat <axis = 1> (a, e)|Gemm (a, e)` r = `Identity (a2)|Shape (a2)|Neg (e)|Sub (a2, undefined)` }> }')
T("scanafter", H + 'g (float[2] s, float[5,2] x) => (`float[5,2]|int64[2]` z) { t, o = Scan (s, x) <num_scan_inputs = 1, body = b (float[2] a, float[2] e) => (float[2] a2, float[2] r) { a2 = Add (a, e) r = Identity (a2) }> z = `Relu (o)|Not (o)|Relu (t)|MatMul (o, o)|Add (t, o)|Gemm (o, t)|MatMul (o, t)|MatMul (t, o)|Reshape (o, t)` }')
T("seqmap", '<ir_version: 8, opset_import: ["" : 17]>\ng (`seq(float[2])|float[2]|seq(int64[2])` q, float[2] x) => (`seq(float[2])|float[2]` y) { y = SequenceMap (`q|q, q|x|q, x`) <body = b (`float[2]|int64[2]|float[2] z, float[2]` e) => (float[2] r) { r = `Relu (e)|Not (e)|Add (e, x)|MatMul (e, e)|SequenceConstruct (e)` }> }')
# sequence, optional
T("seq", H + 'g (float[2] x, int64[`2|3` ] k, `int64|int32|int64[1]|float` p) => (`float[2]|int64[2]|float[3]|seq(float[2])` y) { q = `SequenceConstruct (x, x)|SequenceConstruct (x, k)|SequenceConstruct ()|SequenceEmpty <dtype = 1> ()|SequenceEmpty <dtype = 7> ()|SequenceEmpty ()|Identity (x)|SplitToSequence <axis = 0> (x)|SplitToSequence <axis = 5> (x)|SplitToSequence <axis = 0, keepdims = 0> (x)` r = `SequenceInsert (q, x)|SequenceInsert (q, k)|SequenceInsert (q, x, p)|SequenceErase (q)|SequenceInsert (x, q)|Identity (q)` y = `SequenceAt (r, p)|SequenceAt (x, p)|SequenceAt (r, x)|ConcatFromSequence <axis = 0> (r)|ConcatFromSequence <axis = 5> (r)|ConcatFromSequence (r)|ConcatFromSequence <axis = 1, new_axis = 1> (r)|ConcatFromSequence <axis = 2, new_axis = 2> (r)|SequenceLength (r)|Identity (r)|Relu (r)|Add (r, r)|Concat <axis = 0> (r, r)` }')
T("opt", H + 'g (`optional(float[2])|float[2]|optional(seq(float[2]))|seq(float[2])` o) => (`float[2]|int64[2]|bool` y) { y = `OptionalGetElement (o)|OptionalHasElement (o)|Optional (o)|Relu (o)|Identity (o)` }')
T("opt18", H18 + 'g (`optional(float[2])|float[2]` o) => (`float[2]|bool` y) { y = `OptionalGetElement (o)|OptionalHasElement (o)|OptionalHasElement ()|OptionalHasElement ("")|Optional (o)|Optional <type = float[2]> ()` }')
# shapes
T("conv", H + 'g (`float[1,4,8,8]|float[1,3,8,8]|float[4,8,8]|float[1,4,8]|float[1,4,8,8,8]|float[4]|float|int64[1,4,8,8]|double[1,4,8,8]` x) <float[`6,4,3,3|6,3,3,3|6,4,3|6,2,3,3|4,1,3,3|6,4,3,3,3|0,4,3,3` ] w, float[`6|5|1|6,1|1,6,1,1` ] b> => (`float[1,6,K,L]|float[1,6]|int64[1,6,K,L]` y) { y = Conv <`strides = [1, 1]|strides = [0, 1]|strides = [-1, 1]|strides = [1]|pads = [1, 1]|pads = [1, 1, 1, 1]|pads = [-1, -1, 0, 0]|dilations = [0, 1]|dilations = [2]|kernel_shape = [3, 3]|kernel_shape = [5, 5]|kernel_shape = [3]|group = 2|group = 4|group = 0|group = 3|group = -1|auto_pad = "SAME_UPPER"|auto_pad = "FOO"|auto_pad = "VALID"|auto_pad = "SAME_UPPER", pads = [1, 1, 1, 1]|auto_pad = "SAME_UPPER", dilations = [2, 2]`> (x, w`, b|`) }')
T("convt", H + 'g (`float[1,4,8,8]|float[1,3,8,8]|float[4,8,8]|float[1,4,8]` x) <float[`4,6,3,3|3,6,3,3|4,6,3` ] w, float[`6|5` ] b> => (y) { y = ConvTranspose <`strides = [1, 1]|strides = [0, 1]|strides = [1]|pads = [1, 1]|output_shape = [9, 9]|output_shape = [9]|output_shape = [1, 6, 9, 9]|output_padding = [1]|output_padding = [1, 1]|output_padding = [3, 3]|kernel_shape = [5, 5]|kernel_shape = [3]|group = 2|group = 3|dilations = [2]|auto_pad = "SAME_LOWER"|auto_pad = "X"`> (x, w, b) }')
T("bn", H + 'g (float[`2,4,3|2,4|4|2,5,3|2` ] x) <float[`4|5|4,1|1` ] s, float[`4|5` ] b, float[`4|5` ] m, float[`4|5` ] v> => (y) { `y|y, rm, rv|y, rm|y, rm, rv, z|y, "", ""|y, rm, ""` = BatchNormalization <`epsilon = 0.1|training_mode = 1|training_mode = 2|momentum = 1|spatial = 1`> (`x, s, b, m, v|x, s, b, m|x, s, b, m, v, v|x, s, b|x, "", b, m, v`) }')
T("bntrain", H + 'g (float[2,4,3] x) <float[4] s, float[4] b, float[4] m, float[4] v> => (y) { `y, rm, rv|y|y, rm|y, rm, rv, sm, sv` = BatchNormalization <`training_mode = 1|training_mode = 0`> (x, s, b, m, v) }')
T("bn9", '<ir_version: 7, opset_import: ["" : 9]>\ng (float[2,4,3] x) <float[4] s, float[4] b, float[4] m, float[4] v> => (y) { `y|y, rm|y, a, b1, c, d` = BatchNormalization <`epsilon = 0.1|training_mode = 1|spatial = 0`> (x, s, b, m, v) }')
T("in", H + 'g (float[`2,4,3|2,4|4|2,5,3|4,4,4,4` ] x) <float[`4|5|4,1` ] s, float[`4|5` ] b> => (y) { y = InstanceNormalization (x, s, b) }')
T("gn21", '<ir_version: 10, opset_import: ["" : 21]>\ng (float[`2,4,3|2,5,3|2,4|4` ] x) <float[`4|2|5` ] s, float[`4|5` ] b> => (y) { y = GroupNormalization <`num_groups = 2|num_groups = 3|num_groups = 0|epsilon = 0.1|num_groups = -1`> (x, s, b) }')
T("gn18", H18 + 'g (float[`2,4,3|2,5,3|2,4` ] x) <float[`2|4|3` ] s, float[2] b> => (y) { y = GroupNormalization <`num_groups = 2|num_groups = 3`> (x, s, b) }')
T("ln", H + 'g (float[`2,3,4|2,3,5|4|2` ] x) <float[`4|5|3,4|1` ] s, float[`4|5` ] b> => (`y|y, m, v|y, m`) { `y|y, m, v|y, m|y, m, v, w` = LayerNormalization <`axis = -1|axis = 1|axis = 3|axis = -4|axis = 0|stash_type = 1|stash_type = 11|stash_type = 7`> (x, s`, b|` ) }')
T("rms", '<ir_version: 11, opset_import: ["" : 23]>\ng (float[2,3,4] x) <float[`4|5|3,4` ] s> => (y) { y = RMSNormalization <`axis = -1|axis = 5|axis = 1|stash_type = 1`> (x, s`|, s` ) }')
T("pool", H + 'g (float[`1,4,8,8|1,4,8|4,8,8,8,8|4|1,4` ] x) => (y) { `y|y, i` = `MaxPool|AveragePool|LpPool|MaxPool` <kernel_shape = `[2, 2]|[2]|[0, 2]|[-1, 2]|[9, 9]|[]`, `strides = [2, 2]|strides = [2]|strides = [0, 1]|pads = [1, 1]|pads = [1, 1, 1, 1]|pads = [3, 3, 3, 3]|ceil_mode = 1|ceil_mode = 5|dilations = [2, 2]|dilations = [2]|storage_order = 1|count_include_pad = 1|auto_pad = "SAME_UPPER"|auto_pad = "BAD"|p = 3`> (x) }')
T("pool0", H + 'g (float[1,4,8,8] x) => (y) { y = `MaxPool <kernel_shape = [2, 2]>|MaxPool <strides = [2, 2]>|AveragePool <strides = [2, 2]>|GlobalAveragePool|GlobalMaxPool <x = 1>|GlobalLpPool|GlobalLpPool <p = 2>|MaxRoiPool <pooled_shape = [2, 2]>|LpPool <p = 2>` (x) }')
T("gpool", H + 'g (float[`1,4,8,8|4|1,4|` ] x) => (y) { y = `GlobalAveragePool|GlobalMaxPool|GlobalLpPool` (x) }')
T("resize", H + 'g (`float[1,1,2,2] x|int64[1,1,2,2] x|string[1,1,2,2] x|float[2,2] x`) <float[`4|3|2` ] sc = {`1,1,2,2|1,1,2|1,2`}, int64[4] sz = {`1,1,4,4|1,1,-4,4|1,1,0,0`}, float[0] e = {}, float[8] roi = {0,0,0,0,1,1,1,1}> => (y) { y = Resize <`mode = "nearest"|mode = "linear"|mode = "cubic"|mode = "area"|coordinate_transformation_mode = "tf_crop_and_resize"|coordinate_transformation_mode = "half_pixel"|coordinate_transformation_mode = "zzz"|nearest_mode = "floor"|nearest_mode = "foo"`> (`x, "", sc|x, "", "", sz|x|x, ""|x, "", ""|x, "", "", ""|x, "", sc, sz|x, sc|x, roi, sc|x, "", sz|x, "", "", sc|x, "", e, sz|x, "", e|x, e, e, sz`) }')
T("resize18", H18 + 'g (float[1,1,2,2] x) <float[`2|4|3` ] sc = {`2,2|1,1,2,2|1,1,1`}, int64[`2|4` ] sz = {`4,4|1,1,4,4`}> => (y) { y = Resize <`axes = [2, 3]|axes = [2]|axes = [0, 9]|axes = [-1, -2]|keep_aspect_ratio_policy = "not_larger", axes = [2, 3]|keep_aspect_ratio_policy = "zz", axes = [2, 3]|antialias = 1, axes = [2, 3]|axes = [2, 2]`> (`x, "", sc|x, "", "", sz|x|x, "", ""|x, "", sc, sz`) }')
T("resize10", '<ir_version: 5, opset_import: ["" : 10]>\ng (float[1,1,2,2] x) <float[4] sc = {1,1,2,2}> => (y) { y = Resize <mode = "nearest"> (`x, sc|x|x, "", sc`) }')
T("upsample", '<ir_version: 4, opset_import: ["" : `9|10|7|8` ]>\ng (float[1,1,2,2] x) <float[`4|3` ] sc = {`1,1,2,2|1,1,2`}> => (y) { y = Upsample (`x, sc|x`) }')
T("split", H + 'g (float[`6|5|6,2|N` ] x) <int64[`2|3|1` ] sp = {`3,3|2,4|2,2,2|3,2|-1,7|6`}> => (`a, b|a|b`) { `a, b|a|a, b, c` = Split <`axis = 0|axis = 1|axis = -1|axis = 5|num_outputs = 2|split = [3, 3]`> (`x, sp|x|x, ""|x, sp, sp`) }')
T("split18", H18 + 'g (float[`6|5|6,2|N` ] x) <int64[2] sp = {`3,3|2,4|3,2`}> => (`a, b|a`) { `a, b|a|a, b, c` = Split <`axis = 0|axis = 1|num_outputs = 2|num_outputs = 3|num_outputs = 0|num_outputs = -1|num_outputs = 1`> (`x, sp|x|x, ""`) }')
T("split11", '<ir_version: 6, opset_import: ["" : `11|12|2` ]>\ng (float[6] x) => (a, b) { `a, b|a|a, b, c` = Split <`split = [3, 3]|split = [2, 2]|split = [6]|split = [2, 2, 2]|axis = 0|axis = 2|split = [-1, 7]|split = []`> (x) }')
T("einsum", H + 'g (float[2,3] x, float[3,4] w, float[`2,3|2,3,4|3|` ] z) => (y) { y = Einsum <equation = `"ij,jk->ik"|"ij,jk"|"ij,jk->ikz"|"ij,kj->ik"|"ijk,jk->ik"|"ij->ij"|"ij,jk,kl->il"|""|"ij,jk->"|"...j,jk->...k"|"ij,jk->ii"|"i j , j k -> i k"|"ij,jk->ik->i"|"i.j,jk->ik"|"1j,jk->k"|"ij;jk->ik"|"ii,jk->ik"|"ij,jk->...ik"|"IJ,JK->IK"|"->"|",->"|"...,...->..."|"ij,...->i..."|"ij,jk-ik"`> (`x, w|x|x, w, z|x, z|z, z`) }')
T("reshape", H + 'g (float[`2,3|2,4|N,3|` ] x, int64[`2|N|` ] d, int64[2,1] d2, float[2] df, int32[2] di) <int64[`2|1,2|3` ] s = {`3,2|-1,2|-1,4|0,0|0,-1|-1,-1|-2,3|4,2|0,0,0|1,2,3|0,0,1|-1,0,2|7`}> => (`float[3,2]|float[N]|float[2,3]|int64[3,2]|float[3,2,1]` y) { y = Reshape <`allowzero = 0|allowzero = 1|allowzero = 2`> (`x, s|x, d|x, d2|x, df|x, di|x|x, s, s|s, s`) }')
T("reshape5", '<ir_version: 4, opset_import: ["" : `5|4|1|13` ]>\ng (float[2,3] x) <int64[2] s = {3,2}> => (y) { y = Reshape <`allowzero = 0|shape = [3, 2]|zz = 1`> (`x, s|x`) }'.replace('<`allowzero = 0|shape = [3, 2]|zz = 1`>','`|<shape = [3, 2]>|<allowzero = 0>`'))
T("unsq", H + 'g (float[`2,3|` ] x, int64[`1|N|1,1|` ] d) <int64[`1|2` ] a = {`0|2|-3|3|-4|0,0|0,-4|0,1|5`}> => (`float[1,2,3]|float[2,3]|float[2,1,3]` y) { y = `Unsqueeze|Squeeze` (`x, a|x, d|x|x, a, a`) }')
T("sq", H + 'g (float[`1,3,1|2,3|N,1|1` ] x) <int64[`1|2` ] a = {`0|2|1|-1|3|-4|0,2|0,0`}> => (y) { y = Squeeze (`x, a|x`) }')
T("sq11", '<ir_version: 6, opset_import: ["" : 11]>\ng (float[1,3,1] x) => (y) { y = `Squeeze <axes = [0]>|Squeeze|Squeeze <axes = [1]>|Squeeze <axes = [3]>|Squeeze <axes = [-1]>|Squeeze <axes = 0>|Unsqueeze <axes = [0]>|Unsqueeze|Unsqueeze <axes = [4]>|Unsqueeze <axes = [0, 0]>|Unsqueeze <axes = [-1]>|Unsqueeze <axes = []>` (x) }')
T("concat", H + 'g (float[`2,3|2,4|3|2,3,1|N,3|` ] x, `float[2,3]|float[3,3]|float[2,3,3]|int64[2,3]|float|double[2,3]|float[2,M]` w) => (`float[4,3]|float[2,6]|int64[4,3]|float[5,5]` y) { y = Concat <`axis = 0|axis = 1|axis = 2|axis = -1|axis = -3|axis = -2`> (`x, w|x|w, x, x|x, ""|"", x|`) }')
T("gather", H + 'g (float[`4,3|` ] x, `int64[2]|int32[2]|float[2]|int64|int64[2,2]|int64[1,1]|bool[2]|int8[2]` i) => (`float[2,3]|float[2]|int64[2,3]` y) { y = `Gather|GatherElements|GatherND` <`axis = 0|axis = 1|axis = 2|axis = -2|axis = -3`> (x, i) }')
T("gathernd", H + 'g (float[`4,3,2|4` ] x, int64[`2,2|2,3|2,4|2|4,1|4,3,1` ] i) => (`float[K,2]|float[K]` y) { y = GatherND <`batch_dims = 0|batch_dims = 1|batch_dims = 2|batch_dims = 5|batch_dims = -1`> (x, i) }')
T("scatter", H + 'g (float[`4,3|4` ] x, `int64[2,3]|int32[2,3]|int64[2]|float[2,3]` i, `float[2,3]|float[2]|int64[2,3]|float[2,4]` u) => (`float[4,3]|float[2,3]` y) { y = `ScatterElements|Scatter|ScatterND` <`axis = 0|axis = 1|axis = 2|axis = -3|reduction = "add"|reduction = "foo"|reduction = "mul"|reduction = "max"`> (x, i, u) }')
T("scatternd", H + 'g (float[4,3] x, int64[`2,1|2,2|2,3|2` ] i, float[`2,3|2|3|2,4` ] u) => (y) { y = ScatterND <`reduction = "none"|reduction = "add"|reduction = "max"|reduction = "zz"`> (x, i, u) }')
T("pad", H + 'g (float[`2,3|2` ] x) <int64[`4|3|2|2,2` ] p = {`0,1,0,1|0,1,0|0,1|-1,-1,0,0|-5,0,0,0`}, float c = {0}, int64 ci = {0}, float[1] c1 = {0}, float[2] c2 = {0, 1}> => (`float[2,5]|float[3,3]|float[2]` y) { y = Pad <`mode = "constant"|mode = "reflect"|mode = "edge"|mode = "wrap"|mode = "x"|pads = [0, 0, 0, 0]`> (`x, p|x, p, c|x, p, ci|x, p, c1|x, p, c2|x|x, p, ""|x, p, c, p`) }')
T("pad18", H18 + 'g (float[2,3] x) <int64[`2|4` ] p = {`1,1|0,1,0,1`}, int64[`1|2` ] a = {`0|5|-1|0,1|-3`}> => (y) { y = Pad <`mode = "constant"|mode = "wrap"`> (`x, p, "", a|x, p`) }')
T("pad2", '<ir_version: 5, opset_import: ["" : `10|2|1` ]>\ng (float[2,3] x) => (y) { y = Pad <`pads = [0, 1, 0, 1]|pads = [0, 1]|mode = "reflect", pads = [0, 1, 0, 1]|mode = "reflect"|paddings = [0, 1, 0, 1]|pads = [-1, 0, 0, 0]`> (x) }')
T("slice", H + 'g (float[`4,3|` ] x) <int64[`1|2` ] st = {`0|0,0|-9|9`}, int64[`1|2` ] en = {`2|2,2|100`}, int64[`1|2` ] ax = {`0|1|2|-1|-3|0,0|0,1`}, int64[`1|2` ] sp = {`1|0|-1|2|1,1`}, int32[1] s32 = {0}, float[1] sf = {0}> => (`float[2,3]|float[4,3]|float[5]` y) { y = Slice (`x, st, en, ax, sp|x, st, en|x, st|x, st, en, ax|x, st, en, "", sp|x, s32, en|x, s32, s32|x, sf, sf|x, st, en, ax, s32|x`) }')
T("slice1", '<ir_version: 4, opset_import: ["" : `9|1|10` ]>\ng (float[4,3] x) => (y) { y = Slice <`starts = [0], ends = [2]|starts = [0]|starts = [0, 0], ends = [2]|starts = [0], ends = [2], axes = [5]|starts = [0], ends = [2], axes = [0, 1]|starts = [0], ends = [2], axes = [-1]|starts = [0], ends = [2], steps = [1]`> (x) }')
T("expand", H + 'g (float[`3,1|3|4,1|` ] x, `int64[N]|int64|int64[2,2]|float[2]|int32[2]` d) <int64[`2|3|1` ] s = {`3,4|2,4|1,1|0,4|-1,4|2,3,4|5`}> => (`float[3,4]|float[3]` y) { y = `Expand|Tile` (`x, s|x, d|x`) }')
T("tile", H + 'g (float[`2,3|2` ] x) <int64[`2|1|3` ] r = {`2,2|2|1,1,1|0,1|-1,1`}> => (`float[4,6]|float[2,3]` y) { y = Tile (x, r) }')
T("topk", H + 'g (float[`3,5|5|` ] x, `int64[1]|int64|int64[2]|int32[1]|float[1]` d) <int64[`1|2` ] k = {`2|6|0|-1|1,2`}, int64 k0 = {2}> => (v, i) { `v, i|v|v, i, j|"", i` = TopK <`axis = -1|axis = 0|axis = 2|axis = -3|largest = 0|sorted = 0|k = 2`> (`x, k|x, d|x|x, k0`) }')
T("topk1", '<ir_version: 4, opset_import: ["" : `9|10|1` ]>\ng (float[3,5] x) => (v, i) { v, i = TopK <`k = 2|k = 9|axis = 1|k = 2, axis = 4|k = -1`> (x) }')
T("onehot", H + 'g (`int64[3]|float[3]|int64|string[3]` i) <`int64|int64[1]|float|int64[2]` d = {`4|4,4`}, float[`2|3|1` ] v = {`0,1|0,1,2|0`}> => (`float[3,4]|int64[3,4]` y) { y = OneHot <`axis = -1|axis = 0|axis = 2|axis = -3|axis = 1`> (i, d, v) }')
T("range", H + 'g (`int64|float|int64[1]|string|int64[2]|bool|uint8` a) <`int64|float|int64[1]` b = {10}, `int64|int32|int64[1]` c = {`1|0`}> => (`int64[K]|float[K]|int64[2,2]|int64[10]` y) { y = Range (`a, b, c|a, b|b, b, c|a, a, a`) }')
T("cos", H + 'g (`int64[2]|int64|int64[2,2]|float[2]|int32[2]` x) <int64[2] s = {`2,3|-1,3|0,3`}> => (`float[K,L]|int64[K,L]|float[3]` y) { y = ConstantOfShape <`value = float[1] {0}|value = float[2] {0,0}|value = int64[1] {0}|value = string[1] {"a"}|value = float {0}|value = 1|value = float[1,1] {0}`> (`x|s`) }')
T("trans", H + 'g (float[2,3] x) => (`float[3,2]|float[2,3]|float[3]` y) { y = Transpose <`perm = [1, 0]|perm = [0, 0]|perm = [0]|perm = [0, 1, 2]|perm = [-1, 0]|perm = [2, 0]|perm = []|perm = 1`> (x) }')
T("reduce", H + 'g (float[`2,3|` ] x) <int64[1] ax = {`1|0|2|-3`}> => (`float[2,1]|float[1,3]|int64[2,1]|float` y) { y = `ReduceSum (x, ax)|ReduceSum (x)|ReduceSum <keepdims = 0> (x, ax)|ReduceSum <axes = [0]> (x)|ReduceMean <axes = [1]> (x)|ReduceMean <axes = [2]> (x)|ReduceMean (x, ax)|ReduceMax <axes = [1, 1]> (x)|ReduceMax <axes = []> (x)|ReduceSum <noop_with_empty_axes = 1> (x)|ReduceMean <keepdims = 2> (x)|ReduceMean <axes = [-1]> (x)|ReduceLogSumExp <axes = [9]> (x)|ArgMax <axis = 1> (x)|ArgMax <axis = 2> (x)|ArgMin <axis = -3> (x)|ArgMax <select_last_index = 1> (x)` }')
T("reduce18", H18 + 'g (float[`2,3|` ] x) <int64[`1|2` ] ax = {`1|2|-3|0|0,1|1,1`}> => (`float[2,1]|float[1,3]|float` y) { y = `ReduceMean (x, ax)|ReduceMean (x)|ReduceMean <axes = [1]> (x)|ReduceL2 (x, ax)|ReduceMax <keepdims = 0> (x, ax)|ReduceMin (x, x)|ReduceMean (x, ax, ax)` }')
T("softmax", H + 'g (`float[2,3]|float|int64[2,3]|string[2,3]|bool[2,3]` x) => (`float[2,3]|float[2]` y) { y = `Softmax|LogSoftmax|Hardmax` <axis = `1|-1|2|-3|0`> (x) }')
T("softmax11", '<ir_version: 6, opset_import: ["" : 11]>\ng (float[2,3] x) => (y) { y = `Softmax|LogSoftmax|Hardmax` <axis = `1|-1|2|-3|0|3`> (x) }')
T("gemm", H + 'g (float[`2,3|2,4|3|2,3,1|3,2|` ] x, `float[3,4]|float[4,3]|float[3]|int64[3,4]|double[3,4]` w, `float[4]|float[2,4]|float[5]|float[2]|float[2,1]|float|float[1,1,4]|int64[4]|float[3,4]` b) => (`float[2,4]|float[4,2]|float[2]|int64[2,4]` y) { y = Gemm <`alpha = 1.0|transA = 1|transB = 1|transA = 1, transB = 1|transB = 2|beta = 0|alpha = 1|broadcast = 1`> (x, w`, b||, b, b|, ""` ) }')
T("matmul", H + 'g (float[`2,3|3|5,2,3|N,3|2,4||5,2,3` ] x, `float[3,4]|float[4,3]|float[3]|float|float[6,3,4]|float[5,3,4]|int64[3,4]|string[3,4]|float16[3,4]` w) => (`float[2,4]|float[4,2]|float[2]|int64[2,4]` y) { y = `MatMul|MatMulInteger|QLinearMatMul|Dot` (`x, w|x|x, w, w|x, ""`) }')
T("mmint", H + 'g (`uint8[2,3]|int8[2,3]|float[2,3]|uint8[2,4]` x, `uint8[3,4]|int8[3,4]|int32[3,4]` w) <`uint8|int8|uint8[2]|uint8[3]` za = {`1|1,1|1,1,1`}> => (`int32[2,4]|float[2,4]|uint8[2,4]` y) { y = MatMulInteger (`x, w|x, w, za|x, w, za, za`) }')
T("qlin", H + 'g (uint8[`2,3|2,4` ] x, uint8[`3,4|4,4` ] w) <`float|float[1]|float[2]|float[3]|float16` s = {`1|1,1|1,1,1`}, `uint8|int8|uint8[1]` z = {0}> => (`uint8[2,4]|int8[2,4]|float[2,4]` y) { y = QLinearMatMul (`x, s, z, w, s, z, s, z|x, s, z, w, s, z|x, w, s, z, s, z, s, z|x, z, s, w, s, z, s, z`) }')
T("qconv", H + 'g (uint8[1,`4|3`,8,8] x) <uint8[6,4,3,3] w, float s = {1}, `uint8|int8` z = {0}, int32[`6|5` ] b> => (y) { y = QLinearConv <`strides = [1, 1]|strides = [1]|kernel_shape = [5, 5]|group = 3|pads = [1]`> (`x, s, z, w, s, z, s, z, b|x, s, z, w, s, z, s, z|x, s, z, w, s, z, s`) }')
T("convint", H + 'g (`uint8|int8|float` [1,`4|3`,8,8] x) <uint8[6,4,3,3] w, uint8 z = {0}> => (`int32|float` [1,6,K,L] y) { y = ConvInteger <`strides = [1, 1]|strides = [1]|pads = [1]|group = 2`> (x, w`, z|, z, z|` ) }')
T("ql", H + 'g (`float[2,3]|int32[2,3]|float16[2,3]|int64[2,3]` x) <`float|float[3]|float[2]|float[2,3]|float16|float[1]` s = {`1|1,1,1|1,1|1,1,1,1,1,1`}, `uint8|int8|int32|uint8[3]|float|uint8[1]` z = {`0|0,0,0`}> => (`uint8[2,3]|int8[2,3]|float[2,3]` y) { y = QuantizeLinear <`axis = 1|axis = 0|axis = 2|axis = -3|saturate = 1`> (`x, s, z|x, s|x|x, z, s`) }'.replace('|saturate = 1',''))
T("dql", H + 'g (`uint8[2,3]|int8[2,3]|int32[2,3]|float[2,3]|int64[2,3]|uint16[2,3]` x) <`float|float[3]|float[2]` s = {`1|1,1,1|1,1`}, `uint8|int8|uint8[3]|int32` z = {`0|0,0,0`}> => (`float[2,3]|float16[2,3]|uint8[2,3]` y) { y = DequantizeLinear <`axis = 1|axis = 0|axis = 2|axis = -3`> (`x, s, z|x, s|x|s, s, z`) }')
T("dql21", '<ir_version: 10, opset_import: ["" : 21]>\ng (`uint8[4,4]|uint16[4,4]|int16[4,4]|float[4,4]` x) <float[`2,4|4|2,2|1,4` ] s, uint8[2,4] z> => (y) { y = DequantizeLinear <`axis = 0, block_size = 2|axis = 0, block_size = 3|block_size = 2|axis = 0, block_size = -1|axis = 5, block_size = 2`> (`x, s, z|x, s`) }')
T("dyq", H + 'g (`float[2,3]|int64[2,3]|float16[2,3]` x) => (`uint8[2,3]|int8[2,3]|float[2,3]` y, s, z) { `y, s, z|y, s|y|y, s, z, w` = DynamicQuantizeLinear (x`|, x` ) }')
T("d2s", H + 'g (float[`1,4,2,2|1,3,2,2|4,2,2|1,4,4,4` ] x) => (`float[1,1,4,4]|float[1,4,4,4]` y) { y = `DepthToSpace|SpaceToDepth` <`blocksize = 2|blocksize = 3|blocksize = 0|blocksize = -1|blocksize = 2, mode = "CRD"|blocksize = 2, mode = "Z"|mode = "DCR"`> (x) }')
T("lstm", H + 'g (float[`4,1,2|4,2|4,1,3|4,1,2,1|4,N,2` ] x) <float[`1,12,2|1,12,3|12,2|2,12,2|1,9,2` ] w, float[`1,12,3|1,12,4|12,3` ] r, float[`1,24|1,12|24` ] b, int32[`1|2` ] sl = {`4|4,4`}, float[`1,1,3|1,3|1,1,4` ] h0, float[1,9] p> => (`y|y, yh, yc`) { `y|y, yh, yc|y, yh, yc, z|"", yh|"", "", yc` = LSTM <`hidden_size = 3|hidden_size = 4|hidden_size = 3, direction = "reverse"|hidden_size = 3, direction = "bidirectional"|hidden_size = 3, direction = "x"|hidden_size = 3, activations = ["Sigmoid", "Tanh", "Tanh"]|hidden_size = 3, activations = ["Foo", "Tanh", "Tanh"]|hidden_size = 3, activations = ["Sigmoid"]|hidden_size = 3, layout = 1|hidden_size = 3, clip = 1.0|hidden_size = 3, input_forget = 1|direction = "forward"|hidden_size = 0`> (`x, w, r|x, w, r, b|x, w, r, b, sl|x, w, r, b, "", h0, h0|x, w, r, b, "", h0, h0, p|x, w|x, w, r, b, "", h0, h0, p, p|x, w, r, b, b`) }')
T("gru", H + 'g (float[`4,1,2|4,2` ] x) <float[`1,9,2|1,12,2` ] w, float[`1,9,3|1,12,3` ] r, float[`1,18|1,9` ] b> => (y) { `y|y, yh|y, yh, yc` = `GRU|RNN` <`hidden_size = 3|hidden_size = 4|hidden_size = 3, linear_before_reset = 1|hidden_size = 3, direction = "q"|hidden_size = 3, activations = ["Tanh"]|hidden_size = 3, layout = 1`> (`x, w, r|x, w, r, b|x, w`) }')
T("elem", H + 'g (`float[2,3]|int64[2,3]|bool[2,3]|string[2,3]|float[2,4]|float[3]|float[4,3]|float|float16[2,3]|uint8[2,3]|seq(float[2,3])` x, float[2,3] z) => (`float[2,3]|int64[2,3]|bool[2,3]|float[3,2]|float[2]` y) { y = `Add (x, z)|Sub (x, z)|Pow (x, z)|And (x, z)|Equal (x, z)|Less (x, z)|Max (x, z)|Min (x)|Max ()|Sum (x, z, x)|Mod (x, z)|Mod <fmod = 1> (x, z)|BitShift <direction = "LEFT"> (x, z)|BitShift <direction = "UP"> (x, x)|Where (x, z, z)|Clip (x, z)|Clip (x, z, z, z)|Relu (x)|Neg (x)|Abs (x)|Sign (x)|Not (x)|Sqrt (x)|Erf (x)|PRelu (x, z)|IsNaN (x)|IsInf <detect_negative = 2> (x)|Sigmoid (x)|Xor (x, x)|Mean (x, z)|CumSum (x, z)|Trilu (x)|Trilu <upper = 1> (x, z)|Identity (x)|Identity ()|Round (x)|HardSwish (x)|Dropout (x, z)|Celu <alpha = 1> (x)|Greater (x, z)|GreaterOrEqual (x, z)|Cast <to = 7> (x)|Cast <to = 8> (x)|Cast <to = 99> (x)|Cast <to = 0> (x)|Cast <to = 17> (x)|Cast <to = "x"> (x)|CastLike (x, z)|CastLike (x)|Add <axis = 0> (x, z)|Add <broadcast = 1> (x, z)|Shape <start = 1> (x)|Shape <start = "a"> (x)|Size (x)|NonZero (x)|EyeLike (x)|EyeLike <dtype = 99> (x)|EyeLike <dtype = 8> (x)|Det (x)|Compress (x, z)|Unique (x)|LpNormalization <axis = 3> (x)|LRN (x)|LRN <size = 2> (x)|MeanVarianceNormalization <axes = [5]> (x)|Bernoulli <dtype = 7> (x)|Bernoulli <dtype = 8> (x)|RandomNormalLike <dtype = 7> (x)|RandomUniformLike (x)|Multinomial (x)|Multinomial <dtype = 1> (x)|ReverseSequence (x, z)|StringNormalizer (x)|TfIdfVectorizer (x)|Gelu (x)|BlackmanWindow (x)|HammingWindow <output_datatype = 7> (x)|DFT <axis = 1> (x)|STFT (x, x)|MelWeightMatrix (x, x, x, x, x)|GridSample (x, z)|RoiAlign (x, z, z)|NonMaxSuppression (x, z)|SoftmaxCrossEntropyLoss (x, z)|NegativeLogLikelihoodLoss (x, z)|LayerNormalization (x, z)|Einsum (x, z)|Hardmax (x)|ThresholdedRelu <alpha = "a"> (x)|Shrink (x)|Loop (x)|If (x)|Scan (x)|Constant (x)|ArrayFeatureExtractor (x, z)|GatherND (x, z)` }')
T("rand", H + 'g () => (`float[2]|double[2]|int64[2]|float[3]` y) { y = `RandomNormal <shape = [2]>|RandomNormal|RandomNormal <shape = [2], dtype = 11>|RandomNormal <shape = [2], dtype = 7>|RandomUniform <shape = [-2]>|RandomUniform <shape = [2], dtype = 99>|Constant <value = float[2] {1,2}>|Constant <value_floats = [1.0, 2.0]>|Constant <value_float = 1.0>|Constant <value_int = 1>|Constant <value_string = "a">|Constant <value_ints = [1, 2]>|Constant <value_strings = ["a"]>|Constant|Constant <value_float = 1.0, value_int = 1>|Constant <foo = 1>|Constant <value = 1.0>|Constant <value = float[2] {1}>|Constant <value_float = 1>|ConstantFill|RandomNormal <shape = [2], seed = 1>` () }')
T("eye", H + 'g (`float[2,2]|float[2]|float[2,2,2]|float[3,2]` x) => (`float[2,2]|float` y) { y = `EyeLike|Det|Trilu|Compress|NonZero` (x) }')
T("compress", H + 'g (float[`2,3|` ] x, `bool[2]|int64[2]|bool[2,2]|bool` c) => (y) { y = Compress <`axis = 0|axis = 1|axis = 2|axis = -3`> (x, c) }')
T("grid", H + 'g (float[`1,1,4,4|1,4,4|1,1,4|2,1,4,4` ] x, float[`1,2,2,2|1,2,2|1,2,2,3|3,2,2,2` ] gr) => (`float[1,1,2,2]|float[1,1,3,3]` y) { y = GridSample <`mode = "bilinear"|mode = "linear"|mode = "zz"|padding_mode = "zeros"|padding_mode = "q"|align_corners = 5`> (x, gr) }')
T("roi", H + 'g (float[`1,1,4,4|1,4,4` ] x, float[`2,4|2,5|2` ] r, `int64[2]|int64[3]|int64[2,1]|float[2]` b) => (`float[2,1,1,1]|float[2]` y) { y = RoiAlign <`output_height = 1|mode = "avg"|mode = "zz"|output_height = 0|sampling_ratio = -1|coordinate_transformation_mode = "zz"`> (x, r, b) }')
T("nms", H + 'g (float[`1,6,4|6,4|1,6,5` ] b, float[`1,1,6|1,6|1,1,5` ] s) <`int64|int64[1]|int32|float|int64[2]` k = {`3|3,3`}, float[1] t = {0.5}> => (`int64[K,3]|int64[K]|float[K,3]` y) { y = NonMaxSuppression <`center_point_box = 0|center_point_box = 2`> (`b, s, k, t, t|b, s|b|b, s, t|b, s, k, k|b, s, "", t`) }')
T("revseq", H + 'g (float[`4,2|4` ] x, `int64[2]|int32[2]|int64[3]|int64[2,1]` l) => (`float[4,2]|float[2]` y) { y = ReverseSequence <`batch_axis = 1, time_axis = 0|batch_axis = 0, time_axis = 1|batch_axis = 0, time_axis = 0|batch_axis = 3|batch_axis = 1, time_axis = 1`> (x, l) }')
T("loss", H + 'g (float[`3,5|3,5,2|3` ] x, `int64[3]|int32[3]|float[3]|int64[3,2]|int64[4]` l) <float[`5|5,1|4` ] w> => (`float|float[3]|int64` y) { y = `SoftmaxCrossEntropyLoss|NegativeLogLikelihoodLoss` <`reduction = "mean"|reduction = "none"|reduction = "zz"|ignore_index = 1`> (`x, l|x, l, w|x`) }')
T("attn23", '<ir_version: 11, opset_import: ["" : 23]>\ng (float[`1,2,4,8|1,4,16|1,2,4|2,8` ] q, float[`1,2,6,8|1,6,16|1,2,6,7` ] k, float[`1,2,6,8|1,6,16|1,2,5,8` ] v) => (`float[1,2,4,8]|float[1]` y) { `y|y, pk, pv|y, pk, pv, qk` = Attention <`scale = 1.0|is_causal = 1|q_num_heads = 2, kv_num_heads = 2|q_num_heads = 3, kv_num_heads = 2|qk_matmul_output_mode = 5|softcap = 1.0|softmax_precision = 1|softmax_precision = 99`> (`q, k, v|q, k|q, k, v, q|q, k, v, "", k, v`) }')
T("rope23", '<ir_version: 11, opset_import: ["" : 23]>\ng (float[`1,2,4,8|1,4,16|4,8` ] x) <float[`4,4|1,4,4|4,3` ] c, float[4,4] s, int64[`1,4|4` ] p> => (y) { y = RotaryEmbedding <`interleaved = 0|num_heads = 2|rotary_embedding_dim = 4|rotary_embedding_dim = 3`> (`x, c, s, p|x, c, s|x, c`) }')
T("c2i", H18 + 'g (float[`1,5,5|1,5|5,5` ] x) <int64[2] im = {`5,5|5,4`}, int64[2] bl = {`1,5|2,2`}> => (`float[1,1,5,5]|float[1]` y) { y = Col2Im <`strides = [1, 1]|strides = [1]|pads = [0, 1]|dilations = [1]`> (x, im, bl) }')
T("ccp", H18 + 'g (float[`4,4|4` ] x) <int64[`2|1` ] s = {`2,2|2|-1,2`}> => (`float[2,2]|float[3,3]` y) { y = CenterCropPad <`axes = [0, 1]|axes = [0]|axes = [0, 2]|axes = [-1, 0]|axes = [0, 0]`> (x, s) }')
T("affine", H20 + 'g (float[`1,2,3|1,2|1,3,3` ] x) <int64[`4|5|3` ] s = {`1,1,2,2|1,1,2,2,2|1,1,2`}> => (y) { y = AffineGrid <`align_corners = 0|align_corners = 2`> (x, s) }')
T("dft20", H20 + 'g (float[`1,8,1|1,8|1,8,3|1,8,2` ] x) <int64 a = {`1|0|2|-2|5`}, int64 l = {8}> => (`float[1,8,2]|float[1,5,2]` y) { y = DFT <`inverse = 0|onesided = 1|inverse = 1, onesided = 1|axis = 1`> (`x, l, a|x|x, "", a|x, l`) }')
T("stft", H + 'g (float[`1,16,1|1,16|1,16,3` ] x) <`int64|int64[1]|float` st = {4}, float[`8|4|8,1` ] w, int64 l = {`8|4`}> => (y) { y = STFT <`onesided = 1|onesided = 0`> (`x, st, w, l|x, st, w|x, st|x, st, "", l`) }')
T("window", H + 'g (`int64|int32|float|int64[1]` x) => (`float[K]|double[K]|int64[K]` y) { y = `HannWindow|HammingWindow|BlackmanWindow` <`periodic = 1|output_datatype = 11|output_datatype = 7|output_datatype = 99|output_datatype = 9`> (x) }')
T("str20", H20 + 'g (`string[2]|float[2]|string[2,2]` x) => (`string[2]|bool[2]|int64[2]` y) { y = `StringConcat (x, x)|StringSplit (x)|RegexFullMatch <pattern = "a"> (x)|RegexFullMatch (x)|RegexFullMatch <pattern = "("> (x)|StringNormalizer (x)|StringNormalizer <case_change_action = "ZZ"> (x)|StringConcat (x)|Equal (x, x)|Cast <to = 1> (x)|LabelEncoder (x)|Upper (x)` }')
T("image", H20 + 'g (uint8[`N|N,1|` ] x) => (`uint8[H,W,3]|float[H,W,3]|uint8[H]` y) { y = ImageDecoder <`pixel_format = "RGB"|pixel_format = "XX"`> (x) }')
T("maxunpool", H + 'g (float[1,1,2,2] x, `int64[1,1,2,2]|int64[1,1,2]|float[1,1,2,2]` i) <int64[`4|3|2` ] o = {`1,1,4,4|1,1,4|4,4`}> => (y) { y = MaxUnpool <`kernel_shape = [2, 2]|kernel_shape = [2]|kernel_shape = [2, 2], strides = [2]|strides = [2, 2]`> (`x, i|x, i, o`) }')
T("dropout", H + 'g (`float[2]|int64[2]` x, `bool|float|bool[1]|bool[2]` t) <`float|float[1]|double|int64|float[2]` r = {`0.5|1,1`}> => (`float[2]|int64[2]` y) { `y|y, m|y, m, k` = Dropout <`seed = 1|ratio = 0.5`> (`x|x, r|x, r, t|x, "", t`) }')
T("declared", H + 'g (float[2,3] x) => (`float[2,3]|float[3,2]|float[2]|float[2,3,1]|float[N,3]|float|int64[2,3]|double[2,3]` y) <`float[2,3]|float[3,2]|float[2,4]|float[2]|int64[2,3]|float[M,3]` a, `float[2,3]|float[4,3]` b> { a = Relu (x) b = `Neg (a)|Add (a, x)|MatMul (a, a)|Transpose (a)` y = `Exp (b)|Concat <axis = 0> (a, b)|Add (a, b)` }')
T("symdim", H + 'g (float[`N|M|2`,`N|M|3` ] x, float[`N|K|4`,3] w) => (`float[N,3]|float[Q]` y) { a = `Add (x, w)|MatMul (x, w)|Concat <axis = 0> (x, w)|Concat <axis = 1> (x, w)|Sub (w, x)|Where (x, w, w)` y = `Relu (a)|Softmax <axis = 2> (a)|Transpose <perm = [1, 0]> (a)|Transpose <perm = [0, 2, 1]> (a)|Squeeze (a)|Flatten <axis = 3> (a)` }')
T("scalars", H + 'g (`float x|float[1] x|int64 x`) => (`float|float[1]|int64` y) { a = `Relu (x)|Neg (x)|Identity (x)` b = `Add (a, x)|MatMul (a, x)|Gemm (a, x)|Softmax (a)|Transpose (a)|Concat <axis = 0> (a, x)|Gather (x, a)|Squeeze (a)|Flatten (a)|ReduceSum (a)|ReduceMean <axes = [0]> (a)|Split (a)|TopK (a, a)|GlobalAveragePool (a)|LayerNormalization (a, a)|BatchNormalization (a, a, a, a, a)|Conv (a, x)|MaxPool <kernel_shape = [1]> (a)|CumSum (a, a)|NonZero (a)|ArgMax (a)|Slice (a, a, a)|OneHot (a, a, a)|Tile (a, a)|LpNormalization (a)|Hardmax (a)|LSTM (a, a, a)|Trilu (a)|GatherElements (a, a)|Compress (a, a)|Unique (a)|DepthToSpace <blocksize = 1> (a)` y = Identity (b) }')
T("shapefold", H + 'g (float[2,`3|4|N` ] x) <int64[1] m = {-1}, int64[1] two = {`2|4|-1`}, int64 zero = {0}> => (`float[6]|float[3,2]` y) { s = Shape (x) g0 = Gather (s, `zero|m`) u = `Unsqueeze (g0, m)|Identity (two)` c = `Concat <axis = 0> (m, two)|Concat <axis = 0> (u, m)|Concat <axis = 0> (m, m)|Concat <axis = 0> (s, two)` y = Reshape (x, c) }'.replace('Unsqueeze (g0, m)','Identity (m)'))
T("ml", '<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : `3|2|1|5|4|0` ]>\ng (`float[1,2]|int64[1,2]|string[1,2]|float[2]|double[1,2]` x) => (y) { `y|y, z` = ai.onnx.ml.`Scaler <offset = [0.0, 0.0], scale = [1.0, 1.0]>|Scaler|Scaler <offset = 1.0>|Normalizer <norm = "L2">|Normalizer <norm = "ZZ">|Binarizer|Imputer <imputed_value_floats = [1.0]>|LabelEncoder <keys_floats = [1.0], values_floats = [2.0]>|LabelEncoder <keys_floats = [1.0], values_floats = [2.0, 3.0]>|LabelEncoder <keys_strings = ["a"], values_int64s = [1]>|ArrayFeatureExtractor|FeatureVectorizer|LinearRegressor <coefficients = [1.0, 2.0]>|LinearClassifier <coefficients = [1.0, 2.0]>|OneHotEncoder <cats_int64s = [1, 2]>|OneHotEncoder|TreeEnsembleRegressor|TreeEnsembleClassifier|SVMRegressor|SVMClassifier|ZipMap <classlabels_int64s = [0, 1]>|DictVectorizer <int64_vocabulary = [1]>|CastMap|TreeEnsemble|CategoryMapper <cats_int64s = [1], cats_strings = ["a"]>|Nope` (x) }')
T("ms", '<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]>\ng (`float[2,4]|int64[2,4]|float16[2,4]` x, float[4,4] w) => (`float[2,4]|int64[2,4]` y) { y = com.microsoft.`Gelu (x)|FusedMatMul (x, w)|FusedMatMul <transA = 1> (x, w)|FusedGemm (x, w)|BiasGelu (x, w)|Nope (x)|Gelu (x, x)|FastGelu (x)|QuickGelu <alpha = 1> (x)|Attention (x, w)|SkipLayerNormalization (x, x, w)|MatMulNBits (x, w)|LayerNormalization (x, w)|Inverse (x)|Gelu <foo = 1> (x)|EmbedLayerNormalization (x)` }')
T("msmisc", '<ir_version: 8, opset_import: ["" : 17`|, "com.microsoft" : 1|, "com.acme" : 1|, "ai.onnx" : 17|, "ai.onnx" : 13|, "" : 13|, "ai.onnx.ml" : 99|, "ai.onnx.training" : 1|, "ai.onnx.preview.training" : 1|, "com.microsoft.nchwc" : 1|, "com.microsoft" : 9` ]>\ng (float[2] x) => (float[2] y) { y = `Relu|com.microsoft.Gelu|com.acme.Foo|ai.onnx.Relu|ai.onnx.ml.Binarizer` (x) }')


def expand(text, seed):
    """(variant, text) of the model that is meant, of each deviation, and of some pairs."""
    parts = re.split(r"`([^`]*)`", text)
    alternatives = [part.split("|") for part in parts[1::2]]

    def render(choice):
        out = parts[0]
        for i, words in enumerate(alternatives):
            out += words[choice[i]] + parts[2 * i + 2]
        return out

    base = [0] * len(alternatives)
    yield "base", render(base)
    singles = [(i, k) for i, words in enumerate(alternatives) for k in range(1, len(words))]
    for i, k in singles:
        yield f"{i}_{k}", render(base[:i] + [k] + base[i + 1:])
    for i, k in singles:
        for j, n in singles:
            digest = hashlib.sha256(f"{seed}{text}{i}{k}{j}{n}".encode()).digest()
            if j > i and digest[0] % PAIRS == 0:
                yield f"{i}_{k}_{j}_{n}", render(base[:i] + [k] + base[i + 1:j] + [n] + base[j + 1:])


def constants_after_outputs(text):
    """`(inputs) <constants> => (outputs)` as the parser wants it, with values for the constants that have none."""
    def fill(match):
        count = 1
        for dim in match.group(2).split(","):
            count *= int(dim) if dim.strip() else 1
        return f"{match.group(1)}[{match.group(2)}] {match.group(3)} = {{{','.join(['1'] * count)}}}"

    def move(match):
        body = re.sub(r"(\w+)\[([\d, ]*)\] (\w+)(?=\s*(?:,|$))(?![^{]*\})", fill, match.group(1))
        return f"=> {match.group(2)} <{body}>"

    if not re.search(r"\)\s*<[^<>]*> => \(", text.split("\n", 1)[1]):
        return text
    return re.sub(r"<((?:[^<>]|<(?!i))*)> => (\([^)]*\))", move, text, count=1)


def inferred(model):
    try:
        outputs = onnx.shape_inference.infer_shapes(model).graph.output
    except Exception:  # a broken one
        return {}
    return {output.name: output.type for output in outputs if output.type.WhichOneof("value")}


def type_outputs(model, known):
    """onnx.checker wants a type and a shape; the sizes stay open."""
    for output in model.graph.output:
        if output.type.WhichOneof("value"):
            continue
        if output.name in known:
            output.type.CopyFrom(known[output.name])
        else:
            output.type.tensor_type.elem_type = 1
        if output.type.HasField("tensor_type"):
            shape = output.type.tensor_type.shape
            if not shape.dim:
                shape.dim.add()
            for dim in shape.dim:
                dim.Clear()


def text_models(seed):
    for name, text in MODELS:
        base = {}
        for variant, source in expand(text, seed):
            try:
                model = onnx.parser.parse_model(constants_after_outputs(source))
            except onnx.parser.ParseError:
                continue
            # onnx's own inference runs for ever, or aborts, with some of the others.
            if variant == "base":
                base = inferred(model)
            type_outputs(model, base)
            yield f"text_{name}__{variant}", model
