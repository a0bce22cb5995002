"""migrate against a Hub on loopback: revisions that the predecessor shortened, with and without network."""
import json
import pathlib
import subprocess
import sys
import unittest

from hub_test import HERE, Case

MAKE = HERE.parent / "fixtures" / "legacy" / "make_legacy.py"


class Revisions(Case):
    def legacy(self, **stamp):
        model = self.base / "old.onnx"
        entries = (word for key, value in stamp.items() for word in ("--meta", f"{key}={value}"))
        subprocess.run([sys.executable, str(MAKE), str(model), *entries], check=True)
        return model

    def migrated(self, model, *options, **more):
        out = pathlib.Path(str(model) + ".new.onnx")
        r = self.run_program("migrate", model, "-o", out, "--force", "--json", *options, **more)
        stamp = json.loads(self.run_program("stamp", out, "--json").stdout)["metadata"]
        return json.loads(r.stdout)["files"][0], {e["key"]: e["value"] for e in stamp}, out

    def test_a_short_revision_is_completed(self):
        model = self.legacy(hf_hub_id="org/model", hf_hub_revision=self.repo.head[:8], hf_model_type="hub")
        _, stamp, out = self.migrated(model)
        self.assertEqual((stamp["hf_hub_revision"], stamp["hf_revision_evidence"]), (self.repo.head, "given"))
        again = json.loads(self.run_program("migrate", out, "--dry-run", "--json").stdout)["files"][0]
        self.assertEqual((again["unchanged"], again["steps"]), (True, []))

    def test_offline_it_stays_and_is_completed_later(self):
        model = self.legacy(hf_hub_id="org/model", hf_hub_revision=self.repo.head[:8], hf_model_type="hub")
        _, stamp, out = self.migrated(model, "--offline")
        self.assertEqual((stamp["hf_hub_revision"], stamp["hf_revision_evidence"]), (self.repo.head[:8], "unresolved"))
        self.assertTrue(json.loads(self.run_program("migrate", out, "-n", "--offline", "--json").stdout)["files"][0]["unchanged"])
        _, stamp, _ = self.migrated(out)
        self.assertEqual((stamp["hf_hub_revision"], stamp["hf_revision_evidence"]), (self.repo.head, "given"))

    def test_a_revision_that_nobody_knows_is_not_replaced(self):
        model = self.legacy(hf_hub_id="org/model", hf_hub_revision="01234567", hf_model_type="hub")
        report, stamp, _ = self.migrated(model)
        self.assertEqual((stamp["hf_hub_revision"], stamp["hf_revision_evidence"]), ("01234567", "unresolved"))
        self.assertIn("ME-STAMP-004", {note["rule"] for note in report["notes"]})

    def test_an_empty_revision_is_the_head_and_said_to_be(self):
        model = self.legacy(hf_hub_id="org/model", hf_hub_revision="")
        report, stamp, _ = self.migrated(model)
        self.assertEqual((stamp["hf_model_type"], stamp["hf_hub_revision"], stamp["hf_revision_evidence"]),
                         ("hub", self.repo.head, "branch-head"))
        self.assertIn("ME-STAMP-004", {note["rule"] for note in report["notes"]})

    def test_a_hub_source_brings_stamp_and_components(self):
        model = self.legacy()
        out = self.base / "out"
        self.run_program("migrate", model, "--source", f"org/model@{self.repo.head}", "-o", f"{out}/")
        self.assertTrue({"old.onnx", "config.json", "tokenizer.json"} <= {p.name for p in out.iterdir()})
        self.assertNotIn("model.safetensors", {p.name for p in out.iterdir()})
        self.assertIn(f"hf_hub_revision = {self.repo.head}", self.run_program("stamp", out / "old.onnx").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
