"""Matrix products, einsum, attention with every form of mask, normalisation and recurrent layers."""
import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import B, F, I, T, case, randomized

HALF = ["float32", "float16", "bfloat16", "float64"]
LOOSE = dict(rtol=2e-3, atol=1e-4)
HALF_LOOSE = dict(rtol=2e-2, atol=4e-3)

PRODUCTS = [
    case("linear", nn.Linear(3, 4), T("N", "S", 3), dtypes=HALF),
    case("linear.rank1", nn.Linear(3, 4), T(3)),
    case("linear.rank4", nn.Linear(3, 4, bias=False), T("N", "S", 2, 3)),
    case("linear.function", lambda x, w, b: F_.linear(x, w, b), T("N", 3), T(4, 3), T(4)),
    case("linear.vector_weight", lambda x, w: F_.linear(x, w), T("N", 3), T(3)),
    case("matmul.vectors", torch.matmul, T(3), T(3)),
    case("matmul.matrix_vector", torch.matmul, T("N", 3), T(3)),
    case("matmul.vector_matrix", torch.matmul, T(3), T(3, "S")),
    case("matmul.batch_vector", torch.matmul, T("N", "S", 3), T(3)),
    case("matmul.vector_batch", torch.matmul, T(3), T("N", 3, "S")),
    case("matmul.batch_matrix", torch.matmul, T("N", "S", 3), T(3, 4), dtypes=HALF),
    case("matmul.broadcast", torch.matmul, T("N", 1, "S", 3), T(2, 3, 4)),
    case("matmul.integers", torch.matmul, T("N", 3), T(3, "S"), dtypes=["int64", "int32", "uint8"]),
    case("mm", torch.mm, T("N", 3), T(3, "S"), dtypes=HALF),
    case("bmm", torch.bmm, T("N", "S", 3), T("N", 3, 4)),
    case("mv", torch.mv, T("N", 3), T(3)),
    case("dot", torch.dot, T("S"), T("S"), dtypes=["float32", "int64"]),
    case("inner", torch.inner, T("N", 3), T("S", 3)),
    case("outer", torch.outer, T("N"), T("S"), dtypes=["float32", "int64"]),
    case("tensordot", lambda a, b: torch.tensordot(a, b, dims=([1, 2], [0, 1])), T("N", 3, 4), T(3, 4, "S")),
    case("kron", torch.kron, T(2, 3), T(3, 2)),
    case("addmm", lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2), T("N", 4), T("N", 3), T(3, 4)),
    case("addmm.row", torch.addmm, T(4), T("N", 3), T(3, 4), dtypes=HALF),
    case("addmm.beta0", lambda c, a, b: torch.addmm(c, a, b, beta=0), T(4), T("N", 3), T(3, 4)),
    case("addmv", lambda c, a, b: torch.addmv(c, a, b, alpha=2), T("N"), T("N", 3), T(3)),
    case("addbmm", lambda c, a, b: torch.addbmm(c, a, b), T(2, 4), T("N", 2, 3), T("N", 3, 4)),
    case("baddbmm", torch.baddbmm, T("N", 2, 4), T("N", 2, 3), T("N", 3, 4)),
    case("baddbmm.broadcast", lambda c, a, b: torch.baddbmm(c, a, b, beta=0.5, alpha=0.25), T(1, 4), T("N", 2, 3), T("N", 3, 4)),
    case("addr", torch.addr, T("N", 4), T("N"), T(4)),
    case("chain_matmul", lambda a, b, c: torch.linalg.multi_dot([a, b, c]), T(5, 3), T(3, 4), T(4, 2)),
    case("cross", lambda a, b: torch.linalg.cross(a, b, dim=-1), T("N", 3), T("N", 3)),
    case("cross.dim", lambda a, b: torch.cross(a, b, dim=1), T("N", 3, 2), T("N", 3, 2)),
    case("vander.none", lambda a: a.unsqueeze(-1) ** torch.arange(3), T("N", low=0.5)),
]


def ein(equation):
    return {1: lambda a: torch.einsum(equation, a), 2: lambda a, b: torch.einsum(equation, a, b),
            3: lambda a, b, c: torch.einsum(equation, a, b, c)}[equation.partition("->")[0].count(",") + 1]


EINSUM = [
    case("einsum.matmul", ein("ij,jk->ik"), T("N", 3), T(3, "S"), dtypes=["float32", "float16", "bfloat16"]),
    case("einsum.spaces", ein("b i d, b j d -> b i j"), T("N", "S", 3), T("N", 4, 3)),
    case("einsum.implicit", ein("ij,jk"), T("N", 3), T(3, "S")),
    case("einsum.ellipsis", ein("...ij,...jk->...ik"), T("N", 2, 3, 4), T("N", 2, 4, "S")),
    case("einsum.ellipsis_one", ein("...d,dk->...k"), T("N", "S", 3), T(3, 4)),
    case("einsum.upper", ein("BHWC,BhWC->BHhW"), T("N", 2, 3, 4), T("N", 5, 3, 4)),
    case("einsum.outer", ein("i,j->ij"), T("N"), T("S")),
    case("einsum.trace", ein("ii->i"), T(3, 3)),
    case("einsum.diagonal_sum", ein("bii->b"), T("N", 3, 3)),
    case("einsum.sum", ein("ij->j"), T("N", "S")),
    case("einsum.sum_all", ein("ij->"), T("N", "S")),
    case("einsum.transpose", ein("ijk->kji"), T("N", "S", 3)),
    case("einsum.three", ein("bi,ij,bj->b"), T("N", 3), T(3, 4), T("N", 4)),
    case("einsum.rel_pos", ein("bhwc,hkc->bhwk"), T("N", 3, 4, 5), T(3, 6, 5)),
    case("einsum.hadamard", ein("bi,bi->bi"), T("N", 3), T("N", 3)),
    case("einsum.int", ein("i,j->ij"), T("N"), T("S"), dtypes=["int64"]),
    case("einsum.broadcast_one", ein("bij,bjk->bik"), T(1, 3, 4), T("N", 4, "S")),
]

Q, K, V = T("N", 4, "S", 8), T("N", 4, "S", 8), T("N", 4, "S", 8)
QL, KL = T("N", 4, "S", 8), T("N", 4, "L", 8)
sdpa = F_.scaled_dot_product_attention


def masked(**kw):
    return lambda q, k, v, m: sdpa(q, k, v, attn_mask=m, **kw)


def keep_one(m):
    """At least one key per query stays visible."""
    first = torch.arange(m.shape[-1]) == 0
    return m | first


ATTENTION = [
    case("sdpa", lambda q, k, v: sdpa(q, k, v), Q, K, V, dtypes=HALF, **LOOSE),
    case("sdpa.rank3", lambda q, k, v: sdpa(q, k, v), T("N", "S", 8), T("N", "S", 8), T("N", "S", 8), **LOOSE),
    case("sdpa.rank2", lambda q, k, v: sdpa(q, k, v), T("S", 8), T("L", 8), T("L", 8), **LOOSE),
    case("sdpa.cross", lambda q, k, v: sdpa(q, k, v), QL, KL, KL, **LOOSE),
    case("sdpa.value_size", lambda q, k, v: sdpa(q, k, v), QL, KL, T("N", 4, "L", 6), **LOOSE),
    case("sdpa.scale", lambda q, k, v: sdpa(q, k, v, scale=0.3), Q, K, V, **LOOSE),
    case("sdpa.causal", lambda q, k, v: sdpa(q, k, v, is_causal=True), Q, K, V, dtypes=HALF, **LOOSE),
    case("sdpa.causal_cross", lambda q, k, v: sdpa(q, k, v, is_causal=True), QL, KL, KL, **LOOSE),
    case("sdpa.causal_scale", lambda q, k, v: sdpa(q, k, v, is_causal=True, scale=1.0), Q, K, V, **LOOSE),
    case("sdpa.bool_mask", lambda q, k, v, m: sdpa(q, k, v, attn_mask=keep_one(m)), QL, KL, KL, B("N", 4, "S", "L"), **LOOSE),
    case("sdpa.bool_mask_broadcast", lambda q, k, v, m: sdpa(q, k, v, attn_mask=keep_one(m)), QL, KL, KL, B("N", 1, 1, "L"), **LOOSE),
    case("sdpa.bool_mask_rank2", lambda q, k, v, m: sdpa(q, k, v, attn_mask=keep_one(m)), QL, KL, KL, B("S", "L"), **LOOSE),
    case("sdpa.bool_mask_expanded", lambda q, k, v, m: sdpa(q, k, v, attn_mask=keep_one(m)[:, None, None, :].expand(-1, 1, q.shape[2], -1)),
         QL, KL, KL, B("N", "L"), **LOOSE),
    case("sdpa.fully_masked_row", lambda q, k, v, m: sdpa(q, k, v, attn_mask=m), QL, KL, KL, B("N", 1, "S", "L"), **LOOSE),
    case("sdpa.all_masked", lambda q, k, v, m: sdpa(q, k, v, attn_mask=torch.zeros_like(m)), QL, KL, KL, B("N", 1, "S", "L"), **LOOSE),
    case("sdpa.float_mask", masked(), QL, KL, KL, T("N", 4, "S", "L"), dtypes=["float32", "float16", "bfloat16"], **LOOSE),
    case("sdpa.float_mask_broadcast", masked(), QL, KL, KL, T("N", 1, 1, "L"), **LOOSE),
    case("sdpa.float_mask_rank3", masked(), QL, KL, KL, T(4, "S", "L"), **LOOSE),
    case("sdpa.float_mask_scale", masked(scale=0.5), QL, KL, KL, T(1, 1, "S", "L"), **LOOSE),
    case("sdpa.min_mask", lambda q, k, v, m: sdpa(q, k, v, attn_mask=torch.zeros_like(m, dtype=q.dtype).masked_fill(~keep_one(m), torch.finfo(q.dtype).min)),
         QL, KL, KL, B("N", 1, "S", "L"), **LOOSE),
    case("sdpa.dropout0", masked(dropout_p=0.0), QL, KL, KL, T("S", "L"), **LOOSE),
    case("sdpa.gqa", lambda q, k, v: sdpa(q, k, v, enable_gqa=True), QL, T("N", 2, "L", 8), T("N", 2, "L", 8), dtypes=["float32", "bfloat16"], **LOOSE),
    case("sdpa.gqa_one", lambda q, k, v: sdpa(q, k, v, enable_gqa=True), QL, T("N", 1, "L", 8), T("N", 1, "L", 8), **LOOSE),
    case("sdpa.gqa_causal", lambda q, k, v: sdpa(q, k, v, enable_gqa=True, is_causal=True), Q, T("N", 2, "S", 8), T("N", 2, "S", 8), **LOOSE),
    case("sdpa.gqa_mask", lambda q, k, v, m: sdpa(q, k, v, attn_mask=m, enable_gqa=True), QL, T("N", 2, "L", 8), T("N", 2, "L", 8),
         T("N", 1, "S", "L"), **LOOSE),
    case("sdpa.repeat_kv", lambda q, k, v: sdpa(q, k[:, :, None].expand(-1, -1, 2, -1, -1).reshape(k.shape[0], 4, k.shape[2], 8),
                                                v.repeat_interleave(2, dim=1)), QL, T("N", 2, "L", 8), T("N", 2, "L", 8), **LOOSE),
    case("sdpa.heads_split", lambda x: sdpa(*(t.view(x.shape[0], -1, 2, 4).transpose(1, 2) for t in (x, x + 1, x - 1)))
         .transpose(1, 2).reshape(x.shape[0], x.shape[1], -1), T("N", "S", 8), **LOOSE),
    case("attention.eager", lambda q, k, v, m: torch.softmax(q @ k.transpose(-1, -2) / 8 ** 0.5 + m, dim=-1, dtype=torch.float32).to(q.dtype) @ v,
         QL, KL, KL, T("N", 1, 1, "L"), dtypes=["float32", "float16"], **LOOSE),
    case("attention.math", lambda q, k, v: torch.ops.aten._scaled_dot_product_attention_math(q, k, v)[0], Q, K, V, formats=("pt2",),
         why_formats="the worker's libtorch has another signature", **LOOSE),
]


class Attend(nn.Module):
    def __init__(self, how=lambda layer, x: layer(x, x, x)[0], **kw):
        super().__init__()
        self.layer = nn.MultiheadAttention(8, 2, **kw)
        self.how = how

    def forward(self, x):
        return self.how(self.layer, x)


class Crossed(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.layer = nn.MultiheadAttention(8, 2, batch_first=True, **kw)

    def forward(self, x, y, m):
        return self.layer(x, y, y, key_padding_mask=m)


FUSED = dict(formats=("pt2",), why_formats="a trace has one fused operator instead")
LAYERS = [
    case("multihead", Attend(batch_first=True), T("N", "S", 8), **LOOSE, **FUSED),
    case("multihead.sequence_first", Attend(), T("S", "N", 8), **LOOSE, **FUSED),
    case("multihead.no_bias", Attend(batch_first=True, bias=False), T("N", "S", 8), **LOOSE, **FUSED),
    case("multihead.weights", Attend(how=lambda layer, x: layer(x, x, x, need_weights=True), batch_first=True), T("N", "S", 8), **LOOSE, **FUSED),
    case("multihead.head_weights", Attend(how=lambda layer, x: layer(x, x, x, average_attn_weights=False)[1], batch_first=True), T("N", "S", 8), **LOOSE, **FUSED),
    case("multihead.no_weights", Attend(how=lambda layer, x: layer(x, x, x, need_weights=False)[0], batch_first=True), T("N", "S", 8), **LOOSE, **FUSED),
    case("multihead.cross", Crossed(), T("N", "S", 8), T("N", "L", 8), B("N", "L"), sizes={"N": (2, 3, 4)}, **LOOSE),
    case("multihead.bias_kv", Crossed(add_bias_kv=True), T("N", "S", 8), T("N", "L", 8), B("N", "L"), **LOOSE),
    case("encoder_layer", nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), T("N", "S", 8), **LOOSE, **FUSED),
    case("encoder_layer.norm_first", nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu"), T("N", "S", 8), **LOOSE, **FUSED),
    case("encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2), T("N", "S", 8), **LOOSE, **FUSED),
    case("decoder_layer", nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), T("N", "S", 8), T("N", "L", 8), **LOOSE, **FUSED),
]

NORMS = [
    case("layer_norm", randomized(nn.LayerNorm(6)), T("N", "S", 6), dtypes=HALF),
    case("layer_norm.plain", nn.LayerNorm(6, elementwise_affine=False), T("N", 6)),
    case("layer_norm.no_bias", randomized(nn.LayerNorm(6, bias=False)), T("N", "S", 6)),
    case("layer_norm.eps", randomized(nn.LayerNorm((2, 6), eps=1e-3)), T("N", 2, 6)),
    case("layer_norm.function", lambda x, w: F_.layer_norm(x, (6,), w), T("N", 6), T(6)),
    case("rms_norm", randomized(nn.RMSNorm(6)), T("N", "S", 6), dtypes=["float32", "float16", "bfloat16"]),
    case("rms_norm.small", lambda x: F_.rms_norm(x * 0.01, (6,)), T("N", "S", 6), dtypes=["float32", "float16", "bfloat16"]),
    case("rms_norm.eps", randomized(nn.RMSNorm((2, 6), eps=1e-3)), T("N", 2, 6)),
    case("rms_norm.plain", nn.RMSNorm(6, elementwise_affine=False), T("N", 6)),
    case("rms_norm.by_hand", lambda x, w: w * (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype), T("N", "S", 6), T(6),
         dtypes=["float32", "float16", "bfloat16"]),
    case("batch_norm1d", randomized(nn.BatchNorm1d(4)), T("N", 4)),
    case("batch_norm2d", randomized(nn.BatchNorm2d(4)), T("N", 4, "H", "W"), dtypes=["float32", "float16", "bfloat16"]),
    case("batch_norm.plain", nn.BatchNorm2d(4, affine=False), T("N", 4, "H", "W")),
    case("batch_norm3d", randomized(nn.BatchNorm3d(2)), T("N", 2, 3, "H", "W")),
    case("batch_norm.no_statistics", nn.BatchNorm2d(4, track_running_stats=False), T("N", 4, "H", "W")),
    case("group_norm", randomized(nn.GroupNorm(2, 4)), T("N", 4, "H", "W"), dtypes=["float32", "float16", "bfloat16"]),
    case("group_norm.rank2", randomized(nn.GroupNorm(2, 4)), T("N", 4)),
    case("group_norm.rank3", randomized(nn.GroupNorm(4, 4)), T("N", 4, "S")),
    case("group_norm.plain", nn.GroupNorm(1, 4, affine=False, eps=1e-3), T("N", 4, "S")),
    case("instance_norm1d", nn.InstanceNorm1d(4), T("N", 4, "S")),
    case("instance_norm2d", randomized(nn.InstanceNorm2d(4, affine=True)), T("N", 4, "H", "W"), dtypes=["float32", "float16", "bfloat16"]),
    case("instance_norm3d", nn.InstanceNorm3d(2), T("N", 2, 3, "H", "W")),
    case("instance_norm.statistics", randomized(nn.InstanceNorm2d(4, affine=True, track_running_stats=True)), T("N", 4, "H", "W")),
    case("normalize", lambda x: F_.normalize(x, dim=-1), T("N", "S", 3), dtypes=["float32", "float16"]),
    case("normalize.p1", lambda x: F_.normalize(x, p=1.0, dim=1, eps=1e-6), T("N", "S", 3)),
    case("weight_norm", nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), T("N", 3)),
    case("weight_norm.conv", nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 3), dim=2), T("N", 3, "S")),
    case("spectral_norm", nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)).eval(), T("N", 3), rtol=1e-3),
    case("dropout", nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Dropout1d(0.5)), T("N", "S", 3)),
    case("dropout2d", nn.Sequential(nn.Dropout2d(0.5), nn.AlphaDropout(0.5), nn.Identity()), T("N", 4, "H", "W")),
    case("softmax", lambda x: torch.softmax(x, -1), T("N", "S"), dtypes=HALF),
    case("softmax.dim1", lambda x: torch.softmax(x, 1), T("N", "S", 3)),
    case("softmax.dtype", lambda x: torch.softmax(x, -1, dtype=torch.float32), T("N", "S"), dtypes=["float16", "bfloat16", "int64"]),
    case("softmax.rank0", lambda x: torch.softmax(x[0, 0], 0), T("N", "S")),
    case("softmin", lambda x: F_.softmin(x, dim=-1), T("N", "S")),
    case("log_softmax", lambda x: torch.log_softmax(x, -1), T("N", "S"), dtypes=HALF),
    case("gumbel.none", lambda x: F_.one_hot(torch.softmax(x, -1).argmax(-1), 4), T("N", 4)),
]


class Run(nn.Module):
    """Sequence and last states as one tuple."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        y, state = self.layer(x)
        return (y, *state) if isinstance(state, tuple) else (y, state)


FIXED = dict(formats=("pt",), why_formats="torch.export fixes the length of the sequence")
RECURRENT = [
    [case(f"{name}.fixed", Run(make(batch_first=True)), T("N", 5, 3), dtypes=["float32"])
     for name, make in (("lstm", lambda **kw: nn.LSTM(3, 4, **kw)), ("gru", lambda **kw: nn.GRU(3, 4, **kw)), ("rnn", lambda **kw: nn.RNN(3, 4, **kw)))],
    [case(f"{kind.__name__}.{name}".lower(), Run(kind(3, 4, **kw)), T("S", "N", 3) if not kw.get("batch_first") else T("N", "S", 3), **FIXED)
     for kind in (nn.LSTM, nn.GRU, nn.RNN)
     for name, kw in (("deep", dict(num_layers=3)), ("both", dict(bidirectional=True)),
                      ("deep_both", dict(num_layers=2, bidirectional=True, batch_first=True)), ("no_bias", dict(bias=False, bidirectional=True)))],
    case("lstm.projected", Run(nn.LSTM(3, 4, proj_size=2)), T("S", "N", 3), **FIXED),
    case("lstm.projected_deep", Run(nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2, batch_first=True)), T("N", "S", 3), **FIXED),
    case("lstm.projected_fixed", Run(nn.LSTM(3, 4, num_layers=2, proj_size=2)), T(5, "N", 3)),
    case("lstm.unbatched", Run(nn.LSTM(3, 4, bidirectional=True)), T("S", 3), **FIXED),
    case("gru.unbatched", Run(nn.GRU(3, 4)), T("S", 3), **FIXED),
    case("lstm.half", Run(nn.LSTM(3, 4)), T("S", "N", 3), dtypes=["bfloat16"], **FIXED),
    case("lstm.dropout", Run(nn.LSTM(3, 4, num_layers=2, dropout=0.5)), T("S", "N", 3), **FIXED),
]

CASES = [PRODUCTS, EINSUM, ATTENTION, LAYERS, NORMS, RECURRENT]
