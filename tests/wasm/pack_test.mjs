// pack() of build/wasm/modelexport.mjs under Node: the zip that the command line writes, whatever the inputs are and
// wherever it goes; weights stay out of the module's memory; nothing is left behind when it fails.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

import { externalModel } from "./onnx_bytes.mjs";

const { load, pack, planPackage, ModelExportError } = await import(pathToFileURL(process.env.MODELEXPORT_MJS));
const binary = process.env.MODELEXPORT_NATIVE;
const bert = path.join(process.env.MODELEXPORT_FIXTURES, "models", "bert-seqcls");
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "modelexport-wasm-pack-"));
after(() => fs.rmSync(directory, { recursive: true }));

const MIB = 1 << 20;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const noBinary = fs.existsSync(binary) ? false : "the command line is not built";

let next = 0;
/** A working directory with ./source and the given files. */
function scratch(files) {
  const place = path.join(directory, String(next++));
  fs.mkdirSync(path.join(place, "source"), { recursive: true });
  for (const name of fs.readdirSync(bert)) {
    if (/\.json$|\.txt$/.test(name) && name !== "zoo.json") fs.copyFileSync(path.join(bert, name), path.join(place, "source", name));
  }
  for (const [name, bytes] of Object.entries(files)) fs.writeFileSync(path.join(place, name), bytes);
  return place;
}

/** Inputs as paths below a working directory; `make` may make something else of each. */
function inputs(place, models, data, make = (file) => file) {
  const at = (names, below) => Object.fromEntries(names.map((name) => [name, make(path.join(place, below, name))]));
  return { models: at(models, ""), data: at(data, ""), components: at(fs.readdirSync(path.join(place, "source")), "source") };
}

function collector() {
  const chunks = [];
  return [(chunk) => void chunks.push(chunk), () => Buffer.concat(chunks)];
}

async function packed(files, options) {
  const [take, bytes] = collector();
  const report = await pack(files, take, options);
  return { zip: bytes(), report };
}

function native(place, models, words) {
  execFileSync(binary, ["pack", ...models, "-o", "out.zip", "--quiet", ...words], { cwd: place, stdio: "pipe" });
  const zip = fs.readFileSync(path.join(place, "out.zip"));
  fs.rmSync(path.join(place, "out.zip"));
  return zip;
}

const weights = Buffer.from(Array.from({ length: 3 * MIB }, (_, i) => (i * 31) & 255));
const CASES = {
  "one data file as it is": [{ "model.onnx": externalModel([{ location: "model.onnx_data", offset: 0, length: 3 * MIB }]), "model.onnx_data": weights }, ["model.onnx"]],
  "parts of two data files": [{
    "net.onnx": externalModel([{ location: "a.bin", offset: 4, length: 2 * MIB }, { location: "b.bin", offset: 0, length: 12 }]),
    "a.bin": weights, "b.bin": weights.subarray(0, 12) }, ["net.onnx"]],
  "two variants": [{ "model.onnx": externalModel([]), "model_quantized.onnx": externalModel([], { hf_task: "text-classification" }) }, ["model.onnx", "model_quantized.onnx"]],
  "a stamp with a path": [{ "model.onnx": externalModel([], { hf_model_type: "local", hf_original_path: "/somewhere/model_dir" }) }, ["model.onnx"]],
};
const OPTIONS = [
  [["--target", "optimum"], {}],
  [["--target", "transformers.js"], { target: "transformers.js" }],
  [["-t", "optimum,transformers.js", "--no-card"], { target: "optimum,transformers.js", noCard: true }],
  [["--keep-paths", "--task", "text-classification"], { keepPaths: true, task: "text-classification" }],
];

for (const [name, [files, models]] of Object.entries(CASES)) {
  test(`${name}: the same bytes as the command line, for every set of options`, { skip: noBinary }, async () => {
    const place = scratch(files);
    const data = Object.keys(files).filter((file) => !models.includes(file));
    for (const [words, options] of OPTIONS) {
      const { zip } = await packed(inputs(place, models, data), { ...options, source: "./source", output: "out.zip" });
      assert.equal(hash(zip), hash(native(place, models, [...words, "--source", "./source"])), words.join(" "));
    }
  });
}

test("without a source the stamp counts, and the report is the command line's", { skip: noBinary }, async () => {
  const place = scratch({});
  const stamped = externalModel([], { hf_model_type: "local", hf_original_path: "./was" });
  fs.writeFileSync(path.join(place, "source", "model.onnx"), stamped);
  const words = ["load", "source/model.onnx", "-o", "out.zip", "--json"];
  const said = JSON.parse(execFileSync(binary, words, { cwd: place, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  const { zip, report } = await packed(inputs(place, ["source/model.onnx"], []), { output: "out.zip" });
  assert.equal(hash(zip), hash(fs.readFileSync(path.join(place, "out.zip"))));
  const { warnings, text, ...rest } = report;
  assert.deepEqual(rest, said);
});

test("every kind of input and output gives the same zip", async () => {
  const [files] = CASES["parts of two data files"];
  const place = scratch(files);
  const read = (file) => fs.readFileSync(file);
  const kinds = [(file) => file, read, (file) => new Blob([read(file)]), (file) => pathToFileURL(file)];
  const zips = [];
  for (const make of kinds) zips.push(hash((await packed(inputs(place, ["net.onnx"], ["a.bin", "b.bin"], make), { output: "out.zip" })).zip));
  const all = inputs(place, ["net.onnx"], ["a.bin", "b.bin"]);
  await pack(all, path.join(place, "out.zip"), {});
  zips.push(hash(fs.readFileSync(path.join(place, "out.zip"))));
  const chunks = [];
  await pack(all, new WritableStream({ write: (chunk) => void chunks.push(chunk) }), { output: "out.zip" });
  zips.push(hash(Buffer.concat(chunks)));
  assert.equal(new Set(zips).size, 1, zips.join("\n"));
});

test("weights stay out of the module's memory, and the zip can be pieces of the inputs", async () => {
  const size = 200 * MIB;
  const place = scratch({ "model.onnx": externalModel([{ location: "w.bin", offset: 0, length: size }]) });
  fs.closeSync(fs.openSync(path.join(place, "w.bin"), "w"));
  fs.truncateSync(path.join(place, "w.bin"), size);
  const { exports } = await load();
  const before = exports.memory.buffer.byteLength;
  const job = await planPackage(inputs(place, ["model.onnx"], ["w.bin"]), {});
  assert.ok(job.plan.bytes > size);
  const { pieces, size: total, report } = await job.layout();
  job.close();
  assert.ok(exports.memory.buffer.byteLength - before < 16 * MIB);
  assert.equal(pieces.reduce((sum, piece) => sum + (piece.size ?? piece.bytes.length), 0), total);
  assert.equal(pieces.filter((piece) => piece.size === size).length, 1, "one slice of the data file");
  assert.equal(report.files.find((file) => file.bytes === size).path, "model.onnx_data");
});

test("components of a stamped commit are believed with a warning; a manifest is the proof", async () => {
  const place = scratch({ "model.onnx": externalModel([], { hf_model_type: "hub", hf_hub_id: "org/net", hf_hub_revision: COMMIT }) });
  const codes = async () => (await packed(inputs(place, ["model.onnx"], []), {})).report.warnings.map((warning) => warning.code);
  assert.ok((await codes()).includes("ME-PACK-024"));
  fs.writeFileSync(path.join(place, "source", "modelexport.json"), JSON.stringify({
    schema: "modelexport/package/1", source: { kind: "hub", hub_id: "org/net", revision: COMMIT }, files: [] }));
  assert.ok(!(await codes()).includes("ME-PACK-024"));
});

test("what cannot be packed is refused with the command line's code, and nothing is written", async () => {
  const model = externalModel([{ location: "w.bin", offset: 0, length: 12 }]);
  const config = fs.readFileSync(path.join(bert, "config.json"));
  const refused = async (files, code, options = {}) => {
    const out = path.join(directory, "refused.zip");
    await assert.rejects(pack(files, out, options), (error) => error instanceof ModelExportError && error.code === code);
    assert.deepEqual(fs.readdirSync(directory).filter((name) => name.startsWith("refused")), []);
  };
  await refused({ models: {}, components: { "config.json": config } }, "ME-CLI-001");
  await refused({ models: { "m.onnx": model }, components: { "config.json": config } }, "ME-PACK-016");
  await refused({ models: { "m.onnx": externalModel([]) }, components: {} }, "ME-PACK-001");
  await refused({ models: { "m.onnx": externalModel([]) }, components: { "config.json": config } }, "ME-CLI-001", { surprise: true });
  await refused({ models: { "m.onnx": externalModel([]) }, components: { "config.json": Buffer.from("{") } }, "ME-PACK-002");
  const { exports } = await load();
  const before = exports.memory.buffer.byteLength;
  for (let i = 0; i < 300; ++i) await refused({ models: { "m.onnx": model }, components: { "config.json": config } }, "ME-PACK-016");
  assert.equal(exports.memory.buffer.byteLength, before, "memory is given back");
});

test("existing output, abort and a file that changes meanwhile leave nothing behind", async () => {
  const [files] = CASES["one data file as it is"];
  const place = scratch(files);
  const all = () => inputs(place, ["model.onnx"], ["model.onnx_data"]);
  const out = path.join(place, "kept.zip");
  fs.writeFileSync(out, "mine");
  await assert.rejects(pack(all(), out), { code: "EEXIST" });
  assert.equal(fs.readFileSync(out, "utf8"), "mine");
  const controller = new AbortController();
  const target = path.join(place, "new.zip");
  await assert.rejects(pack(all(), target, { signal: controller.signal, progress: () => controller.abort() }), { name: "AbortError" });
  const append = () => fs.appendFileSync(path.join(place, "model.onnx_data"), "x");
  let once = 0;
  await assert.rejects(pack(all(), target, { progress: () => once++ === 0 && append() }), /changed/);
  assert.deepEqual(fs.readdirSync(place).filter((name) => name.includes("zip")), ["kept.zip"]);
});
