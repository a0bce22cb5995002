// The page in Chromium: first facts, saving, a graph of 100,000 nodes, a model on the Hub, sizes and loading.
//
//   node tests/bench/bench_page.mjs [--json]     after: sh toolchains/build.sh --web
//
// Limits are those of the page's issue; exit 1 if one is missed. Weights are holes in sparse files. Files are written by
// the browser into its own storage (the same writable streams as a chosen file); what a Blob costs is measured beside it.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Hub } from "../../web/e2e/hub.mjs";
import { writeBert, writeLargeModel } from "../../web/e2e/large_model.mjs";
import { dist, hook, openPage, serve, startBrowser } from "../../web/e2e/support.mjs";

const MEGA = 1e6;
const place = mkdtempSync(join(tmpdir(), "modelexport-bench-page-"));
const results = [];
const note = (name, value, limit, unit) => results.push({ name, value, limit, unit });

/** Private memory of this browser's processes of one kind. */
function memory(kind) {
  const processes = readdirSync("/proc").filter((id) => /^\d+$/.test(id)).filter((id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, "utf8");
      return words.includes(`--type=${kind}`) && words.includes(browser.profile);
    } catch { return false; }
  });
  return processes.reduce((sum, id) => {
    const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
    return sum + 1024 * [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((all, [, kilo]) => all + Number(kilo), 0);
  }, 0);
}

/** The most that `kind` takes while `work` runs, over what it took before. */
async function growth(kind, work) {
  const before = memory(kind);
  let most = before;
  const watch = setInterval(() => { most = Math.max(most, memory(kind)); }, 50);
  const value = await work();
  clearInterval(watch);
  return [Math.max(most, memory(kind)) - before, value];
}

const now = () => performance.now();
/** The page, ready: its engine started. */
async function visit() {
  const { page } = await openPage(browser, `${server.url}/index.html`, hub.hosts);
  await hook(page, "drop-zone").waitFor();
  await page.waitForTimeout(1000);
  return page;
}
/** Milliseconds from the page being handed a file until `wanted` is there, by the page's clock. */
async function opening(page, file, wanted) {
  await page.evaluate((selector) => {
    window.shown = new Promise((done) => {
      document.querySelector('[data-testid="file-input"]').addEventListener("change", () => {
        const begin = performance.now();
        const look = () => (document.querySelector(selector) === null ? requestAnimationFrame(look) : done(performance.now() - begin));
        requestAnimationFrame(look);
      }, { once: true });
    });
  }, wanted);
  await hook(page, "file-input").setInputFiles(file);
  return page.evaluate(() => window.shown);
}

async function facts(file) {
  const page = await visit();
  await opening(page, join(dist, "examples", "bert.onnx"), '[data-testid="summary"]');
  const [grown, time] = await growth("renderer", () => opening(page, file, 'body:has(.file-name[title="large.onnx"]) [data-testid="summary"]'));
  note("1.9 GB inline: first facts", time, 1000, "ms");
  note("1.9 GB inline: renderer's growth", grown / MEGA, 150, "MB");
  await page.close();
}

/** The picker gives a file of the browser's own storage. */
const OWN_STORAGE = () => { window.showSaveFilePicker = async ({ suggestedName }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }); };

async function saving(file) {
  const page = await browser.context.newPage();
  await page.addInitScript(OWN_STORAGE);
  await page.goto(`${server.url}/index.html`);
  await opening(page, file, '[data-testid="summary"]');
  const input = await page.evaluateHandle(() => Object.assign(document.createElement("input"), { type: "file", id: "copied" }));
  await page.evaluate((element) => document.body.append(element), input);
  await page.locator("#copied").setInputFiles(file);
  const copy = await page.evaluate(async () => {
    const { files } = document.getElementById("copied");
    const begin = performance.now();
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("copy", { create: true });
    const stream = await handle.createWritable();
    await stream.write(new Blob([files[0]]));
    await stream.close();
    const time = performance.now() - begin;
    await (await navigator.storage.getDirectory()).removeEntry("copy");
    return time;
  });
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("hf_license");
  await hook(page, "metadata-value").fill("apache-2.0");
  await hook(page, "metadata-add").click();
  const begin = now();
  await hook(page, "metadata-save").click();
  await hook(page, "download-model").click();
  await page.locator(".saved").first().waitFor({ timeout: 300_000 });
  const time = now() - begin;
  await page.locator(".saved .hash").waitFor({ timeout: 300_000 });
  note("1.9 GB: the browser's copy of the Blob", copy, null, "ms");
  note("1.9 GB: stamping and saving", time, 2 * copy, "ms");
  note("1.9 GB: SHA-256 after it", now() - begin - time, null, "ms");
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name);
  });
  await page.close();
}

async function manyNodes() {
  const file = join(place, "nodes.onnx");
  writeLargeModel(file, { tensors: 200, bytes: 1024 * 1024, nodes: 100_000, each: 16 });
  const page = await visit();
  note("100,000 nodes: tree shown", await opening(page, file, '[data-tag="/Net/Stage.0"]'), 2000, "ms");
  await page.waitForFunction(() => document.querySelector(".verdict progress") === null && !/checking/.test(document.querySelector(".verdict").textContent), undefined, { timeout: 120_000 });
  const expand = await page.evaluate(async () => {
    const times = [];
    for (let i = 0; i < 18; ++i) {
      const begin = performance.now();
      document.querySelector('[data-tag="/Net/Stage.0"] .twist').click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      if (i % 2 === 0) times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b)[4];
  });
  note("100,000 nodes: expand, to the next frame", expand, 50, "ms");
  await page.close();
}

async function onTheHub(file) {
  hub.add("org/large", { "model.onnx": file });
  const page = await visit();
  hub.requests.length = 0;
  hub.most = 4;
  const begin = now();
  await page.goto(`${server.url}/index.html#hf=org/large@main/model.onnx`);
  await page.locator('[data-field="outputs"] li').first().waitFor();
  const time = now() - begin;
  const bytes = hub.requests.filter((r) => r.range !== null && r.host !== "huggingface.co").map(({ range }) => range.slice(6).split("-").map(Number)).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  note("#hf= 2 GB inline: facts", time, 1000, "ms");
  note("#hf= 2 GB inline: requests for facts", hub.requests.length, 4, "");
  note("#hf= 2 GB inline: bytes for facts", bytes / 1000, 1000, "kB");
  hub.release();
  await page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  note("#hf= 2 GB inline: requests for the whole structure", hub.requests.length, null, "");
  await page.close();
}

/** A structure of two hundred weights, each header behind a wait of the line. */
async function behindALine() {
  const file = join(place, "bert.onnx");
  writeBert(file);
  hub.add("org/bert", { "onnx/model.onnx": file });
  const page = await visit();
  hub.waits = 0;
  hub.latency = 40;
  const begin = now();
  await page.goto(`${server.url}/index.html#hf=org/bert@main/onnx/model.onnx`);
  await page.locator('[data-field="outputs"] li').first().waitFor();
  note("#hf= bert-base (436 MB), 40 ms a request: facts", now() - begin, 1000, "ms");
  await page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  note("#hf= bert-base (436 MB): bytes per module", now() - begin, null, "ms");
  note("#hf= bert-base (436 MB): waits of 40 ms", hub.waits, 26, "");
  hub.latency = 0;
  await page.close();
}

async function loading() {
  const page = await visit();
  const times = [];
  for (let i = 0; i < 5; ++i) {
    await page.goto("about:blank");
    const begin = now();
    await page.goto(`${server.url}/index.html`);
    await hook(page, "drop-zone").waitFor();
    times.push(now() - begin);
  }
  note("load to usable, loopback", times.sort((a, b) => a - b)[2], 1000, "ms");
  await page.close();
  const zipped = (...names) => names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name))).length, 0) / 1000;
  note("modelexport.wasm, gzipped", zipped("modelexport.wasm"), 1000, "kB");
  note("page, gzipped", zipped("index.html", "main.js", "worker.js", "page.css", "manifest.webmanifest", "sw.js"), 250, "kB");
}

const server = await serve(dist);
const hub = await Hub.start();
const browser = await startBrowser(...hub.arguments);
try {
  const file = join(place, "large.onnx");
  writeLargeModel(file, { tensors: 24, bytes: 4832 * 4096 * 4 });
  await facts(file);
  await manyNodes();
  await onTheHub(file);
  await behindALine();
  await loading();
  await saving(file);
} finally {
  await browser.close();
  server.close();
  hub.close();
  rmSync(place, { recursive: true, force: true });
}
const good = results.every(({ value, limit }) => limit === null || value <= limit);
if (process.argv.includes("--json")) console.log(JSON.stringify({ schema: "modelexport/bench-page/1", ok: good, results }, null, 1));
else {
  for (const { name, value, limit, unit } of results) console.log(`${name.padEnd(52)} ${value.toFixed(1).padStart(9)} ${unit}${limit === null ? "" : `   limit ${limit.toFixed(0)} ${unit}`}`);
  console.log(good ? "ok" : "NOT OK");
}
process.exit(good ? 0 : 1);
