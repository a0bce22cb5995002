"""Layers: matrix products, convolutions, pooling, normalisation, embedding, attention, softmax, interpolation."""
import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import I, T, case, randomized

CASES = [
    case("linear", nn.Linear(3, 4), T("N", "S", 3)),
    case("linear.no_bias", nn.Linear(3, 4, bias=False), T("N", 3)),
    case("matmul.batched", lambda a, b: a @ b, T("N", 2, "S", 4), T("N", 2, 4, "S")),
    case("conv2d", nn.Conv2d(3, 4, 3, stride=2, padding=1), T("N", 3, "H", "W")),
    case("conv1d.groups", nn.Conv1d(4, 4, 3, padding=1, groups=2), T("N", 4, "S")),
    case("batch_norm", randomized(nn.BatchNorm2d(3)), T("N", 3, "H", "W")),
    case("layer_norm", randomized(nn.LayerNorm(6)), T("N", "S", 6)),
    case("embedding", nn.Embedding(10, 4), I("N", "S", high=10), exact=True),
    case("softmax", lambda x: torch.softmax(x, dim=-1), T("N", "S")),
    case("sdpa", lambda q, k, v: F_.scaled_dot_product_attention(q, k, v), T("N", 2, "S", 4), T("N", 2, "S", 4),
         T("N", 2, "S", 4)),
    case("max_pool2d", nn.MaxPool2d(3, stride=2, padding=1), T("N", 3, "H", "W"), exact=True),
    case("adaptive_avg_pool2d.1", nn.AdaptiveAvgPool2d(1), T("N", 3, "H", "W")),
]

PROBABILITIES = (T("N", 3, low=0.01, high=0.99), T("N", 3, low=0.0, high=1.0))
CASES += [
    case(f"{name}.{reduction}", lambda x, y, loss=loss, reduction=reduction: loss(x, y, reduction=reduction), *arguments)
    for reduction in ("mean", "sum", "none")
    for name, loss, arguments in [
        ("mse_loss", F_.mse_loss, (T("N", 3), T("N", 3))),
        ("l1_loss", F_.l1_loss, (T("N", 3), T("N", 3))),
        ("smooth_l1_loss", lambda *a, **k: F_.smooth_l1_loss(*a, beta=0.5, **k), (T("N", 3), T("N", 3))),
        ("smooth_l1_loss.0", lambda *a, **k: F_.smooth_l1_loss(*a, beta=0.0, **k), (T("N", 3), T("N", 3))),
        ("huber_loss", lambda *a, **k: F_.huber_loss(*a, delta=0.7, **k), (T("N", 3), T("N", 3))),
        ("binary_cross_entropy", F_.binary_cross_entropy, PROBABILITIES),
        ("binary_cross_entropy.weight", lambda x, y, **k: F_.binary_cross_entropy(x, y, weight=x.new_tensor([1.0, 2.0, 0.5]), **k), PROBABILITIES),
        ("binary_cross_entropy_with_logits", F_.binary_cross_entropy_with_logits, (T("N", 3), PROBABILITIES[1])),
        ("binary_cross_entropy_with_logits.pos_weight",
         lambda x, y, **k: F_.binary_cross_entropy_with_logits(x, y, pos_weight=x.new_tensor([1.0, 2.0, 0.5]), **k),
         (T("N", 3), PROBABILITIES[1])),
    ]
]


class Last(nn.Module):
    """A recurrent layer's sequence and last states as one tuple."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        y, state = self.layer(x)
        return (y, *state) if isinstance(state, tuple) else (y, state)


class Cell(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x, h):
        return self.cell(x, h)


class LstmStates(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(3, 4)

    def forward(self, x, h, c):
        return self.layer(x, (h, c))[0]


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.layer(x, x, x)[0]


class LstmCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x, h, c):
        return self.cell(x, (h, c))


CASES += [
    case("lstm", Last(nn.LSTM(3, 4, batch_first=True)), T("N", "S", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm.two_layers", Last(nn.LSTM(3, 4, num_layers=2)), T("S", "N", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm.bidirectional", Last(nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)), T("N", "S", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm.no_bias", Last(nn.LSTM(3, 4, bias=False)), T("S", "N", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm.states", LstmStates(), T("S", "N", 3), T(1, "N", 4), T(1, "N", 4), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm.fixed_length", Last(nn.LSTM(3, 4, num_layers=2, batch_first=True)), T("N", 5, 3)),
    case("gru.fixed_length", Last(nn.GRU(3, 4)), T(5, "N", 3)),
    case("gru", Last(nn.GRU(3, 4, batch_first=True)), T("N", "S", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("gru.bidirectional", Last(nn.GRU(3, 4, num_layers=2, bidirectional=True)), T("S", "N", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("gru.no_bias", Last(nn.GRU(3, 4, bias=False)), T("S", "N", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("rnn.tanh", Last(nn.RNN(3, 4, batch_first=True)), T("N", "S", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("rnn.relu", Last(nn.RNN(3, 4, nonlinearity="relu", bidirectional=True)), T("S", "N", 3), formats=("pt",), why_formats="torch.export fixes the length of the sequence"),
    case("lstm_cell", LstmCell(), T("N", 3), T("N", 4), T("N", 4)),
    case("gru_cell", Cell(nn.GRUCell(3, 4)), T("N", 3), T("N", 4)),
    case("rnn_cell", Cell(nn.RNNCell(3, 4)), T("N", 3), T("N", 4)),
    case("conv2d.groups_dilation", nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2), T("N", 4, "H", "W")),
    case("conv2d.same", nn.Conv2d(3, 4, 3, padding="same"), T("N", 3, "H", "W")),
    case("conv_transpose2d", nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), T("N", 3, "H", "W")),
    case("conv_transpose1d", nn.ConvTranspose1d(3, 4, 4, stride=2), T("N", 3, "S")),
    case("conv3d", nn.Conv3d(2, 3, 3, padding=1), T("N", 2, 4, "H", "W")),
    case("avg_pool2d", nn.AvgPool2d(2, ceil_mode=True), T("N", 3, "H", "W")),
    case("avg_pool1d.padding", nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False), T("N", 3, "S")),
    case("adaptive_avg_pool1d", nn.AdaptiveAvgPool1d(1), T("N", 3, "S")),
    case("adaptive_max_pool2d", nn.AdaptiveMaxPool2d(1), T("N", 3, "H", "W"), exact=True),
    case("group_norm", randomized(nn.GroupNorm(2, 4)), T("N", 4, "H", "W")),
    case("instance_norm", randomized(nn.InstanceNorm2d(3, affine=True)), T("N", 3, "H", "W")),
    case("batch_norm1d", randomized(nn.BatchNorm1d(3)), T("N", 3, "S")),
    case("rms_norm", nn.RMSNorm(6), T("N", "S", 6)),
    case("layer_norm.two_dims", randomized(nn.LayerNorm((4, 6))), T("N", 4, 6)),
    case("log_softmax", lambda x: torch.log_softmax(x, dim=1), T("N", "S", 3)),
    case("normalize", lambda x: F_.normalize(x, dim=-1), T("N", "S", 3)),
    case("sdpa.causal", lambda q, k, v: F_.scaled_dot_product_attention(q, k, v, is_causal=True), T("N", 2, "S", 4),
         T("N", 2, "S", 4), T("N", 2, "S", 4)),
    case("sdpa.mask", lambda q, k, v, m: F_.scaled_dot_product_attention(q, k, v, attn_mask=m > 0), T("N", 2, "S", 4),
         T("N", 2, "S", 4), T("N", 2, "S", 4), T("N", 1, "S", "S")),
    case("multihead_attention", SelfAttention(), T("N", "S", 8)),
    case("transformer_encoder", nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), T("N", "S", 8)),
    case("interpolate.bilinear", lambda x: F_.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False), T("N", 3, "H", "W")),
    case("interpolate.nearest", lambda x: F_.interpolate(x, size=(9, 11), mode="nearest"), T("N", 3, "H", "W")),
    case("interpolate.bicubic", lambda x: F_.interpolate(x, size=(9, 11), mode="bicubic", align_corners=True), T("N", 3, "H", "W")),
    case("pad.reflect", lambda x: F_.pad(x, (1, 2, 1, 0), mode="reflect"), T("N", 3, "H", "W"), exact=True),
    case("pad.replicate", lambda x: F_.pad(x, (1, 2), mode="replicate"), T("N", 3, "S"), exact=True),
    case("pixel_shuffle", nn.PixelShuffle(2), T("N", 8, "H", "W"), exact=True),
    case("unfold", nn.Unfold(3, padding=1), T("N", 2, "H", "W"), exact=True),
    case("baddbmm", lambda a, b, c: torch.baddbmm(a, b, c, beta=0.5, alpha=2.0), T("N", "S", 5), T("N", "S", 4), T("N", 4, 5)),
    case("einsum", lambda a, b: torch.einsum("bhqd,bhkd->bhqk", a, b), T("N", 2, "S", 4), T("N", 2, "S", 4)),
    case("bilinear", nn.Bilinear(3, 4, 5), T("N", 3), T("N", 4)),
    case("embedding.padding", nn.Embedding(10, 4, padding_idx=0), I("N", "S", high=10), exact=True),
]
