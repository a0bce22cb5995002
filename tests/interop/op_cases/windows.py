"""Convolutions, pools, padding, resizing, patches: every layer option at changing image sizes."""
import torch
import torch.nn.functional as F_
from torch import nn

from op_cases.api import B, F, I, T, case, randomized

HALF = ["float32", "float16", "bfloat16", "float64"]
X1, X2, X3 = ("N", 4, "S"), ("N", 4, "H", "W"), ("N", 2, 4, "H", "W")


def layer(name, made, shape, **kw):
    return case(name, made, T(*shape), **kw)


CONVOLUTIONS = [
    layer("conv1d", nn.Conv1d(4, 6, 3), X1, dtypes=HALF),
    layer("conv1d.options", nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False), ("N", 4, "W")),
    layer("conv1d.same_even", nn.Conv1d(4, 4, 4, padding="same"), X1),
    layer("conv1d.valid", nn.Conv1d(4, 4, 3, padding="valid"), X1),
    layer("conv1d.unbatched", nn.Conv1d(4, 6, 3), (4, "S")),
    layer("conv1d.depthwise", nn.Conv1d(4, 4, 5, padding=2, groups=4), X1),
    layer("conv2d", nn.Conv2d(4, 6, 3), X2, dtypes=HALF),
    layer("conv2d.sides", nn.Conv2d(4, 6, (3, 1), stride=(2, 1), padding=(1, 0), dilation=(1, 2)), X2),
    layer("conv2d.patches", nn.Conv2d(4, 6, 2, stride=2), X2),
    layer("conv2d.unbatched", nn.Conv2d(4, 6, 3), (4, "H", "W")),
    layer("conv2d.reflect", nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"), X2),
    layer("conv2d.replicate", nn.Conv2d(4, 6, 3, padding=1, padding_mode="replicate"), X2),
    layer("conv2d.circular", nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"), X2),
    layer("conv2d.zeros_same", nn.Conv2d(4, 6, (3, 4), padding="same", dilation=2), X2),
    layer("conv3d", nn.Conv3d(2, 3, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)), X3),
    case("conv2d.weights", lambda x, w, b: F_.conv2d(x, w, b, padding=1), T("N", 2, "H", "W"), T(3, 2, 3, 3), T(3)),
    case("conv2d.weight_only", lambda x, w: F_.conv2d(x, w, stride=2), T("N", 2, "H", "W"), T(3, 2, 3, 3)),
    layer("conv_transpose1d", nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1), X1, dtypes=["float32", "float16", "bfloat16"]),
    layer("conv_transpose1d.groups", nn.ConvTranspose1d(4, 6, 4, stride=3, groups=2, bias=False), X1),
    layer("conv_transpose2d", nn.ConvTranspose2d(4, 6, 2, stride=2), X2),
    layer("conv_transpose2d.dilation", nn.ConvTranspose2d(4, 6, 3, dilation=2, padding=1, groups=2), X2),
    layer("conv_transpose2d.unbatched", nn.ConvTranspose2d(4, 6, 3, stride=2), (4, "H", "W")),
    layer("conv_transpose3d", nn.ConvTranspose3d(2, 3, 3, stride=2, padding=1), X3),
    case("conv_tbc", lambda x, w, b: torch.conv_tbc(x, w, b, 1), T(5, 2, 3), T(3, 3, 4), T(4)),
]

FROZEN = dict(formats=("pt",), why_formats="torch.export freezes the sizes")
POOLS = [
    layer("max_pool1d", nn.MaxPool1d(3, stride=2), X1, dtypes=["float32", "float16", "bfloat16"], **FROZEN),
    layer("max_pool1d.ceil", nn.MaxPool1d(3, stride=2, ceil_mode=True), X1, **FROZEN),
    layer("max_pool2d", nn.MaxPool2d(2), X2, dtypes=["float32", "float16", "float64", "int8", "uint8"]),
    layer("max_pool2d.ceil", nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), X2, exact=True),
    layer("max_pool2d.ceil_drops", nn.MaxPool2d(2, stride=3, padding=1, ceil_mode=True), X2, exact=True),
    layer("max_pool2d.dilation", nn.MaxPool2d(2, dilation=2, stride=1), X2, exact=True),
    layer("max_pool2d.indices", nn.MaxPool2d(2, return_indices=True), X2, exact=True),
    layer("max_pool2d.unbatched", nn.MaxPool2d(2), (4, "H", "W"), exact=True),
    layer("max_pool3d", nn.MaxPool3d(2), X3, exact=True),
    layer("avg_pool1d", nn.AvgPool1d(3, stride=2), X1, dtypes=["float32", "float16"]),
    layer("avg_pool1d.ceil", nn.AvgPool1d(3, stride=2, ceil_mode=True), X1),
    layer("avg_pool2d", nn.AvgPool2d(3, stride=2, padding=1), X2, dtypes=["float32", "float16", "bfloat16"]),
    layer("avg_pool2d.exclude", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), X2),
    layer("avg_pool2d.ceil", nn.AvgPool2d(3, stride=2, ceil_mode=True), X2),
    layer("avg_pool2d.ceil_padding", nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True), X2),
    layer("avg_pool2d.ceil_exclude", nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), X2),
    layer("avg_pool2d.divisor", nn.AvgPool2d(2, divisor_override=3), X2),
    layer("avg_pool2d.unbatched", nn.AvgPool2d(2), (4, "H", "W")),
    layer("avg_pool3d", nn.AvgPool3d((1, 2, 2)), X3),
    layer("adaptive_avg_pool1d.1", nn.AdaptiveAvgPool1d(1), X1, dtypes=["float32", "float16", "bfloat16"]),
    layer("adaptive_avg_pool1d.uneven", nn.AdaptiveAvgPool1d(3), ("N", 4, 7)),
    layer("adaptive_avg_pool2d.fixed", nn.AdaptiveAvgPool2d((2, 3)), ("N", 4, 8, 9)),
    layer("adaptive_max_pool2d.dynamic", nn.AdaptiveMaxPool2d((3, 2)), X2, refused="must be constants"),
    layer("adaptive_avg_pool2d.uneven", nn.AdaptiveAvgPool2d((3, 5)), ("N", 4, 8, 7)),
    layer("adaptive_avg_pool2d.none", nn.AdaptiveAvgPool2d((None, 1)), ("N", 4, 8, 7)),
    layer("adaptive_avg_pool2d.dynamic", nn.AdaptiveAvgPool2d((3, 2)), X2),
    layer("adaptive_avg_pool2d.unbatched", nn.AdaptiveAvgPool2d(1), (4, "H", "W")),
    layer("adaptive_avg_pool3d.1", nn.AdaptiveAvgPool3d(1), X3),
    layer("adaptive_max_pool1d", nn.AdaptiveMaxPool1d(1), X1, exact=True),
    layer("adaptive_max_pool2d.even", nn.AdaptiveMaxPool2d((2, 3)), ("N", 4, 8, 9), exact=True),
    layer("adaptive_max_pool2d.uneven", nn.AdaptiveMaxPool2d((3, 2)), ("N", 4, 8, 7), exact=True),
    layer("adaptive_max_pool2d.indices", nn.AdaptiveMaxPool2d(1, return_indices=True), X2, exact=True),
    layer("lp_pool2d", nn.LPPool2d(2, 2), X2),
    case("max_unpool.none", lambda x: F_.max_pool2d(x, 2) - F_.avg_pool2d(x, 2), T(*X2)),
]


def pad(*args, **kw):
    return lambda x: F_.pad(x, *args, **kw)


MOVED = ["float32", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool"]
PADS = [
    case("pad", pad((1, 2)), T("N", "S"), dtypes=MOVED, exact=True),
    case("pad.value", pad((1, 2, 0, 1), value=3), T("N", "S"), dtypes=["float32", "int64", "float16"], exact=True),
    case("pad.inf", pad((1, 0), value=float("-inf")), T("N", "S"), exact=True),
    case("pad.crop", pad((-1, 2)), T("N", "S"), exact=True),
    case("pad.crop_both", pad((-1, -1, 1, 0)), T("N", "S"), exact=True),
    case("pad.to_multiple", lambda x: F_.pad(x, (0, (4 - x.shape[-1] % 4) % 4)), T("N", "S"), exact=True),
    case("pad.dynamic", lambda x, y: F_.pad(x, (0, y.shape[1] - x.shape[1])), T("N", 2), T("N", "S"), exact=True),
    case("pad.reflect1d", pad((2, 1), mode="reflect"), T("N", 3, "S"), dtypes=["float32", "float16", "bfloat16", "int64"], exact=True),
    case("pad.reflect2d", pad((1, 2, 2, 1), mode="reflect"), T(*X2), exact=True),
    case("pad.reflect3d", pad((1, 1, 1, 1, 1, 0), mode="reflect"), T(*X3), exact=True),
    case("pad.replicate1d", pad((2, 1), mode="replicate"), T("N", 3, "S"), exact=True),
    case("pad.replicate2d", pad((1, 2, 2, 1), mode="replicate"), T(*X2), exact=True),
    case("pad.replicate3d", pad((1, 1, 1, 1, 1, 0), mode="replicate"), T(*X3), exact=True),
    case("pad.circular1d", pad((2, 1), mode="circular"), T("N", 3, "S"), exact=True),
    case("pad.circular2d", pad((1, 2, 2, 1), mode="circular"), T(*X2), exact=True),
    case("pad.layer", nn.ZeroPad2d((1, 0, 2, 1)), T(*X2), exact=True),
    case("constant_pad_nd", lambda x: torch.constant_pad_nd(x, [1, 1], 2.0), T("N", "S"), exact=True),
]


def resize(**kw):
    return lambda x: F_.interpolate(x, **kw)


RESIZES = []
NAMES = (("nearest", "nearest1d", X1), ("nearest", "nearest2d", X2), ("nearest", "nearest3d", X3), ("nearest-exact", "nearest_exact2d", X2),
         ("linear", "linear1d", X1), ("bilinear", "bilinear2d", X2), ("bicubic", "bicubic2d", X2), ("trilinear", "trilinear3d", X3))
SCALES = (("up", dict(scale_factor=2)), ("down", dict(scale_factor=0.5)), ("ratio", dict(scale_factor=1.7)), ("size", dict(size=7)),
          ("ratio_recomputed", dict(scale_factor=1.7, recompute_scale_factor=True)))
for mode, name, shape in NAMES:
    for how, kw in SCALES:
        RESIZES.append(case(f"{name}.{how}", resize(mode=mode, **kw), T(*shape), rtol=1e-3, atol=1e-4))
    if "linear" in mode or "cubic" in mode:
        RESIZES.append(case(f"{name}.aligned", resize(mode=mode, size=7, align_corners=True), T(*shape), rtol=1e-3, atol=1e-4))
        RESIZES.append(case(f"{name}.aligned_scale", resize(mode=mode, scale_factor=1.7, align_corners=True), T(*shape), rtol=1e-3, atol=1e-4))

RESIZES += [
    [case(f"{mode}.antialias_factor", resize(mode=mode, antialias=True, scale_factor=1.5), T("N", 2, "H", "W"), rtol=1e-3, atol=1e-4)
     for mode in ("bilinear", "bicubic")],
    [case(f"{mode}.antialias_{how}", resize(mode=mode, antialias=True, **kw), T(*X2), rtol=1e-3, atol=1e-4)
     for mode in ("bilinear", "bicubic")
     for how, kw in (("down", dict(size=(4, 3))), ("up", dict(size=(13, 17))), ("scale", dict(scale_factor=0.5)),
                     ("aligned", dict(size=(4, 3), align_corners=True)))],
    case("bilinear.half", resize(mode="bilinear", scale_factor=2), T(*X2), dtypes=["float16", "bfloat16"]),
    case("nearest.types", resize(mode="nearest", scale_factor=2), T(*X2), dtypes=["float16", "uint8"], exact=True),
    case("bilinear.like", lambda x, y: F_.interpolate(x, size=y.shape[-2:], mode="bilinear"), T("N", 2, 5, 4), T("N", 2, "H", "W"), rtol=1e-3, atol=1e-4),
    case("bilinear.sides", resize(mode="bilinear", scale_factor=(2.0, 1.5)), T(*X2), rtol=1e-3, atol=1e-4),
    case("bicubic.positions", lambda x, y: F_.interpolate(x.reshape(1, 4, 4, 3).permute(0, 3, 1, 2), size=(y.shape[2], y.shape[3]), mode="bicubic"),
         T(1, 16, 3), T("N", 2, "H", "W"), rtol=1e-3, atol=1e-4),
    case("upsample.layer", nn.Upsample(scale_factor=2, mode="nearest"), T(*X2), exact=True),
    case("upsample.bilinear_layer", nn.UpsamplingBilinear2d(scale_factor=2), T(*X2), rtol=1e-3, atol=1e-4),
]


def grid(**kw):
    return lambda x, g: F_.grid_sample(x, g, **kw)


PATCHES = [
    [case(f"grid_sample.{mode}_{padding}{'_aligned' if a else ''}", grid(mode=mode, padding_mode=padding, align_corners=a),
          T("N", 2, "H", "W"), T("N", 3, "S", 2, low=-1.3, high=1.3), rtol=1e-3, atol=1e-4)
     for mode in ("bilinear", "nearest", "bicubic") for padding in ("zeros", "border", "reflection") for a in (False, True)],
    case("grid_sample.volume", grid(align_corners=False), T("N", 2, 4, "H", "W"), T("N", 3, 2, "S", 3, low=-1.3, high=1.3), needs=20, rtol=1e-3, atol=1e-4),
    case("affine_grid", lambda t, x: F_.affine_grid(t, x.shape, align_corners=False), T(2, 2, 3), T(2, 2, 8, 9)),
    case("affine_grid.aligned", lambda t, x: F_.affine_grid(t, x.shape, align_corners=True), T(2, 2, 3), T(2, 2, 8, 9)),
    case("pixel_shuffle", nn.PixelShuffle(2), T("N", 8, "H", "W"), dtypes=["float32", "float16", "int64"], exact=True),
    case("pixel_shuffle.unbatched", nn.PixelShuffle(2), T(8, "H", "W"), exact=True),
    case("pixel_unshuffle", nn.PixelUnshuffle(2), T("N", 2, "H", "W"), sizes={"H": (8, 10, 6), "W": (6, 4, 10)}, exact=True),
    case("channel_shuffle", lambda x: F_.channel_shuffle(x, 2), T(*X2), exact=True),
    case("unfold.layer", nn.Unfold(2), T("N", 2, "H", "W"), exact=True),
    case("unfold.options", nn.Unfold((2, 3), dilation=2, padding=1, stride=(1, 2)), T("N", 2, "H", "W"), exact=True),
    case("unfold.unbatched", nn.Unfold(2), T(2, "H", "W"), exact=True),
    case("fold", nn.Fold((5, 6), 2), T("N", 8, 20), needs=18),
    case("fold.options", nn.Fold((6, 6), 3, padding=1, stride=2), T("N", 18, 9), needs=18),
    case("fold.unfold", lambda x: F_.fold(F_.unfold(x, 2, stride=2), (8, 6), 2, stride=2), T("N", 3, 8, 6), needs=18),
    case("local_response_norm", nn.LocalResponseNorm(3), T("N", 5, "H", "W")),
    case("local_response_norm.even", nn.LocalResponseNorm(2, alpha=0.5, beta=0.5, k=2.0), T("N", 5, "S")),
]

CASES = [CONVOLUTIONS, POOLS, PADS, RESIZES, PATCHES]
