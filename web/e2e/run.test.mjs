// What the page wrote is run in the browser: a repaired and a migrated model by onnxruntime-web, a package by
// transformers.js; and the migration's bytes are the command line's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, dist, example, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const noBinary = existsSync(binary) ? false : "the command line is not built";
const modules = process.env.MODELEXPORT_NODE_MODULES ?? "";
const noModules = existsSync(join(modules, "onnxruntime-web")) ? false : "MODELEXPORT_NODE_MODULES names no onnxruntime-web";
const fixture = join(web, "..", "tests", "fixtures", "models", "bert-seqcls");
const legacy = join(web, "..", "tests", "fixtures", "legacy", "bert-seqcls");
const place = mkdtempSync(join(tmpdir(), "modelexport-page-run-"));

let server;
let runner;
let browser;
before(async () => {
  writeFileSync(join(place, "index.html"), "<!doctype html><title>runner</title>");
  server = await serve(dist);
  runner = await serve(place, modules);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
  runner?.close();
  rmSync(place, { recursive: true, force: true });
});

async function withFiles(...files) {
  const opened = await openPage(browser, `${server.url}/index.html`);
  await hook(opened.page, "file-input").setInputFiles(files);
  await hook(opened.page, "summary").waitFor();
  return opened;
}
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, button).click()]);
  return readFileSync(await download.path());
}
const done = async ({ page, troubles }) => {
  assert.deepEqual(troubles, []);
  await page.close();
};

/** Outputs of models in onnxruntime-web, as lists of numbers; null for what it does not load. */
async function run(names) {
  const { page } = await openPage(browser, `${runner.url}/index.html`);
  const outputs = await page.evaluate(async (files) => {
    const ort = await import("/onnxruntime-web/dist/ort.wasm.min.mjs");
    ort.env.wasm.wasmPaths = "/onnxruntime-web/dist/";
    ort.env.wasm.numThreads = 1;
    const ids = (value) => new ort.Tensor("int64", BigInt64Array.from({ length: 32 }, (_, i) => BigInt(value ?? i % 7 + 1)), [2, 16]);
    const results = [];
    for (const file of files) {
      try {
        const session = await ort.InferenceSession.create(file);
        const result = await session.run({ input_ids: ids(), attention_mask: ids(1), token_type_ids: ids(0) });
        results.push(Array.from(result[session.outputNames[0]].data));
      } catch (error) {
        results.push({ refused: String(error) });
      }
    }
    return results;
  }, names.map((name) => `/${name}`));
  await page.close();
  return outputs;
}

test("a legacy export is migrated: the command line's bytes, and onnxruntime-web runs them", { skip: noBinary }, async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  await hook(page, "migrate").click();
  await hook(page, "plan").waitFor();
  assert.match(await hook(page, "migration").innerText(), /136 tags moved from node attributes/);
  assert.match(await hook(page, "cli-command").innerText(), /modelexport migrate legacy\.onnx -o legacy\.migrated\.onnx/);
  assert.deepEqual(await axe(page), []);
  await picture(page, "migrate-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "migrate-dark");
  assert.deepEqual(await axe(page), []);
  await page.emulateMedia({ colorScheme: "light" });
  const migrated = await saved(page, "download-model");
  cpSync(example("legacy.onnx"), join(place, "legacy.onnx"));
  execFileSync(binary, ["migrate", "legacy.onnx", "-o", "native.onnx"], { cwd: place, stdio: "pipe" });
  assert.ok(migrated.equals(readFileSync(join(place, "native.onnx"))));
  // With a source, and edits on top.
  await hook(page, "migrate-source").fill(`org/name@${"b".repeat(40)}`);
  await page.getByRole("button", { name: "Plan with this source" }).click();
  await page.locator(".diff", { hasText: "hf_hub_revision" }).waitFor();
  const stamped = await saved(page, "download-model");
  execFileSync(binary, ["migrate", "legacy.onnx", "--source", `org/name@${"b".repeat(40)}`, "-o", "stamped.onnx"], { cwd: place, stdio: "pipe", env: { ...process.env, HF_HUB_OFFLINE: "1" } });
  assert.ok(stamped.equals(readFileSync(join(place, "stamped.onnx"))));
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("note");
  await hook(page, "metadata-value").fill("kept");
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await page.locator(".diff", { hasText: "metadata_props[note]" }).waitFor();
  const edited = await saved(page, "download-model");
  execFileSync(binary, ["stamp", "stamped.onnx", "--set", "note=kept", "-o", "edited.onnx"], { cwd: place, stdio: "pipe" });
  assert.ok(edited.equals(readFileSync(join(place, "edited.onnx"))));
  await done(opened);
});

test("a sidecar that was dropped with the model counts", { skip: noBinary }, async () => {
  const files = readdirSync(legacy).map((name) => join(legacy, name));
  const opened = await withFiles(...files);
  await hook(opened.page, "migrate").click();
  await hook(opened.page, "plan").waitFor();
  const migrated = await saved(opened.page, "download-model");
  execFileSync(binary, ["migrate", join(legacy, "bert-seqcls.onnx"), "-o", "sidecar.onnx"], { cwd: place, stdio: "pipe" });
  assert.ok(migrated.equals(readFileSync(join(place, "sidecar.onnx"))));
  await done(opened);
});

test("onnxruntime-web refuses the legacy export, and runs what the page repaired", { skip: noModules }, async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  await hook(page, "repair").click();
  await hook(page, "plan").waitFor();
  writeFileSync(join(place, "repaired.onnx"), await saved(page, "download-model"));
  await hook(page, "migrate").click();
  await hook(page, "migration").waitFor();
  writeFileSync(join(place, "migrated.onnx"), await saved(page, "download-model"));
  cpSync(example("legacy.onnx"), join(place, "legacy.onnx"));
  const [old, repaired, migrated] = await run(["legacy.onnx", "repaired.onnx", "migrated.onnx"]);
  assert.match(old.refused, /attribute/i);
  assert.ok(repaired.length > 0 && repaired.every(Number.isFinite));
  assert.deepEqual(migrated, repaired);
  await done(opened);
});

test("transformers.js opens the package in the browser", { skip: noModules }, async () => {
  const source = join(place, "bert");
  mkdirSync(source);
  cpSync(example("bert.onnx"), join(source, "model.onnx"));
  for (const name of readdirSync(fixture).filter((n) => /\.(json|txt)$/.test(n))) cpSync(join(fixture, name), join(source, name));
  const opened = await withFiles(...readdirSync(source).map((name) => join(source, name)));
  const { page } = opened;
  await page.keyboard.press("p");
  await page.locator('[data-target="transformers.js"]').click();
  await hook(page, "download-package").waitFor();
  writeFileSync(join(place, "package.zip"), await saved(page, "download-package"));
  execFileSync("python3", ["-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])", join(place, "package.zip"), join(place, "models", "bert")]);
  const { page: other } = await openPage(browser, `${runner.url}/index.html`);
  const answer = await other.evaluate(async () => {
    const { env, pipeline } = await import("/@huggingface/transformers/dist/transformers.min.js");
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    env.localModelPath = "/models/";
    env.useBrowserCache = false;
    env.backends.onnx.wasm.wasmPaths = "/onnxruntime-web/dist/";
    env.backends.onnx.wasm.numThreads = 1;
    const classify = await pipeline("text-classification", "bert", { dtype: "fp32" });
    return classify("hello world");
  });
  assert.equal(answer.length, 1);
  assert.match(answer[0].label, /./);
  assert.ok(answer[0].score > 0 && answer[0].score <= 1);
  await other.close();
  await done(opened);
});
