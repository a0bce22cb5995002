// A zip writer of a few lines for stored members, to make archives of any size for the tests of the module.
import fs from "node:fs";
import zlib from "node:zlib";

const TABLE = new Uint32Array(256).map((_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes);
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function header(signature, fields) {
  const out = Buffer.alloc(4 + fields.reduce((sum, [size]) => sum + size, 0));
  out.writeUInt32LE(signature);
  let at = 4;
  for (const [size, value] of fields) {
    out.writeUIntLE(value, at, size);
    at += size;
  }
  return out;
}

/**
 * Writes members to a file: [name, text] or [name, number of bytes]. The latter are zeros that take no space on disk;
 * nobody verifies the checksum of stored weights, and it is written as 0.
 */
export function storedZip(file, members) {
  const descriptor = fs.openSync(file, "w");
  const directory = [];
  let at = 0;
  for (const [name, content] of members) {
    const bytes = typeof content === "string" ? Buffer.from(content) : null;
    const size = bytes ? bytes.length : content;
    const sizes = [[2, 0], [2, 0], [2, 0], [2, 0], [4, bytes ? crc32(bytes) : 0], [4, size], [4, size], [2, name.length], [2, 0]];
    const local = Buffer.concat([header(0x04034b50, [[2, 20], ...sizes]), Buffer.from(name)]);
    fs.writeSync(descriptor, local, 0, local.length, at);
    if (bytes) fs.writeSync(descriptor, bytes, 0, size, at + local.length);
    directory.push(header(0x02014b50, [[2, 20], [2, 20], ...sizes, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), Buffer.from(name));
    at += local.length + size;
  }
  const central = Buffer.concat(directory);
  const end = header(0x06054b50, [[2, 0], [2, 0], [2, members.length], [2, members.length], [4, central.length], [4, at], [2, 0]]);
  fs.writeSync(descriptor, Buffer.concat([central, end]), 0, central.length + end.length, at);
  fs.closeSync(descriptor);
}
