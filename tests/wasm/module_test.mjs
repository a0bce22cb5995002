// build/wasm/modelexport.mjs under Node: every kind of input, ranges only, errors, and the same answer as the
// command line.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

import { concat, modelAround } from "./onnx_bytes.mjs";

const modulePath = process.env.MODELEXPORT_MJS;
const modelexport = await import(pathToFileURL(modulePath));
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "modelexport-wasm-"));
after(() => fs.rmSync(directory, { recursive: true }));

const MIB = 1 << 20;

function smallModel() {
  const { front, size, back } = modelAround(16);
  return concat([front, new Uint8Array(size), back]);
}

/** A sparse file: its weights take no space and must not be read. */
function bigModel(name, bytes) {
  const { front, size, back } = modelAround(bytes / 4);
  const file = path.join(directory, name);
  const descriptor = fs.openSync(file, "w");
  fs.writeSync(descriptor, front, 0, front.length, 0);
  fs.writeSync(descriptor, back, 0, back.length, front.length + size);
  fs.closeSync(descriptor);
  return file;
}

const facts = ({ file, read, ...rest }) => rest;

test("the version is the program's", async () => {
  assert.match(await modelexport.version(), /^\d+\.\d+\.\d+/);
});

test("every kind of input gives the same report", async () => {
  const bytes = smallModel();
  const file = path.join(directory, "small.onnx");
  fs.writeFileSync(file, bytes);
  const handle = await fs.promises.open(file);
  const reports = [];
  for (const input of [bytes, bytes.buffer, file, pathToFileURL(file), handle, new Blob([bytes])]) {
    reports.push(await modelexport.inspect(input));
  }
  await handle.close();
  for (const report of reports) assert.deepEqual(facts(report), facts(reports[0]));
  const [report] = reports;
  assert.equal(report.schema, "modelexport/inspect/1");
  assert.equal(report.format, "onnx");
  assert.deepEqual(report.inputs, [{ name: "x", dtype: "float32", shape: ["batch_size", 4] }]);
  assert.deepEqual(report.metadata, [{ key: "hf_hub_id", value: "org/net" }]);
  assert.equal(report.initializers.parameters, 16);
});

test("nodes are listed on demand", async () => {
  const report = await modelexport.inspect(smallModel(), { nodes: true });
  assert.equal(report.node_list.length, 1);
  assert.equal(report.node_list[0].tag, "/Net/Layer");
});

test("a file beyond 4 GiB is read by ranges, less than 1 MB of it", async () => {
  const file = bigModel("big.onnx", 6 * 1024 * MIB);
  const source = await modelexport.open(file);
  const report = await source.inspect();
  assert.equal(report.size, fs.statSync(file).size);
  assert.equal(report.initializers.bytes, 6 * 1024 * MIB);
  assert.equal(report.outputs[0].name, "y");
  assert.ok(source.read.bytes < MIB, `${source.read.bytes} bytes read`);
  source.close();
});

test("a Blob on disk is read by ranges as well", async (t) => {
  if (!fs.openAsBlob) return t.skip("this Node has no fs.openAsBlob");
  const file = bigModel("blob.onnx", 1900 * MIB);
  const blob = await fs.openAsBlob(file);
  let bytes = 0;
  // What the module asks of the Blob.
  const counting = new Proxy(blob, {
    getPrototypeOf: () => Blob.prototype,
    get(target, key) {
      if (key !== "slice") return Reflect.get(target, key, target);
      return (start, end) => {
        bytes += end - start;
        return target.slice(start, end);
      };
    },
  });
  const report = await modelexport.inspect(counting);
  assert.equal(report.initializers.parameters, (1900 * MIB) / 4);
  assert.ok(bytes < MIB, `${bytes} bytes read`);
});

test("errors are those of the command line", async () => {
  const truncated = smallModel().slice(0, 60);
  await assert.rejects(modelexport.inspect(truncated, { name: "cut.onnx" }), (error) => {
    assert.ok(error instanceof modelexport.ModelExportError);
    assert.match(error.code, /^ME-[A-Z]+-\d{3}$/);
    assert.equal(error.where.path, "cut.onnx");
    return true;
  });
  await assert.rejects(modelexport.inspect(new TextEncoder().encode("<!DOCTYPE html><html></html>")), /./);
  await assert.rejects(modelexport.inspect(new Uint8Array()), (error) => error.code.startsWith("ME-"));
});

test("what cannot be opened says so", async () => {
  await assert.rejects(modelexport.inspect(path.join(directory, "missing.onnx")), { code: "ENOENT" });
  await assert.rejects(modelexport.inspect(directory), /not a regular file|EISDIR/);
  await assert.rejects(modelexport.inspect(42), TypeError);
});

test("a file that shrinks while it is read is an error, and the module goes on working", async () => {
  const file = path.join(directory, "shrinking.onnx");
  fs.writeFileSync(file, smallModel());
  const source = await modelexport.open(file);
  fs.truncateSync(file, 10);
  await assert.rejects(source.inspect(), /became shorter/);
  source.close();
  await assert.rejects(source.inspect(), TypeError);
  assert.equal((await modelexport.inspect(smallModel())).nodes, 1);
});

test("a repair knows what lies beside the model: the name of a renamed data file", async () => {
  const source = await modelexport.open(path.join(process.env.MODELEXPORT_FIXTURES, "defects", "external_renamed.onnx"));
  try {
    const alone = await source.plan({ repair: true });
    assert.equal(alone.unchanged, true);
    const { notes } = await source.plan({ repair: true, files: [{ name: "external_renamed.onnx_data", size: 64 }] });
    assert.equal(notes.length, 1);
    assert.match(notes[0].after, /external_renamed\.onnx_data/);
  } finally {
    source.close();
  }
});

test("memory is given back: a thousand reports in one module", async () => {
  const bytes = smallModel();
  await modelexport.inspect(bytes);
  const { exports } = await modelexport.load();
  const before = exports.memory.buffer.byteLength;
  for (let i = 0; i < 1000; ++i) await modelexport.inspect(bytes);
  assert.equal(exports.memory.buffer.byteLength, before);
});

test("the module asks nothing of its host but the known imports", () => {
  const module = new WebAssembly.Module(fs.readFileSync(modulePath.replace(/\.mjs$/, ".wasm")));
  const names = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
  const known = ["modelexport.modelexport_host_read", "modelexport.modelexport_host_progress",
    "env.emscripten_notify_memory_growth"].concat(
    ["proc_exit", "fd_write", "fd_close", "fd_seek", "fd_read", "environ_sizes_get", "environ_get", "clock_time_get"]
      .map((name) => `wasi_snapshot_preview1.${name}`));
  assert.deepEqual(names.filter((name) => !known.includes(name)), []);
});

test("the command line says the same", async (t) => {
  const binary = process.env.MODELEXPORT_NATIVE;
  if (!fs.existsSync(binary)) return t.skip("the command line is not built");
  const file = path.join(directory, "same.onnx");
  fs.writeFileSync(file, smallModel());
  const native = JSON.parse(execFileSync(binary, ["inspect", "--json", "--nodes", file], { encoding: "utf8" }));
  assert.deepEqual(await modelexport.inspect(file, { nodes: true }), native);
});
