"""Audio, and models of several kinds of input."""
from .common import SIZES, TEXT, VOCABULARY

SPEECH = dict(vocab_size=32, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
              num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, **SIZES)
EYES = dict(image_size=32, patch_size=8, **SIZES)
CLIP_TEXT = dict(eos_token_id=2, **TEXT)
WHISPER = dict(vocab_size=VOCABULARY, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
               decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=16, max_source_positions=30,
               max_target_positions=30, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)

MODELS = {
    "hubert": ("HubertForCTC", "HubertConfig", SPEECH, "speech"),
    "wavlm": ("WavLMModel", "WavLMConfig", dict(num_buckets=16, max_bucket_distance=32, **SPEECH), "speech"),
    "unispeech": ("UniSpeechForCTC", "UniSpeechConfig", SPEECH, "speech"),
    "unispeech-sat": ("UniSpeechSatForCTC", "UniSpeechSatConfig", SPEECH, "speech"),
    "sew": ("SEWForCTC", "SEWConfig", dict(squeeze_factor=2, **SPEECH), "speech"),
    "sew-d": ("SEWDForCTC", "SEWDConfig", dict(squeeze_factor=2, position_buckets=8, max_position_embeddings=64, pos_att_type=("p2c", "c2p"), **SPEECH), "speech"),
    "data2vec-audio": ("Data2VecAudioForCTC", "Data2VecAudioConfig", SPEECH, "speech"),
    "wav2vec2-layer-norm": ("Wav2Vec2ForSequenceClassification", "Wav2Vec2Config", dict(feat_extract_norm="layer", do_stable_layer_norm=True, classifier_proj_size=16, **SPEECH), "speech"),
    "wav2vec2-conformer": ("Wav2Vec2ConformerForCTC", "Wav2Vec2ConformerConfig", dict(position_embeddings_type="relative", conv_depthwise_kernel_size=3, **SPEECH), "speech"),
    "wav2vec2-bert": ("Wav2Vec2BertForCTC", "Wav2Vec2BertConfig", dict(vocab_size=32, feature_projection_input_dim=16, conv_depthwise_kernel_size=3, **SIZES), "features"),
    "ast": ("ASTForAudioClassification", "ASTConfig", dict(patch_size=8, max_length=32, num_mel_bins=16, frequency_stride=8, time_stride=8, num_labels=3, **SIZES), "spectrum"),
    "encodec": ("EncodecModel", "EncodecConfig", dict(num_filters=4, hidden_size=16, codebook_size=16, codebook_dim=16, upsampling_ratios=[4, 2], num_lstm_layers=1, num_residual_layers=1, target_bandwidths=[24.0]), "waveform"),
    "whisper-seq2seq": ("WhisperForConditionalGeneration", "WhisperConfig", dict(use_cache=False, **WHISPER), "speech_seq2seq"),
    "speech-to-text": ("Speech2TextForConditionalGeneration", "Speech2TextConfig", dict(use_cache=False, vocab_size=VOCABULARY, d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, input_feat_per_channel=16, input_channels=1, conv_channels=16, num_conv_layers=1, conv_kernel_sizes=[3], max_source_positions=60, max_target_positions=30), "features_seq2seq"),
    "siglip": ("SiglipModel", "SiglipConfig", dict(text_config=dict(projection_size=32, **TEXT), vision_config=EYES), "siglip"),
    "align-text": ("AlignTextModel", "AlignTextConfig", TEXT, "types"),
    "altclip-text": ("AltCLIPTextModel", "AltCLIPTextConfig", dict(project_dim=16, **TEXT), "text"),
    "chinese-clip": ("ChineseCLIPModel", "ChineseCLIPConfig", dict(text_config=TEXT, vision_config=EYES, projection_dim=16), "clip"),
    "clipseg": ("CLIPSegModel", "CLIPSegConfig", dict(text_config=CLIP_TEXT, vision_config=EYES, projection_dim=16), "clip"),
    "groupvit-text": ("GroupViTTextModel", "GroupViTTextConfig", CLIP_TEXT, "text"),
    "x-clip-text": ("XCLIPTextModel", "XCLIPTextConfig", CLIP_TEXT, "text"),
    "owlvit-text": ("OwlViTTextModel", "OwlViTTextConfig", TEXT, "text"),
    "owlvit-vision": ("OwlViTVisionModel", "OwlViTVisionConfig", EYES, "image"),
    "clip-vision": ("CLIPVisionModelWithProjection", "CLIPVisionConfig", dict(projection_dim=16, **EYES), "image"),
    "blip-vision": ("BlipVisionModel", "BlipVisionConfig", EYES, "image"),
    "blip-text": ("BlipTextModel", "BlipTextConfig", dict(encoder_hidden_size=32, is_decoder=False, **TEXT), "text"),
    "blip": ("BlipModel", "BlipConfig", dict(text_config=dict(encoder_hidden_size=32, is_decoder=False, projection_dim=16, **TEXT), vision_config=EYES, projection_dim=16), "clip"),
    "blip2-vision": ("Blip2VisionModel", "Blip2VisionConfig", EYES, "image"),
    "git": ("GitModel", "GitConfig", dict(vision_config=EYES, use_cache=False, **TEXT), "clip"),
    "vilt": ("ViltModel", "ViltConfig", dict(image_size=32, patch_size=8, modality_type_vocab_size=2, max_image_length=-1, **TEXT), "vilt"),
    "layoutlmv3": ("LayoutLMv3Model", "LayoutLMv3Config", dict(max_2d_position_embeddings=64, coordinate_size=4, shape_size=8, has_relative_attention_bias=True, has_spatial_attention_bias=True, rel_pos_bins=8, max_rel_pos=16, rel_2d_pos_bins=8, max_rel_2d_pos=16, input_size=32, patch_size=8, pad_token_id=1, **TEXT), "layout"),
    "clap-text": ("ClapTextModelWithProjection", "ClapTextConfig", dict(projection_dim=16, pad_token_id=1, **TEXT), "text"),
    "perceiver": ("PerceiverModel", "PerceiverConfig", dict(num_latents=4, d_latents=16, d_model=16, num_blocks=1, num_self_attends_per_block=1, num_self_attention_heads=2, num_cross_attention_heads=2), "embeds"),
    "vision-encoder-decoder": ("VisionEncoderDecoderModel", "VisionEncoderDecoderConfig", dict(encoder=dict(model_type="vit", image_size=32, patch_size=8, **SIZES), decoder=dict(model_type="bert", is_decoder=True, add_cross_attention=True, use_cache=False, **TEXT), decoder_start_token_id=1, pad_token_id=0), "image_seq2seq"),
}
