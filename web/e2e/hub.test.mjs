// Models on the Hub: links and ids, facts of a huge file from few bytes, stamps, components, edits; and what is refused.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Hub } from "./hub.mjs";
import { writeBert, writeLargeModel } from "./large_model.mjs";
import { externalModel } from "../../tests/wasm/onnx_bytes.mjs";
import { axe, bytesOf, dist, example, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const noBinary = existsSync(binary) ? false : "the command line is not built";
const fixture = join(web, "..", "tests", "fixtures", "models", "bert-seqcls");
const place = mkdtempSync(join(tmpdir(), "modelexport-page-hub-"));

let server;
let hub;
let browser;
let repository;
before(async () => {
  server = await serve(dist);
  hub = await Hub.start();
  browser = await startBrowser(...hub.arguments);
  const components = Object.fromEntries(readdirSync(fixture).filter((name) => /\.(json|txt)$/.test(name)).map((name) => [name, readFileSync(join(fixture, name))]));
  repository = hub.add("org/bert", { ...components, "README.md": Buffer.from("# bert"), "onnx/model.onnx": bytesOf("bert.onnx"), "onnx/model_legacy.onnx": bytesOf("legacy.onnx") }, { license: "apache-2.0", task: "text-classification" });
  const large = join(place, "large.onnx");
  writeLargeModel(large, { tensors: 25, bytes: 80 * 1024 * 1024 });
  hub.add("org/large", { "model.onnx": large });
});
after(async () => {
  await browser?.close();
  server?.close();
  hub?.close();
  rmSync(place, { recursive: true, force: true });
});

async function visit(hash = "") {
  hub.release();
  hub.requests.length = hub.waits = 0;
  return openPage(browser, `${server.url}/index.html${hash}`, hub.hosts);
}
async function done({ page, troubles }) {
  assert.deepEqual(troubles.filter((t) => !/status of 40[134]/.test(t)), []);
  assert.ok(hub.requests.every((r) => r.cookie === null && (r.referrer === null || new URL(r.referrer).pathname === "/")), "no cookie is sent, and no more of a referrer than the page's origin");
  await page.close();
}
const field = (page, name) => page.locator(`[data-field="${name}"]`).innerText();
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, button).click()]);
  return readFileSync(await download.path());
}
/** The command line against the same Hub. */
function native(words) {
  return promisify(execFile)(binary, words, { cwd: place, env: { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HOME: join(place, "hf"), HF_HUB_OFFLINE: "0" } });
}

test("2 GB on the Hub: facts after four requests and one megabyte, then the rest", async () => {
  const opened = await visit();
  const { page } = opened;
  hub.most = 4;  // further ones wait
  await page.goto(`${server.url}/index.html#hf=org/large@main/model.onnx`);
  await hook(page, "summary").waitFor();
  await page.locator('[data-field="outputs"]', { hasText: "y24" }).waitFor();
  assert.equal(await field(page, "opset"), "18");
  assert.equal(await field(page, "producer"), "bench");
  assert.match(await field(page, "inputs"), /x float32\[batch_size, 1024\]/);
  assert.match(await field(page, "size"), /2\.1 GB/);
  assert.match(await page.locator(".verdict").innerText(), /ONNX Runtime 1\.14 or newer/);
  await page.locator('[data-tag="/Net/Stage.0"]').waitFor();
  assert.match(await page.locator(".fact", { has: page.getByText("Read", { exact: true }) }).innerText(), /kB in 2 requests/);
  const asked = hub.requests.slice(0, 4);
  assert.deepEqual(asked.map((r) => r.path), [`/api/models/org/large/revision/main`, `/org/large/resolve/${hub.repositories.get("org/large").head}/model.onnx`, "/org/large/model.onnx", "/org/large/model.onnx"]);
  const bytes = asked.slice(2).reduce((sum, { range }) => { const [from, to] = range.slice(6).split("-").map(Number); return sum + to - from + 1; }, 0);
  assert.ok(bytes <= 1_000_000, `${bytes} bytes`);
  assert.deepEqual(await axe(page), []);
  await picture(page, "hub-facts-light");
  hub.release();
  await page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  assert.equal(await field(page, "parameters"), "524M");
  await page.keyboard.press("t");
  await page.locator(".cell").first().waitFor();
  assert.ok(hub.requests.length < 40, `${hub.requests.length} requests`);
  assert.match(await page.evaluate(() => location.hash), /^#hf=org\/large@main\/model\.onnx$/);
  await done(opened);
});

test("a tensor costs its own bytes", async () => {
  const opened = await visit("#hf=org/large@main/model.onnx");
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null && !/checking/.test(document.querySelector(".verdict").textContent));
  hub.requests.length = 0;
  await page.keyboard.press("/");
  await page.keyboard.type("blocks.7.weight");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /Read the values/ }).click();
  await page.locator(".statistics .fact", { hasText: "Zero" }).waitFor();
  assert.match(await page.locator(".statistics .fact", { hasText: "Zero" }).innerText(), /20,971,520/);
  const bytes = hub.requests.map(({ range }) => range.slice(6).split("-").map(Number)).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  assert.ok(bytes <= 80 * 1024 * 1024, `${bytes} bytes`);
  await done(opened);
});

test("layers repeat: their headers are asked for side by side", async () => {
  const many = join(place, "many.onnx");
  writeLargeModel(many, { tensors: 120, bytes: 16 * 1024 * 1024 });
  hub.add("org/many", { "model.onnx": many });
  hub.delay = 30;
  hub.mostTogether = 0;
  const opened = await visit("#hf=org/many/model.onnx");
  await hook(opened.page, "summary").waitFor();
  await opened.page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  hub.delay = 0;
  assert.equal(await field(opened.page, "parameters"), "503M");
  assert.ok(hub.mostTogether >= 4, `${hub.mostTogether} at once`);
  assert.ok(hub.requests.length < 140, `${hub.requests.length} requests`);
  await done(opened);
});

test("many small tensors are read on, not jumped over", async () => {
  const small = join(place, "small.onnx");
  writeLargeModel(small, { tensors: 600, bytes: 32 * 1024 });
  hub.add("org/small", { "model.onnx": small });
  const opened = await visit("#hf=org/small/model.onnx");
  await hook(opened.page, "summary").waitFor();
  await opened.page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  assert.equal(await field(opened.page, "parameters"), "4.9M");
  assert.ok(hub.requests.length < 60, `${hub.requests.length} requests`);
  await done(opened);
});

test("weights in a data file on the Hub", async () => {
  hub.add("org/external", { "onnx/model.onnx": Buffer.from(externalModel([{ location: "model.onnx_data", offset: 4, length: 8 }])), "onnx/model.onnx_data": Buffer.from(new Float32Array([7, 1.5, 2.5]).buffer) });
  const opened = await visit("#hf=org/external/onnx/model.onnx");
  const { page } = opened;
  await page.locator(".verdict:not(:has-text('checking')):not(:has(progress))").waitFor();
  assert.doesNotMatch(await page.locator(".verdict").innerText(), /Drop/);
  await page.keyboard.press("/");
  await page.keyboard.type("w0");
  await page.locator(".hit", { hasText: "w0" }).first().click();
  await page.locator(".statistics .fact", { hasText: "Maximum" }).waitFor();
  assert.match(await page.locator(".statistics .fact", { hasText: "Maximum" }).innerText(), /2\.5/);
  await done(opened);
});

test("links of the Hub's pages, and a model with several files", async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "url-input").fill(`https://huggingface.co/org/bert/blob/${repository.head}/onnx/model.onnx`);
  await hook(page, "url-open").click();
  await hook(page, "summary").waitFor();
  assert.equal(await page.evaluate(() => location.hash), `#hf=org/bert@${repository.head}/onnx/model.onnx`);
  assert.ok(hub.requests.every((r) => !r.path.startsWith("/api/")), "a commit needs no question");
  await page.reload();
  await hook(page, "summary").waitFor();
  assert.match(await page.locator(".fact", { hasText: "Read from" }).innerText(), new RegExp(`org/bert @ ${repository.head.slice(0, 12)}`));
  await page.locator(".brand").click();
  await hook(page, "url-input").fill("org/bert@refs/pr/1");
  await hook(page, "url-open").click();
  await hook(page, "choices").waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "hub-choose-light");
  await page.getByRole("button", { name: "onnx/model.onnx" }).click();
  await hook(page, "summary").waitFor();
  assert.match(await hook(page, "privacy").innerText(), /Hub/);
  await done(opened);
});

test("what the Hub refuses is said in the command line's words", async () => {
  const cases = [
    ["org/none/model.onnx", "ME-SRC-002"], ["org/bert@v9/onnx/model.onnx", "ME-HUB-007"], ["org/bert/other.onnx", "ME-HUB-008"], ["org/bert@v1/config.json", "ME-"],
  ];
  const opened = await visit();
  const { page } = opened;
  for (const [name, code] of cases) {
    await page.goto("about:blank");
    await page.goto(`${server.url}/index.html#hf=${name}`);
    await hook(page, "error").waitFor();
    assert.ok((await hook(page, "error").getAttribute("data-code")).startsWith(code), name);
  }
  await page.goto("about:blank");
  await page.goto(`${server.url}/index.html#hf=org/none/model.onnx`);
  await hook(page, "error").waitFor();
  await picture(page, "hub-error-light");
  await page.locator(".brand").click();
  for (const text of ["and/or", "../x/y.onnx"]) {
    hub.requests.length = 0;
    await page.evaluate((words) => {
      const data = new DataTransfer();
      data.setData("text", words);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }, text);
  }
  await page.waitForTimeout(100);
  assert.equal(hub.requests.length, 0, "a paste that is no address asks nobody");
  await done(opened);
});

test("signed addresses that end are asked for again", async () => {
  hub.uses = 3;
  const opened = await visit("#hf=org/large@main/model.onnx");
  await hook(opened.page, "summary").waitFor();
  await opened.page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  assert.equal(await field(opened.page, "parameters"), "524M");
  hub.uses = Infinity;
  await done(opened);
});

test("a stamp with the commit that the Hub names: the bytes of `stamp --source`", { skip: noBinary }, async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await hook(page, "summary").waitFor();
  await page.keyboard.press("m");
  await hook(page, "stamp-source").fill("org/bert@main");
  assert.equal(hub.requests.length, 0, "nothing is asked before the button says so");
  await hook(page, "stamp-ask").click();
  await page.locator('[data-key="hf_hub_revision"] textarea').waitFor();
  assert.equal(await page.locator('[data-key="hf_hub_revision"] textarea').inputValue(), repository.head);
  assert.match(await page.locator(".warnings").innerText(), /at present/);
  const warnings = await page.locator(".warnings .finding-message").allInnerTexts();
  assert.deepEqual(await axe(page), []);
  await picture(page, "stamp-light");
  await hook(page, "metadata-save").click();
  await hook(page, "plan").waitFor();
  const bytes = await saved(page, "download-model");
  const { stderr } = await native(["stamp", example("resnet.onnx"), "--source", "org/bert@main", "-o", "stamped.onnx", "--force"]);
  for (const warning of warnings) assert.ok(stderr.includes(warning), `${warning} is not in ${stderr}`);
  assert.ok(bytes.equals(readFileSync(join(place, "stamped.onnx"))));
  await done(opened);
});

test("a stamp that does not fit the graph is said, in the words of `stamp`", { skip: noBinary }, async () => {
  const config = JSON.parse(readFileSync(join(fixture, "config.json"), "utf8"));
  const other = hub.add("org/other", { "config.json": Buffer.from(JSON.stringify({ ...config, vocab_size: 31337 })) });
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await page.keyboard.press("m");
  await hook(page, "stamp-source").fill("org/other@main");
  await hook(page, "stamp-ask").click();
  const warning = page.locator(".warnings .finding-message", { hasText: "31337" });
  await warning.waitFor();
  const { stderr } = await native(["stamp", example("bert.onnx"), "--source", `org/other@${other.head}`, "-o", "misfit.onnx", "--force"]);
  assert.ok(stderr.includes((await warning.innerText()).trim()), stderr);
  assert.deepEqual(await axe(page), []);
  await picture(page, "stamp-misfit-light");
  await done(opened);
});

test("components come from the stamped commit: the bytes of `pack`", { skip: noBinary }, async () => {
  await native(["stamp", example("bert.onnx"), "--source", `org/bert@${repository.head}`, "-o", "bert.onnx", "--force"]);
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(join(place, "bert.onnx"));
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  assert.equal(hub.requests.length, 0);
  await picture(page, "package-hub-light");
  await hook(page, "fetch-components").click();
  await hook(page, "download-package").waitFor();
  assert.ok(hub.requests.every((r) => !r.path.endsWith(".onnx")), "no weights are asked for");
  const zip = await saved(page, "download-package");
  await native(["pack", "bert.onnx", "-o", "bert.zip", "--force", "--quiet"]);
  assert.ok(zip.equals(readFileSync(join(place, "bert.zip"))));
  hub.damage = "config.json";
  await hook(page, "file-input").setInputFiles(join(place, "bert.onnx"));
  await page.waitForFunction(() => document.documentElement.dataset.phase === "open");
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  await hook(page, "fetch-components").click();
  await hook(page, "error").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-HUB-006");
  hub.damage = null;
  await done(opened);
});

test("a model on the Hub is edited and packed after it was downloaded", { skip: noBinary }, async () => {
  const opened = await visit("#hf=org/bert/onnx/model.onnx");
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("hf_license");
  await hook(page, "metadata-value").fill("apache-2.0");
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await hook(page, "plan").waitFor();
  assert.match(await page.locator(".take-home").first().innerText(), /downloads the model's/);
  const bytes = await saved(page, "download-model");
  writeFileSync(join(place, "model.onnx"), bytesOf("bert.onnx"));
  await native(["stamp", "model.onnx", "--set", "hf_license=apache-2.0", "-o", "edited.onnx", "--force"]);
  assert.ok(bytes.equals(readFileSync(join(place, "edited.onnx"))));
  await page.goto("about:blank");
  await page.goto(`${server.url}/index.html#hf=org/bert/onnx/model.onnx`);
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  await hook(page, "fetch-components").click();
  await hook(page, "download-package").waitFor();
  const zip = await saved(page, "download-package");
  await native(["pack", "model.onnx", "--source", `org/bert@${repository.head}`, "-o", "model.zip", "--force", "--quiet"]);
  assert.ok(zip.equals(readFileSync(join(place, "model.zip"))));
  await done(opened);
});

test("one file of an encoder and its decoder: the package has both, byte for byte the command line's", { skip: noBinary }, async () => {
  const config = { model_type: "t5", architectures: ["T5ForConditionalGeneration"], vocab_size: 100, d_model: 32, is_encoder_decoder: true, decoder_start_token_id: 0 };
  const [encoder, decoder] = [bytesOf("bert.onnx"), bytesOf("resnet.onnx")];
  const t5 = hub.add("org/t5", { "config.json": Buffer.from(JSON.stringify(config)), "onnx/encoder_model.onnx": encoder, "onnx/decoder_model.onnx": decoder, "onnx/decoder_model_quantized.onnx": decoder });
  const opened = await visit("#hf=org/t5/onnx/encoder_model.onnx");
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  await page.locator(".package", { hasText: "encoder_model.onnx is one of several files" }).waitFor();
  await picture(page, "package-set-light");
  await hook(page, "fetch-components").click();
  await hook(page, "download-package").waitFor();
  const names = await page.locator("[data-testid=package-files] > li").evaluateAll((rows) => rows.map((row) => row.dataset.path));
  assert.ok(names.includes("encoder_model.onnx") && names.includes("decoder_model.onnx"), names.join(" "));
  assert.ok(!hub.requests.some((r) => r.path.includes("quantized")));
  const zip = await saved(page, "download-package");
  for (const [name, bytes] of [["encoder_model.onnx", encoder], ["decoder_model.onnx", decoder]]) writeFileSync(join(place, name), bytes);
  await native(["pack", "encoder_model.onnx", "decoder_model.onnx", "--source", `org/t5@${t5.head}`, "-o", "encoder_model.zip", "--force", "--quiet"]);
  assert.ok(zip.equals(readFileSync(join(place, "encoder_model.zip"))));
  await done(opened);
});

test("bytes per module of a BERT behind a slow line: few waits, one after the other", async () => {
  const file = join(place, "bert-base.onnx");
  writeBert(file);
  hub.add("org/bert-base", { "onnx/model.onnx": file });
  hub.latency = 40;
  const opened = await visit("#hf=org/bert-base@main/onnx/model.onnx");
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid="summary"]')?.getAttribute("aria-busy") === null);
  assert.equal(await field(page, "parameters"), "108M");
  const { waits, requests } = hub;
  hub.latency = 0;
  assert.ok(requests.length < 110, `${requests.length} requests`);
  assert.ok(waits <= 30, `${waits} waits`);
  await page.keyboard.press("t");
  await page.locator(".cell").first().waitFor();
  assert.ok((await page.locator(".cell").count()) > 5);
  await done(opened);
});

test("the page in one file, from disk, reads the Hub as well", async () => {
  hub.requests.length = 0;
  const opened = await openPage(browser, `${pathToFileURL(join(dist, "modelexport.html")).href}#hf=org/bert/onnx/model.onnx`, hub.hosts);
  const { page } = opened;
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  await hook(page, "fetch-components").click();
  await hook(page, "download-package").waitFor();
  await done(opened);
});
