"""The metadata of an ONNX file, read without the onnx package and without its weights."""
from __future__ import annotations

import os
from typing import BinaryIO

_METADATA_PROPS = 14  # field number of ModelProto.metadata_props
_LIMIT = 64 << 20  # bytes of one entry


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Keys and values of an ONNX file's metadata_props. Of equal keys the last counts.

    Skips graph and weights by their lengths, so a model of many gigabytes takes as long as a small one.
    Raises ValueError if the file is no ONNX model.
    """
    found: dict[str, str] = {}
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        fields = 0
        while file.tell() < size:
            number, wire, length = _field(file, path)
            fields += 1
            if wire == 2 and file.tell() + length > size:
                raise _broken(path)
            if number == _METADATA_PROPS and wire == 2 and length <= _LIMIT:
                key, value = _entry(file.read(length), path)
                found[key] = value
            else:
                file.seek(length, os.SEEK_CUR)
        if fields == 0:
            raise _broken(path)
    return found


def _broken(path) -> ValueError:
    return ValueError(f"{os.fspath(path)} is not an ONNX file, or it is incomplete")


def _varint(file: BinaryIO, path) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise _broken(path)


def _field(file: BinaryIO, path) -> tuple[int, int, int]:
    """Field number, wire type and the bytes that follow."""
    tag = _varint(file, path)
    number, wire = tag >> 3, tag & 7
    if number == 0:
        raise _broken(path)
    if wire == 0:
        _varint(file, path)
        return number, wire, 0
    if wire in (1, 5):
        return number, wire, 8 if wire == 1 else 4
    if wire != 2:
        raise _broken(path)
    return number, wire, _varint(file, path)


def _entry(data: bytes, path) -> tuple[str, str]:
    import io
    parts = {1: "", 2: ""}
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        number, wire, length = _field(stream, path)
        text = stream.read(length)
        if len(text) != length:
            raise _broken(path)
        if wire == 2 and number in parts:
            parts[number] = text.decode("utf-8", "replace")
    return parts[1], parts[2]
