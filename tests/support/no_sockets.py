"""A child process that is killed when it opens a socket: subprocess.run(..., preexec_fn=no_sockets.forbid).

Linux only, by a seccomp filter, so that "no network" is proven by the kernel and not by a server that saw nothing.
"""
import ctypes
import platform
import struct
import sys

_SOCKET = {"x86_64": 41, "aarch64": 198}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2

possible = sys.platform == "linux" and platform.machine() in _SOCKET


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _instructions() -> bytes:
    machine = platform.machine()
    rows = [(_LOAD, 0, 0, 4),  # the architecture of the call
            (_EQUAL, 1, 0, _ARCHITECTURE[machine]), (_RETURN, 0, 0, _KILL),
            (_LOAD, 0, 0, 0),  # its number
            (_EQUAL, 0, 1, _SOCKET[machine]), (_RETURN, 0, 0, _KILL), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *row) for row in rows)


_CODE = _instructions() if possible else b""


def forbid() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(_CODE) // 8, _CODE)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "the filter cannot be set")
