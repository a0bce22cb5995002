"""The dependency rule: what each directory may include and which libraries each target may link.

Checks the sources and the link graph that CMake wrote, and then itself: every rule is broken once in a
temporary copy, and the break must be found.
"""

import argparse
import ast
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

# Directories of core/, and its public headers; filled from the source tree.
CORE_MODULES = ["modelexport"]

# Which project directories' headers ("first/…") each directory may include, besides the core's and its own.
PROJECT_INCLUDES = {
    "core": [],
    "native/cli": [],
    "native/commands": ["cli", "io", "hub", "serve"],
    "native/io": [],
    "native/hub": ["io"],
    "native/serve": ["io"],
    "native/torch": [],
    "native/onnxruntime": ["io"],
    "native/python": ["cli", "commands", "io", "hub"],
    "wasm": [],
}
# Who may see which third-party headers.
THIRD_PARTY = {
    "nlohmann/": {"core"},
    "tl/": {"core"},
    "google/protobuf/": {"core"},
    "zlib.h": {"core"},
    "CLI/": {"native/cli", "native/commands"},
    "curl/": {"native/hub"},
    "torch/": {"native/torch"},
    "ATen/": {"native/torch"},
    "c10/": {"native/torch"},
    "caffe2/": {"native/torch"},
    "pybind11/": {"native/python"},
    "Python.h": {"native/python"},
    "emscripten": {"wasm"},
}
# Headers of the compiler for processor instructions: the digests use them, with a portable form beside it.
PROCESSOR_HEADERS = {"immintrin.h", "cpuid.h", "arm_neon.h", "arm_acle.h"}
# Platform headers: natively everything POSIX has, in the core and in wasm nothing.
POSIX = re.compile(r"^(sys/|netinet/|arpa/)|^(unistd|fcntl|poll|signal|spawn|termios|dlfcn|pthread|dirent|pwd|fnmatch"
                   r"|glob|netdb|errno|stdio|time|sched|link|linux/\w+)\.h$")
STANDARD = re.compile(r"^[a-z_0-9]+$")
# Standard headers that reach outside the process, and names that do so through allowed ones.
CORE_FORBIDDEN_HEADERS = set("filesystem fstream iostream chrono ctime thread mutex shared_mutex future condition_variable "
                             "csignal random stop_token barrier latch semaphore syncstream print".split())
CORE_FORBIDDEN_NAMES = re.compile(
    r"(?<![\w.>])(?:std::)?(getenv|secure_getenv|fopen|freopen|tmpfile|fread|fwrite|printf|fprintf|puts|fputs|putchar"
    r"|system|popen|remove\s*\(\s*\"|time\s*\(|clock\s*\(|stdout|stderr|stdin|exit|_Exit|quick_exit)\b(?=\s*[\(;,)]|$)")
EXCEPTIONS = re.compile(r"\b(throw|try|catch)\b\s*[({;\w]")
# Whole link closures may contain these only below the named targets.
GUARDED_LIBRARIES = {
    "torch": re.compile(r"(^|[/:_-])(lib)?(torch|c10|caffe2)(_cpu|_library)?(\.|$|_)", re.IGNORECASE),
    "curl": re.compile(r"curl", re.IGNORECASE),
    "CLI11": re.compile(r"CLI11"),
    "emscripten": re.compile(r"emscripten", re.IGNORECASE),
}
MAY_LINK = {
    "torch": re.compile(r"torch"),
    "curl": re.compile(r"^modelexport_(hub|commands|native|python)$|^modelexport$|^modelexport_curl$"),
    "CLI11": re.compile(r"^modelexport_(cli|commands|native)$|^modelexport$"),
    "emscripten": re.compile(r"^modelexport_wasm(_export)?$"),
}
WORKER_MUST_NOT_LINK = re.compile(r"^modelexport_(cli|commands|hub|native)$")
CORE_LINKS = re.compile(r"^(modelexport_core_\w+|modelexport_(headers|protobuf|zlib|flags)|.*LINK_ONLY:.*)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def strip_comments_and_strings(text):
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
    return pattern.sub(lambda m: "\n" * m.group(0).count("\n") if m.group(0).startswith("/") else '""', text)


def area_of(path):
    parts = path.parts
    if parts[0] == "native":
        return "/".join(parts[:2]) if len(parts) > 2 else "native/main"
    return parts[0]


def check_include(path, area, quote, name):
    """What is wrong with an include, or None."""
    if name in PROCESSOR_HEADERS:
        return None if path.parts[:2] == ("core", "digest") else "only core/digest uses processor instructions"
    for prefix, areas in THIRD_PARTY.items():
        if name.startswith(prefix):
            return None if area in areas else f"only {', '.join(sorted(areas))} may include it"
    if quote == "<":
        if area in ("core", "wasm"):
            if not STANDARD.match(name):
                return "not a header of the C++ standard library or of an allowed library"
            if area == "core" and name in CORE_FORBIDDEN_HEADERS:
                return "the core does not touch files, clocks, threads or streams"
            return None
        if STANDARD.match(name) or POSIX.match(name):
            return None
        return "not a header of the C++ standard library, of POSIX or of an allowed library"
    if "/" not in name:
        # .def and .inc tables beside the source, and generated ones
        return None if name.endswith((".inc", ".def", ".h")) and area != "core" else (
            None if name.endswith((".inc", ".def")) else "core headers are included as \"module/x.h\"")
    first = name.split("/")[0]
    if area == "core":
        return None if first in CORE_MODULES else "nothing points from the core outward"
    if area == "native/main":
        return None if first in CORE_MODULES + ["cli", "commands", "io"] else "main only starts the command line"
    own = area.split("/")[-1]
    allowed = CORE_MODULES + PROJECT_INCLUDES.get(area, []) + [own]
    return None if first in allowed else f"{area} may include headers of {', '.join(sorted(set(allowed)))}"


def source_violations(root):
    found = []
    for directory in ("core", "native", "wasm"):
        for path in sorted((root / directory).rglob("*")):
            if path.suffix not in (".h", ".cc", ".inc", ".def"):
                continue
            relative = path.relative_to(root)
            area = area_of(relative)
            text = path.read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                problem = check_include(relative, area, match[1], match[2])
                if area not in PROJECT_INCLUDES and area != "native/main":
                    problem = f"{area} is not in the table of the dependency rule"
                if problem:
                    line = text.count("\n", 0, match.start(2)) + 1
                    found.append(f"{relative}:{line}: includes {match[2]}: {problem}")
            if area == "core":
                code = strip_comments_and_strings(text)
                for pattern, what in ((CORE_FORBIDDEN_NAMES, "reaches outside the process"),
                                      (EXCEPTIONS, "the core does not use exceptions")):
                    for match in pattern.finditer(code):
                        line = code.count("\n", 0, match.start()) + 1
                        found.append(f"{relative}:{line}: {match[0].strip()}: {what}")
    return found


def python_violations(root):
    """The Python package must not need torch or transformers at import time."""
    found = []
    for path in sorted((root / "native/python").rglob("*.py")):
        pending = list(ast.parse(path.read_text(encoding="utf-8")).body)
        while pending:
            node = pending.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                continue
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                if name.split(".")[0] in ("torch", "transformers", "onnx", "onnxruntime", "optimum"):
                    found.append(f"{path.relative_to(root)}:{node.lineno}: imports {name} at import time")
            pending.extend(ast.iter_child_nodes(node))
    return found


def parse_links(text):
    graph = {}
    for line in text.splitlines():
        target, _, libraries = line.partition(":")
        graph.setdefault(target.strip(), set()).update(
            re.sub(r"^\$<LINK_ONLY:(.*)>$", r"\1", library) for library in libraries.split()
            if not library.startswith("::@"))  # CMake's note of the directory that linked it
    return graph


def closure(graph, target):
    seen, pending = set(), [target]
    while pending:
        for library in graph.get(pending.pop(), ()):
            library = library.replace("modelexport::core", "modelexport_core")
            if library not in seen:
                seen.add(library)
                pending.append(library)
    return seen


def link_violations(graph):
    found = []
    for target, libraries in sorted(graph.items()):
        if target.startswith("modelexport_core_"):
            found += [f"{target} links {library}: the core links core modules, protobuf-lite, zlib and headers only"
                      for library in sorted(libraries) if not CORE_LINKS.match(library)]
        everything = closure(graph, target)
        is_worker = "torch" in target
        for name, pattern in GUARDED_LIBRARIES.items():
            bad = sorted(library for library in everything
                         if pattern.search(library) and not library.startswith("modelexport_torch"))
            if bad and not MAY_LINK[name].search(target):
                found.append(f"{target} links {', '.join(bad)}: only {MAY_LINK[name].pattern} may link {name}")
        for library in sorted(everything):
            if is_worker and WORKER_MUST_NOT_LINK.match(library):
                found.append(f"{target} links {library}: the worker is the core and libtorch")
            if not is_worker and re.search(r"torch", library):
                found.append(f"{target} links {library}: only the worker sees libtorch")
    return found


class Rule(unittest.TestCase):
    maxDiff = None
    source = None
    links = None

    def test_sources(self):
        self.assertEqual([], source_violations(self.source))

    def test_python_package(self):
        self.assertEqual([], python_violations(self.source))

    def test_links(self):
        self.assertIn("modelexport_core_result", self.links)
        self.assertEqual([], link_violations(self.links))


class SelfCheck(unittest.TestCase):
    """Seeded breaks of the rule: one file each in an otherwise empty source tree."""

    def seed(self, path, text):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / path
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            return source_violations(pathlib.Path(directory)) + python_violations(pathlib.Path(directory))

    def test_seeded_include_in_a_real_file(self):
        with tempfile.TemporaryDirectory() as directory:
            copy = pathlib.Path(directory) / "core"
            shutil.copytree(Rule.source / "core", copy)
            with open(copy / "bytes/bytes.cc", "a", encoding="utf-8") as file:
                file.write("#include <curl/curl.h>\n")
            added = set(source_violations(copy.parent)) - set(source_violations(Rule.source))
            self.assertEqual(1, len(added), added)

    def test_seeded_sources(self):
        for path, text in {
            "core/bytes/seed.cc": "#include <fstream>\n",
            "core/zip/seed.cc": "#include <unistd.h>\n",
            "core/onnx/seed.h": "#include <torch/script.h>\n",
            "core/wire/seed.cc": '#include "io/file_source.h"\n',
            "core/aten/seed.cc": "#include <emscripten.h>\n",
            "core/source/seed.cc": "#include <cstdlib>\nconst char* f() { return std::getenv(\"HOME\"); }\n",
            "core/json/seed.cc": "void f() { throw 1; }\n",
            "core/lower/seed.cc": "#include <cstdio>\nvoid f() { std::printf(\"x\"); }\n",
            "native/cli/seed.cc": "#include <curl/curl.h>\n",
            "native/commands/seed.cc": "#include <ATen/ATen.h>\n",
            "native/io/seed.cc": '#include "commands/table.h"\n',
            "native/torch/seed.cc": '#include "cli/command.h"\n',
            "wasm/seed.cc": "#include <sys/stat.h>\n",
            "native/other/seed.cc": "#include <string>\n",
            "native/python/modelexport/seed.py": "import torch\n",
        }.items():
            with self.subTest(path):
                self.assertEqual(1, len(self.seed(path, text)))

    def test_allowed_sources(self):
        for path, text in {
            "core/bytes/seed.cc": '#include <cstdio>\n#include "json/json.h"\n// throw fopen(\n'
                                  "int f(char* p) { return std::snprintf(p, 4, \"throw 1;\"); }\n",
            "native/torch/seed.cc": "#include <torch/script.h>\n#include <unistd.h>\n",
            "native/python/modelexport/seed.py": "def f():\n    import torch\n    return torch\n",
        }.items():
            with self.subTest(path):
                self.assertEqual([], self.seed(path, text))

    def test_seeded_links(self):
        before = set(link_violations(Rule.links))
        for target, library in (("modelexport_core_zip", "CURL::libcurl"), ("modelexport_core_onnx", "Threads::Threads"),
                                ("modelexport_core_aten", "modelexport_io"), ("modelexport_cli", "torch"),
                                ("modelexport", "/usr/lib/x86_64-linux-gnu/libtorch_cpu.so"),
                                ("modelexport_io", "CURL::libcurl")):
            with self.subTest(f"{target} -> {library}"):
                graph = {name: set(libraries) for name, libraries in Rule.links.items()}
                graph.setdefault(target, set()).add(library)
                self.assertTrue(set(link_violations(graph)) - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--links", type=pathlib.Path, required=True, help="link_graph.txt of a build")
    options, rest = parser.parse_known_args()
    Rule.source = options.source
    CORE_MODULES.extend(sorted(path.name for path in (options.source / "core").iterdir()
                               if path.is_dir() and path.name != "include"))
    Rule.links = parse_links(options.links.read_text(encoding="utf-8"))
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
