"""Tiny model directories of the families that tests/fixtures/models does not have: made when they are needed.

Each has what save_pretrained writes for its class (configuration, weights, tokenizer, image processor, feature
extractor, processor), so that capture, export, pack and every reader work on what a user would have.
"""
import dataclasses
import json
import pathlib

import make_models
import torch
import transformers as tf

VOCABULARY = 128
TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
TEXT = {"vocab_size": VOCABULARY, "max_position_embeddings": 64, **TINY}
CHAT = "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] | trim }}</s>\n{% endfor %}"
SMALL = {"height": 32, "width": 32}


@dataclasses.dataclass
class Family:
    model: str  # class in transformers
    config: object
    components: object  # writes them into a directory
    kind: str  # what it takes: text, image, both, points, wave, features; "generate" is compared by generated ids


def bpe(directory, **more):
    make_models.write_components("bpe", directory, None, generation=False)
    if more:
        file = directory / "tokenizer_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **more}, indent=1))


def generating(**more):
    def write(directory):
        make_models.write_components("bpe", directory, None, generation=True)
        if more:
            (directory / "chat_template.jinja").write_text(more["chat"])
    return write


def images(name, **options):
    """Libraries differ in how they resize; without, everything else has to be equal to the last bit."""
    return lambda directory: getattr(tf, name)(**{"do_resize": False, **options}).save_pretrained(directory)


def clip(directory):
    bpe(directory)
    tf.CLIPImageProcessor(do_resize=False, crop_size=SMALL).save_pretrained(directory)


def wave(directory):
    (directory / "vocab.json").write_text(json.dumps(
        {c: i for i, c in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *make_models.LETTERS[:27]])}))
    tf.Wav2Vec2Processor(tf.Wav2Vec2FeatureExtractor(), tf.Wav2Vec2CTCTokenizer(str(directory / "vocab.json"))
                         ).save_pretrained(directory)


def t5(**more):
    return tf.T5Config(vocab_size=VOCABULARY, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, **more)


def sam():
    return tf.SamConfig(
        vision_config={"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 64, "patch_size": 8,
                       "output_channels": 16, "window_size": 4, "global_attn_indexes": [1], "mlp_dim": 64, "num_pos_feats": 8},
        prompt_encoder_config={"hidden_size": 16, "image_size": 64, "patch_size": 8, "mask_input_channels": 4,
                               "num_point_embeddings": 4},
        mask_decoder_config={"hidden_size": 16, "mlp_dim": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
                             "iou_head_hidden_dim": 16, "attention_downsample_rate": 2})


def detr():
    backbone = tf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], layer_type="basic",
                               out_features=["stage4"])
    return tf.DetrConfig(use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=backbone,
                         d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, num_queries=5,
                         decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, num_labels=4)


FAMILIES = {
    "albert": Family("AlbertModel", lambda: tf.AlbertConfig(embedding_size=16, **TEXT), bpe, "text"),
    "clip": Family("CLIPModel", lambda: tf.CLIPConfig(
        text_config={"projection_dim": 16, "eos_token_id": 2, **TEXT}, projection_dim=16,
        vision_config={"image_size": 32, "patch_size": 8, "projection_dim": 16, **TINY}), clip, "both"),
    "convnext": Family("ConvNextForImageClassification", lambda: tf.ConvNextConfig(
        hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], image_size=32, num_labels=4), images("ConvNextImageProcessor"), "image"),
    "deberta-v2": Family("DebertaV2ForSequenceClassification", lambda: tf.DebertaV2Config(
        relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8, norm_rel_ebd="layer_norm",
        share_att_key=True, num_labels=3, **TEXT), bpe, "text"),
    "detr": Family("DetrForObjectDetection", detr, images("DetrImageProcessor", size=SMALL, do_pad=False), "image"),
    "llama": Family("LlamaForCausalLM", lambda: tf.LlamaConfig(num_key_value_heads=2, **TEXT), generating(chat=CHAT), "generate"),
    "mistral": Family("MistralForCausalLM", lambda: tf.MistralConfig(num_key_value_heads=2, sliding_window=8, **TEXT),
                      generating(), "generate"),
    "mobilenet-v2": Family("MobileNetV2ForImageClassification", lambda: tf.MobileNetV2Config(
        depth_multiplier=0.25, image_size=32, num_labels=4), images("MobileNetV2ImageProcessor", do_center_crop=False), "image"),
    "modernbert": Family("ModernBertForMaskedLM", lambda: tf.ModernBertConfig(
        local_attention=8, global_attn_every_n_layers=2, reference_compile=False, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        cls_token_id=1, sep_token_id=2, attn_implementation="sdpa", **TEXT), bpe, "text"),
    "phi": Family("PhiForCausalLM", lambda: tf.PhiConfig(**TEXT), generating(), "generate"),
    "sam": Family("SamModel", sam, lambda d: tf.SamProcessor(tf.SamImageProcessor(
        size={"longest_edge": 64}, pad_size={"height": 64, "width": 64})).save_pretrained(d), "points"),
    "segformer": Family("SegformerForSemanticSegmentation", lambda: tf.SegformerConfig(
        hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 2, 4], sr_ratios=[8, 4, 2, 1],
        decoder_hidden_size=16, num_labels=4), images("SegformerImageProcessor", size=SMALL), "image"),
    "swin": Family("SwinForImageClassification", lambda: tf.SwinConfig(
        image_size=32, patch_size=2, embed_dim=16, depths=[1, 1], num_heads=[2, 4], window_size=4, num_labels=4),
        images("ViTImageProcessor"), "image"),
    "t5-encoder": Family("T5EncoderModel", t5, bpe, "text"),
    "t5": Family("T5ForConditionalGeneration", lambda: t5(num_decoder_layers=2, decoder_start_token_id=0), bpe, "generate"),
    "wav2vec2": Family("Wav2Vec2ForCTC", lambda: tf.Wav2Vec2Config(
        vocab_size=32, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
        num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, feat_extract_norm="group", **TINY), wave, "wave"),
    "whisper": Family("WhisperForAudioClassification", lambda: tf.WhisperConfig(
        vocab_size=VOCABULARY, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=16, max_source_positions=50,
        max_target_positions=30, classifier_proj_size=16, num_labels=3, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=1), lambda d: tf.WhisperFeatureExtractor(feature_size=16, chunk_length=1).save_pretrained(d), "features"),
}


def make(name: str, directory: pathlib.Path) -> pathlib.Path:
    """The model directory of a family, with weights that hide no mistake (no bias of zero, no scale of one)."""
    family = FAMILIES[name]
    torch.manual_seed(sum(name.encode()))
    model = getattr(tf, family.model)(family.config()).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(directory)
    family.components(directory)
    return directory
