"""Mutations of the bytes: fields dropped, doubled, cut, renumbered, of another wire type, padded; numbers out of range.

They know the schema only to find the messages inside: what is written is what no library would write.
"""
import onnx
from google.protobuf.descriptor import FieldDescriptor

from mutation_tools import rng

BAD_TEXT = [b"\xff\xfe", b"a\x80b", b"\xed\xa0\x80", b"\xc0\x80", b"ok\x00z"]
NUMBERS = [0, 1, -1, 2, 3, 7, 8, 99, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 62, -(1 << 63)]
EMPTY = {0: 3, 1: bytes(8), 2: b"xy", 5: bytes(4)}  # a value of each wire type


def varint(number, padding=0):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    if padding == 0:
        return bytes(out + bytes([number]))
    return bytes(out + bytes([number | 128]) + bytes([128] * (padding - 1)) + b"\0")


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


class Field:
    """`raw` is written instead of the field where it is set."""

    def __init__(self, number, wire, value, raw=b""):
        self.number, self.wire, self.value, self.raw = number, wire, value, raw

    def write(self):
        if self.raw:
            return self.raw
        tag = varint(self.number << 3 | self.wire)
        if self.wire == 0:
            return tag + varint(self.value)
        return tag + (varint(len(self.value)) if self.wire == 2 else b"") + self.value


def parse(data):
    fields, at = [], 0
    while at < len(data):
        tag, at = read_varint(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = read_varint(data, at)
        else:
            size, at = read_varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = data[at:at + size], at + size
        fields.append(Field(tag >> 3, wire, value))
    return fields


def write(fields):
    return b"".join(field.write() for field in fields)


def places(descriptor, data, path=()):
    """(path, descriptor of the message, of the field, wire type) of everything in a message."""
    for i, field in enumerate(parse(data)):
        known = descriptor.fields_by_number.get(field.number)
        yield path + (i,), descriptor, known, field.wire
        if known is not None and known.message_type and field.wire == 2:
            yield from places(known.message_type, field.value, path + (i,))


def edit(data, path, change):
    fields = parse(data)
    if len(path) == 1:
        change(fields, path[0])
    else:
        fields[path[0]].value = edit(fields[path[0]].value, path[1:], change)
    return write(fields)


def insert(*raws):
    return lambda fields, i: fields.insert(i, Field(0, 0, 0, rng.choice(raws)))


def pad_tag(fields, i):
    tag = fields[i].number << 3 | fields[i].wire
    fields[i].raw = varint(tag, rng.choice([1, 2, 4, 5, 9])) + fields[i].write()[len(varint(tag)):]


def other_wire(fields, i):
    fields[i].wire = rng.choice([wire for wire in EMPTY if wire != fields[i].wire])
    fields[i].value = EMPTY[fields[i].wire]


def declared_length(change):
    def apply(fields, i):
        field = fields[i]
        field.raw = varint(field.number << 3 | 2) + varint(max(0, change(len(field.value)))) + field.value
    return apply


def split(fields, i):
    try:
        parts = parse(fields[i].value)
    except (IndexError, KeyError):
        return
    half = len(parts) // 2
    fields.insert(i + 1, Field(fields[i].number, 2, write(parts[half:])))
    fields[i].value = write(parts[:half])


def assign(value):
    def apply(fields, i):
        fields[i].value = value(fields[i].value) if callable(value) else value
    return apply


def any_field():
    yield "delete", lambda fields, i: fields.pop(i)
    yield "double", lambda fields, i: fields.insert(i, Field(fields[i].number, fields[i].wire, fields[i].value))
    yield "again_at_the_end", lambda fields, i: fields.append(Field(fields[i].number, fields[i].wire, fields[i].value))
    yield "unknown", insert(varint(777 << 3 | 2) + b"\5hello", varint(99 << 3) + b"\5")
    yield "reserved_wire_type", insert(b"\6", b"\7", b"\x0e", b"\x0f")
    yield "field_zero", insert(b"\0\1")
    yield "group", insert(varint(99 << 3 | 3) + b"\x08\x01" + varint(99 << 3 | 4))
    yield "group_without_end", insert(varint(99 << 3 | 3))
    yield "end_without_group", insert(varint(99 << 3 | 4))
    yield "padded_tag", pad_tag
    yield "other_wire_type", other_wire
    yield "reversed", lambda fields, i: fields.reverse()
    yield "renumbered", lambda fields, i: setattr(fields[i], "number", rng.choice([1, 2, 3, 5, 8, 9, 14, 20, 26, 99]))


def length_field(known):
    yield "empty", assign(b"")
    yield "cut", assign(lambda value: value[:-1])
    yield "longer", assign(lambda value: value + b"\1")
    yield "length_too_large", declared_length(lambda size: size + rng.choice([1, 5, 1000, 1 << 31, 1 << 40]))
    yield "length_too_small", declared_length(lambda size: size - 1)
    if known is not None and known.message_type:
        yield "split", split
    if known is not None and known.type == FieldDescriptor.TYPE_STRING:
        yield "no_text", assign(lambda value: rng.choice(BAD_TEXT))


def wire_mutations(raw, count):
    """(name, bytes) of `count` random mutations."""
    everywhere = list(places(onnx.ModelProto.DESCRIPTOR, raw))
    for k in range(count):
        path, message, known, wire = rng.choice(everywhere)
        changes = list(any_field())
        if wire == 0:
            changes += [(f"is_{number}", assign(number)) for number in NUMBERS]
        if wire == 2:
            changes += list(length_field(known))
        name, change = rng.choice(changes)
        field = known.name if known is not None else "unknown"
        yield f"wire_{k}_{message.name}.{field}_{name}", edit(raw, path, change)
