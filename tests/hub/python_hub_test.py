"""The Python package against a Hub on loopback, with nothing but the standard library: what `import modelexport` gives.

python3 python_hub_test.py [NAME…], with MODELEXPORT naming the program. With MODELEXPORT_TEST_PACKAGE naming a directory
that holds the package with its extension, the commands run inside this interpreter.
"""
import inspect as python_inspect
import os
import pathlib
import shlex
import subprocess
import sys
import threading
import time
import typing
import unittest

from hub_test import BINARY, COMPONENTS, FILES, HERE, Case
from trouble_hub_test import onnx_file

IN_PROCESS = "MODELEXPORT_TEST_PACKAGE" in os.environ
PACKAGE = pathlib.Path(os.environ.get("MODELEXPORT_TEST_PACKAGE", HERE.parents[1] / "native" / "python")).resolve()
sys.path.insert(0, str(PACKAGE))
import modelexport  # noqa: E402
from modelexport import program  # noqa: E402


class Package(Case):
    def setUp(self):
        super().setUp()
        before, wanted = dict(os.environ), self.environment(**({} if IN_PROCESS else {"MODELEXPORT": BINARY}))
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

    def test_check_says_what_it_could_not_read(self):
        """A file that is not there is a result like every other; the others' are not lost."""
        got = modelexport.check(self.base / "none.onnx", self.model)
        self.assertEqual(["ME-IO-001", None], [file.get("error", {}).get("code") for file in got["files"]])

    def test_a_child_does_not_remove_what_its_parent_loaded(self):
        code = f"""
import modelexport, multiprocessing, os
def work(done):
    done.put(modelexport.load({str(self.model)!r})["directory"])
here = modelexport.load({str(self.model)!r})["directory"]
context = multiprocessing.get_context("fork")
queue = context.Queue()
process = context.Process(target=work, args=(queue,))
process.start(); there = queue.get(); process.join()
child = os.fork()
if child == 0:
    raise SystemExit
os.waitpid(child, 0)
print(os.path.isdir(here), os.path.isdir(there))
"""
        out = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        self.assertEqual("True False", out.stdout.strip())

    def test_another_revision(self):
        other = self.repo.commit({**FILES, "tokenizer_config.json": b'{"other": 1}'}, ref="other")
        self.assertEqual(other, modelexport.load(self.model, self.base / "out", revision="other")["source"]["revision"])

    def test_what_is_no_model_is_said_to_be_none(self):
        for data in (bytes(100), b"\x00", b"\x02\x00", b"\x05abcd", b""):
            (self.base / "none.onnx").write_bytes(data)
            with self.assertRaisesRegex(ValueError, "none.onnx is not an ONNX file"):
                modelexport.load_hf_components_from_onnx(self.base / "none.onnx")

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

    def test_what_a_stamp_may_not_say(self):
        """In Python the same as in the program, with commands that can be pasted."""
        bad = onnx_file(self.base / "bad.onnx", hf_model_type="hub", hf_hub_id="../../etc")
        with self.assertRaisesRegex(ValueError, r"'\.\./\.\./etc', which is no Hub id"):
            modelexport.load_hf_components_from_onnx(bad)
        with self.assertRaises(modelexport.ModelexportError) as caught:
            modelexport.load(bad, self.base / "out")
        self.assertEqual(("ME-META-003", 3), (caught.exception.code, caught.exception.exit_code))
        self.assertIn("which is no Hub id", str(caught.exception))
        self.assertIn("(no Hub id)", self.run_program("inspect", bad).stdout)
        self.assertIn("ME-STAMP-005", self.run_program("check", bad).stdout)
        lone = onnx_file(self.base / "it's lone.onnx")
        with self.assertRaises(ValueError) as plain:
            modelexport.load_hf_components_from_onnx(lone)
        self.assertIn(f"modelexport migrate {shlex.quote(str(lone))} --source", str(plain.exception))

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

    def test_where_commands_run(self):
        self.assertEqual(IN_PROCESS, program._native is not None)
        before = program.subprocess.run
        self.addCleanup(setattr, program.subprocess, "run", before)
        program.subprocess.run = lambda *words, **options: self.fail("a process") if IN_PROCESS else before(*words, **options)
        modelexport.inspect(self.model)
        self.assertIn("ME-CLI", program._execute(["inspect", "--nonsense"])[2])  # nothing of it on this process's own stderr

    def test_warnings(self):
        with self.assertWarns(modelexport.ModelexportWarning) as caught:
            modelexport.stamp(self.model, source="hf://org/model", output=self.base / "stamped.onnx")
        self.assertIn("[ME-", str(caught.warning))
        self.assertEqual(__file__, caught.filename)

    def test_several_at_once(self):
        """Commands of several threads do not disturb each other."""
        results = [None] * 8
        def work(i):
            for _ in range(5):
                got = modelexport.stamp(self.model, set={"n": str(i)}, output=self.base / f"{i}.onnx") if not (self.base / f"{i}.onnx").exists() else modelexport.stamp(self.base / f"{i}.onnx")
                results[i] = got["n"]
        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([str(i) for i in range(len(results))], results)

    def test_interrupted(self):
        """Ctrl-C while the program waits for a slow Hub ends in KeyboardInterrupt, soon, with nothing left behind."""
        self.repo.faults = {"config.json": "slow"}
        code = f"""
import modelexport, os, signal, sys, threading
threading.Timer(0.7, os.killpg if not {IN_PROCESS} else os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    modelexport.load({str(self.model)!r}, {str(self.base / "out")!r})
except KeyboardInterrupt:
    sys.exit(7)
"""
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, start_new_session=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        self.assertEqual(7, done.returncode, done.stderr)
        self.assertLess(time.monotonic() - started, 2.5)  # the server takes three seconds
        self.assertFalse((self.base / "out").exists())

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
