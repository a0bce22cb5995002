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
