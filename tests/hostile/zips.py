"""Zip archives byte by byte, so that a case can lie in any field. Members are stored unless said otherwise."""
import struct
import zlib

MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF


class Member:
    def __init__(self, name, content=b"", **lies):
        """Lies replace fields: name_local, crc, size, compressed, flags, method, extra, extra_local, header, local_size."""
        self.name = name.encode() if isinstance(name, str) else name
        self.content = content.encode() if isinstance(content, str) else content
        self.lies = lies
        if lies.get("method") == 8 and "raw" not in lies:
            deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
            lies["raw"] = deflater.compress(self.content) + deflater.flush()
        self.payload = lies.get("raw", self.content)

    def get(self, key, value):
        return self.lies.get(key, value)

    def fields(self, local):
        """From the version to the length of the extra field."""
        name = self.get("name_local", self.name) if local else self.name
        extra = self.get("extra_local", self.get("extra", b"")) if local else self.get("extra", b"")
        size = self.get("size", len(self.content))
        compressed = self.get("compressed", len(self.payload))
        if local:
            size, compressed = self.get("local_size", size), self.get("local_size", compressed)
        crc = self.get("crc", zlib.crc32(self.content))
        return struct.pack("<HHHHHIIIHH", 20, self.get("flags", 0), self.get("method", 0), 0, 0, crc, compressed, size,
                           len(name), len(extra)), name + extra

    def local(self):
        head, tail = self.fields(True)
        return b"PK\3\4" + head + tail + self.payload + self.get("after", b"")

    def central(self, at):
        head, tail = self.fields(False)
        return b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, self.get("header", at)) + tail


def archive(members, *, prefix=b"", before_directory=b"", comment=b"", entries=None, directory_size=None,
            directory_offset=None, zip64=None, repeat=1):
    """The bytes of an archive. zip64: a function of (entries, size, offset, position) giving what goes before the end."""
    out, directory = [prefix], []
    at = len(prefix)
    for member in members:
        local = b"" if member.get("hidden", False) else member.local()
        directory.append(member.central(at) * repeat)
        out.append(local)
        at += len(local)
    out.append(before_directory)
    at += len(before_directory)
    central = b"".join(directory)
    entries = len(members) * repeat if entries is None else entries
    size = len(central) if directory_size is None else directory_size
    offset = at if directory_offset is None else directory_offset
    out.append(central)
    if zip64:
        out.append(zip64(entries, size, offset, at + len(central)))
        entries, size, offset = MAX16, MAX32, MAX32
    out.append(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, min(entries, MAX16), min(entries, MAX16), size, offset, len(comment))
               + comment)
    return b"".join(out)


def end64(entries, size, offset, position, **lies):
    """A zip64 end record and its locator; lies: count, at."""
    get = lies.get
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, get("count", entries), get("count", entries), size, offset)
    return record + b"PK\6\7" + struct.pack("<IQI", 0, get("at", position), 1)


def zip64_extra(*values):
    return struct.pack("<HH", 1, 8 * len(values)) + struct.pack(f"<{len(values)}Q", *values)
