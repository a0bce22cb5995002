"""A few of the architectures of architectures.md, in both formats; the whole table is a script (architectures.py)."""
import pytest

import architectures

# One per way of being different: scripted helpers, grouped queries, cross-attention, boxes out of order, relative
# biases over images, depthwise convolutions and squeeze, weight norm, standardised weights, grid samples, windows, experts.
CHOSEN = ("deberta-v2", "gemma2", "bart", "bros", "layoutlmv3", "efficientnet", "hubert", "bit", "deformable-detr",
          "swinv2", "mixtral-8")


@pytest.mark.parametrize("form", ["pt", "pt2"])
@pytest.mark.parametrize("name", CHOSEN)
def test_architecture(tmp_path, name, form):
    result = architectures.check(name, form, tmp_path)
    assert result.startswith("ok"), result
