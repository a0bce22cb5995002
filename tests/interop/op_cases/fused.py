"""What PyTorch's inference path fuses: nn.MultiheadAttention and nn.TransformerEncoder in eval mode are one operator each
in a trace (aten::_native_multi_head_attention, aten::_transformer_encoder_layer_fwd); a .pt2 has their parts."""
import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import I, T, case


class SelfAttention(nn.Module):
    def __init__(self, weights=False, masked=False, **options):
        super().__init__()
        self.layer, self.weights, self.masked, self.options = nn.MultiheadAttention(8, 2, batch_first=True), weights, masked, options

    def forward(self, x):
        mask = torch.triu(torch.ones(x.shape[1], x.shape[1]), 1).bool() if self.masked else None
        return self.layer(x, x, x, attn_mask=mask, need_weights=self.weights, **self.options)[:1 + self.weights]


class Encoder(nn.Module):
    def __init__(self, layers=2, padded=False, masked=False, nested=False, **options):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(8), enable_nested_tensor=nested)
        self.padded, self.masked = padded, masked

    def forward(self, x, lengths):
        steps = torch.arange(x.shape[1])
        padding = steps[None, :] >= lengths[:, None] if self.padded else None
        mask = (steps[None, :] > steps[:, None]) if self.masked else None
        y = self.encoder(x, mask=mask, src_key_padding_mask=padding)
        # Rows of padding differ between PyTorch's own paths and mean nothing.
        return y * (steps[None, :] < lengths[:, None]).unsqueeze(-1).to(x.dtype)


class Standardised(nn.Module):
    """A convolution whose weights are standardised by batch_norm, as in BiT and timm's std_conv."""
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        weight = self.conv.weight
        flat = F_.batch_norm(weight.reshape(1, 4, -1), None, None, training=True, momentum=0.0, eps=1e-6)
        return F_.conv2d(x, flat.reshape_as(weight), self.conv.bias)


X, L = T("N", "S", 8), I("N", low=2, high=4)
CASES = [
    case("attention", SelfAttention().eval(), X),
    case("attention.weights", SelfAttention(weights=True).eval(), X),
    case("attention.weights_by_head", SelfAttention(weights=True, average_attn_weights=False).eval(), X),
    case("attention.mask", SelfAttention(masked=True).eval(), X),
    case("attention.mask_weights", SelfAttention(weights=True, masked=True).eval(), X),
    case("encoder", Encoder().eval(), X, L),
    case("encoder.norm_first", Encoder(norm_first=True).eval(), X, L),
    case("encoder.gelu", Encoder(activation="gelu", layer_norm_eps=1e-3).eval(), X, L),
    case("encoder.mask", Encoder(masked=True).eval(), X, L, formats=("pt",),
         why_formats="torch.export cannot compare the mask with a causal one"),
    case("encoder.padding", Encoder(padded=True).eval(), X, L),
    case("encoder.padding_mask", Encoder(padded=True, masked=True).eval(), X, L, formats=("pt",),
         why_formats="torch.export cannot compare the mask with a causal one"),
    case("batch_norm.weights", Standardised(), T("N", 3, "H", "W")),
    case("batch_norm.batch", nn.BatchNorm2d(3, track_running_stats=False).eval(), T("N", 3, "H", "W")),
    case("encoder.nested", Encoder(padded=True, nested=True).eval(), X, L, formats=("pt",),
         why_formats="torch.export has no nested tensors"),
]
