"""The wheel (toolchains/make_wheel.py) in an environment of its own: the command and the package work, alone."""
import os
import pathlib
import subprocess
import sys
import sysconfig

import pytest

import support

PREFIX = support.binary().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    base = tmp_path_factory.mktemp("wheel")
    make = [sys.executable, support.ROOT / "toolchains" / "make_wheel.py", PREFIX]
    made = [subprocess.run([*make, base / name], check=True, capture_output=True, text=True).stdout.strip() for name in "ab"]
    assert open(made[0], "rb").read() == open(made[1], "rb").read()  # the same files give the same wheel
    subprocess.run([sys.executable, "-m", "venv", base / "venv"], check=True)
    subprocess.run([base / "venv" / "bin" / "pip", "install", "-q", "--no-index", "--disable-pip-version-check", made[0]], check=True)
    return base / "venv" / "bin"


def run(*command, code=0):
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MODELEXPORT", "MODELEXPORT_BIN")}
    r = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=clean, timeout=120)
    assert r.returncode == code, r.stdout + r.stderr
    return r


def test_the_command(installed, tmp_path):
    assert run(installed / "modelexport", "version").stdout.startswith("modelexport 1.")
    archives = support.ROOT / "tests" / "fixtures" / "archives"
    run(installed / "modelexport", "export", archives / "net-torch-2.15.0.pt2", "-o", tmp_path / "m.onnx", "--verify", "off")
    r = run(installed / "modelexport", "export", archives / "net-torch-2.15.0.pt", "-o", tmp_path / "n.onnx", code=3)
    assert "ME-EXP-025" in r.stderr and ".pt2" in r.stderr  # what is left out says so
    code = f"import modelexport; print(modelexport.inspect({str(tmp_path / 'm.onnx')!r})['nodes'])"
    assert int(run(installed / "python", "-c", code).stdout) > 0


def test_the_extension(installed):
    """Inside the interpreter that the build found, through the program where it is another one."""
    code = "import modelexport.program as p; print(p._native is not None)"
    built = list((PREFIX / "python" / "modelexport").glob(f"_native.{sys.implementation.cache_tag}-*.so"))
    headers = pathlib.Path(sysconfig.get_path("include"), "Python.h").exists()
    assert bool(built) == headers  # without headers there is none, with them it may not be missing
    assert run(installed / "python", "-c", code).stdout.strip() == str(headers)
    # Its libraries are the wheel's, in an interpreter that has libraries of these names of its own, too.
    code = "import ssl, zlib, modelexport.program as p; print(p._execute(['version'])[0])"
    assert run(installed / "python", "-c", code).stdout.strip() == "0"


def test_its_libraries_are_its_own(installed):
    program = next(installed.parent.glob("lib/python*/site-packages/modelexport/bin/modelexport"))
    lines = run("ldd", program).stdout.splitlines()
    (curl,) = [line for line in lines if "libcurl" in line]
    assert str(installed.parent) in curl
    own = program.parents[1] / "lib"
    assert len(list((own / "licences").iterdir())) > 1
