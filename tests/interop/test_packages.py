"""Packages for Optimum and transformers.js: one directory, opened by both with the snippets that pack prints."""
import json
import os
import shutil

import numpy as np
import onnx
import pytest
import torch

import packages
import support

TEXT = [n for n in support.NAMES if "imgcls" not in n and n != "gpt2-lm"]
IMAGES = [n for n in support.NAMES if "imgcls" in n]
SENTENCES = ["hello world, the model has a good day!", "bad"]
# What the archive takes (pack says so itself), and transformers' notice about every slow image processor.
EXPECTED_WARNINGS = ("position_ids", "use_cache", "use_fast")
needs_node = pytest.mark.skipif(packages.node_modules() is None, reason="MODELEXPORT_NODE_MODULES is not set: see "
                                "toolchains/test.sh")


def source_of(name, root):
    """The model's directory. Pictures are not resized: libraries differ there, and the models are for 32 x 32."""
    source = support.Model(name).directory
    if name not in IMAGES:
        return source
    copy = root / f"{name}-source"
    if not copy.exists():
        shutil.copytree(source, copy)
        file = copy / "preprocessor_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "do_resize": False}))
    return copy


@pytest.fixture(scope="module")
def packed(shelf, tmp_path_factory):
    root, made = tmp_path_factory.mktemp("packages"), {}

    def get(name):
        if name not in made:
            made[name] = packages.pack([shelf.get(name, "pt").path], source_of(name, root), root / name)
        return made[name]

    return get


def picture():
    return np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)


@pytest.mark.parametrize("name", support.NAMES)
def test_the_python_snippet_opens_the_package_without_warnings(packed, name):
    package = packed(name)
    with packages.warnings_of_loaders() as messages:
        names = packages.run_python(package)
    assert not [m for m in messages if not any(word in m for word in EXPECTED_WARNINGS)]
    for inputs, outputs in support.Model(name).cases():
        got = names["model"](**{k: torch.from_numpy(v) for k, v in inputs.items()})
        compared = [k for k in outputs if k in got]
        assert compared
        for key in compared:
            assert support.relative_error(got[key].detach().numpy(), outputs[key]) <= 1e-4, key


@pytest.mark.parametrize("name", support.NAMES)
def test_preprocessors_work_like_the_sources(packed, name):
    import transformers
    package = packed(name)
    source = source_of(name, package.directory.parent)
    if name in IMAGES:
        a, b = (transformers.AutoImageProcessor.from_pretrained(d)(picture(), return_tensors="np")["pixel_values"]
                for d in (package.directory, source))
        assert np.array_equal(a, b)
    else:
        a, b = (transformers.AutoTokenizer.from_pretrained(d) for d in (package.directory, source))
        assert a(SENTENCES)["input_ids"] == b(SENTENCES)["input_ids"] and type(a) is type(b)


@pytest.mark.parametrize("name", support.NAMES)
def test_the_manifest_is_right(packed, name):
    import hashlib
    directory = packed(name).directory
    manifest = json.loads((directory / "modelexport.json").read_text())
    there = {str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()}
    assert {f["path"] for f in manifest["files"]} == there - {"modelexport.json"}
    for file in manifest["files"]:
        content = (directory / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), file["path"]


@pytest.fixture(scope="module")
def in_node(packed, tmp_path_factory):
    """All packages in one Node process."""
    pixels = picture()
    images = [{"data": pixels.flatten().tolist(), "width": 32, "height": 32}]
    jobs = [{"name": n, "package": packed(n), "texts": SENTENCES} for n in TEXT]
    jobs += [{"name": n, "package": packed(n), "images": images} for n in IMAGES]
    return packages.run_node(packed(TEXT[0]).directory.parent, jobs)


def same_numbers(got, want):
    assert list(want.shape) == got["dims"]
    assert support.relative_error(np.array(got["data"]).reshape(want.shape), want) <= 1e-3


@needs_node
@pytest.mark.parametrize("name", TEXT)
def test_transformers_js_gives_the_numbers_of_python(packed, in_node, name):
    names = packages.run_python(packed(name))
    for sentence, got in zip(SENTENCES, in_node[name]["texts"]):
        want = names["model"](**names["tokenizer"](sentence, return_tensors="pt"))
        for key in [k for k in want if isinstance(want[k], torch.Tensor)]:
            same_numbers(got[key], want[key].numpy())


@needs_node
@pytest.mark.parametrize("name", IMAGES)
def test_transformers_js_sees_pictures_like_python(packed, in_node, name):
    names = packages.run_python(packed(name))
    inputs = names["image_processor"](picture(), return_tensors="pt")
    got = in_node[name]["images"][0]
    same_numbers(got["pixel_values"], inputs["pixel_values"].numpy())
    same_numbers(got["logits"], names["model"](**inputs).logits.numpy())


def test_a_generating_model_without_cache_has_no_javascript(packed):
    package = packed("gpt2-lm")
    assert package.javascript is None and "use_cache=False" in package.python


TEMPLATE = ("{% for m in messages %}{% if loop.first and m['role'] != 'system' %}<|sys|>none\n{% endif %}"
            "<|{{ m['role'] }}|>{{ m['content'] | trim }}</s>\n{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")
MESSAGES = [{"role": "user", "content": " hello  world "}, {"role": "assistant", "content": "good\n\"day\""},
            {"role": "user", "content": "Grüße {{ x }}"}]


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    """A tiny GPT-2 with cache and a chat template, captured by the user's PyTorch as `export` would."""
    import make_models
    from modelexport.capture import capture
    root = tmp_path_factory.mktemp("chat")
    source = root / "source"
    shutil.copytree(support.MODELS / "gpt2-lm", source,
                    ignore=shutil.ignore_patterns("model.pt", "zoo.json", "modules.json", "reference.npz"))
    make_models.build("gpt2-lm", 7).eval().save_pretrained(source)
    (source / "chat_template.jinja").write_text(TEMPLATE)
    capture(str(source), str(root / "gpt2.pt2"), with_past=True)
    support.modelexport("export", root / "gpt2.pt2", "--source", source, "-o", root / "gpt2.onnx")
    return source, packages.pack([root / "gpt2.onnx"], source, root / "package")


def prompt(tokenizer):
    """The tiny tokenizer also gives token_type_ids, which GPT-2 does not take."""
    inputs = tokenizer(SENTENCES[0], return_tensors="pt")
    return {k: inputs[k] for k in ("input_ids", "attention_mask")}


def test_a_chat_model_generates_in_python_as_pytorch_does(chat):
    import transformers
    source, package = chat
    with packages.warnings_of_loaders() as messages:
        names = packages.run_python(package)
    assert not [m for m in messages if "position_ids" not in m]
    inputs = prompt(names["tokenizer"])
    eager = transformers.AutoModelForCausalLM.from_pretrained(source).eval()
    want, got = (m.generate(**inputs, max_new_tokens=6, do_sample=False) for m in (eager, names["model"]))
    assert torch.equal(want, got)


@needs_node
def test_a_chat_model_generates_and_renders_in_javascript_as_in_python(chat):
    _, package = chat
    names = packages.run_python(package)
    got = packages.run_node(package.directory.parent, [
        {"name": "text", "directory": "./package", "messages": MESSAGES},
        {"name": "ids", "package": package, "generate": {"text": SENTENCES[0], "tokens": 6}}])
    tokenizer = names["tokenizer"]
    assert got["text"] == tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    want = names["model"].generate(**prompt(tokenizer), max_new_tokens=6, do_sample=False)
    assert got["ids"]["generate"]["data"] == want.flatten().tolist()


@pytest.fixture(scope="module")
def rewriter(tmp_path_factory):
    """A tiny T5 as the set that `export` writes, packed from its encoder and its merged decoder."""
    import transformers
    from modelexport.capture import capture
    root = tmp_path_factory.mktemp("rewriter")
    source = root / "source"
    keep = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt")
    source.mkdir()
    for name in keep:
        if (support.MODELS / "gpt2-lm" / name).is_file():
            shutil.copy(support.MODELS / "gpt2-lm" / name, source)
    size = len(transformers.AutoTokenizer.from_pretrained(source))
    torch.manual_seed(11)
    transformers.T5ForConditionalGeneration(transformers.T5Config(
        vocab_size=size, d_model=32, d_kv=16, d_ff=64, num_layers=2, num_decoder_layers=2, num_heads=4,
        decoder_start_token_id=0)).eval().save_pretrained(source)
    capture(str(source), str(root / "archives"))
    support.modelexport("export", root / "archives", "--source", source, "-o", root / "onnx")
    models = [root / "onnx" / f"{n}.onnx" for n in ("encoder_model", "decoder_model_merged")]
    return source, packages.pack(models, source, root / "package")


@needs_node
def test_an_encoder_decoder_generates_in_javascript_as_in_pytorch(rewriter):
    import transformers
    source, package = rewriter
    eager = transformers.T5ForConditionalGeneration.from_pretrained(source).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    want = eager.generate(**prompt(tokenizer), max_new_tokens=7, do_sample=False)
    assert torch.equal(packages.run_python(package)["model"].generate(**prompt(tokenizer), max_new_tokens=7, do_sample=False), want)
    got = packages.run_node(package.directory.parent, [
        {"name": "ids", "package": package, "generate": {"text": SENTENCES[0], "tokens": 7}}])
    assert got["ids"]["generate"]["data"] == want.flatten().tolist()


def test_data_files_are_gathered_and_still_load(shelf, tmp_path):
    """Per-tensor data files under names that no loader knows."""
    model = onnx.load(str(shelf.get("bert-seqcls", "pt").path))
    (tmp_path / "in").mkdir()
    onnx.save(model, str(tmp_path / "in" / "big.onnx"), save_as_external_data=True, all_tensors_to_one_file=False,
              size_threshold=512)
    package = packages.pack([tmp_path / "in" / "big.onnx"], support.Model("bert-seqcls").directory, tmp_path / "out")
    files = sorted(p.name for p in (package.directory / "onnx").iterdir())
    assert files == ["model.onnx", "model.onnx_data"]
    onnx.checker.check_model(str(package.directory / "onnx" / "model.onnx"))
    names = packages.run_python(package)
    for inputs, outputs in support.Model("bert-seqcls").cases():
        got = names["model"](**{k: torch.from_numpy(v) for k, v in inputs.items()})
        assert support.relative_error(got["logits"].detach().numpy(), outputs["logits"]) <= 1e-4


def test_a_zip_opens_after_its_own_snippet(shelf, tmp_path):
    model = support.Model("bert-seqcls")
    r = support.modelexport("pack", shelf.get("bert-seqcls", "pt").path, "--source", model.directory, "-o", "bert.zip",
                            "--json", cwd=tmp_path)
    package = packages.Package(tmp_path / "bert.zip", json.loads(r.stdout))
    names = packages.run_python(package)
    inputs, outputs = next(model.cases())
    got = names["model"](**{k: torch.from_numpy(v) for k, v in inputs.items()})
    assert support.relative_error(got["logits"].detach().numpy(), outputs["logits"]) <= 1e-4
    shutil.rmtree(tmp_path / "bert")
    if shutil.which("unzip"):
        os.system(f"cd {tmp_path} && unzip -q bert.zip -d bert")
        assert packages.run_python(package)
