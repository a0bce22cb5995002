"""ONNX Runtime's fusions find their patterns in our files: in a session, and in its offline transformer optimizer."""
import collections

import onnx
import onnxruntime as ort
import pytest
import torch
import transformers
from modelexport.capture import inputs, versions
from onnxruntime.transformers import optimizer

import support

# Fused operators by tiny model (two layers each): at least so many after a session's own optimisation. A session does
# not make SkipLayerNormalization of them, which is slower on a CPU (core/lower/open_residuals.h).
IN_SESSION = {
    "bert-seqcls": {"LayerNormalization": 5, "BiasGelu": 2},
    "gpt2-lm": {"FastGelu": 2},
    "roberta-seqcls": {"LayerNormalization": 4, "BiasGelu": 2},  # the sum of embeddings is fused
    "vit-imgcls": {"BiasGelu": 2, "FusedMatMul": 2},
}
OFFLINE = {
    "bert-seqcls": ("bert", {"Attention": 2, "SkipLayerNormalization": 4, "BiasGelu": 2}),
    "gpt2-lm": ("gpt2", {"SkipLayerNormalization": 4, "FastGelu": 2}),
    "vit-imgcls": ("vit", {"SkipLayerNormalization": 4, "BiasGelu": 2}),
}


def in_session(path, scratch) -> onnx.ModelProto:
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(scratch / "optimised.onnx")
    ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return onnx.load(options.optimized_model_filepath, load_external_data=False)


def check(nodes, wanted):
    made = collections.Counter(n.op_type for n in nodes)
    assert all(made[op] >= n for op, n in wanted.items()), f"wanted {wanted}, got {dict(made)}"


@pytest.mark.parametrize("form", support.FORMATS)
@pytest.mark.parametrize("name", IN_SESSION)
def test_session(shelf, tmp_path, name, form):
    check(in_session(shelf.get(name, form).path, tmp_path).graph.node, IN_SESSION[name])


def test_decoder_in_session(tmp_path):
    """RMS norms and SiLU of a Llama with grouped heads, which PyTorch writes as arithmetic."""
    config = transformers.LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                                      num_attention_heads=4, num_key_value_heads=2, use_cache=False)
    model = transformers.LlamaForCausalLM(config).eval()
    example = {"input_ids": torch.ones(2, 7, dtype=torch.int64), "attention_mask": torch.ones(2, 7, dtype=torch.int64)}
    axes = {k: inputs.axes(k, 2, False, False) for k in example}
    with torch.no_grad(), versions.traceable():
        torch.export.save(versions.export_program(torch, model, example, axes), str(tmp_path / "llama.pt2"))
    support.modelexport("export", tmp_path / "llama.pt2", "-o", tmp_path / "llama.onnx", "--verify", "off")
    check(in_session(tmp_path / "llama.onnx", tmp_path).graph.node,
          {"SimplifiedLayerNormalization": 5, "QuickGelu": 2, "FusedMatMul": 2})


@pytest.mark.parametrize("name", OFFLINE)
def test_offline_optimizer(shelf, name):
    kind, wanted = OFFLINE[name]
    export = shelf.get(name, "pt2")
    check(optimizer.optimize_model(str(export.path), model_type=kind, num_heads=4, hidden_size=32, opt_level=0).model.graph.node,
          wanted)


def test_one_encoder_layer_is_these_nodes(shelf):
    nodes = [n.op_type for n in shelf.get("bert-seqcls", "pt2").onnx.graph.node
             if ".layer.0." in f".{support.properties(n)['hierarchy_scope']}."]
    assert collections.Counter(nodes) == {
        "MatMul": 8, "Add": 10, "Reshape": 4, "Transpose": 4, "Mul": 3, "Softmax": 1, "LayerNormalization": 2, "Div": 1, "Erf": 1}
