"""Hostile TorchScript archives, made from a fixture by changing members. They run through the worker."""
import pathlib
import struct
import zipfile

import pt2
from zips import MAX32, Member, archive

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "fixtures/archives/net-torch-2.15.0.pt"
CASES = {}


def case(code):
    def add(function):
        CASES[function.__name__] = (function, code)
        return function
    return add


def original():
    with zipfile.ZipFile(FIXTURE) as found:
        return {info.filename.split("/", 1)[1]: found.read(info) for info in found.infolist()}


def built(files, **options):
    return archive([Member(f"m/{name}", content) for name, content in files.items()], **options)


def changed(**contents):
    """Members by name, with "/" and "." as "__" and "_" written out in `names`."""
    files = original()
    for name, content in contents.items():
        files[NAMES[name]] = content
    return built(files)


NAMES = {"data": "data.pkl", "constants": "constants.pkl", "code": "code/__torch__.py", "version": "version",
         "traced": "traced_inputs.pkl", "storage": "data/0"}


@case(None)
def good():
    return built(original())


@case("any")
def every_member_empty():
    return built({name: b"" for name in original()})


@case("any")
def without_data():
    files = original()
    del files["data.pkl"]
    return built(files)


@case("any")
def without_code():
    return built({name: content for name, content in original().items() if not name.startswith("code/")})


@case("any")
def without_storages():
    return built({name: content for name, content in original().items() if not name.startswith("data/")})


@case("any")
def storage_cut():
    return changed(storage=b"\0\0\0\0")


@case("ME-EXP-023")
def archive_cut():
    whole = built(original())
    return whole[:len(whole) // 2]


@case("ME-EXP-022")
def bytes_in_front():
    return b"#!/bin/sh\ntouch owned\n" + built(original())


@case("ME-ARC-003")
def member_twice():
    return archive([Member(f"m/{name}", content) for name, content in original().items()] + [Member("m/data.pkl", b"N.")])


@case("any")
def version_of_the_future():
    return changed(version=b"999999999999999999999999\n")


@case("any")
def version_is_no_number():
    return changed(version=b"three\n")


@case("any")
def pickle_runs_a_command():
    return changed(data=b"\x80\x02cos\nsystem\n" + pt2.text(b"touch owned") + b"\x85R.")


@case("any")
def pickle_is_cut():
    return changed(data=original()["data.pkl"][:100])


@case("any")
def pickle_deep():
    return changed(data=b"\x80\x02" + b"(" * 500_000 + b"l" * 500_000 + b".")


@case("ME-ARC-009|ME-ARC-011")
def pickle_string_of_4_gb():
    return changed(data=b"\x80\x02X" + struct.pack("<I", MAX32) + b"abc.")


@case("any")
def pickle_memo_bomb():
    out = b"\x80\x02]q\x00"
    for i in range(60):
        out += b"(h" + bytes([i]) + b"h" + bytes([i]) + b"lq" + bytes([i + 1])
    return changed(data=out + b".")


@case("any")
def constants_are_no_pickle():
    return changed(constants=b"constants")


@case("any")
def traced_inputs_are_no_pickle():
    return changed(traced=b"\x80\x02" + b"\xff" * 100)


@case("any")
def code_is_no_program():
    return changed(code=b"class Net(Module):\n  def forward(self, image) -> Tensor:\n    retrun image\n")


@case("any")
def code_deep():
    return changed(code=b"class Net(Module):\n  def forward(self, image: Tensor) -> Tensor:\n    return "
                   + b"(" * 20_000 + b"image" + b")" * 20_000 + b"\n")


@case("any")
def code_of_1_mb():
    return changed(code=b"class Net(Module):\n  def forward(self, image: Tensor) -> Tensor:\n"
                   + b"    a = torch.relu(image)\n" * 40_000 + b"    return a\n")


@case("any")
def code_never_ends():
    return changed(code=b"class Net(Module):\n  def forward(self, image: Tensor) -> Tensor:\n    a = image\n    _0 = True\n"
                   b"    while True:\n      a = torch.relu(a)\n    return a\n")
