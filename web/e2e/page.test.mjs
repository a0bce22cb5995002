// The built page in a real Chromium: open, see, search, edit, save, fail, offline, keyboard, axe.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { axe, bytesOf, dist, example, examples, hook, openPage, picture, serve, slowWorker, startBrowser } from "./support.mjs";

let server;
let browser;
before(async () => {
  server = await serve(dist);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
});

const visit = () => openPage(browser, `${server.url}/index.html`);
async function withFiles(...files) {
  const opened = await visit();
  await hook(opened.page, "file-input").setInputFiles(files);
  return opened;
}
const done = async ({ page, troubles }) => {
  assert.deepEqual(troubles, []);
  await page.close();
};

test("the empty page says what it does and is accessible in both themes", async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "drop-zone").waitFor();
  assert.match(await hook(page, "privacy").innerText(), /nothing is uploaded/);
  assert.match(await page.evaluate(() => window.modelexport.version), /^\d+\.\d+\.\d+$/);
  assert.deepEqual(await axe(page), []);
  await picture(page, "empty-light");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual(await axe(page), []);
  await picture(page, "empty-dark");
  await done(opened);
});

test("a tagged model: facts, tree, module, node and tensor", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  const field = (name) => page.locator(`[data-field="${name}"]`).innerText();
  assert.equal(await field("format"), "ONNX");
  assert.match(await field("producer"), /ModelExport-HTP/);
  assert.equal(await field("opset"), "18");
  assert.equal(await field("ir"), "8");
  assert.match(await field("inputs"), /input_ids int64\[batch_size, sequence_length\]/);
  await page.locator(".verdict", { hasText: /Loads in ONNX Runtime 1\.14 or newer/ }).waitFor();
  await picture(page, "summary-light");
  const layer = page.locator('[data-tag="/BertForSequenceClassification/BertModel"]');
  await layer.click();
  await page.getByText("Operators").waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "module-light");
  await page.locator(".item", { hasText: "LayerNormalization" }).first().click();
  await page.locator(".selected-title", { hasText: "LayerNormalization" }).waitFor();
  await page.locator(".links .item", { hasText: "LayerNorm.weight" }).first().click();
  await page.locator(".statistics .fact", { hasText: "Minimum" }).waitFor();
  await picture(page, "tensor-light");
  await done(opened);
});

test("treemap: zoom by keyboard and back, both measures", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("t");
  await page.locator(".cell").first().waitFor();
  await page.waitForTimeout(100);
  await picture(page, "treemap-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "treemap-dark");
  assert.deepEqual(await axe(page), []);
  await page.locator('.cell[tabindex="0"]').first().focus();
  await page.keyboard.press("Enter");
  assert.ok((await page.locator(".crumb").count()) > 1);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".crumb").count(), 1);
  await page.getByRole("button", { name: "parameters", exact: true }).click();
  await page.locator(".cell text", { hasText: /^BertModel \d+(\.\d)?K$/ }).waitFor();
  await done(opened);
});

test("keyboard alone: from the tree to a module and back", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await hook(page, "tree").focus();
  await page.keyboard.press("ArrowDown");
  await page.locator(".selected-name", { hasText: /\/BertModel$/ }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.locator(".selected-name", { hasText: /Bert(Embeddings|Encoder)$/ }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("pooler.dense.weight");
  await page.keyboard.press("Enter");
  await page.locator(".selected-title", { hasText: "bert.pooler.dense.weight" }).waitFor();
  // The focus goes to what was found: the keys of the page work from there.
  await page.keyboard.press("/");
  await page.keyboard.type("LayerNormalization");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "Enter"]) await page.keyboard.press(key);
  await page.locator(".selected-title .kind", { hasText: "LayerNormalization" }).waitFor();
  await done(opened);
});

test("typing is faster than the worker: keys mean the results of the text that stands there", async () => {
  const page = await browser.context.newPage();
  await slowWorker(page, {});
  await page.goto(`${server.url}/index.html`);
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  const hits = page.locator(".hit");
  const type = async (text, search) => {
    await page.evaluate((wait) => { window.delays.search = wait; }, search);
    await page.keyboard.type(text);
  };
  // The results of a prefix are seen; those of the whole text are on their way.
  await page.keyboard.press("/");
  await type("LayerNorm", 0);
  await hits.first().waitFor();
  await type("alization", 400);
  for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await page.locator(".selected-title .kind", { hasText: /^LayerNormalization$/ }).waitFor();
  assert.equal(await hits.count(), 0);
  // An answer that is overtaken by the next one changes nothing.
  await page.keyboard.press("/");
  await type("pooler", 0);
  await page.locator(".hit", { hasText: "pooler" }).first().waitFor();
  await page.keyboard.press("Control+A");
  await type("embeddings", 700);
  await page.keyboard.press("Control+A");
  await type("classifier.weight", 0);
  await page.locator(".hit", { hasText: "classifier.weight" }).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.waitForTimeout(900);
  assert.equal(await page.locator('.hit[aria-selected="true"]').innerText().then((text) => text.includes("classifier.weight")), true);
  assert.equal(await page.locator(".hit", { hasText: "embeddings" }).count(), 0);
  // Enter closes the list, and a late answer does not open it again.
  await page.keyboard.press("Control+A");
  await type("pooler.dense.bias", 0);
  await page.locator(".hit", { hasText: "pooler.dense.bias" }).first().waitFor();
  await type(" ", 300);
  await page.keyboard.press("Enter");
  await page.locator(".selected-title", { hasText: "bert.pooler.dense.bias" }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".hits:visible").count(), 0);
  // Escape as well.
  await page.keyboard.press("/");
  await page.keyboard.press("Control+A");
  await type("LayerNorm", 300);
  await page.keyboard.press("Escape");
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".hits:visible").count(), 0);
  await page.close();
});

test("on a slow machine the same keys do the same", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  const session = await browser.context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 6 });
  for (const [text, keys, kind] of [["LayerNormalization", ["ArrowDown", "ArrowDown", "ArrowUp", "Enter"], /^LayerNormalization$/], ["bert.pooler.dense.bias", ["Enter"], /^Tensor$/], ["Softmax", ["ArrowDown", "Enter"], /^Softmax$/]]) {
    await page.keyboard.press("/");
    await page.keyboard.type(text);
    for (const key of keys) await page.keyboard.press(key);
    await page.locator(".selected-title .kind", { hasText: kind }).waitFor();
  }
  await done(opened);
});

test("one letter finds, and nothing found is said", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("q");
  await page.locator(".hit").first().waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "search-light");
  await page.keyboard.type("zzz");
  await page.locator(".hits.none", { hasText: "qzzz" }).waitFor();
  await done(opened);
});

test("metadata is edited, shown as a diff, saved; the bytes are those of the command line", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("hf_license");
  await hook(page, "metadata-value").fill("apache-2.0");
  await hook(page, "metadata-add").click();
  assert.match(await hook(page, "cli-command").innerText(), /modelexport stamp bert\.onnx --set hf_license=apache-2\.0 -o bert\.repaired\.onnx/);
  await picture(page, "metadata-light");
  assert.deepEqual(await axe(page), []);
  await hook(page, "metadata-save").click();
  assert.match(await hook(page, "plan").innerText(), /metadata_props\[hf_license\]/);
  await picture(page, "plan-light");
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  assert.equal(download.suggestedFilename(), "bert.repaired.onnx");
  const saved = readFileSync(await download.path());
  const original = bytesOf("bert.onnx");
  // Field 14 with its length, key and value; everything else verbatim.
  const entry = Buffer.concat([Buffer.from([0x72, 24, 0x0a, 10]), Buffer.from("hf_license"), Buffer.from([0x12, 10]), Buffer.from("apache-2.0")]);
  const at = saved.indexOf(entry);
  assert.ok(at > 0);
  assert.ok(Buffer.concat([saved.subarray(0, at), saved.subarray(at + entry.length)]).equals(original));
  await page.locator(".hash").waitFor();
  assert.equal(await page.locator(".hash").innerText(), createHash("sha256").update(saved).digest("hex"));
  await done(opened);
});

test("a legacy export is found and repaired", async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  await hook(page, "repair").waitFor();
  await page.keyboard.press("f");
  assert.ok((await page.locator('[data-severity="error"]').count()) > 0);
  await page.getByRole("button", { name: "Show in tree" }).first().click();
  await page.locator(".selected-title").waitFor();
  await page.locator('.row.active[data-tag="/BertModel/BertEmbeddings"]').waitFor();
  await page.keyboard.press("f");
  await picture(page, "findings-light");
  assert.deepEqual(await axe(page), []);
  await hook(page, "repair").click();
  await hook(page, "plan").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  const saved = await download.path();
  await hook(page, "file-input").setInputFiles({ name: "again.onnx", mimeType: "", buffer: readFileSync(saved) });
  await page.locator(".file-name", { hasText: "again.onnx" }).waitFor();
  await page.locator(".judge", { hasText: "Loads in ONNX Runtime" }).waitFor();
  await page.keyboard.press("f");
  await page.waitForFunction(() => !document.querySelector('[data-testid="findings"]')?.textContent?.includes("Checking"));
  assert.equal(await page.locator('[data-severity="error"]').count(), 0);
  await done(opened);
});

test("a URL is read by ranges; servers that cannot are explained", async () => {
  const other = await serve(examples);
  const opened = await visit();
  const { page, troubles } = opened;
  await hook(page, "url-input").fill(`${other.url}/resnet.onnx`);
  await hook(page, "url-open").click();
  await hook(page, "summary").waitFor();
  assert.ok(other.requests.every((r) => r.range !== null));
  assert.match(await page.evaluate(() => location.hash), /^#url=/);
  await page.reload();
  await hook(page, "summary").waitFor();
  await page.goto(`${server.url}/index.html#url=${encodeURIComponent(`${other.url}/resnet.onnx?noranges`)}`);
  await page.reload();
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /no ranges/);
  await page.goto(`${server.url}/index.html#url=${encodeURIComponent(`${other.url}/none.onnx`)}`);
  await page.reload();
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /404/);
  troubles.splice(0, troubles.length, ...troubles.filter((t) => !/404/.test(t)));
  other.close();
  await done(opened);
});

test("what is no model is explained, and the page stays usable", async () => {
  const opened = await visit();
  const { page } = opened;
  const buffer = (text) => Buffer.from(text);
  const cases = [
    ["empty.onnx", buffer(""), /empty/i],
    ["page.onnx", buffer("<!doctype html><html><body>Sign in</body></html>"), /web page|HTML/i],
    ["lfs.onnx", buffer(`version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 5\n`), /LFS/i],
    ["cut.onnx", bytesOf("bert.onnx").subarray(0, 60_000), /end|truncat|incomplete|past/i],
    ["noise.onnx", Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 251)), /./],
  ];
  for (const [name, data, words] of cases) {
    await hook(page, "file-input").setInputFiles({ name, mimeType: "", buffer: data });
    await page.locator(".file-name", { hasText: name }).waitFor();
    await page.waitForFunction(() => document.documentElement.dataset.phase !== "reading");
    const text = await page.locator("#app").innerText();
    assert.match(text, words, name);
    assert.match(text, /ME-[A-Z]+-\d+/, name);
  }
  await picture(page, "error-light");
  assert.deepEqual(await axe(page), []);
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await hook(page, "summary").waitFor();
  await done(opened);
});

test("phone width: nothing scrolls sideways", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await page.setViewportSize({ width: 320, height: 640 });
  await hook(page, "summary").waitFor();
  for (const key of ["s", "f", "m", "p"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(100);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector(".page-body").scrollWidth <= innerWidth), key);
    await picture(page, `phone-${key}`);
  }
  assert.deepEqual(await axe(page), []);
  await done(opened);
});

test("works offline after the first visit", async () => {
  const opened = await visit();
  const { page, troubles } = opened;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await browser.context.setOffline(true);
  await page.reload();
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await browser.context.setOffline(false);
  troubles.splice(0, troubles.length, ...troubles.filter((t) => !/ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(t)));
  await done(opened);
});

test("the same page in one file, opened from disk", async () => {
  const opened = await openPage(browser, pathToFileURL(join(dist, "modelexport.html")).href);
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await done(opened);
});

test("a large model costs only its structure", async () => {
  // 300 MB of weights behind the structure of a small model: a file with one long inline tensor.
  const directory = mkdtempSync(join(tmpdir(), "modelexport-page-"));
  const size = 300_000_000;
  const varint = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return Buffer.from([...out, n]); };
  const field = (number, content) => Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
  const head = Buffer.concat([Buffer.from([0x08]), varint(size / 4), Buffer.from([0x10, 1]), field(8, Buffer.from("w"))]);
  const rawHeader = Buffer.concat([varint(9 * 8 + 2), varint(size)]);
  const tensorLength = head.length + rawHeader.length + size;
  const tensorHeader = Buffer.concat([varint(5 * 8 + 2), varint(tensorLength)]);
  const graphName = field(2, Buffer.from("g"));
  const graphLength = graphName.length + tensorHeader.length + tensorLength;
  const file = join(directory, "large.onnx");
  writeFileSync(file, Buffer.concat([Buffer.from([0x08, 8]), field(8, Buffer.from([0x10, 18])), varint(7 * 8 + 2), varint(graphLength), graphName, tensorHeader, head, rawHeader, Buffer.alloc(size)]));
  const opened = await withFiles(file);
  await hook(opened.page, "summary").waitFor({ timeout: 10_000 });
  assert.match(await opened.page.locator('[data-field="size"]').innerText(), /300\.0 MB/);
  const read = await opened.page.locator(".fact", { hasText: "Read" }).innerText();
  assert.match(read, /\d+(\.\d)? (B|kB) in/);
  await done(opened);
});
