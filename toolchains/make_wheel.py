"""Makes a wheel of the Python package with the command line in it: python3 make_wheel.py PREFIX OUT_DIRECTORY

PREFIX is an installed build (build/). The wheel holds the package, the program, the runner of ONNX files and the shared
libraries that the program needs, except the C library's: it runs on any Linux whose C library is as new as this one's.
The extension is for the Python that the build found; other versions of Python run the program, so that one wheel is for all.
It has no TorchScript worker, because that needs libtorch: `.pt2` archives are exported, `.pt` archives are not.
Deterministic: the same files give the same wheel.
"""
import base64
import hashlib
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Parts of the C library: these come from the system.
SYSTEM = re.compile(r"(ld-linux.*|linux-vdso|lib(c|m|dl|pthread|rt|resolv|util|nsl|anl))\.so.*")
PROGRAMS = ("bin/modelexport", "libexec/modelexport/modelexport-onnxruntime")

METADATA = """Metadata-Version: 2.1
Name: modelexport
Version: {version}
Summary: PyTorch archives to self-describing ONNX packages: export, pack, check, migrate, load
License: Apache-2.0
Requires-Python: >=3.9
Description-Content-Type: text/markdown

{readme}"""


def version():
    return re.search(r"project\(modelexport VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def libraries(program):
    """Path by name of the shared libraries to bring along."""
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for line in lines:
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match and not SYSTEM.fullmatch(match[1]):
            if match[2] == "not":
                sys.exit(f"{program} needs {match[1]}, which is not there")
            found[match[1]] = pathlib.Path(match[2])
    return found


def licence(library):
    """Debian's copyright file of the package that a library belongs to."""
    # Debian knows libraries by the path below /usr, the loader may have found them by /lib.
    for path in (library.resolve(), pathlib.Path("/usr") / library.resolve().relative_to("/"), library):
        owner = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True).stdout.split(":")[0]
        text = pathlib.Path("/usr/share/doc", owner, "copyright")
        if owner and text.is_file():
            return owner, text
    sys.exit(f"the licence of {library} is not known")


def contents(prefix):
    """(name in the wheel, bytes, executable), sorted."""
    files = {}
    package = ROOT / "native" / "python" / "modelexport"
    for path in [*package.rglob("*.py"), package / "py.typed"]:
        files[f"modelexport/{path.relative_to(package)}"] = (path.read_bytes(), False)
    for name in PROGRAMS:
        files[f"modelexport/{name}"] = ((prefix / name).read_bytes(), True)
    extensions = sorted((prefix / "python" / "modelexport").glob("_native.*.so"))
    for path in extensions:
        files[f"modelexport/{path.name}"] = (path.read_bytes(), True)
    needed = {name: path for binary in (prefix / PROGRAMS[0], *extensions) for name, path in libraries(binary).items()}
    for name, path in needed.items():
        files[f"modelexport/lib/{name}"] = (path.read_bytes(), False)
        owner, text = licence(path)
        files[f"modelexport/lib/licences/{owner}.txt"] = (text.read_bytes(), False)
    return [(name, *files[name]) for name in sorted(files)]


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    prefix, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    number = version()
    tag = f"py3-none-manylinux_{platform.libc_ver()[1].replace('.', '_')}_{platform.machine()}"
    info = f"modelexport-{number}.dist-info"
    files = contents(prefix)
    files += [(f"{info}/{name}", text.encode(), False) for name, text in (
        ("METADATA", METADATA.format(version=number, readme=(ROOT / "README.md").read_text())),
        ("WHEEL", f"Wheel-Version: 1.0\nGenerator: make_wheel\nRoot-Is-Purelib: false\nTag: {tag}\n"),
        ("entry_points.txt", "[console_scripts]\nmodelexport = modelexport.program:main\n"),
        ("licenses/LICENSE", (ROOT / "LICENSE").read_text()))]
    record = f"{info}/RECORD"
    text = "".join(record_line(name, data) for name, data, _ in files) + f"{record},,\n"
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"modelexport-{number}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data, executable in [*files, (record, text.encode(), False)]:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    print(path)


if __name__ == "__main__":
    main()
