// build/wasm as an npm package: `modelexport` under Node says and writes what the native program does, with its exit
// codes; the package's own description is complete.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";

import { externalModel } from "./onnx_bytes.mjs";

const folder = path.dirname(process.env.MODELEXPORT_MJS);
const binary = process.env.MODELEXPORT_NATIVE;
const fixtures = process.env.MODELEXPORT_FIXTURES;
const description = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
const place = fs.mkdtempSync(path.join(os.tmpdir(), "modelexport-npm-"));
after(() => fs.rmSync(place, { recursive: true }));
fs.cpSync(path.join(fixtures, "defects"), path.join(place, "defects"), { recursive: true });
fs.mkdirSync(path.join(place, "source"));
for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]) {
  fs.copyFileSync(path.join(fixtures, "models", "bert-seqcls", name), path.join(place, "source", name));
}
fs.writeFileSync(path.join(place, "model.onnx"), externalModel([{ location: "w.bin", offset: 0, length: 12 }], { hf_task: "text-classification" }));
fs.writeFileSync(path.join(place, "w.bin"), "twelve bytes");

const noBinary = fs.existsSync(binary) ? false : "the command line is not built";
function run(program, words) {
  const { status, stdout, stderr } = spawnSync(program[0], [...program.slice(1), ...words], { cwd: place, encoding: "utf8" });
  return { status, stdout, stderr };
}
const npm = (...words) => run([process.execPath, path.join(folder, description.bin.modelexport)], words);
const native = (...words) => run([binary], words);

test("the package describes itself: every file that it names is there", () => {
  const named = [description.types, ...Object.values(description.bin), ...Object.values(description.exports).flatMap((entry) =>
    (typeof entry === "string" ? [entry] : Object.values(entry)))];
  for (const name of named) assert.ok(fs.existsSync(path.join(folder, name)), name);
  assert.match(npm("--version").stdout, new RegExp(description.version.replaceAll(".", "\\.")));
  assert.match(npm("help").stdout, /pack MODEL\.onnx/);
});

test("as a user installs it: imported by name", () => {
  fs.mkdirSync(path.join(place, "node_modules"), { recursive: true });
  fs.symlinkSync(folder, path.join(place, "node_modules", "modelexport"));
  const script = 'import { version } from "modelexport"; import { exportArchive } from "modelexport/export"; console.log(await version(), typeof exportArchive);';
  const { stdout, stderr } = run([process.execPath, "--input-type=module", "-e", script], []);
  assert.equal(stdout.trim(), `${description.version} function`, stderr);
});

const SAME = [
  ["inspect", "defects/good.onnx"],
  ["inspect", "defects/good.onnx", "--json"],
  ["inspect", "defects/good.onnx", "--tree", "--depth", "1"],
  ["inspect", "defects/tag_attribute.onnx", "--nodes"],
  ["check", "defects/good.onnx"],
  ["check", "defects/tag_attribute.onnx"],
  ["check", "defects/metadata_twice.onnx", "--verbose"],
  ["check", "defects/cycle.onnx", "--json"],
  ["stamp", "model.onnx"],
];
for (const words of SAME) {
  test(`modelexport ${words.join(" ")}`, { skip: noBinary }, () => {
    const here = npm(...words);
    const there = native(...words);
    assert.equal(here.status, there.status, here.stderr);
    if (words.includes("--json")) assert.deepEqual(JSON.parse(here.stdout), JSON.parse(there.stdout));
    else assert.equal(here.stdout, there.stdout);
  });
}

// The same rules, the same JSON: every seeded defect and every legacy form.
const JUDGED = ["defects", "legacy", "dynamo"].flatMap((folder) => fs.readdirSync(path.join(fixtures, folder), { recursive: true })
  .filter((name) => name.endsWith(".onnx")).map((name) => path.join(fixtures, folder, name)));
test(`check --json of ${JUDGED.length} models`, { skip: noBinary }, () => {
  assert.ok(JUDGED.length > 10);
  for (const file of JUDGED) {
    const [there, here] = [native, npm].map((program) => program("check", file, "--json"));
    assert.equal(here.status, there.status, file + here.stderr);
    assert.deepEqual(JSON.parse(here.stdout), JSON.parse(there.stdout), file);
  }
});

for (const name of fs.readdirSync(path.join(fixtures, "legacy"), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name)) {
  test(`modelexport migrate of the legacy ${name}`, { skip: noBinary }, () => {
    const old = path.join(fixtures, "legacy", name, `${name}.onnx`);
    const bytes = [native, npm].map((program) => {
      const { status, stderr } = program("migrate", old, "--source", `org/name@${"a".repeat(40)}`, "-o", "migrated.onnx");
      assert.equal(status, 0, stderr);
      const written = fs.readFileSync(path.join(place, "migrated.onnx"));
      fs.rmSync(path.join(place, "migrated.onnx"));
      return written;
    });
    assert.ok(bytes[0].equals(bytes[1]));
    const [there, here] = [native, npm].map((program) => JSON.parse(program("migrate", old, "--dry-run", "--json").stdout).files[0]);
    delete there.source;
    delete there.already_done;
    assert.deepEqual(here, there);
  });
}

test("pack, stamp and repair write the native program's bytes", { skip: noBinary }, () => {
  const pairs = [
    ["pack", "model.onnx", "--source", "./source", "-t", "optimum,transformers.js", "-o", "out.zip"],
    ["pack", "model.onnx", "-s", "source", "--no-card", "-o", "out.zip"],
    ["stamp", "model.onnx", "--set", "hf_license=mit", "--remove", "hf_task", "-o", "out.onnx"],
    ["check", "defects/tag_attribute.onnx", "--fix", "-o", "out.onnx"],
  ];
  for (const words of pairs) {
    const out = path.join(place, words.at(-1));
    const bytes = [native, npm].map((program) => {
      const { status, stderr } = program(...words);
      assert.equal(status, 0, stderr);
      const written = fs.readFileSync(out);
      fs.rmSync(out);
      return written;
    });
    assert.ok(bytes[0].equals(bytes[1]), words.join(" "));
  }
});

test("export", () => {
  const archive = path.join(fixtures, "archives", "net-torch-2.15.0.pt2");
  const { status, stdout, stderr } = npm("export", archive, "-o", "net.onnx", "--opset", "20", "--json");
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).opset, 20);
  assert.equal(npm("check", "net.onnx").status, 0);
});

test("errors have the command line's form, code and exit code", () => {
  const cases = [
    [["inspect"], 2, "ME-CLI-001"],
    [["inspect", "missing.onnx"], 3, "ME-IO-001"],
    [["inspect", "w.bin"], 3, /ME-/],
    [["surprise"], 2, "ME-CLI-001"],
    [["pack", "model.onnx", "-o", "out.zip", "--surprise"], 2, "ME-CLI-001"],
    [["pack", "model.onnx", "-o", "directory"], 2, "ME-CLI-001"],
    [["pack", "model.onnx", "-o", "none.zip"], 3, "ME-PACK-001"],
    [["pack", "model.onnx", "-s", "org/net", "-o", "none.zip"], 2, "ME-CLI-001"],
    [["stamp", "model.onnx", "--set", "a=b", "-o", "w.bin"], 5, "ME-IO-006"],
  ];
  for (const [words, status, code] of cases) {
    const { status: got, stderr } = npm(...words);
    assert.equal(got, status, `${words.join(" ")}: ${stderr}`);
    assert.match(stderr, new RegExp(`(^|\n)error\\[${code.source ?? code}`), words.join(" "));
    const { stdout } = npm(...words, ...(words.includes("--json") ? [] : ["--json"]));
    assert.equal(JSON.parse(stdout).error.code.slice(0, 3), "ME-");
  }
  assert.equal(fs.readFileSync(path.join(place, "w.bin"), "utf8"), "twelve bytes");
});
