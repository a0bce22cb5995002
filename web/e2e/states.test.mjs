// What is said beside the model: offline, a new version, a browser that is too old; other formats; what is no model; and
// how all of it looks on a phone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { axe, bytesOf, dist, example, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";
import { externalModel } from "../../tests/wasm/onnx_bytes.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const noBinary = existsSync(binary) ? false : "the command line is not built";
const archives = join(web, "..", "tests", "fixtures", "archives");
const place = mkdtempSync(join(tmpdir(), "modelexport-page-states-"));

let server;
let browser;
before(async () => {
  server = await serve(dist);
  browser = await startBrowser();
});
afterEach(() => browser.context.setOffline(false));
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(place, { recursive: true, force: true });
});

const visit = () => openPage(browser, `${server.url}/index.html`);
const done = async ({ page, troubles }, expected = /^$/) => {
  assert.deepEqual(troubles.filter((t) => !expected.test(t)), []);
  await page.close();
};
const checked = (page) => page.waitForFunction(() => document.documentElement.dataset.phase === "open" && document.querySelector(".progress") === null && !/checking…/.test(document.querySelector(".verdict").textContent));

test("offline is said, and no longer said", async () => {
  const opened = await visit();
  const { page } = opened;
  const note = page.locator(".version", { hasText: "offline" });
  await hook(page, "drop-zone").waitFor();
  assert.equal(await note.count(), 0);
  // Before everything is kept, going offline means that there is no engine; that is said.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await browser.context.setOffline(true);
  await note.waitFor();
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await note.waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "offline-light");
  await browser.context.setOffline(false);
  await note.waitFor({ state: "detached" });
  await done(opened, /ERR_INTERNET_DISCONNECTED/);
});

test("offline before the page is kept: what is missing is said, and the next try works", async () => {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    const Real = Worker;
    window.Worker = class extends Real { constructor(name, options) { super(window.broken ? "/not-there.js" : name, options); } };
    window.broken = true;
    Object.defineProperty(navigator, "onLine", { get: () => !window.broken });
  });
  await page.goto(`${server.url}/index.html`);
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /no network/);
  await page.evaluate(() => { window.broken = false; });
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await page.close();
});

test("a new version is offered, waits for the click, and is there after it", async () => {
  const copy = join(place, "dist");
  cpSync(dist, copy, { recursive: true });
  const own = await serve(copy);
  const { page } = await openPage(browser, `${own.url}/index.html`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const update = hook(page, "update");
  await page.reload();
  await hook(page, "drop-zone").waitFor();
  assert.equal(await update.count(), 0);
  // The next build: other files under another name.
  const worker = readFileSync(join(copy, "sw.js"), "utf8");
  assert.match(worker, /modelexport-[0-9a-f]{12}/);
  writeFileSync(join(copy, "sw.js"), worker.replace(/modelexport-[0-9a-f]{12}/g, "modelexport-000000000000"));
  appendFileSync(join(copy, "page.css"), "\n:root { --build: new; }\n");
  const build = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--build").trim());
  await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });
  await update.waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "update-light");
  assert.equal(await build(), "");
  await Promise.all([page.waitForEvent("load"), update.click()]);
  await hook(page, "drop-zone").waitFor();
  assert.equal(await build(), "new");
  assert.equal(await update.count(), 0);
  own.close();
  await page.close();
});

test("a browser that is too old is told so", async () => {
  for (const without of ["WebAssembly", "Worker"]) {
    const page = await browser.context.newPage();
    await page.addInitScript((name) => { delete window[name]; }, without);
    await page.goto(`${server.url}/index.html`);
    await hook(page, "error").waitFor();
    assert.match(await hook(page, "error").innerText(), /too old/);
    assert.match(await hook(page, "error").innerText(), /command line/);
    assert.deepEqual(await axe(page), []);
    if (without === "Worker") await picture(page, "too-old-light");
    await page.close();
  }
  // Where the script does not run at all, the words of the page itself appear.
  const copy = join(place, "broken");
  cpSync(dist, copy, { recursive: true });
  writeFileSync(join(copy, "main.js"), "this is no program");
  const own = await serve(copy);
  const page = await browser.context.newPage();
  await page.goto(`${own.url}/index.html`);
  assert.equal(await page.locator(".starting").isVisible(), false);
  await page.locator(".starting").waitFor({ state: "visible" });
  own.close();
  await page.close();
});

test("PyTorch archives: what they are, the command with their name, no error from any key", async () => {
  const opened = await visit();
  const { page } = opened;
  for (const [name, format] of [["net-torch-2.15.0.pt2", "pt2"], ["net-torch-2.15.0.pt", "torchscript"]]) {
    await hook(page, "file-input").setInputFiles(join(archives, name));
    await page.locator(".file-name", { hasText: name }).waitFor();
    await page.locator('[data-field="format"]', { hasText: format }).waitFor();
    const command = `$ modelexport export ${name} --source MODEL_DIR -o ${name.replace(/\.pt2?$/, ".onnx")}`;
    assert.equal((await hook(page, "next-command").innerText()).trim(), command);
    await page.locator('[data-testid="next-command"] .copy').waitFor();
    for (const key of ["t", "s", "f", "m", "p", "/", "t", "Escape"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(30);
    }
    assert.equal((await hook(page, "cli-command").innerText()).trim(), command);
    assert.equal(await hook(page, "error").count(), 0);
    assert.deepEqual(await axe(page), []);
    await picture(page, `other-${format}-light`);
  }
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await hook(page, "tree").waitFor();
  await done(opened);
});

test("what is no model is explained in the words of `check`", { skip: noBinary }, async () => {
  const opened = await visit();
  const { page } = opened;
  const files = {
    "lfs.onnx": `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 5\n`,
    "login.onnx": "<!doctype html><html><body>Sign in</body></html>",
    "noise.onnx": Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 251)),
    "empty.onnx": "",
    "cut.onnx": bytesOf("bert.onnx").subarray(0, 60_000),
    "error.onnx": '{"error": "Entry not found"}',
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(place, name), content);
    const { stdout } = (() => { try { return { stdout: execFileSync(binary, ["check", name, "--json"], { cwd: place, encoding: "utf8", stdio: "pipe" }) }; } catch (error) { return error; } })();
    const [expected] = JSON.parse(stdout).files[0].findings;
    await hook(page, "file-input").setInputFiles(join(place, name));
    await page.locator(".file-name", { hasText: name }).waitFor();
    await page.locator("main .error-box").waitFor();
    const shown = await hook(page, "error").innerText();
    assert.equal(await hook(page, "error").getAttribute("data-code"), expected.rule, name);
    for (const words of [expected.message, expected.hint]) assert.ok(shown.includes(words), `${name}: ${words} is not in ${shown}`);
  }
  await done(opened);
});

test("two thousand texts are one message", async () => {
  const many = join(place, "texts");
  mkdirSync(many);
  for (let i = 0; i < 2000; ++i) writeFileSync(join(many, `${i}.txt`), "x");
  const opened = await visit();
  const { page } = opened;
  await hook(page, "directory-input").setInputFiles(many);
  await hook(page, "error").waitFor();
  assert.match(await hook(page, "error").innerText(), /none of the 2,000 files is a model/);
  assert.equal(await page.locator('[data-testid="error"]').count(), 1);
  await hook(page, "drop-zone").waitFor();
  assert.deepEqual(await axe(page), []);
  // Beside a model they are left out, in one line.
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await checked(page);
  await hook(page, "directory-input").setInputFiles(many);
  await checked(page);
  assert.equal(await page.locator('[data-testid="error"]').count(), 0);
  assert.ok((await page.locator("#app").innerText()).length < 5000);
  await done(opened);
});

test("a data file that is not there, and one that ends early: neither loads", async () => {
  const model = { name: "model.onnx", mimeType: "", buffer: Buffer.from(externalModel([{ location: "w.bin", offset: 4, length: 8 }])) };
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(model);
  await page.locator(".verdict", { hasText: "Drop w.bin here too" }).waitFor();
  await checked(page);
  assert.equal(await page.locator(".runtimes .yes").count(), 0);
  assert.match(await hook(page, "runtimes").innerText(), /w\.bin is not here/);
  await hook(page, "file-input").setInputFiles({ name: "w.bin", mimeType: "", buffer: Buffer.alloc(5) });
  await page.locator(".verdict", { hasText: "w.bin ends early: 5 B of at least 12 B. Drop the whole file." }).waitFor();
  await checked(page);
  assert.doesNotMatch(await page.locator(".verdict").innerText(), /here too/);
  assert.equal(await page.locator(".runtimes .yes").count(), 0);
  await picture(page, "data-short-light");
  await hook(page, "file-input").setInputFiles({ name: "w.bin", mimeType: "", buffer: Buffer.alloc(12) });
  await page.waitForFunction(() => !/w\.bin/.test(document.querySelector(".verdict").textContent));
  await checked(page);
  assert.doesNotMatch(await hook(page, "runtimes").innerText(), /w\.bin/);
  await done(opened);
});

test("a phone: four tabs, one pane at a time, nothing cut off", async () => {
  const opened = await visit();
  const { page } = opened;
  await page.setViewportSize({ width: 320, height: 640 });
  const fits = async (what) => {
    const wide = await page.evaluate(() => [...document.querySelectorAll("html, .page-body, .panel-body, .tabs, .structure-bar, .footer, .bar, .verdict")]
      .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth).map((e) => `${e.className || e.tagName} ${e.scrollWidth} > ${e.clientWidth}`));
    assert.deepEqual(wide, [], what);
    const out = await page.evaluate(() => [...document.querySelectorAll(".tabs button, .panes button, .structure-bar button, .bar button")].filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.textContent));
    assert.deepEqual(out, [], what);
  };
  await fits("empty");
  await picture(page, "phone-empty");
  await hook(page, "file-input").setInputFiles(example("legacy.onnx"));
  await hook(page, "summary").waitFor();
  await checked(page);
  await fits("summary");
  await picture(page, "phone-summary");
  assert.ok((await page.locator("#panel").evaluate((e) => e.clientHeight)) > 250, "the details have room");
  await page.getByRole("button", { name: "Structure" }).click();
  await hook(page, "tree").waitFor();
  await fits("tree");
  assert.ok((await hook(page, "tree").evaluate((e) => e.clientHeight)) > 200, "the tree has room");
  assert.deepEqual(await axe(page), []);
  await picture(page, "phone-tree");
  await page.locator(".structure-bar").getByRole("button", { name: "Treemap" }).click();
  await page.locator(".cell").first().waitFor();
  await fits("treemap");
  assert.deepEqual(await axe(page), []);
  await picture(page, "phone-treemap");
  await page.locator(".structure-bar").getByRole("button", { name: "Tree", exact: true }).click();
  await page.locator(".row").nth(1).click();
  await page.locator(".selected-title").waitFor({ state: "visible" });
  await fits("module");
  await picture(page, "phone-module");
  for (const tab of ["Findings", "Metadata", "Take home"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.waitForTimeout(100);
    await fits(tab);
    assert.deepEqual(await axe(page), []);
    await picture(page, `phone-${tab.toLowerCase().replace(" ", "-")}`);
  }
  await hook(page, "repair").click();
  await hook(page, "plan").waitFor();
  await fits("plan");
  assert.deepEqual(await axe(page), []);
  await picture(page, "phone-plan");
  await done(opened);
});

test("nothing jumps while the page loads, and while a model opens", async () => {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push({ value: entry.value, of: entry.sources.map((s) => s.node?.className ?? s.node?.nodeName) }); }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${server.url}/index.html`);
  await hook(page, "drop-zone").waitFor();
  await hook(page, "file-input").setInputFiles(example("legacy.onnx"));
  await hook(page, "summary").waitFor();
  await checked(page);
  await page.waitForTimeout(300);
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts.reduce((sum, { value }) => sum + value, 0) < 0.05, JSON.stringify(shifts));
  await page.close();
});

test("motion ends where people want none", async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await page.locator(".twist .icon").first().waitFor();
  const duration = () => page.evaluate(() => Math.max(...[...document.querySelectorAll("body *")].flatMap((e) => getComputedStyle(e).transitionDuration.split(",").concat(getComputedStyle(e).animationDuration.split(","))).map((text) => parseFloat(text) * (/ms$/.test(text.trim()) ? 1 : 1000))));
  assert.ok((await duration()) > 0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await duration(), 0);
  await done(opened);
});
