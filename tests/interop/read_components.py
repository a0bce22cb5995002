"""Reads the components of model directories and prints what they are and do: read_components.py DIRECTORY… > JSON

Run by test_transformers_versions.py, once in the tests' own transformers and once in another major version: nothing but
transformers itself is used. Every loader that has files in the directory is asked; an error is part of the answer.
"""
import hashlib
import json
import os
import pathlib
import sys

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")

import numpy as np  # noqa: E402
import transformers as tf  # noqa: E402

TEXTS = ["hello world, the model has a good day!", "bad", "Grüße <mask> [MASK] </s> 0123\n\"x\""]
MESSAGES = [{"role": "user", "content": " hello  world "}, {"role": "assistant", "content": "good\n\"day\""},
            {"role": "user", "content": "Grüße {{ x }}"}]
PICTURE = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
SOUND = np.random.default_rng(0).uniform(-1, 1, 4000).astype(np.float32)
# Where a configuration was read from and by whom is no content; the package adds a key for transformers.js.
NOT_CONTENT = ("_name_or_path", "name_or_path", "transformers_version", "transformers.js_config", "_commit_hash")


def content(value):
    if isinstance(value, dict):
        return {str(k): content(v) for k, v in value.items() if k not in NOT_CONTENT}
    if isinstance(value, (list, tuple)):
        return [content(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def arrays(batch) -> dict:
    """Name → shape, dtype and digest of every array: equal if and only if the arrays are."""
    made = {}
    for name, value in batch.items():
        value = np.ascontiguousarray(np.asarray(value))
        made[name] = [list(value.shape), str(value.dtype), hashlib.sha256(value.tobytes()).hexdigest()]
    return made


def tokenizer(directory):
    made = tf.AutoTokenizer.from_pretrained(directory)
    ids = made(TEXTS)["input_ids"]
    roles = {k: str(v) for k, v in made.special_tokens_map.items()}
    text = made.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True) if made.chat_template else None
    return {"class": type(made).__name__, "ids": ids, "decoded": made.batch_decode(ids), "pair": made(*TEXTS[:2])["input_ids"],
            "length": len(made), "maximum": made.model_max_length, "roles": roles, "template": made.chat_template, "chat": text}


def image_processor(directory):
    made = tf.AutoImageProcessor.from_pretrained(directory)
    return {"class": type(made).__name__, "arrays": arrays(made(PICTURE, return_tensors="np")), "settings": content(made.to_dict())}


def feature_extractor(directory):
    made = tf.AutoFeatureExtractor.from_pretrained(directory)
    return {"class": type(made).__name__, "arrays": arrays(made(SOUND, sampling_rate=16000, return_tensors="np")),
            "settings": content(made.to_dict())}


def processor(directory):
    made = tf.AutoProcessor.from_pretrained(directory)
    parts = {a: type(getattr(made, a)).__name__ for a in ("tokenizer", "image_processor", "feature_extractor") if getattr(made, a, None)}
    return {"class": type(made).__name__, "parts": parts, "chat": getattr(made, "chat_template", None)}


def generation(directory):
    return content(tf.GenerationConfig.from_pretrained(directory).to_dict())


def sound_of(directory) -> bool:
    for name, key in (("preprocessor_config.json", None), ("processor_config.json", "feature_extractor")):
        if (directory / name).is_file():
            settings = json.loads((directory / name).read_text())
            settings = settings.get(key, {}) if key else settings
            if "feature_extractor_type" in settings:
                return True
    return False


def read(directory: pathlib.Path) -> dict:
    there = {p.name for p in directory.iterdir()}
    wanted = {"config": lambda d: content(tf.AutoConfig.from_pretrained(d).to_dict())}
    if "generation_config.json" in there:
        wanted["generation"] = generation
    if "tokenizer_config.json" in there:
        wanted["tokenizer"] = tokenizer
    if there & {"preprocessor_config.json", "processor_config.json"}:
        wanted["preprocessor"] = feature_extractor if sound_of(directory) else image_processor
        wanted["processor"] = processor
    made = {}
    for what, reader in wanted.items():
        try:
            made[what] = reader(directory)
        except Exception as error:
            made[what] = f"{type(error).__name__}: {error}".replace(str(directory), "DIRECTORY")
    return made


print(json.dumps({"version": tf.__version__, "directories": {d: read(pathlib.Path(d)) for d in sys.argv[1:]}}))
