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

/**
 * float32 weights {name, dims} whose bytes are holes, nodes {name, op, inputs, output, tag}, inputs and outputs
 * {name, dims}. Gives the file's size.
 */
export function writeModel(path, { weights, nodes, inputs, outputs, producer = "bench", metadata = {} }) {
  const node = ({ name, op, inputs: from, output, tag }) => field(1, join([...from.map((input) => field(1, input)), field(2, output), field(3, name), field(4, op),
    ...(tag === undefined ? [] : [field(9, join([field(1, "hierarchy_tag"), field(2, tag)]))])]));
  const heads = weights.map(({ name, dims }) => {
    const bytes = 4 * dims.reduce((product, size) => product * size, 1);
    const facts = join([...dims.map((size) => field(1, size)), field(2, 1), field(8, name)]);
    const raw = header(9, bytes);
    return { head: join([header(5, facts.length + raw.length + bytes), facts, raw]), bytes };
  });
  const before = join([...nodes.map(node), field(2, "net")]);
  const after = join([...inputs.map((i) => field(11, value(i.name, i.dims))), ...outputs.map((o) => field(12, value(o.name, o.dims)))]);
  const graph = before.length + heads.reduce((sum, { head, bytes }) => sum + head.length + bytes, 0) + after.length;
  const end = join([after, field(8, join([field(1, ""), field(2, 18)])), ...Object.entries(metadata).map(([k, v]) => field(14, join([field(1, k), field(2, v)])))]);
  const file = openSync(path, "w");
  let at = 0;
  const put = (data) => { at += writeSync(file, data, 0, data.length, at); };
  put(join([field(1, 8), field(2, producer), header(7, graph), before]));
  for (const { head, bytes } of heads) {
    put(head);
    at += bytes;
  }
  put(end);
  ftruncateSync(file, at);
  closeSync(file);
  return at;
}

/** A model of `tensors` weights with `bytes` bytes each and a chain of nodes, `each` in a module. Gives the file's size. */
export function writeLargeModel(path, { tensors, bytes, nodes = tensors, each = 1, ...more }) {
  const columns = bytes / 4 / 1024;
  return writeModel(path, {
    weights: Array.from({ length: tensors }, (_, i) => ({ name: `blocks.${i}.weight`, dims: [1024, columns] })),
    nodes: Array.from({ length: nodes }, (_, i) => ({ name: `/blocks.${i}/MatMul`, op: "MatMul", inputs: [i === 0 ? "x" : `y${i - 1}`, `blocks.${i % tensors}.weight`], output: `y${i}`,
      tag: `/Net/Stage.${Math.floor(i / each / 64)}/Block.${Math.floor(i / each) % 64}` })),
    inputs: [{ name: "x", dims: ["batch_size", 1024] }], outputs: [{ name: `y${nodes - 1}`, dims: ["batch_size", columns] }], ...more,
  });
}

/** As exporters write bert-base (438 MB): named parameters in the order of the modules, the transposed matrices behind them. */
export function writeBert(path) {
  const small = [];
  const matrices = [];
  const nodes = [];
  let last = "input_ids";
  const use = (scope, op, ...names) => {
    const output = `${scope}/${op}_output`;
    nodes.push({ name: `${scope}/${op}`, op, inputs: [last, ...names], output });
    last = output;
  };
  const norm = (module, scope) => {
    small.push({ name: `${module}.LayerNorm.weight`, dims: [768] }, { name: `${module}.LayerNorm.bias`, dims: [768] });
    use(`${scope}/LayerNorm`, "LayerNormalization", `${module}.LayerNorm.weight`, `${module}.LayerNorm.bias`);
  };
  const linear = (module, scope, from, to) => {
    small.push({ name: `${module}.bias`, dims: [to] });
    matrices.push({ name: `onnx::MatMul_${1000 + matrices.length}`, dims: [from, to] });
    use(scope, "MatMul", matrices.at(-1).name);
    use(scope, "Add", `${module}.bias`);
  };
  for (const [name, rows] of [["word", 30522], ["position", 512], ["token_type", 2]]) {
    small.push({ name: `bert.embeddings.${name}_embeddings.weight`, dims: [rows, 768] });
    use(`/bert/embeddings/${name}_embeddings`, "Gather", small.at(-1).name);
  }
  norm("bert.embeddings", "/bert/embeddings");
  for (let i = 0; i < 12; ++i) {
    const [module, scope] = [`bert.encoder.layer.${i}`, `/bert/encoder/layer.${i}`];
    for (const part of ["query", "key", "value"]) linear(`${module}.attention.self.${part}`, `${scope}/attention/self/${part}`, 768, 768);
    linear(`${module}.attention.output.dense`, `${scope}/attention/output/dense`, 768, 768);
    norm(`${module}.attention.output`, `${scope}/attention/output`);
    linear(`${module}.intermediate.dense`, `${scope}/intermediate/dense`, 768, 3072);
    linear(`${module}.output.dense`, `${scope}/output/dense`, 3072, 768);
    norm(`${module}.output`, `${scope}/output`);
  }
  return writeModel(path, { weights: [...small, ...matrices], nodes, producer: "pytorch",
    inputs: [{ name: "input_ids", dims: ["batch_size", "sequence_length"] }], outputs: [{ name: last, dims: ["batch_size", "sequence_length", 768] }] });
}
