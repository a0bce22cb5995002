"""stamp --verify-weights against a Hub on loopback: only the bytes that are compared travel, and none are stored.

python3 weights_hub_test.py [NAME…], with MODELEXPORT naming the program.
"""
import hashlib
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

from hub_test import BINARY, CONFIG, HERE, Case

FLOATS = 1 << 20
UNUSED = 24 << 20


def safetensors(tensors):
    """{name: bytes of floats} in this order."""
    header, at = {}, 0
    for name, data in tensors.items():
        header[name] = {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(tensors.values())


class Weights(Case):
    """Three tensors of 4 MiB, in another order than in the model, and one between them that no model has."""

    @classmethod
    def setUpClass(cls):
        values = [struct.pack(f"<{FLOATS}f", *range(i * FLOATS, (i + 1) * FLOATS)) for i in range(3)]
        cls.tensors = {"w2": values[2], "unused": bytes(UNUSED), "w0": values[0], "w1": values[1]}

    def setUp(self):
        super().setUp()
        self.repo.commit({"config.json": CONFIG, "model.safetensors": safetensors(self.tensors)})
        self.model = self.base / "model.onnx"
        self.write_model(self.repo.head)
        self.hub.forget()

    def write_model(self, commit):
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        stamp = {"hf_model_type": "hub", "hf_hub_id": "org/model", "hf_hub_revision": commit}
        words = [*(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}")), *(w for i in range(3) for w in ("--output", f"o{i}"))]
        subprocess.run([sys.executable, str(make), str(self.model), "--floats", str(FLOATS), *words], check=True)

    def verify(self, *more, code=0, **options):
        r = self.run_program("stamp", self.model, "--verify-weights", "-o", self.base / "out.onnx", "--force", "--json", *more,
                             code=code, **options)
        return json.loads(r.stdout)

    def matches(self, **options):
        entries = {e["key"]: e["value"] for e in self.verify(**options)["metadata"]}
        self.assertEqual("weights-match", entries["hf_revision_evidence"])

    def test_what_was_proved_stays_for_the_same_commit(self):
        head = self.repo.head
        self.verify()
        model = self.base / "out.onnx"
        for words in (["--source", f"org/model@{head}"], ["--source", "org/model"], ["--source", f"org/model@{head[:8]}"],
                      ["--revision", "main"], ["--revision", head]):
            r = self.run_program("stamp", model, *words, "-o", self.base / "again.onnx", "--force", "--json")
            entries = {e["key"]: e["value"] for e in json.loads(r.stdout)["metadata"]}
            self.assertEqual((head, "weights-match"), (entries["hf_hub_revision"], entries["hf_revision_evidence"]), words)
            self.assertNotIn("ME-META-004", r.stderr)
        other = self.repo.commit({"config.json": CONFIG + b" ", "model.safetensors": safetensors(self.tensors)})
        for words, evidence in ((["--source", f"org/model@{other}"], "given"), (["--source", "org/model"], "branch-head"),
                                (["--revision", other[:8]], "given"), (["--revision", "main", "--verify-weights"], "weights-match")):
            r = self.run_program("stamp", model, *words, "-o", self.base / "again.onnx", "--force", "--json")
            entries = {e["key"]: e["value"] for e in json.loads(r.stdout)["metadata"]}
            self.assertEqual((other, evidence), (entries["hf_hub_revision"], entries["hf_revision_evidence"]), words)
            self.assertEqual(evidence == "branch-head", "ME-META-004" in r.stderr, words)

    def ranges(self):
        """(first, last) of the requests for the weights' bytes."""
        return [tuple(map(int, r["range"][len("bytes="):].split("-"))) for r in self.hub.requests if r["path"].startswith("/store/")]

    def blobs(self):
        return [p for p in self.cache.rglob("blobs/*") if p.stat().st_size > len(CONFIG)]

    def test_only_what_is_compared_travels(self):
        self.matches()
        travelled = sum(last - first + 1 for first, last in self.ranges())
        self.assertGreaterEqual(travelled, 3 * 4 * FLOATS)
        self.assertLess(travelled, 3 * 4 * FLOATS + UNUSED // 2)
        self.assertEqual([], self.blobs())

    def test_ascending_and_at_one_address(self):
        self.matches(env={"HF_TOKEN": self.hub.token})
        got = self.ranges()
        self.assertEqual(sorted(got), got)
        self.assertEqual(1, len([r for r in self.hub.requests if "/resolve/" in r["path"] and "model.safetensors" in r["path"]]))
        self.assertEqual({None}, {r["token"] for r in self.hub.requests if r["host"] == "127.0.0.2"})

    def test_another_content_is_found(self):
        for name in ("w0", "w2"):
            other = bytearray(self.tensors[name])
            other[-1] ^= 1
            commit = self.repo.commit({"config.json": CONFIG, "model.safetensors": safetensors({**self.tensors, name: bytes(other)})})
            error = self.verify("--source", f"org/model@{commit}", code=1)["error"]
            self.assertEqual("ME-HUB-014", error["code"])
            self.assertIn(f"'{name}'", error["message"])
            self.assertFalse((self.base / "out.onnx").exists())

    def commit_without(self, name, data):
        """The commit has `data` under another name than `name`."""
        rest = {n: d for n, d in self.tensors.items() if n != name}
        return self.repo.commit({"config.json": CONFIG, "model.safetensors": safetensors({**rest, "renamed": data})})

    def test_most_tensors_are_not_most_of_the_weights(self):
        other = bytearray(self.tensors["w2"])
        other[0] ^= 1
        commit = self.commit_without("w2", bytes(other))
        error = self.verify("--source", f"org/model@{commit}", code=1)["error"]
        self.assertEqual("ME-HUB-014", error["code"])
        self.assertIn("2 of 3 tensors, 8.0 MiB of 12 MiB, have a counterpart", error["message"])
        self.assertIn("'w2'", error["message"])
        self.assertFalse((self.base / "out.onnx").exists())

    def test_equal_bytes_under_another_name_are_the_weight(self):
        commit = self.commit_without("w2", self.tensors["w2"])
        entries = {e["key"]: e["value"] for e in self.verify("--source", f"org/model@{commit}")["metadata"]}
        self.assertEqual((commit, "weights-match"), (entries["hf_hub_revision"], entries["hf_revision_evidence"]))

    def test_faults_that_pass(self):
        for fault in ("expires", "renewed", "rangecut", "503x1"):
            with self.subTest(fault):
                self.repo.faults, self.repo.counts = {"model.safetensors": fault}, {}
                self.matches()
                self.assertEqual([], self.blobs())

    def test_a_server_without_ranges(self):
        self.repo.faults = {"model.safetensors": "norange"}
        self.matches()
        self.assertEqual(1, len(self.blobs()))

    def test_faults_that_stay(self):
        for fault, code in (("badrange", "ME-HUB-004"), ("nocommit", "ME-HUB-004"), ("loop", "ME-HUB-005"), ("file", "ME-HUB-005"),
                            ("404", "ME-HUB-002"), ("zipped", "ME-HUB-004")):
            with self.subTest(fault):
                self.repo.faults, self.repo.counts = {"model.safetensors": fault}, {}
                self.assertEqual(code, self.verify(code=4)["error"]["code"])
                self.assertFalse((self.base / "out.onnx").exists())

    def test_the_cache_comes_first(self):
        self.fetch(f"org/model@{self.repo.head}", "model.safetensors")
        self.hub.forget()
        self.matches()
        self.matches(env={"HF_HUB_OFFLINE": "1"})
        self.assertEqual([], self.ranges())

    def test_a_damaged_file_of_the_cache_is_named(self):
        """Weights that stay in the repository: cut off or changed in the cache, offline, it is the blob that is wrong."""
        self.fetch(f"org/model@{self.repo.head}")
        self.fetch(f"org/model@{self.repo.head}", "model.safetensors")
        blob = (self.snapshot() / "model.safetensors").resolve()
        good = blob.read_bytes()
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        stamp = {"hf_model_type": "hub", "hf_hub_id": "org/model", "hf_hub_revision": self.repo.head,
                 "modelexport.weights.model.safetensors": hashlib.sha256(good).hexdigest()}
        # The tensor's place in the file does not matter here, its end does.
        subprocess.run([sys.executable, str(make), str(self.model), "--floats", str(len(good) // 4), "--location", "model.safetensors",
                        "--big", *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)
        self.run_program("load", self.model, "-o", "good", "--offline")
        self.assertEqual(good, (self.base / "good" / "model.onnx_data").read_bytes())
        bad_ones = (good[:-4], good[:100], b"", good[:-1] + bytes([good[-1] ^ 1]))
        for listed in (True, False):  # without the commit's list the cache knows no size but the file's own
            if not listed:
                shutil.rmtree(self.folder() / "trees")
            for bad in bad_ones:
                blob.write_bytes(bad)
                error = json.loads(self.run_program("load", self.model, "-o", "bad", "--offline", "--json", code=4).stdout)["error"]
                self.assertEqual("ME-HUB-010", error["code"], (listed, len(bad)))
                self.assertEqual(blob, pathlib.Path(error["where"]["path"]).resolve())
                self.assertIn("rm '", error["hint"])
                self.assertFalse((self.base / "bad").exists())
        # With network it is brought again.
        blob.write_bytes(good[:-4])
        self.run_program("load", self.model, "-o", "again")
        self.assertEqual(good, (self.base / "again" / "model.onnx_data").read_bytes())

    def test_offline_without_cache(self):
        self.assertEqual("ME-HUB-009", self.verify(code=4, env={"HF_HUB_OFFLINE": "1"})["error"]["code"])

    @unittest.skipIf(b"__asan_init" in pathlib.Path(BINARY).read_bytes(), "sanitizers keep what is freed")
    def test_memory_stays_small(self):
        measure = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL);"
                   "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        r = subprocess.run([sys.executable, "-c", measure, BINARY, "stamp", self.model, "--verify-weights", "--dry-run"],
                           env=self.environment(), capture_output=True, text=True, timeout=300)
        code, kilobytes = map(int, r.stdout.split())
        self.assertEqual(0, code, r.stderr)
        self.assertLess(kilobytes, 64 * 1024)


if __name__ == "__main__":
    unittest.main(verbosity=1)
