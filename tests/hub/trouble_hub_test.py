"""What goes wrong around a Hub rather than in it: a network that swallows everything, a full disk, a renamed model.

python3 trouble_hub_test.py [NAME…], with MODELEXPORT naming the program.
"""
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from hub_test import BINARY, COMPONENTS, FILES, HERE, Case

ARCHIVE = HERE.parent / "fixtures" / "archives" / "net-torch-2.15.0.pt2"
SANITIZED = b"__asan_init" in pathlib.Path(BINARY).read_bytes()
MOST = 3.0  # seconds that a network which is not there may cost a decision
SLOW = 8 if SANITIZED else 1.9  # of the program itself under load; waiting twice would still be found without sanitizers


def can_mount():
    with tempfile.TemporaryDirectory() as place:
        if subprocess.run(["mount", "-t", "tmpfs", "none", place], capture_output=True).returncode != 0:
            return False
        return subprocess.run(["umount", place]).returncode == 0


@contextlib.contextmanager
def silence():
    """Addresses of servers that accept and never answer, and that never accept."""
    silent, full = socket.socket(), socket.socket()
    waiting = []
    for server, backlog in ((silent, 100), (full, 0)):
        server.bind(("127.0.0.1", 0))
        server.listen(backlog)
    for _ in range(4):  # the kernel answers no further one
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(full.getsockname())
        waiting.append(client)
    try:
        yield [f"{scheme}://127.0.0.1:{s.getsockname()[1]}" for scheme, s in (("http", silent), ("https", silent), ("http", full))]
    finally:
        for s in (silent, full, *waiting):
            s.close()


def onnx_file(path, **stamp):
    make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
    subprocess.run([sys.executable, str(make), str(path), *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)
    return path


class BlackHole(Case):
    def timed(self, *words, most=MOST, **options):
        started = time.monotonic()
        r = self.run_program(*words, **options)
        self.assertLess(time.monotonic() - started, most + SLOW, words)
        return r

    def test_a_decision_waits_three_seconds_at_most(self):
        with silence() as endpoints:
            for endpoint in endpoints:
                env = {"HF_ENDPOINT": endpoint}
                r = self.timed("resolve", "my/model", "other/model", "third/model@v1", "--json", env=env)
                self.assertEqual(["unverified"] * 3, [s["reason"] for s in json.loads(r.stdout)["sources"]])
                # What is known without a question costs nothing, nor does anything with --offline.
                (self.base / "org" / "model").mkdir(parents=True, exist_ok=True)
                self.timed("resolve", "org/model", "./x", f"a/b@{self.repo.head}", env=env, most=0)
                self.timed("resolve", "other/model", "--offline", env=env, most=0)

    def test_commands_that_decide(self):
        self.fetch("org/model", "*")
        model = onnx_file(self.base / "model.onnx", hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        pinned = f"org/model@{self.repo.head}"
        with silence() as endpoints:
            env = {"HF_ENDPOINT": endpoints[0]}
            self.timed("load", model, "-o", "load", env=env, most=0)  # the cache has the commit
            self.timed("stamp", model, "--source", pinned, "-o", "stamp.onnx", env=env)
            self.timed("export", ARCHIVE, "--source", pinned, "-o", "pinned.onnx", "--verify", "off", env=env)
            self.timed("export", ARCHIVE, "--source", "org/model", "-o", "cached.onnx", "--verify", "off", env=env)
            r = self.timed("export", ARCHIVE, "--source", "no/such", "-o", "x.onnx", "--json", env=env, code=4)
            self.assertEqual("ME-SRC-004", json.loads(r.stdout)["error"]["code"])
            self.assertFalse((self.base / "x.onnx").exists())


@unittest.skipUnless(can_mount(), "no file system can be mounted here")
class FullDisk(Case):
    """HF_HOME on a file system of 256 KiB."""

    def setUp(self):
        super().setUp()
        self.big = bytes(range(256)) * 4096  # 1 MiB
        self.repo.commit({**FILES, "model.safetensors": self.big, "vocab.txt": self.big[:9000] * 40})
        self.home.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(self.home)], check=True)
        self.addCleanup(subprocess.run, ["umount", str(self.home)], check=True)

    def test_a_file_that_does_not_fit(self):
        error = self.failure("org/model", "model.safetensors", code=5)
        self.assertEqual("ME-HUB-011", error["code"])
        self.assertIn("No space left on device", error["message"])
        self.assertIn("HF_HUB_CACHE", error["hint"])
        # What fits is still fetched and whole, and what was there before stays.
        self.fetch("org/model", "config.json")
        self.failure("org/model", "model.safetensors", code=5)
        self.assertEqual(FILES["config.json"], (self.snapshot() / "config.json").read_bytes())
        self.assertEqual(["config.json"], [p.name for p in self.snapshot().iterdir()])

    def test_full_to_the_last_byte(self):
        with contextlib.suppress(OSError), open(self.home / "ballast", "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        self.assertEqual("ME-HUB-011", self.failure("org/model", "config.json", code=5)["code"])
        (self.home / "ballast").unlink()
        self.fetch("org/model", "config.json")

    def test_load_says_so_and_leaves_nothing(self):
        model = onnx_file(self.base / "model.onnx", hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        r = self.run_program("load", model, "-o", "out", "--json", code=5)
        self.assertEqual("ME-HUB-011", json.loads(r.stdout)["error"]["code"])
        self.assertFalse((self.base / "out").exists())


class Renamed(Case):
    """A model that has another name by now: whoever has the old one goes on under it."""

    def setUp(self):
        super().setUp()
        self.commit = self.repo.head
        self.hub.repos = {"new/model": self.repo}
        self.repo.name, self.repo.aliases = "new/model", ["org/model"]

    def stamped(self, path):
        entries = json.loads(self.run_program("stamp", path, "--json").stdout)["metadata"]
        return {e["key"]: e["value"] for e in entries}

    def test_export_stamp_and_load(self):
        for i, source in enumerate(("org/model", f"org/model@{self.commit}", "org/model@main")):
            out = self.base / f"m{i}.onnx"
            self.run_program("export", ARCHIVE, "--source", source, "-o", out, "--verify", "off")
            got = self.stamped(out)
            self.assertEqual(("org/model", self.commit), (got["hf_hub_id"], got["hf_hub_revision"]), source)
            self.run_program("load", out, "-o", f"load{i}")
            for name in COMPONENTS:
                self.assertEqual(FILES[name], (self.base / f"load{i}" / name).read_bytes(), name)
        again = self.base / "again.onnx"
        self.run_program("stamp", self.base / "m0.onnx", "--source", "org/model", "-o", again)
        self.assertEqual(self.commit, self.stamped(again)["hf_hub_revision"])
        self.hub.forget()
        self.run_program("load", again, "-o", "offline", "--offline")
        self.assertEqual([], self.hub.requests)

    def test_the_new_name_is_another_model_to_the_cache(self):
        model = onnx_file(self.base / "model.onnx", hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.commit)
        self.run_program("load", model, "-o", "old")
        self.assertTrue((self.folder() / "snapshots" / self.commit / "config.json").exists())
        self.assertFalse(self.folder("new/model").exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
