"""A few of the architectures of architectures.md, in both formats; the whole table is a script (architectures.py)."""
import pytest

import architectures

# One per way of being different: scripted helpers, grouped queries, cross-attention, boxes out of order, relative
# biases over images, depthwise convolutions and squeeze, weight norm, standardised weights, grid samples, windows, experts,
# memory addressed by strides, scripted loops over dimensions, tensors without elements, lists of a batch's parts, losses.
CHOSEN = ("longformer", "vitdet", "dinov3", "zoedepth", "dac", "deberta-v2", "gemma2", "bart", "bros", "layoutlmv3", "efficientnet", "hubert", "bit", "deformable-detr",
          "swinv2", "mixtral-8")


ONLY_TRACED = ("longformer",)  # torch.export refuses it


@pytest.mark.parametrize("name, form", [(n, f) for n in CHOSEN for f in ("pt", "pt2") if f == "pt" or n not in ONLY_TRACED])
def test_architecture(tmp_path, name, form):
    result = architectures.check(name, form, tmp_path)
    assert result.startswith("ok"), result
