"""From a model directory to text: capture, export, and Optimum generates what PyTorch generates."""
import json
import sys

import pytest
import torch
import transformers

import support
from modelexport.capture import CaptureError, capture

V = 128
TEXT = dict(vocab_size=V, max_position_embeddings=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=64, pad_token_id=0, bos_token_id=1, eos_token_id=2)
PAIR = dict(vocab_size=V, d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=4,
            decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, pad_token_id=0, bos_token_id=1,
            eos_token_id=2, decoder_start_token_id=1)
# name: (class, configuration class, configuration)
MODELS = {
    "t5": ("T5ForConditionalGeneration", "T5Config", dict(vocab_size=V, d_model=32, d_kv=16, d_ff=64, num_layers=2,
                                                          num_decoder_layers=1, num_heads=4, decoder_start_token_id=0)),
    "bart": ("BartForConditionalGeneration", "BartConfig", dict(max_position_embeddings=64, **PAIR)),
    "marian": ("MarianMTModel", "MarianConfig", dict(max_position_embeddings=64, **PAIR)),
    "whisper": ("WhisperForConditionalGeneration", "WhisperConfig", dict(
        num_mel_bins=16, max_source_positions=30, max_target_positions=40, suppress_tokens=None,
        begin_suppress_tokens=None, **PAIR)),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", dict(vocab_size=V, n_positions=64, n_embd=32, n_layer=2, n_head=4,
                                                   bos_token_id=1, eos_token_id=2, pad_token_id=0)),
    "llama": ("LlamaForCausalLM", "LlamaConfig", dict(num_key_value_heads=2, **TEXT)),
    "gemma2": ("Gemma2ForCausalLM", "Gemma2Config", dict(num_key_value_heads=4, head_dim=8, sliding_window=6, **TEXT)),
}
SETS = ("t5", "bart", "marian", "whisper")
PARTS = ["decoder_model.onnx", "decoder_model_merged.onnx", "decoder_with_past_model.onnx", "encoder_model.onnx"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    root = tmp_path_factory.mktemp("generating")

    def get(name):
        if not (root / name).is_dir():
            class_name, config, options = MODELS[name]
            torch.manual_seed(5)
            model = getattr(transformers, class_name)(getattr(transformers, config)(**options)).eval()
            model.save_pretrained(root / name)
        return root / name
    return get


def load(directory, library, name, **options):
    import optimum.onnxruntime as ort
    kind = "SpeechSeq2Seq" if name == "whisper" else "Seq2SeqLM" if name in SETS else "CausalLM"
    source = getattr(transformers, "AutoModelFor" + kind) if library == "torch" else getattr(ort, "ORTModelFor" + kind)
    return source.from_pretrained(directory, **options)


def generate(model, name, **options):
    g = torch.Generator().manual_seed(3)
    if name == "whisper":
        return model.generate(input_features=torch.rand(2, 16, 60, generator=g), max_new_tokens=8, do_sample=False, **options)
    ids = torch.randint(5, V, (2, 9), generator=g)
    mask = torch.ones_like(ids)
    mask[1, slice(6, None) if name in SETS else slice(None, 3)] = 0  # encoders pad right, decoders left
    return model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=8, do_sample=False, **options)


def same_text(model_directory, package, name):
    want = load(model_directory, "torch", name)
    for forms in ({"use_merged": True}, {"use_merged": False}) if name in SETS else ({},):
        got = load(package, "onnx", name, **forms)
        for options in ({}, {"num_beams": 2}):
            assert torch.equal(generate(want, name, **options), generate(got, name, **options)), (forms, options)


@pytest.mark.parametrize("name, form", [("t5", "torchscript"), ("t5", "pt2"), ("bart", "torchscript"), ("bart", "pt2"),
                                        ("marian", "torchscript"), ("whisper", "torchscript"), ("whisper", "pt2"),
                                        ("gpt2", "torchscript"), ("gpt2", "pt2"), ("llama", "torchscript"),
                                        ("gemma2", "torchscript"), ("gemma2", "pt2")])
def test_generation(directory, tmp_path, name, form):
    capture(str(directory(name)), str(tmp_path / "archives"), format=form)
    r = support.modelexport("export", tmp_path / "archives", "--source", directory(name), "-o", tmp_path / "out", "--json")
    files = sorted(p.name for p in (tmp_path / "out").glob("*.onnx"))
    summary = json.loads(r.stdout)
    if name in SETS:
        assert files == PARTS and [m["hierarchy"]["fallback"] for m in summary["models"]] == [0] * 4
    else:
        assert files == ["model.onnx"] and summary["hierarchy"]["fallback"] == 0
    same_text(directory(name), tmp_path / "out", name)


def test_names_and_axes_of_a_set(directory, tmp_path):
    capture(str(directory("bart")), str(tmp_path / "archives"))
    support.modelexport("export", tmp_path / "archives", "--source", directory("bart"), "-o", tmp_path / "out")
    shapes = {}
    for part in ("encoder_model", "decoder_model", "decoder_with_past_model"):
        session = support.session(tmp_path / "out" / f"{part}.onnx")
        shapes[part] = ({i.name: i.shape for i in session.get_inputs()}, [o.name for o in session.get_outputs()])
    steps, source = ["batch_size", "decoder_sequence_length"], ["batch_size", "encoder_sequence_length"]
    ids = ["batch_size", "sequence_length"]  # an encoder by itself is like any other
    assert shapes["encoder_model"] == ({"input_ids": ids, "attention_mask": ids}, ["last_hidden_state"])
    kinds = ["decoder.key", "decoder.value", "encoder.key", "encoder.value"]
    assert shapes["decoder_model"] == ({"input_ids": steps, "encoder_attention_mask": source,
                                        "encoder_hidden_states": source + [32]},
                                       ["logits"] + [f"present.0.{k}" for k in kinds])
    own, cross = (["batch_size", 4, axis, 8] for axis in ("past_decoder_sequence_length", "encoder_sequence_length"))
    inputs, outputs = shapes["decoder_with_past_model"]
    assert inputs == {"input_ids": steps, "encoder_attention_mask": source,
                      **{f"past_key_values.0.{k}": cross if "encoder" in k else own for k in kinds}}
    assert list(inputs)[2:] == [f"past_key_values.0.{k}" for k in kinds]
    assert outputs == ["logits"] + [f"present.0.{k}" for k in kinds[:2]]


def test_the_merged_decoder(directory, tmp_path):
    """The weights are there once, and every node of both decoders is, with its tag."""
    import onnx
    capture(str(directory("bart")), str(tmp_path / "archives"))
    support.modelexport("export", tmp_path / "archives", "--source", directory("bart"), "-o", tmp_path / "out")
    models = {n: onnx.load(tmp_path / "out" / n) for n in PARTS}
    merged = models["decoder_model_merged.onnx"]
    onnx.checker.check_model(merged, full_check=True)
    size = {n: (tmp_path / "out" / n).stat().st_size for n in PARTS}
    assert size["decoder_model_merged.onnx"] < 0.75 * (size["decoder_model.onnx"] + size["decoder_with_past_model.onnx"])
    (choice,) = merged.graph.node
    branches = {a.name: a.g for a in choice.attribute}
    for branch, file in (("else_branch", "decoder_model.onnx"), ("then_branch", "decoder_with_past_model.onnx")):
        tags = [(n.op_type, {e.key: e.value for e in n.metadata_props}.get("hierarchy_tag")) for n in branches[branch].node]
        assert [t for t in tags if t[0] != "Constant"] == [
            (n.op_type, {e.key: e.value for e in n.metadata_props}.get("hierarchy_tag")) for n in models[file].graph.node]
    support.modelexport("export", tmp_path / "archives", "-o", tmp_path / "two", "--no-merge", "--source", directory("bart"))
    assert "decoder_model_merged.onnx" not in [p.name for p in (tmp_path / "two").iterdir()]


def test_the_merged_decoder_refers_to_both_archives(directory, tmp_path):
    capture(str(directory("bart")), str(tmp_path))
    r = support.modelexport("export", tmp_path, "--source", directory("bart"), "-o", tmp_path, "--weights", "reference", "--json")
    (merged,) = [m for m in json.loads(r.stdout)["models"] if m["output"].endswith("decoder_model_merged.onnx")]
    for archive in ("decoder_model.pt", "decoder_with_past_model.pt"):
        assert archive in json.dumps(merged)
    session = support.session(tmp_path / "decoder_model_merged.onnx")  # loads: both archives are found
    assert "use_cache_branch" in [i.name for i in session.get_inputs()]


def test_export_does_both_steps(directory, tmp_path):
    support.modelexport("export", directory("t5"), "-o", tmp_path / "out", "--python", sys.executable, "--with-past")
    assert sorted(p.name for p in (tmp_path / "out").glob("*.onnx")) == PARTS
    assert (tmp_path / "out" / "config.json").is_file() and (tmp_path / "out" / "generation_config.json").is_file()


def test_a_set_is_no_single_file(directory, tmp_path):
    with pytest.raises(CaptureError) as raised:
        capture(str(directory("bart")), str(tmp_path / "bart.pt"), with_past=True)
    assert raised.value.exit_code == 2 and "directory" in raised.value.hint
    capture(str(directory("bart")), str(tmp_path / "archives"))
    r = support.modelexport("export", tmp_path / "archives", "-o", tmp_path / "bart.onnx", code=2)
    assert "name a directory" in r.stderr


def test_a_failing_part_leaves_nothing(directory, tmp_path):
    capture(str(directory("bart")), str(tmp_path / "archives"))
    broken = tmp_path / "archives" / "decoder_with_past_model.pt"
    broken.write_bytes(broken.read_bytes()[:2000])
    support.modelexport("export", tmp_path / "archives", "-o", tmp_path / "out", code=3)
    assert not (tmp_path / "out").exists()


def test_the_window_of_some_layers_is_not_the_others(directory, tmp_path):
    """Gemma-2 alternates windowed and full attention: what is captured must see past the window where the model does."""
    capture(str(directory("gemma2")), str(tmp_path / "model.pt"))
    model, made = load(directory("gemma2"), "torch", "gemma2"), torch.jit.load(str(tmp_path / "model.pt"))
    ids = torch.arange(5, 25)[None].repeat(2, 1)
    with torch.no_grad():
        want = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        got = made(input_ids=ids, attention_mask=torch.ones_like(ids))["logits"]
    assert torch.allclose(got, want, atol=1e-4)
