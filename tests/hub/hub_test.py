"""resolve and fetch against a Hub on loopback: python3 hub_test.py [NAME…], with MODELEXPORT naming the program."""
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import no_sockets  # noqa: E402
from hub_server import Hub  # noqa: E402

BINARY = os.environ.get("MODELEXPORT") or str(HERE.parents[1] / "build" / "bin" / "modelexport")
CONFIG = b'{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}'
FILES = {"config.json": CONFIG, "tokenizer.json": b'{"t": 1}' * 2000, "tokenizer_config.json": b"{}",
         "model.safetensors": bytes(range(256)) * 200, "README.md": b"# a model", "LICENSE": b"MIT"}
COMPONENTS = ["LICENSE", "config.json", "tokenizer.json", "tokenizer_config.json"]


class Case(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="modelexport-hub-"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.hub = Hub().start()
        self.addCleanup(self.hub.stop)
        self.repo = self.hub.add("org/model", FILES, task="text-classification", card={"license": "mit"})
        self.home = self.base / "hf"
        self.cache = self.home / "hub"

    def environment(self, **more):
        keep = {"PATH": os.environ["PATH"], "HOME": str(self.base), "HF_HOME": str(self.home), "LC_ALL": "C.UTF-8",
                "HF_ENDPOINT": self.hub.endpoint, "MODELEXPORT_NO_PROGRESS": "1",
                "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}
        return {**keep, **more}

    def run_program(self, *arguments, code=0, env=None, timeout=120, before=None):
        r = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, cwd=self.base, timeout=timeout,
                           env=self.environment(**(env or {})), preexec_fn=before)
        self.assertEqual(r.returncode, code, f"{arguments}\n{r.stdout}\n{r.stderr}")
        for text in (r.stdout, r.stderr):
            self.assertNotIn(self.hub.token, text)
            self.assertNotIn("secret-signature", text)
        return r

    def fetch(self, *arguments, code=0, **options):
        r = self.run_program("fetch", *arguments, "--json", code=code, **options)
        return json.loads(r.stdout)

    def failure(self, *arguments, code=4, **options):
        """The error of a fetch that must fail, and leave nothing half-written."""
        error = self.fetch(*arguments, code=code, **options)["error"]
        if self.cache.exists():
            left = [p for p in self.cache.rglob("*") if p.name.endswith((".incomplete", ".tmp"))]
            self.assertEqual([], left)
        return error

    def resolve(self, *names, code=0, **options):
        r = self.run_program("resolve", *names, "--json", code=code, **options)
        return json.loads(r.stdout)["sources"]

    def folder(self, name="org/model"):
        return self.cache / ("models--" + name.replace("/", "--"))

    def snapshot(self):
        return self.folder() / "snapshots" / self.repo.head


class Resolve(Case):
    def one(self, name, **options):
        return self.resolve(name, **options)[0]

    def test_the_hub_knows_it(self):
        found = self.one("org/model")
        self.assertEqual(("hub", "hub-api", "api", self.repo.head), tuple(found[k] for k in ("kind", "reason", "verified", "commit")))
        self.assertEqual(1, len(self.hub.requests))

    def test_revisions(self):
        self.repo.refs.update({"v1.0": self.repo.head, "refs/pr/1": self.repo.head, "feature/x": self.repo.head})
        for revision in ("main", "v1.0", "refs/pr/1", "feature/x", self.repo.head[:8]):
            self.assertEqual(self.repo.head, self.one(f"org/model@{revision}")["commit"], revision)
        self.hub.forget()
        self.assertEqual("pinned", self.one(f"org/model@{self.repo.head}")["reason"])
        self.assertEqual("pinned", self.one(f"org/model@{self.repo.head.upper()}")["reason"])
        self.assertEqual([], self.hub.requests)

    def test_aliases_are_followed_and_kept(self):
        self.repo.aliases = ["model", "old/name"]
        for name in ("model", "old/name", "ORG/Model"):
            found = self.one(name)
            self.assertEqual(("hub", name, self.repo.head), (found["kind"], found["repo_id"], found["commit"]))

    def test_a_link_is_always_hub(self):
        self.assertEqual("hub-scheme", self.one("hf://org/model@main")["reason"])
        self.assertEqual("hub-scheme", self.one("hf://no/such", code=4)["reason"])

    def test_a_link_into_the_endpoint(self):
        """As copied from a mirror's page, with its port."""
        for link in ("/org/model", "/org/model/tree/main", "/org/model/blob/main/config.json"):
            self.assertEqual(("hub", "org/model"), tuple(self.one(self.hub.endpoint + link)[k] for k in ("kind", "repo_id")))
        self.assertEqual("bad-name", self.one(self.hub.store + "/org/model", code=3)["reason"])

    def test_a_directory_wins_without_a_question(self):
        (self.base / "org" / "model").mkdir(parents=True)
        self.assertEqual("existing-path", self.one("org/model")["reason"])
        self.assertEqual([], self.hub.requests)

    def test_names_that_are_not_there(self):
        self.assertEqual(("local", "private"), tuple(self.one("no/such")[k] for k in ("kind", "reason")))
        token = {"HF_TOKEN": self.hub.token}
        self.assertEqual(("local", "not-found"), tuple(self.one("no/such", env=token)[k] for k in ("kind", "reason")))

    def test_a_hub_source_that_is_not_there(self):
        """A known model without the revision is Hub for certain, as is a link: exit 4, as of whoever uses it."""
        found = self.one("org/model@no-such", code=4)
        self.assertEqual(("hub", "not-found", "no-such"), tuple(found[k] for k in ("kind", "reason", "revision")))
        self.assertNotIn("commit", found)
        line = self.run_program("resolve", "org/model@no-such", code=4).stdout
        self.assertIn("the Hub knows the model, but not this revision", line)
        self.assertIn("the Hub knows the model, but not this revision", self.run_program("resolve", "hf://org/model@no-such", code=4).stdout)
        self.assertIn("the Hub does not know it", self.run_program("resolve", "hf://no/such", code=4, env={"HF_TOKEN": self.hub.token}).stdout)
        self.assertIn("the Hub refuses access", self.run_program("resolve", "hf://no/such", code=4).stdout)
        self.assertIn("4 if it is a Hub source", " ".join(self.run_program("resolve", "--help").stdout.split()))

    def test_private_with_and_without_token(self):
        self.repo.private = True
        self.assertEqual("private", self.one("org/model")["reason"])
        self.assertEqual("hub-api", self.one("org/model", env={"HF_TOKEN": f" {self.hub.token}\r\n"})["reason"])

    def test_the_cache_answers_when_nobody_else_does(self):
        self.fetch("org/model")
        gone = {"HF_ENDPOINT": "http://127.0.0.1:9"}
        found = self.one("org/model", env=gone)
        self.assertEqual(("hub-cache", "cache", self.repo.head), (found["reason"], found["verified"], found["commit"]))
        self.hub.forget()
        self.assertEqual("hub-cache", self.one("org/model", env={"HF_HUB_OFFLINE": "1"})["reason"])
        r = self.run_program("--offline", "resolve", "org/model", f"org/model@{self.repo.head[:8]}", "org/other", "--json")
        self.assertEqual(["hub-cache", "hub-cache", "unverified"], [s["reason"] for s in json.loads(r.stdout)["sources"]])
        self.assertEqual([], self.hub.requests)

    def test_a_silent_network_delays_no_decision(self):
        import socket
        with socket.socket() as silent:  # accepts connections and never answers
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            start = time.monotonic()
            found = self.resolve("a/b", "c/d", "e", env={"HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"})
            self.assertLess(time.monotonic() - start, 3 + 1)  # a loaded machine starts programs slowly
        self.assertEqual(["unverified"] * 3, [s["reason"] for s in found])

    def test_answers_that_are_none(self):
        for fault in ("html", "loop", "file", "503", "reset", "endless"):
            self.repo.faults["api"] = fault
            self.assertEqual("unverified", self.one("org/model")["reason"], fault)
            # Who needs the model is told the address and the cause.
            model = self.base / "model.onnx"
            make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
            subprocess.run([sys.executable, str(make), str(model)], check=True)
            url = f"{self.hub.endpoint}/api/models/org/model"
            for words in (["stamp", model, "--source", "org/model", "-o", "x.onnx"], ["pack", model, "--source", "org/model", "-o", "x"]):
                error = json.loads(self.run_program(*words, "--json", code=4).stdout)["error"]
                self.assertEqual("ME-SRC-004", error["code"], fault)
                self.assertIn(f" at {url}.", error["message"])
                self.assertRegex(error["message"], "JSON|redirect|status 503|broke off|longer|cannot be reached")
                self.assertEqual("--allow-unpinned" in error["hint"], words[0] == "stamp")
            self.assertIn(f" at {url};", self.run_program("resolve", "org/model").stdout)


class Fetch(Case):
    def test_components_into_the_shared_layout(self):
        got = self.fetch("org/model")
        self.assertEqual(self.repo.head, got["commit"])
        self.assertEqual(str(self.snapshot()), got["directory"])
        self.assertEqual(COMPONENTS, [f["path"] for f in got["files"]])
        self.assertEqual({"hub"}, {f["from"] for f in got["files"]})
        for name in COMPONENTS:
            link = self.snapshot() / name
            data = link.read_bytes()
            self.assertEqual(FILES[name], data)
            self.assertEqual(f"../../blobs/{self.repo.etag(name, data)}", os.readlink(link))
        self.assertEqual(self.repo.head.encode(), (self.folder() / "refs" / "main").read_bytes())
        self.assertFalse((self.folder() / "trees").exists())  # the snapshot is not complete
        self.hub.forget()
        again = self.fetch(f"org/model@{self.repo.head}")
        self.assertEqual({"cache"}, {f["from"] for f in again["files"]})
        self.assertEqual([], self.hub.requests)
        self.assertEqual(1, len(self.fetch("org/model", code=0) and self.hub.requests))  # what main means now

    def test_a_complete_snapshot_has_a_tree(self):
        self.fetch("org/model", "*")
        tree = json.loads((self.folder() / "trees" / f"{self.repo.head}.json").read_text())
        self.assertEqual(sorted(FILES), sorted(tree["files"]))
        self.hub.forget()
        self.fetch(f"org/model@{self.repo.head}", "*.safetensors")
        self.assertEqual([], self.hub.requests)

    def test_modes_and_locks(self):
        for umask, mode in ((0o022, 0o644), (0o077, 0o600)):
            shutil.rmtree(self.home, ignore_errors=True)
            old = os.umask(umask)
            try:
                self.fetch("org/model", "config.json")
            finally:
                os.umask(old)
            blob = (self.snapshot() / "config.json").resolve()
            self.assertEqual(mode, blob.stat().st_mode & 0o777)
            locks = list((self.cache / ".locks").rglob("*.lock"))
            self.assertEqual([(0, 0o664)], [(p.stat().st_size, p.stat().st_mode & 0o777) for p in locks])

    def test_nested_odd_and_empty_files(self):
        odd = {"config.json": CONFIG, "sub/dir/a b#c?+~%é.json": b"odd", "empty.txt": b""}
        self.repo.commit(odd)
        self.fetch("org/model", *odd)
        for name, data in odd.items():
            self.assertEqual(data, (self.snapshot() / name).read_bytes())
        self.assertTrue(os.readlink(self.snapshot() / "sub/dir/a b#c?+~%é.json").startswith("../../../../blobs/"))

    def test_pages_of_the_list(self):
        self.hub.page_size = 3
        self.assertEqual(COMPONENTS, [f["path"] for f in self.fetch("org/model")["files"]])

    def test_dry_run_downloads_nothing(self):
        got = self.fetch("org/model", "*.safetensors", "--dry-run")
        self.assertEqual([{"path": "model.safetensors", "bytes": 51200, "from": "hub"}], got["files"])
        self.assertNotIn("refused", got)
        self.assertFalse(self.cache.exists())

    def test_dry_run_says_that_a_download_would_be_refused(self):
        self.repo.gated = "manual"
        r = self.run_program("fetch", "org/model", "--dry-run")
        self.assertEqual(len(COMPONENTS), len(r.stdout.splitlines()))
        self.assertIn("warning[ME-SRC-003]: access to org/model is restricted (gated model)", r.stderr)
        got = self.fetch("org/model", "config.json", "--dry-run")
        self.assertEqual("ME-SRC-003", got["refused"]["code"])
        self.assertIn("request access", got["refused"]["hint"])
        token = {"HF_TOKEN": self.hub.token}
        self.assertNotIn("refused", self.fetch("org/model", "*", "--dry-run", env=token))
        self.fetch("org/model", env=token)
        self.hub.forget()
        self.assertNotIn("refused", self.fetch(f"org/model@{self.repo.head}", "--dry-run"))  # nothing is missing
        self.assertEqual([], self.hub.requests)

    def test_what_the_cache_has_is_not_taken_for_all(self):
        self.fetch("org/model")
        for options, partial in ((["*", "--offline"], True), (["*"], False), (["--offline"], False), (["config.json", "--offline"], False)):
            got = self.fetch("org/model", "--dry-run", *options)
            self.assertEqual(partial, got.get("partial", False), options)
        r = self.run_program("fetch", "org/model", "*", "--dry-run", "--offline")
        self.assertIn(f"the cache has of org/model@{self.repo.head}; the model may have more", r.stderr)
        self.assertEqual("", self.run_program("fetch", "org/model", "*", "--dry-run", "--offline", "--quiet").stderr)

    def test_refs_are_forty_bytes_under_the_name_that_was_asked_for(self):
        self.repo.refs.update({"v1.0": self.repo.head, "refs/pr/1": self.repo.head, "feature/x": self.repo.head})
        names = ["main", "v1.0", "refs/pr/1", "feature/x", self.repo.head[:8]]
        for name in names:
            self.fetch(f"org/model@{name}", "config.json")
        refs = self.folder() / "refs"
        found = {str(p.relative_to(refs)): p.read_bytes() for p in refs.rglob("*") if p.is_file()}
        self.assertEqual({name: self.repo.head.encode() for name in names}, found)
        self.hub.forget()
        for name in names:
            self.fetch(f"org/model@{name}", "config.json", "--offline")
        self.assertEqual("ME-HUB-009", self.failure(f"org/model@{'f' * 8}", "--offline")["code"])
        self.assertEqual([], self.hub.requests)

    def test_nothing_else_is_left_in_the_cache(self):
        self.fetch("org/model", "config.json")
        blob, lock = self.repo.etag("config.json", CONFIG), ".locks/models--org--model/"
        absent = {"added_tokens.json", "chat_template.jinja", "chat_template.json", "generation_config.json", "preprocessor_config.json",
                  "processor_config.json", "special_tokens_map.json", "video_preprocessor_config.json"}
        wanted = {f"{lock}{blob}.lock", f"models--org--model/blobs/{blob}", "models--org--model/refs/main",
                  f"models--org--model/snapshots/{self.repo.head}/config.json",
                  *(f"models--org--model/.no_exist/{self.repo.head}/{name}" for name in absent)}
        self.assertEqual(wanted, {str(p.relative_to(self.cache)) for p in self.cache.rglob("*") if not p.is_dir()})

    def test_without_links(self):
        self.fetch("org/model", env={"HF_HUB_DISABLE_SYMLINKS": "1"})
        for name in COMPONENTS:
            self.assertFalse((self.snapshot() / name).is_symlink())
            self.assertEqual(FILES[name], (self.snapshot() / name).read_bytes())
        self.assertEqual([], list((self.folder() / "blobs").iterdir()))
        self.hub.forget()
        self.fetch(f"org/model@{self.repo.head}")
        self.assertEqual([], self.hub.requests)

    def test_a_blob_of_another_commit_is_not_downloaded_again(self):
        self.fetch("org/model", "model.safetensors")
        self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        self.hub.forget()
        self.fetch("org/model", "model.safetensors", "config.json")
        self.assertEqual([], [r for r in self.hub.requests if "safetensors" in r["path"]])
        self.assertTrue((self.snapshot() / "model.safetensors").is_symlink())

    def test_offline(self):
        self.assertEqual("ME-HUB-009", self.failure("org/model", "--offline")["code"])
        self.fetch("org/model")
        self.hub.forget()
        for name in ("org/model", "org/model@main", f"org/model@{self.repo.head}", f"org/model@{self.repo.head[:8]}"):
            self.assertEqual(len(COMPONENTS), len(self.fetch(name, env={"HF_HUB_OFFLINE": "YES"})["files"]), name)
        self.assertEqual([], self.hub.requests)

    def test_a_renamed_model(self):
        self.hub.repos = {"new/model": self.repo}
        self.repo.name, self.repo.aliases = "new/model", ["org/model"]
        got = self.fetch(f"org/model@{self.repo.head}", "*")
        self.assertEqual(sorted(FILES), [f["path"] for f in got["files"]])
        self.assertEqual(str(self.snapshot()), got["directory"])  # under the name that was asked for

    def test_hostile_names_are_no_questions(self):
        names = ("a/b/c", "../x", "org/..", "org/a..b", "org/a--b", "org/model.git", "org/-model", "org/model.", "org/" + "n" * 97, "оrg/model",
                 "org/ｍodel", "org\u2215model", "org/model\n", "org/mo del", "org/model@../x", "org/model@/etc", "org/model@a\\b", "org/model@a//b",
                 "org/model@", "org/model@a b", "hf://datasets/org/model", "hf://org/model@x/../../y", "https://evil.example/org/model", "")
        for name in names:
            error = self.failure(name, code=3)
            self.assertIn(error["code"], ("ME-SRC-001",), name)
        for name in ("../../etc/passwd", "/etc/passwd", "a\\b", "config.json/../x", "C:x"):
            self.assertEqual("ME-HUB-008", self.failure("org/model", name)["code"], name)
        self.assertEqual({"127.0.0.1"}, {r["host"] for r in self.hub.requests})
        self.assertEqual([], [r for r in self.hub.requests if "/resolve/" in r["path"] or "evil" in r["path"]])

    def test_a_mistyped_name(self):
        self.fetch("org/model")
        for env in ({}, {"HF_TOKEN": self.hub.token}):
            error = self.failure("org/modle", env=env)
            self.assertIn("Model not found on HuggingFace Hub", error["message"])
            self.assertIn("did you mean org/model?", error["hint"])
            self.assertNotIn("huggingface.co", error["hint"])
        for other in ("another/thing", "org/me", "org/tiny"):
            self.assertNotIn("did you mean", self.failure(other)["hint"])

    def test_unknown_names(self):
        for name, code, status in (("no/such", "ME-SRC-003", 4), ("org/model@none", "ME-HUB-007", 4), ("../x", "ME-SRC-001", 3),
                                   ("org/a--b", "ME-SRC-001", 3), ("org/mødel", "ME-SRC-001", 3), ("org/model@../x", "ME-SRC-001", 3)):
            self.assertEqual(code, self.failure(name, code=status)["code"], name)
        self.assertEqual("ME-HUB-008", self.failure("org/model", "none.json")["code"])
        self.assertIn("Model not found on HuggingFace Hub", self.failure("no/such", env={"HF_TOKEN": self.hub.token})["message"])


class Load(Case):
    """The lone file with its stamp; what tests/interop opens with Optimum is made here from bytes."""

    def stamped(self, **stamp):
        model = self.base / "model.onnx"
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        subprocess.run([sys.executable, str(make), str(model), *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)
        return model

    def load(self, model, out, *options, code=0, **more):
        return json.loads(self.run_program("load", model, "-o", out, "--json", *options, code=code, **more).stdout)

    def test_the_predecessors_eight_digits(self):
        commit = self.repo.head
        model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=commit[:8])
        self.repo.commit({**FILES, "config.json": CONFIG + b" "})  # the branch has moved on
        self.assertEqual(commit, self.load(model, "online")["source"]["revision"])
        self.assertEqual(CONFIG, (self.base / "online" / "config.json").read_bytes())
        self.hub.forget()
        self.assertEqual(commit, self.load(model, "offline", "--offline")["source"]["revision"])
        self.assertEqual([], self.hub.requests)
        error = self.load(model, "none", "--offline", code=4, env={"HF_HOME": str(self.base / "empty")})["error"]
        self.assertEqual("ME-HUB-009", error["code"])
        self.assertFalse((self.base / "none").exists())

    def package(self, out):
        """(source of the manifest, stamp of the model) of a package; both must name the same."""
        source = json.loads((self.base / out / "modelexport.json").read_text())["source"]
        entries = json.loads(self.run_program("stamp", self.base / out / "model.onnx", "--json").stdout)["metadata"]
        stamp = {e["key"]: e["value"] for e in entries}
        self.assertEqual((source["hub_id"], source["revision"]), (stamp["hf_hub_id"], stamp["hf_hub_revision"]))
        self.assertEqual(source.get("revision_evidence"), stamp.get("hf_revision_evidence"))
        return source

    def test_a_stamp_without_commit(self):
        """Said with the commit that it became; the package names it throughout, and loads without network."""
        commit = self.repo.head
        rows = (({}, "no commit", "the default branch"), ({"hf_hub_revision": "main"}, "'main', which is no commit", "'main'"),
                ({"hf_hub_revision": "../x"}, "'../x', which is no commit", "the default branch"))
        for i, (more, named, branch) in enumerate(rows):
            model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", **more)
            r = self.run_program("load", model, "-o", f"out{i}")
            self.assertIn(f"warning[ME-META-004]: The stamp names {named};", r.stderr)
            self.assertIn(f"names, {commit}, the head of {branch} at present.", r.stderr)
            self.assertIn(f"modelexport stamp {model} --source org/model@{commit} --in-place", r.stderr)
            self.assertIn("edited      model.onnx  hf_hub_revision", r.stderr)
            self.assertEqual("branch-head", self.package(f"out{i}")["revision_evidence"])
            self.assertNotIn("ME-META-004", self.run_program("load", self.base / f"out{i}" / "model.onnx", "-o", f"again{i}").stderr)

    def test_revision_wins_over_the_stamp(self):
        first = self.repo.head
        second = self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        self.repo.refs["v1"] = first
        bad = "0" * 40
        model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=bad, hf_revision_evidence="given")
        error = self.load(model, "none", code=4)["error"]
        self.assertEqual("ME-HUB-007", error["code"])
        self.assertIn(f"'{bad}', which the stamp of {model} names", error["message"])
        self.assertIn(f"modelexport load {model} --revision main -o none", error["hint"])
        self.assertNotIn("leave the revision out", error["hint"])
        rows = (("main", second, "branch-head"), ("v1", first, "branch-head"), (first, first, "given"), (second[:8], second, "given"),
                (second.upper(), second, "given"))
        for i, (revision, commit, evidence) in enumerate(rows):
            r = self.run_program("load", model, "-o", f"out{i}", "--revision", revision)
            self.assertIn(f"warning[ME-META-001]: The stamp names commit {bad}; the package is made of, and names, {commit}", r.stderr)
            self.assertEqual(evidence, self.package(f"out{i}")["revision_evidence"])
            self.assertEqual(CONFIG + b" " * (commit == second), (self.base / f"out{i}" / "config.json").read_bytes())
        # The stamped commit itself is no difference, and what is stamped about it stays.
        model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=first, hf_revision_evidence="weights-match")
        for i, words in enumerate((["--revision", "v1"], ["--revision", first], ["--source", f"org/model@{first}"])):
            r = self.run_program("load", model, "-o", f"same{i}", *words)
            self.assertNotIn("warning", r.stderr)
            self.assertEqual("weights-match", self.package(f"same{i}")["revision_evidence"])
        # A package whose manifest names the commit has it beside the file.
        self.hub.forget()
        self.load(self.base / "same0" / "model.onnx", "beside", "--revision", first, env={"HF_HOME": str(self.base / "empty")})
        self.assertEqual([], self.hub.requests)
        self.assertEqual("ME-SRC-001", self.load(model, "none", "--revision", "../x", code=3)["error"]["code"])
        self.assertEqual("ME-HUB-007", self.load(model, "none", "--revision", "v9", code=4)["error"]["code"])
        local = self.stamped(hf_model_type="local", hf_original_path="m")
        self.assertEqual("ME-CLI-001", self.load(local, "none", "--revision", "main", code=2)["error"]["code"])
        self.assertFalse((self.base / "none").exists())

    def test_components_beside_the_file_win_if_they_are_of_the_commit(self):
        model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        self.load(model, "package")
        edited = self.base / "package" / "tokenizer_config.json"
        edited.write_bytes(b'{"edited": true}')
        shutil.rmtree(self.home)
        self.hub.forget()
        self.load(self.base / "package" / "model.onnx", "again")
        self.assertEqual(([], edited.read_bytes()), (self.hub.requests, (self.base / "again" / "tokenizer_config.json").read_bytes()))
        listed = {f["path"]: f.get("edits") for f in json.loads((self.base / "again" / "modelexport.json").read_text())["files"]}
        self.assertIn("changed since it was packed", listed["tokenizer_config.json"][0])
        self.assertFalse(listed["config.json"])
        said = self.run_program("load", self.base / "package" / "model.onnx", "-o", "once more", "--offline").stderr
        self.assertIn("package/tokenizer_config.json", said.split("warning[ME-PKG-", 1)[1])  # it is not the commit's any more
        # Files beside it without a manifest, or with that of another commit, are somebody else's.
        (self.base / "package" / "modelexport.json").unlink()
        self.load(self.base / "package" / "model.onnx", "hub")
        self.assertEqual(FILES["tokenizer_config.json"], (self.base / "hub" / "tokenizer_config.json").read_bytes())

    def test_what_merely_lies_beside_the_file_is_not_of_the_commit(self):
        """Another model's components that came into the directory, and a package that lost a file."""
        package, model = self.base / "package", self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        self.load(model, "package")
        (package / "preprocessor_config.json").write_bytes(b"{}")
        self.load(package / "model.onnx", "one")
        self.assertFalse((self.base / "one" / "preprocessor_config.json").exists())
        (package / "tokenizer.json").unlink()
        said = self.run_program("load", package / "model.onnx", "-o", "two").stderr
        self.assertIn("tokenizer.json is missing", said)
        self.assertEqual(FILES["tokenizer.json"], (self.base / "two" / "tokenizer.json").read_bytes())
        # A manifest that lists the model alone, as export writes it, vouches for no configuration.
        manifest = json.loads((package / "modelexport.json").read_text())
        manifest["files"] = [f for f in manifest["files"] if f["path"] == "model.onnx"]
        (package / "modelexport.json").write_text(json.dumps(manifest))
        (package / "config.json").write_bytes(b'{"model_type": "resnet"}')
        self.load(package / "model.onnx", "three")
        self.assertEqual(CONFIG, (self.base / "three" / "config.json").read_bytes())

    def test_the_texts_of_the_decision_record(self):
        rows = (({}, "Cannot determine model type", "migrate", 3), ({"hf_model_type": "gguf"}, "Cannot determine model type", "migrate", 3),
                ({"hf_model_type": "hub", "hf_hub_id": "../../etc"}, "'../../etc', which is no Hub id", "--source ID@COMMIT", 3),
                ({"hf_model_type": "local", "hf_original_path": "m"}, "Config.json not found for local model", "--source DIRECTORY", 3),
                ({"hf_model_type": "hub", "hf_hub_id": "no/such"}, "Model not found on HuggingFace Hub", "model's name", 4))
        for stamp, words, advice, code in rows:
            error = self.load(self.stamped(**stamp), "out", code=code, env={"HF_TOKEN": self.hub.token})["error"]
            self.assertIn(words, error["message"])
            self.assertIn(advice, error["hint"])
            self.assertFalse((self.base / "out").exists())

    def test_copies_with_permissions_and_without_links(self):
        model = self.stamped(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        self.load(model, "out")
        for path in (self.base / "out").rglob("*"):
            self.assertFalse(path.is_symlink())
            if path.is_file():
                self.assertEqual((1, 0o644), (path.stat().st_nlink, path.stat().st_mode & 0o777), path)

    def test_help_is_its_own(self):
        self.assertTrue(self.run_program("load", "--help").stdout.startswith("Usage: modelexport load MODEL.onnx"))
        self.assertRegex(self.run_program("--help").stdout, r"\n  load +a stamped ONNX file")
        error = json.loads(self.run_program("load", "x.onnx", "--json", code=2).stdout)["error"]
        self.assertEqual("modelexport load x.onnx -o DIRECTORY", error["hint"])


@unittest.skipUnless(no_sockets.possible, "the filter is for Linux on x86-64 and ARM64")
class WithoutSockets(Case):
    """The kernel kills the program at its first socket."""

    def setUp(self):
        super().setUp()
        self.model = self.base / "model.onnx"
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        stamp = {"hf_model_type": "hub", "hf_hub_id": "org/model", "hf_hub_revision": self.repo.head}
        subprocess.run([sys.executable, str(make), str(self.model), *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)

    def closed(self, *arguments, **options):
        return self.run_program(*arguments, before=no_sockets.forbid, **options)

    def test_the_filter_works(self):
        self.closed("fetch", "org/model", code=-signal.SIGSYS)

    def test_without_cache(self):
        for words, code in ((["load", self.model, "-o", "out"], 4), (["fetch", "org/model"], 4), (["resolve", "org/model"], 0)):
            self.closed(*words, "--offline", code=code)
            self.closed(*words, code=code, env={"HF_HUB_OFFLINE": "true"})
        self.assertFalse((self.base / "out").exists())

    def test_with_cache(self):
        self.fetch("org/model")
        self.closed("load", self.model, "-o", "offline", "--offline")
        self.closed("load", self.model, "-o", "pinned")  # the network may be used; there is nothing to ask
        self.closed("fetch", f"org/model@{self.repo.head}")
        for name in ("model.onnx", *COMPONENTS):
            data = self.model.read_bytes() if name == "model.onnx" else FILES[name]
            for out in ("offline", "pinned"):
                self.assertEqual(data, (self.base / out / name).read_bytes(), name)
                self.assertFalse((self.base / out / name).is_symlink())

    def test_names_that_need_no_question(self):
        (self.base / "org" / "model").mkdir(parents=True)
        self.closed("resolve", "org/model", "./none", "../x", "/abs", "~/x", f"a/b@{self.repo.head}", "C:\\x")


@unittest.skipUnless(shutil.which("openssl"), "a certificate is made by openssl")
class Certificates(Case):
    def test_an_own_authority(self):
        key, certificate = self.base / "key.pem", self.base / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = self.hub.servers[0]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        env = {"HF_ENDPOINT": f"https://localhost:{server.server_port}"}
        self.assertEqual("ME-HUB-001", self.failure("org/model", "config.json", env=env)["code"])
        self.fetch("org/model", "config.json", env={**env, "SSL_CERT_FILE": str(certificate)})
        # From https to http nobody is led, with or without a token.
        error = self.failure("org/model", "model.safetensors", env={**env, "SSL_CERT_FILE": str(certificate)})
        self.assertEqual("ME-HUB-005", error["code"])


class Tokens(Case):
    def test_the_token_stays_at_home(self):
        self.repo.private = True
        self.fetch("org/model", "*", env={"HF_TOKEN": self.hub.token})
        seen = {(r["host"], r["token"] is not None) for r in self.hub.requests}
        self.assertEqual({("127.0.0.1", True), ("127.0.0.2", False)}, seen)

    def test_the_list_cannot_lure_it_away(self):
        self.hub.page_size = 3
        self.repo.faults["link"] = self.hub.store
        self.fetch("org/model", env={"HF_TOKEN": self.hub.token})
        self.assertEqual({None}, {r["token"] for r in self.hub.requests if r["host"] == "127.0.0.2"})

    def test_where_it_comes_from(self):
        self.repo.private = True
        self.home.mkdir()
        (self.home / "token").write_text(self.hub.token + "\n")
        self.fetch("org/model", "config.json")
        self.fetch("org/model", "config.json", env={"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": self.hub.token})
        self.assertEqual("ME-HUB-012", self.failure("org/model", "LICENSE", env={"HF_TOKEN": "hf_wrong"})["code"])
        self.assertEqual("ME-SRC-003", self.failure("org/model", "LICENSE", env={"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"})["code"])
        (self.home / "token").unlink()
        other = self.base / "elsewhere"
        other.write_text(self.hub.token)
        self.fetch("org/model", "LICENSE", env={"HF_TOKEN_PATH": str(other)})

    def test_a_token_that_is_not_accepted(self):
        """Its source is named, never its value; also by a mirror that answers a wrong token like none."""
        self.repo.private = True
        self.home.mkdir()
        (self.home / "token").write_text("hf_stale")
        for vague, code in ((False, "ME-HUB-012"), (True, "ME-SRC-003")):
            self.hub.vague = vague
            for env, source in (({"HF_TOKEN": "hf_wrong"}, "HF_TOKEN"), ({"HUGGING_FACE_HUB_TOKEN": "hf_wrong"}, "HUGGING_FACE_HUB_TOKEN"),
                                ({}, f"the file {self.home}/token")):
                error = self.failure("org/model", env=env)
                self.assertEqual(code, error["code"])
                self.assertIn(f"the token of {source}", error["message"] + error["hint"])
                r = self.run_program("resolve", "org/model", "--verbose", env=env)
                for text in (json.dumps(error), r.stdout, r.stderr):
                    self.assertNotIn("hf_wrong", text)
                    self.assertNotIn("hf_stale", text)
        self.assertEqual("ME-HUB-012", self.failure("org/model", env={"HF_TOKEN": "hf_a\tb"})["code"])

    def test_offline_switches(self):
        self.fetch("org/model")
        self.hub.forget()
        for value in ("1", "on", "YES", "True"):
            self.fetch("org/model", env={"HF_HUB_OFFLINE": value})
            self.fetch("org/model", env={"TRANSFORMERS_OFFLINE": value})
        self.assertEqual([], self.hub.requests)
        self.fetch("org/model", env={"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"})  # the first that is set counts
        self.assertEqual(1, len(self.hub.requests))

    def test_gated(self):
        self.repo.gated = "manual"
        error = self.failure("org/model", "config.json")
        self.assertEqual("ME-SRC-003", error["code"])
        self.assertIn("/org/model", error["hint"])
        self.fetch("org/model", "config.json", env={"HF_TOKEN": self.hub.token})

    def test_verbose_shows_requests_without_secrets(self):
        r = self.run_program("fetch", "org/model", "*.safetensors", "--verbose", env={"HF_TOKEN": self.hub.token})
        self.assertIn("hub: GET", r.stderr)


class Redirects(Case):
    def test_the_token_goes_to_the_endpoints_origin_only(self):
        """Other host, other port of the same host, the same origin, without scheme, and the same by relative path."""
        for base in (self.hub.store, self.hub.neighbour, self.hub.endpoint, self.hub.store[len("http:"):], ""):
            for name in ("config.json", "model.safetensors"):
                with self.subTest(base=base, file=name):
                    shutil.rmtree(self.home, ignore_errors=True)
                    self.hub.forget()
                    self.repo.faults = {name: f"to {base}"}
                    self.fetch("org/model", name, env={"HF_TOKEN": self.hub.token})
                    self.assertEqual(FILES[name], (self.snapshot() / name).read_bytes())
                    home = int(self.hub.endpoint.rpartition(":")[2])
                    self.assertEqual({True}, {(r["token"] is not None) == (r["port"] == home) for r in self.hub.requests})

    def test_several_in_a_row(self):
        for name in ("api", "tree", "config.json", "model.safetensors"):
            shutil.rmtree(self.home, ignore_errors=True)
            self.repo.faults = {name: "hops"}
            self.fetch("org/model", "config.json", "model.safetensors")

    def test_no_public_hub_leads_into_a_private_network(self):
        # The loopback Hub as a proxy: what the program asks is another, public host.
        env = {"HF_ENDPOINT": "http://hub.example", "HTTP_PROXY": self.hub.endpoint}
        self.fetch("org/model", "config.json", env=env)
        for base in ("", "http://127.0.0.1:9", "http://169.254.169.254", "http://[::1]", "http://localhost.", "http://2130706433"):
            self.repo.faults = {"model.safetensors": f"to {base}"} if base else {}
            error = self.failure("org/model", "model.safetensors", env=env)
            self.assertEqual("ME-HUB-005", error["code"], base)
            self.assertIn("private", error["message"])
            self.assertIn("http://hub.example/org/model/resolve/", error["where"]["path"])


class Faults(Case):
    def test_bad_servers_end_in_one_error(self):
        cases = {"html": "ME-HUB-004", "corrupt": "ME-HUB-006", "short": "ME-HUB-004", "long": "ME-HUB-004", "longbody": "ME-HUB-004",
                 "gzip": "ME-HUB-004", "loop": "ME-HUB-005", "file": "ME-HUB-005", "nocommit": "ME-HUB-004", "404": "ME-HUB-002",
                 "endless": "ME-HUB-004", "302": "ME-HUB-005", "204": "ME-HUB-004", "206": "ME-HUB-004", "999": "ME-HUB-002",
                 "etag": "ME-HUB-004", "size": "ME-HUB-004", "headers": "ME-HUB-004", "nohttp": "ME-HUB-004", "to ftp://x": "ME-HUB-005", "to http://a:b@127.0.0.2": "ME-HUB-005"}
        for fault, code in cases.items():
            for name in ("config.json", "model.safetensors"):
                with self.subTest(fault=fault, file=name):
                    self.repo.faults = {name: fault}
                    error = self.failure("org/model", name)
                    self.assertEqual(code, error["code"], error)
                    self.assertIn("http://127.0.0.", error["where"]["path"])
                    self.assertFalse((self.snapshot() / name).exists())

    def test_bad_lists(self):
        for name in ("api", "tree"):
            for fault in ("html", "loop", "file", "endless", "headers", "nohttp", "gzip", "302", "204", "999"):
                with self.subTest(name=name, fault=fault):
                    self.repo.faults = {name: fault}
                    error = self.failure("org/model", env={"HF_TOKEN": self.hub.token})
                    wanted = {"loop": "ME-HUB-005", "file": "ME-HUB-005", "302": "ME-HUB-005", "999": "ME-HUB-002"}
                    self.assertEqual(wanted.get(fault, "ME-HUB-004"), error["code"], error)
                    self.assertIn(f"{self.hub.endpoint}/api/models/org/model", error["where"]["path"])
        self.repo.faults = {"entries": [{"type": "file", "path": "../../x", "size": 1, "oid": "a" * 40}]}
        self.assertEqual("ME-HUB-004", self.failure("org/model")["code"])

    def test_the_host_of_the_files_refuses(self):
        self.repo.faults = {"model.safetensors": "expired"}
        error = self.failure("org/model", "model.safetensors")
        self.assertEqual("ME-HUB-002", error["code"])  # nothing about access to the model
        self.assertIn("http://127.0.0.2", error["where"]["path"])

    def test_passing_faults_pass(self):
        for fault in ("503x1", "429x1", "408x1", "resetx1", "cut", "cut416", "norange", "nolength"):
            for name in ("config.json", "model.safetensors"):
                with self.subTest(fault=fault, file=name):
                    shutil.rmtree(self.home, ignore_errors=True)
                    self.repo.faults, self.repo.counts = {name: fault}, {}
                    self.fetch("org/model", name)
                    self.assertEqual(FILES[name], (self.snapshot() / name).read_bytes())

    def test_a_cut_download_goes_on_where_it_broke(self):
        self.repo.faults = {"model.safetensors": "cut"}
        self.fetch("org/model", "model.safetensors")
        self.assertEqual(["bytes=25600-"], sorted({r["range"] for r in self.hub.requests if r["range"]}))

    def test_what_is_waited_for_is_said(self):
        host = self.hub.endpoint[len("http://"):]
        for name, fault, words in (("api", "503x2", f"{host} is busy (503)"), ("tree", "429x1", f"{host} allows no more requests for now (429)"),
                                   ("config.json", "502x1", f"{host} answered with status 502"),
                                   ("model.safetensors", "cut", f"{self.hub.store[len('http://'):]} broke off the connection")):
            with self.subTest(fault):
                shutil.rmtree(self.home, ignore_errors=True)
                self.repo.faults, self.repo.counts = {name: fault}, {}
                r = self.run_program("fetch", "org/model", "config.json", "model.safetensors")
                waits = [line for line in r.stderr.splitlines() if "trying again" in line]
                self.assertEqual(2 if fault == "503x2" else 1, len(waits), r.stderr)
                self.assertRegex(waits[0], "^" + re.escape(words) + r"; trying again in [12] s \(1 of 5\)$")
        self.repo.faults, self.repo.counts = {"api": "503x1"}, {}
        self.assertEqual("", self.run_program("fetch", "org/model", "config.json", "--quiet").stderr)

    def test_a_busy_mirror_is_not_the_official_hub(self):
        self.repo.faults = {"api": "501"}
        error = self.failure("org/model")
        self.assertEqual("ME-HUB-002", error["code"])
        self.assertIn(self.hub.endpoint[len("http://"):], error["hint"])
        self.assertNotIn("huggingface.co", error["hint"])

    def test_a_limit_that_takes_too_long_is_said_at_once(self):
        for name in ("api", "tree", "model.safetensors"):
            self.repo.faults = {name: "429", "wait": 100000}
            error = self.failure("org/model", "model.safetensors")
            self.assertEqual("ME-HUB-003", error["code"])
            self.assertIn("100000 seconds", error["message"])

    def test_another_range_than_asked_for(self):
        self.repo.faults = {"model.safetensors": "badrange"}
        self.assertEqual("ME-HUB-004", self.failure("org/model", "model.safetensors")["code"])

    def test_a_trickle_is_given_up(self):
        for name in ("model.safetensors", "api", "tree"):
            with self.subTest(name):
                self.repo.faults = {name: "trickle"}
                error = self.failure("org/model", "model.safetensors", env={"HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_HUB_ETAG_TIMEOUT": "1"})
                self.assertEqual("ME-HUB-001", error["code"])
                self.assertIn("http://127.0.0.", error["where"]["path"])

    def test_trouble_that_stays_is_given_up(self):
        """Five repetitions each, side by side because they take 23 seconds."""
        repos = {fault: self.hub.add(f"org/{fault}", FILES) for fault in ("500", "503", "429", "reset")}
        running = {}
        for fault, repo in repos.items():
            repo.faults = {"model.safetensors": fault, "wait": 0}
            command = [BINARY, "fetch", f"org/{fault}", "model.safetensors", "--json"]
            running[fault] = subprocess.Popen(command, env=self.environment(HF_TOKEN=self.hub.token), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for fault, process in running.items():
            with self.subTest(fault):
                out, said = process.communicate(timeout=120)
                self.assertEqual(4, process.returncode)
                error = json.loads(out)["error"]
                wanted = {"429": "ME-HUB-003", "reset": "ME-HUB-001"}
                self.assertEqual(wanted.get(fault, "ME-HUB-002"), error["code"])
                self.assertIn("http://127.0.0.", error["where"]["path"])
                self.assertEqual(5, said.count("trying again in"), said)
                self.assertNotIn(self.hub.token, out + said)
                self.assertNotIn("secret-signature", out + said)
                self.assertEqual([], [p for p in self.folder(f"org/{fault}").rglob("*") if "incomplete" in p.name])
                self.assertFalse((self.folder(f"org/{fault}") / "snapshots" / repos[fault].head / "model.safetensors").exists())

    def test_nobody_there(self):
        error = self.failure("org/model", env={"HF_ENDPOINT": "http://127.0.0.1:9"})
        self.assertEqual("ME-HUB-001", error["code"])
        self.assertEqual("ME-HUB-013", self.failure("org/model", env={"HF_ENDPOINT": "ftp://hub"})["code"])

    def test_proxies(self):
        # The loopback Hub answers requests for any host name: as a proxy it is asked with whole addresses.
        error = self.failure("org/model", env={"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": "http://127.0.0.1:9"})
        self.assertEqual("ME-HUB-001", error["code"])
        self.fetch("org/model", env={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,127.0.0.2"})


class Cache(Case):
    def test_damage_is_found_before_use(self):
        for damage in (b"", b"x" * len(CONFIG)):
            self.fetch("org/model")
            blob = (self.snapshot() / "config.json").resolve()
            blob.write_bytes(damage)
            name = f"org/model@{self.repo.head}"
            self.assertEqual("ME-HUB-010", self.failure(name, "config.json", "--offline")["code"])
            got = self.fetch(name, "config.json")
            self.assertEqual(("hub", CONFIG), (got["files"][0]["from"], (self.snapshot() / "config.json").read_bytes()))

    def test_links_out_of_the_cache(self):
        self.fetch("org/model")
        secret = self.base / "secret"
        secret.write_text("mine")
        link = self.snapshot() / "config.json"
        link.unlink()
        link.symlink_to(secret)
        self.assertEqual("ME-HUB-010", self.failure(f"org/model@{self.repo.head}", "config.json", "--offline")["code"])
        got = self.fetch(f"org/model@{self.repo.head}", "config.json")
        self.assertEqual(("mine", CONFIG), (secret.read_text(), link.read_bytes()))
        self.assertEqual(len(CONFIG), got["files"][0]["bytes"])

    def test_linked_directories_are_not_written_through(self):
        self.fetch("org/model")
        mine = self.base / "mine"
        shutil.move(self.snapshot(), mine)
        (mine / "config.json").unlink()
        (mine / "config.json").write_text("mine")
        self.snapshot().symlink_to(mine)
        error = self.failure(f"org/model@{self.repo.head}", "config.json")
        self.assertEqual(("ME-HUB-010", str(self.snapshot())), (error["code"], error["where"]["path"]))
        self.assertEqual("mine", (mine / "config.json").read_text())
        self.snapshot().unlink()
        self.assertEqual(len(CONFIG), self.fetch(f"org/model@{self.repo.head}", "config.json")["files"][0]["bytes"])

    def test_a_link_that_leads_nowhere_is_repaired(self):
        self.fetch("org/model")
        (self.snapshot() / "config.json").resolve().unlink()
        self.fetch("org/model", "config.json")
        self.assertEqual(CONFIG, (self.snapshot() / "config.json").read_bytes())

    def test_shared_blobs_and_old_leftovers(self):
        self.fetch("org/model")
        blob = (self.snapshot() / "config.json").resolve()
        store = self.cache / "blobs" / "ab"
        store.mkdir(parents=True)
        blob.rename(store / "abcdef")
        blob.symlink_to("../../blobs/ab/abcdef")
        stale = blob.with_name(blob.name + ".incomplete")
        stale.write_bytes(b"half")
        self.hub.forget()
        self.fetch(f"org/model@{self.repo.head}")
        self.assertEqual(([], b"half"), (self.hub.requests, stale.read_bytes()))

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root writes everywhere")
    def test_a_read_only_cache(self):
        self.fetch("org/model")
        subprocess.run(["chmod", "-R", "a+rX,a-w", str(self.base)], check=True)
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
        try:
            for words, code in ((["org/model"], 0), (["org/model", "model.safetensors"], 5)):
                r = subprocess.run([*prefix, BINARY, "fetch", *words, "--json"], capture_output=True, text=True, env=self.environment(), cwd="/")
                self.assertEqual(code, r.returncode, r.stdout + r.stderr)
            self.assertEqual("ME-HUB-011", json.loads(r.stdout)["error"]["code"])
        finally:
            subprocess.run(["chmod", "-R", "u+w", str(self.base)], check=True)

    def test_two_at_once_download_once(self):
        command = [BINARY, "fetch", "org/model", "model.safetensors"]
        both = [subprocess.Popen(command, env=self.environment(), stdout=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual([0, 0], [p.wait(60) for p in both])
        self.assertEqual(1, len([r for r in self.hub.requests if r["path"].startswith("/store/")]))
        self.assertEqual(FILES["model.safetensors"], (self.snapshot() / "model.safetensors").read_bytes())

    def test_a_lock_is_waited_for_and_dies_with_its_holder(self):
        name = self.repo.etag("model.safetensors", FILES["model.safetensors"]) + ".lock"
        lock = self.cache / ".locks" / "models--org--model" / name
        lock.parent.mkdir(parents=True)
        holder = subprocess.Popen([sys.executable, "-c", f"import fcntl,time;f=open({str(lock)!r},'w');fcntl.flock(f,fcntl.LOCK_EX);print('held',flush=True);time.sleep(60)"],
                                  stdout=subprocess.PIPE, text=True)
        holder.stdout.readline()
        waiting = subprocess.Popen([BINARY, "fetch", "org/model", "model.safetensors"], env=self.environment(), stdout=subprocess.DEVNULL)
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(2)
        holder.kill()
        holder.communicate()
        self.assertEqual(0, waiting.wait(30))

    def test_a_killed_download_harms_nobody(self):
        self.repo.faults = {"model.safetensors": "slow"}
        running = subprocess.Popen([BINARY, "fetch", "org/model", "model.safetensors"], env=self.environment(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not list(self.cache.rglob("*.incomplete")) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
        running.wait(30)
        self.assertFalse(self.snapshot().exists())
        self.repo.faults = {}
        self.fetch("org/model", "model.safetensors")
        self.assertEqual(FILES["model.safetensors"], (self.snapshot() / "model.safetensors").read_bytes())

    def test_interrupted(self):
        self.repo.faults = {"model.safetensors": "trickle"}
        running = subprocess.Popen([BINARY, "fetch", "org/model", "model.safetensors"], env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not list(self.cache.rglob("*.incomplete")) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        self.assertEqual(130, running.wait(30))
        self.assertEqual([], list(self.cache.rglob("*.incomplete")))

    @unittest.skipIf(b"__asan_init" in pathlib.Path(BINARY).read_bytes(), "sanitizers keep what is freed")
    def test_memory_stays_small(self):
        big = hashlib.sha256(b"seed").digest() * (3 << 20)  # 96 MB
        self.repo.commit({"config.json": CONFIG, "model.safetensors": big})
        # Through a small process in between: what is forked counts with the memory of whoever forked it.
        measure = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL);"
                   "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        r = subprocess.run([sys.executable, "-c", measure, BINARY, "fetch", "org/model", "model.safetensors"], env=self.environment(),
                           capture_output=True, text=True, timeout=300)
        code, kilobytes = map(int, r.stdout.split())
        self.assertEqual(0, code, r.stderr)
        self.assertLess(kilobytes, 64 * 1024)


if __name__ == "__main__":
    unittest.main(verbosity=1)
