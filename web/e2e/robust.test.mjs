// What goes wrong, and what is left then: addresses, disks, tabs that close, files that change, files that are hostile;
// and the whole way by keyboard.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeLargeModel } from "./large_model.mjs";
import { axe, bytesOf, dist, example, examples, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";
import { externalModel } from "../../tests/wasm/onnx_bytes.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const noBinary = existsSync(binary) ? false : "the command line is not built";
const defects = join(web, "..", "tests", "fixtures", "defects");
const place = mkdtempSync(join(tmpdir(), "modelexport-page-robust-"));

let server;
let files;
let browser;
before(async () => {
  server = await serve(dist);
  files = await serve(examples, place);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
  files?.close();
  rmSync(place, { recursive: true, force: true });
});

const visit = () => openPage(browser, `${server.url}/index.html`);
const done = async ({ page, troubles }, expected = /^$/) => {
  assert.deepEqual(troubles.filter((t) => !expected.test(t)), []);
  await page.close();
};
const idle = (page) => page.waitForFunction(() => document.documentElement.dataset.phase !== "reading" && document.querySelector(".progress") === null && !/checking…/.test(document.querySelector(".verdict").textContent));

/** The picker gives a file of the browser's own storage, which is written like any other; each write takes a while. */
async function withPicker(wait = 0) {
  const page = await browser.context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  await page.addInitScript((delay) => {
    window.showSaveFilePicker = async ({ suggestedName }) => {
      const handle = await (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
      return {
        createWritable: async () => {
          const stream = await handle.createWritable();
          const write = async (data) => {
            await new Promise((resume) => setTimeout(resume, delay));
            await stream.write(data);
          };
          return { write, close: () => stream.close(), abort: () => stream.abort() };
        },
      };
    };
    window.stored = async (name) => new Uint8Array(await (await (await (await navigator.storage.getDirectory()).getFileHandle(name)).getFile()).arrayBuffer());
    window.store = async (name, text) => {
      const stream = await (await (await navigator.storage.getDirectory()).getFileHandle(name, { create: true })).createWritable();
      await stream.write(text);
      await stream.close();
    };
  }, wait);
  await page.goto(`${server.url}/index.html`);
  return { page, troubles };
}
async function edit(page, key = "hf_license", value = "mit") {
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill(key);
  await hook(page, "metadata-value").fill(value);
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await hook(page, "plan").waitFor();
}
const text = (page, name) => page.evaluate(async (file) => new TextDecoder().decode((await window.stored(file)).subarray(0, 100)), name);

test("into a chosen file: the command line's bytes", { skip: noBinary }, async () => {
  const opened = await withPicker();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await edit(page);
  await hook(page, "download-model").click();
  await page.locator(".saved .hash").waitFor();
  const bytes = Buffer.from(await page.evaluate(async () => Array.from(await window.stored("bert.repaired.onnx"))));
  execFileSync(binary, ["stamp", example("bert.onnx"), "--set", "hf_license=mit", "-o", join(place, "stamped.onnx")], { stdio: "pipe" });
  assert.ok(bytes.equals(readFileSync(join(place, "stamped.onnx"))));
  await picture(page, "saved-light");
  await done(opened);
});

test("a full disk is said, and leaves what was there", async () => {
  const opened = await withPicker();
  const { page } = opened;
  await page.evaluate(() => window.store("bert.repaired.onnx", "old"));
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await hook(page, "summary").waitFor();
  await edit(page);
  const session = await browser.context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 1000 });
  await hook(page, "download-model").click();
  await hook(page, "error").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-IO-008");
  assert.deepEqual(await axe(page), []);
  await picture(page, "disk-full-light");
  await session.send("Storage.overrideQuotaForOrigin", { origin: server.url });
  assert.equal(await text(page, "bert.repaired.onnx"), "old");
  await hook(page, "download-model").click();
  await page.locator(".saved .hash").waitFor();
  await done(opened);
});

test("cancelled, or the tab closed, in the middle of writing: the old file is whole", async () => {
  const large = join(place, "large.onnx");
  writeLargeModel(large, { tensors: 8, bytes: 32 * 1024 * 1024 });
  const opened = await withPicker(300);
  const { page } = opened;
  await page.evaluate(() => window.store("large.repaired.onnx", "old"));
  await hook(page, "file-input").setInputFiles(large);
  await hook(page, "summary").waitFor();
  await edit(page);
  await hook(page, "download-model").click();
  await page.locator(".progress", { hasText: "writing large.repaired.onnx" }).waitFor();
  await picture(page, "saving-light");
  await hook(page, "cancel").focus();
  const before = await page.locator(".progress .muted").innerText();
  await page.waitForFunction((text) => document.querySelector(".progress .muted")?.textContent !== text, before);
  assert.ok(await hook(page, "cancel").evaluate((button) => button === document.activeElement), "the focus stays on Cancel");
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Enter");
  await hook(page, "error").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-CLI-002");
  assert.equal(await text(page, "large.repaired.onnx"), "old");
  await hook(page, "download-model").click();
  await page.locator(".progress", { hasText: "writing large.repaired.onnx" }).waitFor();
  await done(opened);
  const again = await withPicker();
  assert.equal(await text(again.page, "large.repaired.onnx"), "old");
  await done(again);
});

test("a file that changed after it was opened is not saved as if nothing had happened", async () => {
  const file = join(place, "changing.onnx");
  cpSync(example("bert.onnx"), file);
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(file);
  await hook(page, "summary").waitFor();
  await edit(page);
  writeFileSync(file, Buffer.concat([bytesOf("bert.onnx"), Buffer.alloc(10)]));
  await hook(page, "download-model").click();
  await hook(page, "error").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-IO-003");
  assert.match(await hook(page, "error").innerText(), /changed or removed/);
  await done(opened);
});

test("dropped, and pasted", async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "drop-zone").waitFor();
  const hand = (type, bytes) => page.evaluate(([kind, content]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(content)], `${kind}.onnx`));
    const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true }) : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }, [type, [...bytes]]);
  await hand("dragenter", bytesOf("bert.onnx"));
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains("dragging")), true);
  await picture(page, "dragging-light");
  await hand("drop", bytesOf("bert.onnx"));
  await page.locator(".file-name", { hasText: "drop.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await hand("paste", bytesOf("resnet.onnx"));
  await page.locator(".file-name", { hasText: "paste.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await done(opened);
});

test("a directory that is dropped: its model, with what lies below; what never belongs to one is left alone", async () => {
  const opened = await visit();
  const { page } = opened;
  await hook(page, "drop-zone").waitFor();
  await page.evaluate(([model, weights]) => {
    const file = (fullPath, content) => ({ isFile: true, isDirectory: false, name: fullPath.split("/").pop(), fullPath, file: (done) => done(new File([Uint8Array.from(content)], fullPath.split("/").pop())) });
    const directory = (fullPath, entries) => ({
      isFile: false, isDirectory: true, name: fullPath.split("/").pop(), fullPath,
      // Browsers give the entries in batches, and an empty one at the end.
      createReader: () => { const left = [...entries]; return { readEntries: (done) => done(left.splice(0, 1)) }; },
    });
    const never = { isFile: false, isDirectory: true, name: ".git", fullPath: "/m/.git", createReader: () => { throw new Error("not to be read"); } };
    const root = directory("/m", [never, file("/m/README.md", [35]), directory("/m/onnx", [file("/m/onnx/model.onnx", model), directory("/m/onnx/data", [file("/m/onnx/data/w.bin", weights)])])]);
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { items: [{ kind: "file", webkitGetAsEntry: () => root }], files: [] } });
    document.body.dispatchEvent(event);
  }, [[...externalModel([{ location: "data/w.bin", offset: 4, length: 8 }])], [...new Uint8Array(12)]]);
  await page.locator(".file-name", { hasText: "model.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await idle(page);
  assert.doesNotMatch(await page.locator(".verdict").innerText(), /w\.bin/);
  assert.match(await page.locator("[data-field=size]").innerText(), /B$/);
  await done(opened);
});

test("data files: missing, too short, right", async () => {
  const model = { name: "model.onnx", mimeType: "", buffer: Buffer.from(externalModel([{ location: "w.bin", offset: 4, length: 8 }])) };
  const opened = await visit();
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(model);
  await hook(page, "summary").waitFor();
  await page.locator(".verdict", { hasText: "Drop w.bin here too" }).waitFor();
  await idle(page);
  await picture(page, "data-missing-light");
  assert.deepEqual(await axe(page), []);
  await hook(page, "file-input").setInputFiles({ name: "w.bin", mimeType: "", buffer: Buffer.alloc(5) });
  await idle(page);
  await page.locator(".verdict", { hasText: "w.bin" }).waitFor();
  await hook(page, "file-input").setInputFiles({ name: "w.bin", mimeType: "", buffer: Buffer.alloc(12) });
  await page.locator(".verdict:not(:has-text('w.bin'))").waitFor();
  await idle(page);
  assert.ok((await page.locator(".verdict").innerText()).length > 0);
  await done(opened);
});

test("addresses that cannot be read say why, and waiting ends with Cancel", async () => {
  const opened = await visit();
  const { page } = opened;
  const cases = [["resnet.onnx?html", /web page/], ["resnet.onnx?noranges", /no ranges/], ["resnet.onnx?nocors", /CORS/], ["resnet.onnx?cut", /ended early/], ["missing.onnx", /404/]];
  for (const [name, words] of cases) {
    await page.goto("about:blank");
    await page.goto(`${server.url}/index.html#url=${encodeURIComponent(`${files.url}/${name}`)}`);
    await hook(page, "error").waitFor();
    assert.match(await hook(page, "error").innerText(), words, name);
    assert.match(await hook(page, "error").getAttribute("data-code"), /^ME-IO-/);
  }
  for (const hash of ["#hf=%E0%A4%A", "#hf=//", "#url=file:///etc/passwd", "#url=%E0%A4%A"]) {
    await page.goto("about:blank");
    await page.goto(`${server.url}/index.html${hash}`);
    await hook(page, "error").waitFor();
    await hook(page, "drop-zone").waitFor();
  }
  writeFileSync(join(place, "nothing.onnx"), "");
  await page.goto("about:blank");
  await page.goto(`${server.url}/index.html#url=${encodeURIComponent(`${files.url}/nothing.onnx`)}`);
  await hook(page, "error").waitFor();
  await page.goto("about:blank");
  await page.goto(`${server.url}/index.html#url=${encodeURIComponent(`${files.url}/resnet.onnx?hang`)}`);
  await hook(page, "progress").waitFor();
  await picture(page, "reading-light");
  assert.deepEqual(await axe(page), []);
  await hook(page, "cancel").click();
  await hook(page, "drop-zone").waitFor();
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await hook(page, "summary").waitFor();
  await done(opened, /status of 404|CORS|ERR_FAILED|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE|ERR_INVALID_HTTP_RESPONSE|416/);
});

test("every defective file of the fixtures: facts or an error with code, then the next one", async () => {
  const opened = await visit();
  const { page } = opened;
  const names = readdirSync(defects).filter((name) => name.endsWith(".onnx"));
  assert.ok(names.length >= 9);
  for (const name of names) {
    await hook(page, "file-input").setInputFiles(join(defects, name));
    await page.locator(".file-name", { hasText: name }).waitFor();
    await idle(page);
    const shown = await page.locator('[data-testid="summary"], [data-testid="error"][data-code^="ME-"]').count();
    assert.ok(shown > 0, name);
  }
  await done(opened);
});

test("the whole way by keyboard: an address, a module, metadata, the file", async () => {
  const opened = await visit();
  const { page } = opened;
  const until = async (selector, key = "Tab") => {
    for (let i = 0; i < 60; ++i) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${selector} is not reached`);
  };
  await hook(page, "drop-zone").waitFor();
  await until('[data-testid="url-input"]');
  await page.keyboard.type(`${files.url}/bert.onnx`);
  await page.keyboard.press("Enter");
  await hook(page, "summary").waitFor();
  await idle(page);
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "keys-light");
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  await until('[data-testid="tree"]');
  await page.keyboard.press("ArrowDown");
  await page.locator(".selected-title").waitFor();
  await page.keyboard.press("m");
  await hook(page, "metadata").waitFor();
  await until('[data-testid="metadata-key"]');
  await page.keyboard.type("note");
  await page.keyboard.press("Tab");
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Enter");
  await page.locator('[data-key="note"]').waitFor();
  await until('[data-testid="metadata-save"]');
  await page.keyboard.press("Enter");
  await hook(page, "plan").waitFor();
  await until('[data-testid="download-model"]');
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.ok(readFileSync(await download.path()).includes("by keyboard"));
  await done(opened);
});
