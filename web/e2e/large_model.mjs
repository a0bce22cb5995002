// Writes ONNX files of any size whose weights are holes, so that they cost no disk: for tests and benchmarks.
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

const varint = (n) => {
  const out = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return Buffer.from([...out, n]);
};
const header = (number, length) => Buffer.concat([varint(number * 8 + 2), varint(length)]);
/** One protobuf field: numbers as varints, texts and bytes with their length. */
export const field = (number, content) => {
  if (typeof content === "number") return Buffer.concat([varint(number * 8), varint(content)]);
  const bytes = Buffer.from(content);
  return Buffer.concat([header(number, bytes.length), bytes]);
};
const join = (list) => Buffer.concat(list);
const value = (name, dims) => join([field(1, name), field(2, field(1, join([field(1, 1),
  field(2, join(dims.map((d) => field(1, typeof d === "string" ? field(2, d) : field(1, d)))))])))]);

/** A model of `tensors` weights with `bytes` bytes each and a chain of nodes, `each` in a module. Gives the file's size. */
export function writeLargeModel(path, { tensors, bytes, nodes = tensors, each = 1, producer = "bench", metadata = {} }) {
  const columns = bytes / 4 / 1024;
  const node = (i) => field(1, join([field(1, i === 0 ? "x" : `y${i - 1}`), field(1, `blocks.${i % tensors}.weight`), field(2, `y${i}`), field(3, `/blocks.${i}/MatMul`), field(4, "MatMul"),
    field(9, join([field(1, "hierarchy_tag"), field(2, `/Net/Stage.${Math.floor(i / each / 64)}/Block.${Math.floor(i / each) % 64}`)]))]));
  const heads = Array.from({ length: tensors }, (_, i) => {
    const facts = join([field(1, 1024), field(1, columns), field(2, 1), field(8, `blocks.${i}.weight`)]);
    const raw = header(9, bytes);
    return join([header(5, facts.length + raw.length + bytes), facts, raw]);
  });
  const before = join([...Array.from({ length: nodes }, (_, i) => node(i)), field(2, "net")]);
  const after = join([field(11, value("x", ["batch_size", 1024])), field(12, value(`y${nodes - 1}`, ["batch_size", columns]))]);
  const graph = before.length + heads.reduce((sum, head) => sum + head.length + bytes, 0) + after.length;
  const end = join([after, field(8, join([field(1, ""), field(2, 18)])), ...Object.entries(metadata).map(([k, v]) => field(14, join([field(1, k), field(2, v)])))]);
  const file = openSync(path, "w");
  let at = 0;
  const put = (data) => { at += writeSync(file, data, 0, data.length, at); };
  put(join([field(1, 8), field(2, producer), header(7, graph), before]));
  for (const head of heads) {
    put(head);
    at += bytes;
  }
  put(end);
  ftruncateSync(file, at);
  closeSync(file);
  return at;
}
