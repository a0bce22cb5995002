// build/wasm/modelexport-export.mjs under Node: .pt2 archives give the bytes that the command line gives, whatever
// is read from and written to, and nothing is left behind when it fails.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

import { storedZip } from "./zip_bytes.mjs";

const modulePath = process.env.MODELEXPORT_MJS.replace(/modelexport\.mjs$/, "modelexport-export.mjs");
const { exportArchive, load, ModelExportError } = await import(pathToFileURL(modulePath));
const binary = process.env.MODELEXPORT_NATIVE;
const archives = path.join(process.env.MODELEXPORT_FIXTURES, "archives");
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "modelexport-wasm-export-"));
after(() => fs.rmSync(directory, { recursive: true }));

const READ = ["net-torch-2.6.0", "net-torch-2.9.1", "net-torch-2.15.0", "tagger-torch-2.6.0", "tagger-torch-2.9.1",
  "tagger-torch-2.15.0"];
const archive = (name) => path.join(archives, `${name}.pt2`);
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const hashFile = (file) => hash(fs.readFileSync(file));

/** Everything that comes, as one array. */
function collector() {
  const chunks = [];
  const take = (chunk) => void chunks.push(chunk);
  return [take, () => Buffer.concat(chunks)];
}

/** A directory of its own for one comparison. */
let next = 0;
function scratch() {
  const place = path.join(directory, String(next++));
  fs.mkdirSync(place);
  return place;
}

/** Exports by the command line; gives the hashes of what it wrote. */
function native(file, words) {
  const place = scratch();
  fs.mkdirSync(path.join(place, "model_dir"));
  fs.writeFileSync(path.join(place, "model_dir", "config.json"), '{"model_type": "bert"}');
  execFileSync(binary, ["export", file, "-o", "model.onnx", "--quiet", ...words], { cwd: place, stdio: "pipe" });
  const data = path.join(place, "model.onnx_data");
  // An empty data file (no tensor is large enough for it) is nothing to be written elsewhere.
  const written = fs.existsSync(data) && fs.statSync(data).size > 0;
  return { model: hashFile(path.join(place, "model.onnx")), data: written ? hashFile(data) : null };
}

/** The same by the module. */
async function here(file, options) {
  const [model, modelBytes] = collector();
  const [data, dataBytes] = collector();
  await exportArchive(file, { model, data }, options);
  return { model: hash(modelBytes()), data: dataBytes().length > 0 ? hash(dataBytes()) : null };
}

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SAME = [
  [[], {}],
  [["--opset", "17", "--static"], { opset: 17, static: true }],
  [["--opset", "21", "--torch-modules"], { opset: 21, torchModules: true }],
  [["--hierarchy", "tag", "--weights", "inline"], { hierarchy: "tag", weights: "inline" }],
  [["--hierarchy", "none", "--output-name", "scores"], { hierarchy: "none", outputName: "scores" }],
  [["--weights", "external"], { weights: "external" }],
  [["--source", `org/net@${COMMIT}`, "--task", "feature-extraction"],
    { source: `org/net@${COMMIT}`, task: "feature-extraction" }],
  [["--source", "./model_dir"], { source: "./model_dir" }],
];

for (const name of READ) {
  test(`${name}: the same bytes as the command line, for every set of options`, async (t) => {
    if (!fs.existsSync(binary)) return t.skip("the command line is not built");
    for (const [words, options] of SAME) {
      assert.deepEqual(await here(archive(name), options), native(archive(name), words), words.join(" "));
    }
  });
}

test("weights that stay in the archive", async (t) => {
  if (!fs.existsSync(binary)) return t.skip("the command line is not built");
  const place = scratch();
  const file = path.join(place, "model.pt2");
  fs.copyFileSync(archive("tagger-torch-2.15.0"), file);
  execFileSync(binary, ["export", file, "-o", path.join(place, "native.onnx"), "--weights", "reference", "--quiet"]);
  const report = await exportArchive(file, path.join(place, "wasm.onnx"), { weights: "reference" });
  assert.equal(report.weights.file, "model.pt2");
  assert.equal(hashFile(path.join(place, "wasm.onnx")), hashFile(path.join(place, "native.onnx")));
});

test("inputs and axes are named as on the command line", async (t) => {
  if (!fs.existsSync(binary)) return t.skip("the command line is not built");
  const [first] = (await exportArchive(archive("net-torch-2.15.0"), () => {}, {})).inputs;
  const dynamic = `${first.name}:0=many`;
  assert.deepEqual(await here(archive("net-torch-2.15.0"), { dynamic }),
    native(archive("net-torch-2.15.0"), ["--dynamic", dynamic]));
  const input = `${first.name}:${first.dtype}:${first.shape.map((size) => (typeof size === "number" ? size : 3)).join("x")}`;
  assert.deepEqual(await here(archive("net-torch-2.15.0"), { input: [input], static: true }),
    native(archive("net-torch-2.15.0"), ["--input", input, "--static"]));
});

test("the report is the command line's", async (t) => {
  if (!fs.existsSync(binary)) return t.skip("the command line is not built");
  const output = path.join(scratch(), "model.onnx");
  const file = archive("tagger-torch-2.15.0");
  const text = execFileSync(binary, ["export", file, "-o", output, "--json", "--verify", "off"], { encoding: "utf8", stdio: "pipe" });
  const { seconds, peak_rss_bytes, warnings, ...report } = await exportArchive(file, () => {}, { output });
  const expected = JSON.parse(text);
  delete expected.seconds;
  delete expected.peak_rss_bytes;
  // Neither has run the file; why not depends on the Python environment that the command line finds.
  for (const said of [report, expected]) {
    assert.equal(said.verified.status, "not verified");
    delete said.verified.reason;
  }
  assert.deepEqual(report, expected);
  assert.ok(seconds > 0 && peak_rss_bytes > 0);
  assert.deepEqual(warnings, []);
});

test("every kind of input and destination gives the same bytes", async () => {
  const file = archive("tagger-torch-2.15.0");
  const bytes = fs.readFileSync(file);
  const [expected] = await Promise.all([here(file, {})]);
  for (const input of [bytes, new Uint8Array(bytes).buffer, new Blob([bytes]), pathToFileURL(file)]) {
    assert.deepEqual(await here(input, {}), expected);
  }
  const chunks = [];
  await exportArchive(file, new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  assert.equal(hash(Buffer.concat(chunks)), expected.model);
  const place = scratch();
  await exportArchive(file, path.join(place, "model.onnx"), { weights: "external" });
  assert.deepEqual(fs.readdirSync(place).sort(), ["model.onnx", "model.onnx_data"]);
});

/** A .pt2 whose one weight is large: the fixture's program with another size of its matrix. */
function bigArchive(rows) {
  const columns = 1024;
  const place = scratch();
  const meta = (sizes) => ({
    dtype: 7, sizes: sizes.map((size) => ({ as_int: size })), requires_grad: true, device: { type: "cpu", index: null },
    strides: sizes.map((_, i) => ({ as_int: sizes.slice(i + 1).reduce((a, b) => a * b, 1) })),
    storage_offset: { as_int: 0 }, layout: 7,
  });
  const tensor = (name) => ({ as_tensor: { name } });
  const program = {
    graph_module: {
      graph: {
        inputs: [tensor("p_weight"), tensor("x")], outputs: [tensor("y")],
        nodes: [{
          target: "torch.ops.aten.linear.default", metadata: {}, outputs: [tensor("y")],
          inputs: [{ name: "input", arg: tensor("x"), kind: 1 }, { name: "weight", arg: tensor("p_weight"), kind: 1 }],
        }],
        tensor_values: { p_weight: meta([rows, columns]), x: meta([2, columns]), y: meta([2, rows]) },
        sym_int_values: {}, sym_bool_values: {}, is_single_tensor_return: true, custom_obj_values: {},
      },
      signature: {
        input_specs: [{ parameter: { arg: { name: "p_weight" }, parameter_name: "weight" } },
          { user_input: { arg: tensor("x") } }],
        output_specs: [{ user_output: { arg: tensor("y") } }],
      },
      module_call_graph: [],
    },
    opset_version: { aten: 10 }, range_constraints: {}, schema_version: { major: 8, minor: 14 }, verifiers: [],
    torch_version: "2.15.0",
  };
  const config = { config: { weight: { path_name: "weight_0", is_param: true, use_pickle: false, tensor_meta: meta([rows, columns]) } } };
  const file = path.join(place, "big.pt2");
  storedZip(file, [
    ["model/archive_format", "pt2"], ["model/archive_version", "0"], ["model/.data/version", "6"],
    ["model/models/model.json", JSON.stringify(program)], ["model/data/weights/weight_0", rows * columns * 4],
    ["model/data/weights/model_weights_config.json", JSON.stringify(config)],
  ]);
  return file;
}

test("weights are streamed: 512 MB need a fraction of it", async () => {
  const rows = 128 * 1024;
  const file = bigArchive(rows);
  let largest = 0;
  let total = 0;
  const take = async (chunk) => {
    largest = Math.max(largest, chunk.length);
    total += chunk.length;
  };
  const report = await exportArchive(file, take, { weights: "inline" });
  assert.equal(report.parameters, rows * 1024);
  assert.ok(total > rows * 4096, `${total} bytes written`);
  assert.ok(largest <= 16 << 20, `a chunk of ${largest} bytes`);
  assert.ok(report.peak_rss_bytes < 96 << 20, `${report.peak_rss_bytes} bytes of memory`);
});

test("progress is told, and an export can be stopped", async () => {
  const file = bigArchive(16 * 1024);
  const seen = [];
  const controller = new AbortController();
  const progress = (done, total) => {
    seen.push(done / total);
    if (done > total / 4) controller.abort();
  };
  const place = scratch();
  const running = exportArchive(file, path.join(place, "model.onnx"), { progress, signal: controller.signal });
  await assert.rejects(running, { name: "AbortError" });
  assert.ok(seen.length > 0 && seen.at(-1) < 1);
  assert.deepEqual(fs.readdirSync(place), []);
});

test("a destination that fails ends the export, and nothing is left", async () => {
  const place = scratch();
  const file = archive("tagger-torch-2.15.0");
  const broken = { model: path.join(place, "model.onnx"), data: () => { throw new Error("full"); } };
  await assert.rejects(exportArchive(file, broken, { weights: "external" }), /full/);
  assert.deepEqual(fs.readdirSync(place), []);
  let aborted = null;
  const stream = new WritableStream({ write: () => { throw new Error("gone"); }, abort: (why) => { aborted = why; } });
  await assert.rejects(exportArchive(file, stream), /gone/);
  assert.equal(aborted, null);  // a stream that failed by itself is not told again
  fs.writeFileSync(path.join(place, "model.onnx"), "mine");
  await assert.rejects(exportArchive(file, path.join(place, "model.onnx")), { code: "EEXIST" });
  assert.equal(fs.readFileSync(path.join(place, "model.onnx"), "utf8"), "mine");
  await exportArchive(file, path.join(place, "model.onnx"), { force: true });
  assert.deepEqual(fs.readdirSync(place), ["model.onnx"]);
});

test("errors are those of the command line", async () => {
  const refused = async (input, options, check) => {
    const place = scratch();
    await assert.rejects(exportArchive(input, path.join(place, "model.onnx"), options), (error) => {
      assert.ok(error instanceof ModelExportError, String(error));
      assert.match(error.code, /^ME-[A-Z]+-\d{3}$/);
      check(error);
      return true;
    });
    assert.deepEqual(fs.readdirSync(place), []);
  };
  const net = archive("net-torch-2.15.0");
  await refused(net, { opset: 12 }, (error) => assert.match(error.hint, /--opset 17/));
  await refused(net, { opest: 18 }, (error) => assert.match(error.message, /opest/));
  await refused(net, { input: "nothing:float32:1" }, (error) => assert.match(error.message, /nothing/));
  await refused(net, { static: true, dynamic: "nothing:0=n" }, (error) => assert.match(error.message, /names no axis/));
  await refused(net, { source: "org/net" }, (error) => assert.match(error.hint, /COMMIT/));
  await refused(archive("net-torch-2.2.2"), {}, (error) => assert.match(error.where.path, /net-torch-2.2.2/));
  await refused(fs.readFileSync(net).subarray(0, 3000), { name: "cut.pt2" }, (error) => assert.match(error.where.path, /cut/));
  await refused(path.join(archives, "net-torch-2.15.0.pt"), {}, (error) => assert.match(error.message, /TorchScript/));
  await refused(new Uint8Array(), {}, () => {});
});

test("memory is given back: two hundred exports in one module", async () => {
  const bytes = fs.readFileSync(archive("net-torch-2.15.0"));
  await exportArchive(bytes, () => {});
  const { exports } = await load();
  const before = exports.memory.buffer.byteLength;
  for (let i = 0; i < 200; ++i) await exportArchive(bytes, () => {});
  assert.equal(exports.memory.buffer.byteLength, before);
});
