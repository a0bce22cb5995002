"""The Python package against a Hub on loopback, with nothing but the standard library: what `import modelexport` gives.

python3 python_hub_test.py [NAME…], with MODELEXPORT naming the program.
"""
import inspect as python_inspect
import os
import pathlib
import subprocess
import sys
import threading
import time
import typing
import unittest

from hub_test import BINARY, COMPONENTS, FILES, HERE, Case
from trouble_hub_test import onnx_file

PACKAGE = HERE.parents[1] / "native" / "python"
sys.path.insert(0, str(PACKAGE))
import modelexport  # noqa: E402


class Package(Case):
    def setUp(self):
        super().setUp()
        before, wanted = dict(os.environ), self.environment(MODELEXPORT=BINARY)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.clear()
        os.environ.update(wanted)
        self.model = onnx_file(self.base / "model.onnx", hf_model_type="hub", hf_hub_id="org/model", hf_hub_revision=self.repo.head)

    def test_load(self):
        got = modelexport.load(self.model, self.base / "out")
        self.assertEqual(str(self.base / "out"), got["directory"])
        for name in COMPONENTS:
            self.assertEqual(FILES[name], (self.base / "out" / name).read_bytes())
        self.assertIn("ORTModelForSequenceClassification", got["loader"]["python"])
        self.hub.forget()
        modelexport.load(os.fspath(self.model), str(self.base / "again"), offline=True)
        self.assertEqual([], self.hub.requests)

    def test_a_directory_of_its_own_goes_with_the_process(self):
        code = f"import modelexport, os; d = modelexport.load({str(self.model)!r})['directory']; print(d, os.path.isfile(d + '/config.json'))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(PACKAGE)}).stdout
        directory, was_there = out.split()
        self.assertEqual("True", was_there)
        self.assertFalse(pathlib.Path(directory).parent.exists())

    def test_inspect_check_and_stamp(self):
        self.assertEqual("org/model", modelexport.inspect(self.model)["source"]["hub_id"])
        self.assertEqual("ok", modelexport.check(self.model)["files"][0]["verdict"])
        (self.base / "broken.onnx").write_bytes(self.model.read_bytes()[:-3])
        self.assertNotEqual("ok", modelexport.check(self.base / "broken.onnx")["files"][0]["verdict"])  # findings are no exception
        self.assertEqual(self.repo.head, modelexport.stamp(self.model)["hf_hub_revision"])
        changed = modelexport.stamp(self.model, set={"note": "é=1"}, output=self.base / "stamped.onnx")
        self.assertEqual("é=1", changed["note"])
        self.assertEqual("é=1", modelexport.read_metadata(self.base / "stamped.onnx")["note"])
        modelexport.stamp(self.base / "stamped.onnx", remove=["note"])
        self.assertNotIn("note", modelexport.read_metadata(self.base / "stamped.onnx"))

    def test_errors_are_exceptions(self):
        self.repo.private = True
        os.environ["HF_TOKEN"] = "hf_wrong"
        with self.assertRaises(modelexport.ModelexportError) as caught:
            modelexport.load(self.model, self.base / "out")
        self.assertEqual(("ME-HUB-012", 4), (caught.exception.code, caught.exception.exit_code))
        self.assertNotIn("hf_wrong", str(caught.exception))
        self.assertFalse((self.base / "out").exists())
        with self.assertRaises(modelexport.ModelexportError) as caught:
            modelexport.inspect(self.base / "none.onnx")
        self.assertEqual(("ME-IO-001", 3), (caught.exception.code, caught.exception.exit_code))
        self.assertTrue(caught.exception.where["path"].endswith("none.onnx"))

    def test_other_threads_go_on(self):
        """While the program waits for a slow Hub, Python code runs at its usual pace."""
        self.repo.faults = {"config.json": "slow"}
        done = threading.Event()
        worker = threading.Thread(target=lambda: (modelexport.load(self.model, self.base / "out"), done.set()))
        started, longest, steps = time.monotonic(), 0.0, 0
        worker.start()
        last = started
        while not done.is_set() and worker.is_alive():
            now = time.monotonic()
            longest, last, steps = max(longest, now - last), now, steps + 1
            time.sleep(0.001)
        worker.join()
        self.assertTrue(done.is_set())
        self.assertGreater(time.monotonic() - started, 2)  # the server takes three seconds
        self.assertLess(longest, 1)
        self.assertGreater(steps, 200)

    def test_hints_and_descriptions(self):
        self.assertTrue((PACKAGE / "modelexport" / "py.typed").exists())
        for name in modelexport.__all__:
            thing = getattr(modelexport, name)
            self.assertTrue(python_inspect.getdoc(thing), name)
            if not python_inspect.isfunction(thing):
                continue
            hints = typing.get_type_hints(thing)
            self.assertEqual({*python_inspect.signature(thing).parameters, "return"}, set(hints), name)
        import modelexport.utils.optimum_loader as old
        self.assertIs(modelexport.load_hf_components_from_onnx, old.load_hf_components_from_onnx)
        self.assertNotIn("transformers", sys.modules)
        self.assertNotIn("torch", sys.modules)


if __name__ == "__main__":
    unittest.main(verbosity=1)
