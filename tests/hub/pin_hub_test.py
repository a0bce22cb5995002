"""Which commit stamp and export write for a Hub model: the cache's word alone is none, and proofs are not inherited.

python3 pin_hub_test.py [NAME…], with MODELEXPORT naming the program.
"""
import json
import struct
import subprocess
import sys
import unittest

from hub_test import CONFIG, FILES, HERE, Case
from weights_hub_test import safetensors

ARCHIVE = HERE.parent / "fixtures" / "archives" / "net-torch-2.15.0.pt2"


class Pins(Case):
    def setUp(self):
        super().setUp()
        self.gone = {"HF_ENDPOINT": "http://127.0.0.1:9"}
        self.model = self.base / "model.onnx"
        self.write_model()

    def write_model(self, **stamp):
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        subprocess.run([sys.executable, str(make), str(self.model), *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)

    def written(self, r):
        return {e["key"]: e["value"] for e in json.loads(r.stdout)["metadata"]}

    def stamp(self, *words, **options):
        return self.run_program("stamp", self.model, *words, "-o", self.base / "out.onnx", "--force", "--json", **options)

    def refused(self, *words, model="org/model", **options):
        """The one error of stamp and export, which write nothing."""
        errors = []
        for arguments in (["stamp", self.model], ["export", ARCHIVE]):
            out = self.base / "refused.onnx"
            r = self.run_program(*arguments, "--source", model, "-o", out, "--json", *words, code=4, **options)
            errors.append(json.loads(r.stdout)["error"])
            self.assertFalse(out.exists())
        for key in ("code", "hint"):  # the message says how many milliseconds passed
            self.assertEqual(errors[0][key], errors[1][key])
        return errors[0]

    def exported(self, *words, model="org/model", **options):
        out = self.base / "exported.onnx"
        r = self.run_program("export", ARCHIVE, "--source", model, "-o", out, "--force", *words, **options)
        return self.written(self.run_program("stamp", out, "--json")), r.stderr

    def test_the_cache_alone_is_no_word_about_a_branch(self):
        """Its components are of whatever commit was the head when somebody fetched them."""
        self.repo.refs["v1"] = old = self.repo.head
        self.fetch("org/model")
        self.fetch("org/model@v1")
        self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        for model in ("org/model", "org/model@main", "org/model@v1", "hf://org/model"):
            for words, env in ((["--offline"], {}), ([], self.gone)):
                error = self.refused(*words, model=model, env=env)
                self.assertEqual("ME-SRC-004", error["code"])
                self.assertIn(old, error["message"])
                for way in ("org/model@COMMIT", "--allow-unpinned", "go online" if words else "network"):
                    self.assertIn(way, error["hint"])
                for entries in (self.written(self.stamp("--source", model, "--allow-unpinned", *words, env=env)),
                                self.exported("--allow-unpinned", *words, model=model, env=env)[0]):
                    self.assertEqual("org/model", entries["hf_hub_id"])
                    self.assertNotIn("hf_hub_revision", entries)
                    self.assertNotIn("hf_revision_evidence", entries)
        self.write_model(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)
        r = self.stamp("--revision", "main", "--offline", code=4)
        self.assertEqual("ME-SRC-004", json.loads(r.stdout)["error"]["code"])

    def test_a_commit_needs_nobody(self):
        head = self.repo.head
        self.fetch("org/model")
        self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        for name in (head, head[:8]):
            entries, warnings = self.exported("--offline", model=f"org/model@{name}")
            self.assertEqual((head, "given"), (entries["hf_hub_revision"], entries["hf_revision_evidence"]))
            self.assertNotIn("ME-META-004", warnings)

    def test_weights_in_the_cache_are_what_is_loaded_here(self):
        self.repo.refs["feature/x"] = old = self.repo.head
        for name in ("org/model", "org/model@feature/x"):
            self.fetch(name, "*")
        self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        for model in ("org/model", "org/model@feature/x"):
            for words, env in ((["--offline"], {}), ([], self.gone)):
                entries, warnings = self.exported(*words, model=model, env=env)
                self.assertEqual((old, "branch-head"), (entries["hf_hub_revision"], entries["hf_revision_evidence"]))
                self.assertIn("warning[ME-META-004]: The commit is the one of org/model in the shared cache", warnings)

    def test_what_the_hub_answers_counts(self):
        self.repo.refs["feature/x"] = self.repo.head
        for name in ("org/model", "org/model@feature/x"):
            self.fetch(name)
        del self.repo.refs["feature/x"]
        for model in ("org/model@feature/x", "hf://org/model@feature/x"):
            self.assertEqual("ME-HUB-007", self.refused(model=model)["code"])
        self.assertEqual("not-found", self.resolve("org/model@feature/x", code=4)[0]["reason"])
        # A model that is cached, and that the Hub does not show: readable as for the official client, not pinned.
        self.repo.private = True
        self.assertEqual("hub-cache", self.resolve("org/model")[0]["reason"])
        error = self.refused()
        self.assertEqual("ME-SRC-003", error["code"])
        self.assertIn("token", error["hint"])
        del self.hub.repos["org/model"]
        self.assertEqual("ME-SRC-002", self.refused(env={"HF_TOKEN": self.hub.token})["code"])

    def test_a_proof_is_of_one_commit(self):
        other = self.repo.commit({**FILES, "config.json": CONFIG + b" "})
        rows = ((["hf_hub_revision=" + other], "given"), (["hf_hub_id=org/other"], "given"), (["hf_hub_revision=main"], None),
                (["hf_task=fill-mask"], None), (["hf_hub_revision=" + other, "hf_revision_evidence=captured"], "captured"))
        for proof in ("weights-match", "captured"):
            for settings, evidence in rows:
                self.write_model(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision="1" * 40, hf_revision_evidence=proof)
                entries = self.written(self.stamp(*(w for s in settings for w in ("--set", s))))
                expected = proof if settings == ["hf_task=fill-mask"] else evidence
                self.assertEqual(expected, entries.get("hf_revision_evidence"), settings)
            entries = self.written(self.stamp("--remove", "hf_hub_revision"))
            self.assertNotIn("hf_revision_evidence", entries)
        self.write_model(hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision="1" * 40)
        self.assertNotIn("hf_revision_evidence", self.written(self.stamp("--set", "hf_hub_revision=" + other)))

    def test_comparing_weights_changes_nothing_but_the_evidence(self):
        weights = {"w0": struct.pack("<64f", *range(64))}
        head = self.repo.commit({**FILES, "model.safetensors": safetensors(weights)})
        self.fetch(f"org/model@{head}", "*")
        make = HERE.parent / "fixtures" / "onnx" / "make_onnx.py"
        for revision in (head, head[:8]):
            stamp = {"hf_model_type": "hub", "hf_hub_id": "org/model", "hf_hub_revision": revision, "hf_revision_evidence": "given",
                     "hf_task": "fill-mask", "hf_license": "apache-2.0"}
            subprocess.run([sys.executable, str(make), str(self.model), "--floats", "64", "--output", "o0",
                            *(w for k, v in stamp.items() for w in ("--meta", f"{k}={v}"))], check=True)
            for words, env in ((["--offline"], {}), ([], self.gone)):
                if revision != head:
                    words = [*words, "--revision", revision]
                entries = self.written(self.stamp("--verify-weights", *words, env=env))
                entries.pop("modelexport.version")
                self.assertEqual({**stamp, "hf_hub_revision": head, "hf_revision_evidence": "weights-match"}, entries)

    def test_pack_says_what_contradicts_its_source(self):
        weights = safetensors({"w0": bytes(256)})
        self.repo.commit({**FILES, "config.json": CONFIG[:-1] + b', "id2label": {"0": "a", "1": "b", "2": "c"}}', "model.safetensors": weights})
        given = f"org/model@{self.repo.head}"
        for stamp, warned in (({}, False), ({"hf_model_type": "hub", "hf_hub_id": "org/model"}, False),
                              ({"hf_model_type": "hub", "hf_hub_id": "org/other", "hf_hub_revision": "1" * 40}, True)):
            self.write_model(**stamp)
            r = self.run_program("pack", self.model, "--source", given, "-o", self.base / "packed", "--force")
            self.assertEqual(warned, f"The stamp names org/other@{'1' * 40}, and stays so; the configuration is of {given}." in r.stderr)
            self.assertEqual(warned, f"--source {given} --in-place" in r.stderr)
            stamp = self.written(self.run_program("stamp", self.base / "packed" / "model.onnx", "--json"))
            self.assertEqual("1" * 40 if warned else self.repo.head, stamp["hf_hub_revision"])
        self.write_model()  # without a stamp: the package has one, and is all that it takes
        self.run_program("pack", self.model, "--source", given, "-o", self.base / "packed", "--force")
        stamp = self.written(self.run_program("stamp", self.base / "packed" / "model.onnx", "--json"))
        self.assertEqual(("hub", "org/model", "given"), tuple(stamp[k] for k in ("hf_model_type", "hf_hub_id", "hf_revision_evidence")))
        self.hub.forget()
        self.run_program("load", self.base / "packed" / "model.onnx", "-o", self.base / "again", env={"HF_HOME": str(self.base / "empty")})
        self.assertEqual([], self.hub.requests)
        # An exported graph knows its classes: a BERT's configuration is of another model.
        out = self.base / "net.onnx"
        self.run_program("export", ARCHIVE, "-o", out, "--verify", "off")
        r = self.run_program("pack", out, "--source", given, "-o", self.base / "other", "--force")
        self.assertIn("warning[ME-STAMP-020]", r.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
