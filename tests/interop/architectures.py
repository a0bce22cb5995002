"""Exports models of many architectures and compares them with PyTorch: python tests/interop/architectures.py [NAME…]

Every model is made from its configuration with random weights, saved by torch.jit.trace and torch.export, exported by
the program, run by ONNX Runtime at three sizes and compared with the eager model. Without names all are run;
--write replaces the table of architectures.md. MODELEXPORT_BIN names the program.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_suffix(".md")
TOLERANCE = 1e-4
VOCABULARY = 128
SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
TEXT = dict(vocab_size=VOCABULARY, max_position_embeddings=64, **SIZES)
DECODER = dict(use_cache=False)
GROUPED = dict(num_key_value_heads=2, use_cache=False, **TEXT)
GPT = dict(vocab_size=VOCABULARY, n_positions=64, n_embd=32, n_layer=2, n_head=4, use_cache=False)
SEQ2SEQ = dict(vocab_size=VOCABULARY, max_position_embeddings=64, d_model=32, encoder_layers=2, decoder_layers=2,
               encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, use_cache=False)
T5 = dict(vocab_size=VOCABULARY, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, use_cache=False)
VISION = dict(image_size=32, patch_size=8, num_labels=4)
STAGES = dict(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_labels=4)
SPEECH = dict(vocab_size=32, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
              num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, **SIZES)

# name: (model class, configuration class, configuration, kind of inputs)
MODELS = {
    "bert": ("BertForMaskedLM", "BertConfig", TEXT, "types"),
    "electra": ("ElectraForSequenceClassification", "ElectraConfig", dict(embedding_size=16, **TEXT), "types"),
    "mpnet": ("MPNetModel", "MPNetConfig", TEXT, "text"),
    "xlm-roberta": ("XLMRobertaModel", "XLMRobertaConfig", dict(pad_token_id=1, **TEXT), "text"),
    "camembert": ("CamembertForMaskedLM", "CamembertConfig", dict(pad_token_id=1, **TEXT), "text"),
    "convbert": ("ConvBertModel", "ConvBertConfig", dict(embedding_size=16, head_ratio=2, conv_kernel_size=3, **TEXT), "types"),
    "squeezebert": ("SqueezeBertModel", "SqueezeBertConfig", dict(embedding_size=32, q_groups=2, k_groups=2, v_groups=2, intermediate_groups=2, output_groups=2, **TEXT), "types"),
    "mobilebert": ("MobileBertModel", "MobileBertConfig", dict(embedding_size=16, intra_bottleneck_size=16, true_hidden_size=16, num_feedforward_networks=2, **TEXT), "types"),
    "layoutlm": ("LayoutLMForTokenClassification", "LayoutLMConfig", dict(max_2d_position_embeddings=64, num_labels=4, **TEXT), "boxes"),
    "deberta": ("DebertaForSequenceClassification", "DebertaConfig", dict(relative_attention=True, pos_att_type=["p2c", "c2p"], max_relative_positions=16, **TEXT), "types"),
    "deberta-v2": ("DebertaV2ForSequenceClassification", "DebertaV2Config", dict(relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, **TEXT), "types"),
    "roformer": ("RoFormerModel", "RoFormerConfig", dict(embedding_size=32, **TEXT), "types"),
    "data2vec-text": ("Data2VecTextModel", "Data2VecTextConfig", dict(pad_token_id=1, **TEXT), "text"),
    "opt": ("OPTForCausalLM", "OPTConfig", dict(vocab_size=VOCABULARY, max_position_embeddings=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32, **DECODER), "text"),
    "bloom": ("BloomForCausalLM", "BloomConfig", dict(vocab_size=VOCABULARY, hidden_size=32, n_layer=2, n_head=4, **DECODER), "text"),
    "gpt-neo": ("GPTNeoForCausalLM", "GPTNeoConfig", dict(vocab_size=VOCABULARY, max_position_embeddings=64, hidden_size=32, num_layers=2, num_heads=4, attention_types=[[["global", "local"], 1]], window_size=8, **DECODER), "text"),
    "gpt-neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", dict(**TEXT, **DECODER), "text"),
    "gpt-j": ("GPTJForCausalLM", "GPTJConfig", dict(rotary_dim=4, **GPT), "text"),
    "codegen": ("CodeGenForCausalLM", "CodeGenConfig", dict(n_ctx=64, rotary_dim=4, **GPT), "text"),
    "gpt-bigcode": ("GPTBigCodeForCausalLM", "GPTBigCodeConfig", GPT, "text"),
    "falcon": ("FalconForCausalLM", "FalconConfig", dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, **DECODER), "text"),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", GROUPED, "text"),
    "qwen3": ("Qwen3ForCausalLM", "Qwen3Config", dict(head_dim=8, **GROUPED), "text"),
    "gemma": ("GemmaForCausalLM", "GemmaConfig", dict(head_dim=8, **GROUPED), "text"),
    "gemma2": ("Gemma2ForCausalLM", "Gemma2Config", dict(head_dim=8, sliding_window=8, **GROUPED), "text"),
    "gemma3": ("Gemma3ForCausalLM", "Gemma3TextConfig", dict(head_dim=8, sliding_window=8, **GROUPED), "text"),
    "phi3": ("Phi3ForCausalLM", "Phi3Config", dict(pad_token_id=0, bos_token_id=1, eos_token_id=2, **GROUPED), "text"),
    "olmo": ("OlmoForCausalLM", "OlmoConfig", GROUPED, "text"),
    "stablelm": ("StableLmForCausalLM", "StableLmConfig", GROUPED, "text"),
    "bart": ("BartForConditionalGeneration", "BartConfig", SEQ2SEQ, "seq2seq"),
    "mbart": ("MBartForConditionalGeneration", "MBartConfig", SEQ2SEQ, "seq2seq"),
    "marian": ("MarianMTModel", "MarianConfig", dict(pad_token_id=0, decoder_start_token_id=0, **SEQ2SEQ), "seq2seq"),
    "pegasus": ("PegasusForConditionalGeneration", "PegasusConfig", SEQ2SEQ, "seq2seq"),
    "m2m-100": ("M2M100ForConditionalGeneration", "M2M100Config", SEQ2SEQ, "seq2seq"),
    "mt5": ("MT5EncoderModel", "MT5Config", T5, "text"),
    "longt5": ("LongT5EncoderModel", "LongT5Config", dict(local_radius=5, **T5), "text"),
    "deit": ("DeiTForImageClassification", "DeiTConfig", dict(**SIZES, **VISION), "image"),
    "beit": ("BeitForImageClassification", "BeitConfig", dict(**SIZES, **VISION), "image"),
    "dinov2": ("Dinov2Model", "Dinov2Config", dict(image_size=32, patch_size=8, **SIZES), "image"),
    "regnet": ("RegNetForImageClassification", "RegNetConfig", dict(embedding_size=8, groups_width=8, **STAGES), "image"),
    "mobilevit": ("MobileViTForImageClassification", "MobileViTConfig", dict(image_size=32, patch_size=2, hidden_sizes=[16, 20, 24], neck_hidden_sizes=[8, 8, 12, 16, 20, 24, 32], num_attention_heads=4, num_labels=4), "image"),
    "efficientnet": ("EfficientNetForImageClassification", "EfficientNetConfig", dict(width_coefficient=0.25, depth_coefficient=0.3, image_size=32, hidden_dim=320, num_labels=4), "image"),
    "convnextv2": ("ConvNextV2ForImageClassification", "ConvNextV2Config", dict(image_size=32, **STAGES), "image"),
    "poolformer": ("PoolFormerForImageClassification", "PoolFormerConfig", STAGES, "image64"),
    "levit": ("LevitForImageClassification", "LevitConfig", dict(image_size=64, hidden_sizes=[16, 24, 32], num_attention_heads=[2, 3, 4], depths=[1, 1, 1], key_dim=[8, 8, 8], num_labels=4), "image64"),
    "pvt": ("PvtForImageClassification", "PvtConfig", dict(image_size=64, num_attention_heads=[1, 2, 2, 4], **STAGES), "image64"),
    "swinv2": ("Swinv2ForImageClassification", "Swinv2Config", dict(image_size=32, patch_size=2, embed_dim=16, depths=[1, 1], num_heads=[2, 4], window_size=4, num_labels=4), "image"),
    "mobilenet-v1": ("MobileNetV1ForImageClassification", "MobileNetV1Config", dict(depth_multiplier=0.25, image_size=32, num_labels=4), "image"),
    "dpt": ("DPTForDepthEstimation", "DPTConfig", dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 16, 24, 32], fusion_hidden_size=16, is_hybrid=False), "image"),
    "yolos": ("YolosForObjectDetection", "YolosConfig", dict(image_size=[32, 32], patch_size=8, num_detection_tokens=5, num_labels=4, **SIZES), "image"),
    "hubert": ("HubertForCTC", "HubertConfig", SPEECH, "speech"),
    "wavlm": ("WavLMModel", "WavLMConfig", dict(num_buckets=16, max_bucket_distance=32, **SPEECH), "speech"),
    "unispeech": ("UniSpeechForCTC", "UniSpeechConfig", SPEECH, "speech"),
    "ast": ("ASTForAudioClassification", "ASTConfig", dict(patch_size=8, max_length=32, num_mel_bins=16, frequency_stride=8, time_stride=8, num_labels=3, **SIZES), "spectrum"),
}
QUICK = ("electra", "deberta-v2", "qwen2", "bart", "beit", "efficientnet", "hubert")  # what the normal test run takes


def inputs(kind: str, batch: int, length: int, seed: int) -> dict:
    g = torch.Generator().manual_seed(seed)
    if kind.startswith("image"):
        size = int(kind[5:] or 32)
        return {"pixel_values": torch.rand(batch, 3, size, size, generator=g)}
    if kind == "speech":
        return {"input_values": torch.rand(batch, length * 100, generator=g) * 2 - 1}
    if kind == "spectrum":
        return {"input_values": torch.rand(batch, 32, 16, generator=g)}
    out = {"input_ids": torch.randint(5, VOCABULARY, (batch, length), generator=g),
           "attention_mask": torch.ones(batch, length, dtype=torch.int64)}
    if batch > 1:
        out["attention_mask"][-1, length - 2:] = 0
    if kind in ("types", "boxes"):
        out["token_type_ids"] = torch.randint(0, 2, (batch, length), generator=g)
    if kind == "boxes":
        out["bbox"] = torch.randint(0, 30, (batch, length, 1), generator=g).repeat(1, 1, 4)
    if kind == "seq2seq":
        out["decoder_input_ids"] = torch.randint(5, VOCABULARY, (batch, length // 2 + 1), generator=g)
    return out


def tensors(value) -> list:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for item in value for t in tensors(item)] if isinstance(value, (list, tuple)) else []


def make(name: str):
    import transformers
    model_class, config_class, options, kind = MODELS[name]
    torch.manual_seed(sum(name.encode()))
    model = getattr(transformers, model_class)(getattr(transformers, config_class)(**options)).eval()
    sizes = ((2, 16), (1, 9), (3, 20))
    return model, [inputs(kind, batch, length, i) for i, (batch, length) in enumerate(sizes)]


def archive(model, cases, form: str, path: pathlib.Path) -> None:
    sys.path.insert(0, str(ROOT / "native" / "python"))
    from modelexport.capture import versions
    with torch.no_grad(), warnings.catch_warnings(), versions.traceable_masks():
        warnings.simplefilter("ignore")
        if form == "pt":
            torch.jit.trace(model, example_kwarg_inputs=cases[0], strict=False, check_trace=False).save(str(path))
            return
        from torch.export import Dim
        moving = ("input_ids", "attention_mask", "token_type_ids", "bbox", "decoder_input_ids")
        sequence = lambda n, t: n in moving or (n == "input_values" and t.dim() == 2)
        shapes = {n: {0: Dim.AUTO, **({1: Dim.AUTO} if sequence(n, t) else {})} for n, t in cases[0].items()}
        torch.export.save(torch.export.export(model, (), kwargs=cases[0], dynamic_shapes=shapes, strict=False), path)


def compare(onnx_file: pathlib.Path, model, cases) -> float:
    import onnxruntime
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    wanted_inputs = [i.name for i in session.get_inputs()]
    worst = 0.0
    for case in cases:
        with torch.no_grad():
            expected = tensors(model(**case, return_dict=True))
        found = session.run(None, {n: case[n].numpy() for n in wanted_inputs})
        if len(found) != len(expected):
            raise ValueError(f"{len(found)} outputs instead of {len(expected)}")
        for f, e in zip(found, expected):
            if f.shape != tuple(e.shape):
                raise ValueError(f"shape {f.shape} instead of {tuple(e.shape)}")
            scale = max(1.0, float(e.abs().max()))
            worst = max(worst, float(np.abs(f - e.numpy()).max()) / scale)
    return worst


def check(name: str, form: str, directory: pathlib.Path) -> str:
    """'ok' or what went wrong."""
    program = os.environ.get("MODELEXPORT_BIN") or str(ROOT / "build" / "bin" / "modelexport")
    try:
        model, cases = make(name)
        path = directory / f"{name}.{form}"
        archive(model, cases, form, path)
    except Exception as e:  # PyTorch cannot make this archive
        return "no archive: " + (str(e).strip().splitlines() or [type(e).__name__])[0][:120]
    target = directory / f"{name}-{form}.onnx"
    run = subprocess.run([program, "export", str(path), "-o", str(target), "--verify", "off", "--force"],
                         capture_output=True, text=True)
    if run.returncode != 0:
        return next((l for l in run.stderr.splitlines() if l.startswith("error")), run.stderr[:200])
    try:
        worst = compare(target, model, cases)
    except Exception as e:
        return (str(e).strip().splitlines() or [type(e).__name__])[0][:160]
    return "ok" if worst <= TOLERANCE else f"differs by {worst:.1e}"


def write_table(results: dict) -> None:
    lines = ["# Architectures", "",
             "Models made from their configurations with random weights, exported from both archive formats and compared with",
             "eager PyTorch in ONNX Runtime at three sizes. `python tests/interop/architectures.py --write` makes this table.", "",
             "| architecture | class | `.pt` | `.pt2` |", "|---|---|---|---|"]
    lines += [f"| {n} | {MODELS[n][0]} | {r['pt']} | {r['pt2']} |" for n, r in results.items()]
    TABLE.write_text("\n".join(lines) + "\n")


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*")
    p.add_argument("--write", action="store_true")
    a = p.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.filterwarnings("ignore")
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in a.names or MODELS:
            results[name] = {form: check(name, form, pathlib.Path(scratch)) for form in ("pt", "pt2")}
            print(name, results[name]["pt"], results[name]["pt2"], sep=" | ", flush=True)
    if a.write:
        write_table(results)
    bad = sum(r != "ok" for forms in results.values() for r in forms.values())
    print(f"{len(results)} architectures, {bad} failures")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
