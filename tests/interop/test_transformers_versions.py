"""transformers 4.57 and 5 both read the components of a package, and read in them what they read in the source.

MODELEXPORT_TRANSFORMERS5 is the directory that toolchains/test.sh makes (interop_transformers5). All packages are read
in one process per version; read_components.py says what is compared.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import families
import packages
import support

FIVE = os.environ.get("MODELEXPORT_TRANSFORMERS5")
HERE = pathlib.Path(__file__).resolve().parent
NAMES = [*support.NAMES, *families.FAMILIES]
pytestmark = pytest.mark.skipif(not FIVE, reason="MODELEXPORT_TRANSFORMERS5 is not set: see toolchains/test.sh")
VERSIONS = ("4", "5")


def run(version, *arguments) -> str:
    """Python with that transformers."""
    path = os.pathsep.join(filter(None, [FIVE if version == "5" else None, os.environ.get("PYTHONPATH")]))
    r = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=600,
                       env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"})
    assert r.returncode == 0, r.stderr[-4000:]
    return r.stdout


def components_of(name, root) -> pathlib.Path:
    """A source directory without its weights: the ONNX file that is packed with it does not matter to components."""
    directory = root / f"{name}-source"
    if name in families.FAMILIES:
        families.make(name, directory)
        (directory / "model.safetensors").unlink()
    else:
        extra = shutil.ignore_patterns("model.pt", "zoo.json", "modules.json", "reference.npz")
        shutil.copytree(support.MODELS / name, directory, ignore=extra)
    return directory


# Saved again by transformers 5: one nested processor_config.json, TokenizersBackend, no special_tokens_map.json.
SAVE_AGAIN = """
import sys, pathlib, shutil, transformers as tf
for word in sys.argv[1:]:
    source, target = (pathlib.Path(d) for d in word.split("="))
    target.mkdir()
    tf.AutoConfig.from_pretrained(source).save_pretrained(target)
    config = (source / "config.json").read_text()
    (target / "config.json").write_text(config)
    try:
        tf.AutoProcessor.from_pretrained(source).save_pretrained(target)
    except Exception:
        pass
    for loader in (tf.AutoTokenizer, tf.AutoImageProcessor, tf.AutoFeatureExtractor):
        if (target / "processor_config.json").exists() or (target / "tokenizer_config.json").exists():
            break
        try:
            loader.from_pretrained(source).save_pretrained(target)
        except Exception:
            pass
"""
AGAIN = ("bert-seqcls", "gpt2-lm", "vit-imgcls", "clip", "llama", "wav2vec2", "sam")


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    """version → name → (what it reads in the package, in the source)."""
    root = tmp_path_factory.mktemp("versions")
    sources = {name: components_of(name, root) for name in NAMES}
    again = {f"{name}-saved-by-5": root / f"{name}-saved-by-5-source" for name in AGAIN}
    run("5", "-c", SAVE_AGAIN, *(f"{sources[n]}={again[f'{n}-saved-by-5']}" for n in AGAIN))
    sources.update(again)
    made = {}
    model = root / "model.onnx"
    subprocess.run([sys.executable, support.ROOT / "tests/fixtures/onnx/make_onnx.py", model], check=True)
    for name, source in sources.items():
        # What transformers.js cannot open is a package for Optimum; the others get both loaders' edits.
        target = "optimum" if name.startswith(("wav2vec2", "sam")) or name == "t5" else "optimum,transformers.js"
        made[name] = packages.pack([model], source, root / name, target=target).directory
    answers = {v: json.loads(run(v, HERE / "read_components.py", *made.values(), *sources.values())) for v in VERSIONS}
    assert [answers[v]["version"].split(".")[0] for v in VERSIONS] == list(VERSIONS)
    return {v: {n: (answers[v]["directories"][str(made[n])], answers[v]["directories"][str(sources[n])]) for n in made}
            for v in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_package_reads_like_its_source(readings, name, version):
    package, source = readings[version][name]
    assert package == source
    assert not [what for what, read in source.items() if isinstance(read, str) and what != "processor"]


@pytest.mark.parametrize("name", [n for n in NAMES if "imgcls" not in n])
def test_both_versions_give_the_same_ids(readings, name):
    four, five = (readings[v][name][0].get("tokenizer") for v in VERSIONS)
    if four:
        assert (four["ids"], four["chat"]) == (five["ids"], five["chat"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", AGAIN)
def test_what_5_saved_is_read_by_both(readings, name, version):
    """4.57 cannot read every such source; its reading of the package is compared with 5's of the source."""
    package = readings[version][f"{name}-saved-by-5"][0]
    source = readings["5"][f"{name}-saved-by-5"][1]
    assert package.keys() == source.keys()
    assert not [read for what, read in package.items() if isinstance(read, str) and what != "processor"]
    if "tokenizer" in source:
        assert all(package["tokenizer"][k] == source["tokenizer"][k] for k in ("ids", "decoded", "length", "chat"))
    if "preprocessor" in source:
        assert package["preprocessor"]["arrays"].keys() == source["preprocessor"]["arrays"].keys()
