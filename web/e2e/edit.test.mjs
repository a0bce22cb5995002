// Editing by people: quick clicks, the focus after everything, changes that are not saved, what is refused, what was saved.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeLargeModel } from "./large_model.mjs";
import { externalModel } from "../../tests/wasm/onnx_bytes.mjs";
import { axe, dist, example, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";

const defects = join(web, "..", "tests", "fixtures", "defects");
const place = mkdtempSync(join(tmpdir(), "modelexport-page-edit-"));

let server;
let browser;
before(async () => {
  server = await serve(dist);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(place, { recursive: true, force: true });
});

async function withFiles(...files) {
  const opened = await openPage(browser, `${server.url}/index.html`);
  await hook(opened.page, "file-input").setInputFiles(files);
  await hook(opened.page, "summary").waitFor();
  await checked(opened.page);
  return opened;
}
const checked = (page) => page.waitForFunction(() => document.documentElement.dataset.phase === "open" && document.querySelector(".progress") === null && !/checking…/.test(document.querySelector(".verdict").textContent));
const done = async ({ page, troubles }) => {
  assert.deepEqual(troubles, []);
  await page.close();
};
const row = (page, key) => page.locator(`[data-key="${key}"]`);
async function add(page, key, value) {
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill(key);
  await hook(page, "metadata-value").fill(value);
  await hook(page, "metadata-add").click();
}
/** What has the focus: never nothing. */
const focused = (page) => page.evaluate(() => {
  const { activeElement: e } = document;
  return e === null || e === document.body ? "nothing" : e.id || e.getAttribute("data-testid") || e.getAttribute("aria-label") || e.className || e.textContent;
});

test("a click right after typing in the table is a click", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await add(page, "path", "/home/me/model");
  await add(page, "note", "a");
  // Typed, not left; then one click on Remove of another row, with a hand's slowness between press and release.
  await row(page, "note").locator("textarea").click();
  await page.keyboard.type("bc");
  await page.getByRole("button", { name: "Remove path" }).click({ delay: 150 });
  await row(page, "path").waitFor({ state: "detached" });
  assert.equal(await row(page, "note").locator("textarea").inputValue(), "abc");
  // The same where the row that is typed in has the button.
  const producer = page.locator(".metadata tr[data-key]").first();
  const key = await producer.getAttribute("data-key");
  await producer.locator("textarea").click();
  await page.keyboard.type("x");
  await page.getByRole("button", { name: `Remove ${key}` }).click({ delay: 150 });
  await page.locator(`tr.removed[data-key="${key}"]`).waitFor();
  await page.getByRole("button", { name: `Undo the change of ${key}` }).click({ delay: 150 });
  await page.locator(`tr.removed[data-key="${key}"]`).waitFor({ state: "detached" });
  await row(page, "note").locator("textarea").click();
  await page.keyboard.type("d");
  await hook(page, "metadata-save").click({ delay: 150 });
  await hook(page, "plan").waitFor();
  assert.match(await hook(page, "plan").innerText(), /abcd/);
  await done(opened);
});

test("an entry that is there already is not overwritten by Add", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await page.keyboard.press("m");
  const key = await page.locator(".metadata tr[data-key]").first().getAttribute("data-key");
  const before = await row(page, key).locator("textarea").inputValue();
  await add(page, key, "other");
  await hook(page, "metadata-problem").waitFor();
  assert.match(await hook(page, "metadata-problem").innerText(), /in the table already/);
  assert.equal(await row(page, key).locator("textarea").inputValue(), before);
  assert.ok(await row(page, key).locator("textarea").evaluate((e) => e === document.activeElement));
  assert.equal(await hook(page, "metadata-save").isVisible(), false);
  assert.deepEqual(await axe(page), []);
  await picture(page, "metadata-refused-light");
  // Typing the old value again is no change.
  await page.keyboard.press("End");
  await page.keyboard.type("x");
  await hook(page, "metadata-save").waitFor();
  await page.keyboard.press("Backspace");
  if (before === await row(page, key).locator("textarea").inputValue()) await hook(page, "metadata-save").waitFor({ state: "hidden" });
  await done(opened);
});

test("the focus is never lost", async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  const press = async (locator, key = "Enter") => {
    await locator.focus();
    await page.keyboard.press(key);
  };
  await press(hook(page, "repair"));
  await hook(page, "plan").waitFor();
  assert.match(await focused(page), /plan-title/);
  await press(page.getByRole("button", { name: "Discard" }));
  await hook(page, "plan").waitFor({ state: "detached" });
  assert.notEqual(await focused(page), "nothing");
  await press(hook(page, "migrate"));
  await hook(page, "plan").waitFor();
  assert.match(await focused(page), /plan-title/);
  await press(page.getByRole("button", { name: "Discard" }));
  await hook(page, "plan").waitFor({ state: "detached" });
  assert.notEqual(await focused(page), "nothing");
  await add(page, "note", "x");
  await press(page.getByRole("button", { name: "Remove note" }));
  await row(page, "note").waitFor({ state: "detached" });
  assert.equal(await focused(page), "metadata-key");
  await add(page, "note", "x");
  await press(hook(page, "metadata-save"));
  await hook(page, "plan").waitFor();
  assert.match(await focused(page), /plan-title/);
  const [download] = await Promise.all([page.waitForEvent("download"), press(hook(page, "download-model"))]);
  await download.path();
  await page.locator(".saved .hash").waitFor();
  assert.equal(await focused(page), "download-model");
  // The treemap: into a module, a leaf, and up again.
  await page.keyboard.press("s");
  await page.keyboard.press("t");
  await page.locator(".cell").first().waitFor();
  const leaf = page.locator(".cell.leaf").first();
  const name = await leaf.getAttribute("aria-label");
  for (let i = 0; i < 3; ++i) {
    await page.locator(".cell.leaf").first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".cell.selected").first().waitFor();
    assert.match(await focused(page), /, \//, name);
  }
  for (let i = 0; i < 3; ++i) {
    await page.keyboard.press("Escape");
    assert.match(await focused(page), /, \//);
  }
  for (const button of ["Tree", "Treemap", "parameters", "bytes"]) {
    await press(page.getByRole("button", { name: button, exact: true }));
    assert.notEqual(await focused(page), "nothing", button);
  }
  for (const key of ["f", "m", "s"]) await page.keyboard.press(key);
  await press(page.getByRole("tab", { name: "Findings" }));
  await press(page.getByRole("button", { name: "Show in tree" }).first());
  await page.locator(".selected-title").waitFor();
  assert.notEqual(await focused(page), "nothing");
  await done(opened);
});

test("entries of the file: Remove and Undo keep the focus in their row", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  await page.keyboard.press("m");
  const key = await page.locator(".metadata tr[data-key]").first().getAttribute("data-key");
  await page.getByRole("button", { name: `Remove ${key}` }).focus();
  await page.keyboard.press("Enter");
  await page.locator("tr.removed").waitFor();
  assert.equal(await focused(page), `Undo the change of ${key}`);
  await page.keyboard.press("Enter");
  await page.locator("tr.removed").waitFor({ state: "detached" });
  assert.equal(await focused(page), `Value of ${key}`);
  await done(opened);
});

test("a repair of hundreds of places: the button to save is in sight, the saved file is judged and opens", async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  await hook(page, "repair").click();
  await hook(page, "plan").waitFor();
  const inSight = () => hook(page, "download-model").evaluate((e) => {
    const { top, bottom } = e.getBoundingClientRect();
    const at = document.elementFromPoint(e.getBoundingClientRect().left + 4, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && e.contains(at);
  });
  assert.ok(await inSight());
  assert.ok((await page.locator("#panel").evaluate((e) => e.scrollHeight)) < 3000, "changes of one kind are one line");
  assert.match(await page.locator(".kind-of-change summary").first().innerText(), /\d+ times/);
  await page.locator(".kind-of-change summary").first().click();
  await page.locator(".kind-of-change .diff li").nth(20).waitFor();
  await page.locator(".kind-of-change .diff li").nth(20).scrollIntoViewIfNeeded();
  assert.ok(await inSight(), "it stays while the changes are read");
  assert.deepEqual(await axe(page), []);
  await picture(page, "plan-folded-light");
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  await download.path();
  await page.locator(".verdict-of-saved", { hasText: /legacy\.repaired\.onnx loads in ONNX Runtime 1\.\d+ or newer/ }).waitFor();
  await page.locator(".saved .hash").waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, "saved-judged-light");
  await hook(page, "open-saved").click();
  await page.locator(".file-name", { hasText: "legacy.repaired.onnx" }).waitFor();
  await checked(page);
  await page.locator(".judge", { hasText: "Loads in ONNX Runtime" }).waitFor();
  await done(opened);
});

test("versions are not everything: what the check refuses is refused in the table of runtimes", async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  assert.equal(await page.locator(".runtimes .yes").count(), 0);
  assert.match(await hook(page, "runtimes").innerText(), /ME-[A-Z]+-\d+/);
  await picture(page, "runtimes-refused-light");
  await hook(page, "file-input").setInputFiles(example("bert.onnx"));
  await page.locator(".file-name", { hasText: "bert.onnx" }).waitFor();
  await checked(page);
  assert.ok((await page.locator(".runtimes .yes").count()) > 0);
  assert.match(await page.locator(".runtimes .yes").first().innerText(), /loads it/);
  await done(opened);
});

test("a migration that cannot be done leaves the last one that can", async () => {
  const opened = await withFiles(example("legacy.onnx"));
  const { page } = opened;
  await hook(page, "migrate").click();
  await hook(page, "plan").waitFor();
  const command = await hook(page, "cli-command").innerText();
  const plan = await hook(page, "plan").innerText();
  const box = page.getByLabel("Free the batch size");
  await box.click();
  // Either it can be done, and then plan and command are those of it; or it is said, and all is as before.
  await page.waitForFunction((before) => document.querySelector('[data-testid="error"]') !== null || document.querySelector('[data-testid="cli-command"]').innerText !== before, command);
  if (await hook(page, "error").count() > 0) {
    assert.equal(await box.isChecked(), false);
    assert.equal(await hook(page, "cli-command").innerText(), command);
    assert.equal(await hook(page, "plan").innerText(), plan);
  } else {
    assert.equal(await box.isChecked(), true);
    assert.match(await hook(page, "cli-command").innerText(), /--dynamic/);
  }
  await done(opened);
});

test("changes that no file has are not lost by opening another file, or by closing the tab", async () => {
  const opened = await withFiles(example("bert.onnx"));
  const { page } = opened;
  const asks = () => page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  });
  assert.equal(await asks(), false);
  await add(page, "note", "mine");
  assert.equal(await asks(), true);
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await hook(page, "unsaved").waitFor();
  assert.match(await hook(page, "unsaved").innerText(), /1 metadata change/);
  assert.deepEqual(await axe(page), []);
  await picture(page, "unsaved-light");
  await page.keyboard.press("Escape");
  await hook(page, "unsaved").waitFor({ state: "detached" });
  assert.equal(await row(page, "note").locator("textarea").inputValue(), "mine");
  assert.match(await page.locator(".file-name").innerText(), /bert\.onnx/);
  await page.locator(".brand").click();
  await page.getByRole("button", { name: "Keep editing" }).click();
  assert.equal(await row(page, "note").locator("textarea").inputValue(), "mine");
  await hook(page, "metadata-save").click();
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  assert.ok(readFileSync(await download.path()).includes("mine"));
  await page.locator(".saved .hash").waitFor();
  assert.equal(await asks(), false);
  await add(page, "more", "text");
  assert.equal(await asks(), true);
  await hook(page, "file-input").setInputFiles(example("resnet.onnx"));
  await page.getByRole("button", { name: "Discard the changes" }).click();
  await page.locator(".file-name", { hasText: "resnet.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  assert.equal(await asks(), false);
  await done(opened);
});

test("an entry that should not be given away goes by a button beside what the check says of it", async () => {
  const model = Buffer.from(externalModel([], { trained_at: "/home/me/runs/7", note: "fine" }));
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  await hook(page, "file-input").setInputFiles({ name: "leak.onnx", mimeType: "", buffer: model });
  await hook(page, "summary").waitFor();
  await checked(page);
  await page.keyboard.press("f");
  const finding = page.locator('[data-rule="ME-META-013"]');
  await finding.waitFor();
  await finding.getByRole("button", { name: "Remove trained_at" }).click();
  await hook(page, "plan").waitFor();
  assert.match(await hook(page, "plan").innerText(), /metadata_props\[trained_at\]/);
  assert.match(await hook(page, "cli-command").innerText(), /stamp leak\.onnx --remove trained_at -o leak\.repaired\.onnx/);
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  const saved = readFileSync(await download.path());
  assert.ok(!saved.includes("/home/me") && saved.includes("fine"));
  await done(opened);
});

test("a file with foreign bytes behind its model does not open; its repaired copy does, as the command line writes it", async () => {
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  await hook(page, "file-input").setInputFiles(join(defects, "trailing_zero.onnx"));
  await hook(page, "mend").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-FILE-010");
  assert.deepEqual(await axe(page), []);
  await picture(page, "mend-light");
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "mend").click()]);
  assert.equal(download.suggestedFilename(), "trailing_zero.repaired.onnx");
  const before = readFileSync(join(defects, "trailing_zero.onnx"));
  assert.ok(readFileSync(await download.path()).equals(before.subarray(0, before.length - 1)));
  await page.locator(".file-name", { hasText: "trailing_zero.repaired.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await checked(page);
  await done(opened);
});

test("a data file that was renamed: the repair writes the name that is there", async () => {
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  const model = readFileSync(join(defects, "external_renamed.onnx"));
  await hook(page, "file-input").setInputFiles([{ name: "external_renamed.onnx", mimeType: "", buffer: model }, { name: "external_renamed.onnx_data", mimeType: "", buffer: Buffer.alloc(4096) }]);
  await hook(page, "summary").waitFor();
  await checked(page);
  await hook(page, "repair").click();
  await hook(page, "plan").waitFor();
  assert.match(await hook(page, "plan").innerText(), /external_renamed\.onnx_data/);
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, "download-model").click()]);
  await download.path();
  await page.locator(".verdict-of-saved", { hasText: "loads in ONNX Runtime" }).waitFor();
  await hook(page, "open-saved").click();
  await page.locator(".file-name", { hasText: "external_renamed.repaired.onnx" }).waitFor();
  await checked(page);
  assert.doesNotMatch(await page.locator(".verdict").innerText(), /Drop/);
  await done(opened);
});

test("what a hint advises has its button: the source of a model without one", async () => {
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  const model = Buffer.from(externalModel([], { hf_model_type: "hub", hf_hub_id: "org/name" }));
  await hook(page, "file-input").setInputFiles({ name: "unpinned.onnx", mimeType: "", buffer: model });
  await hook(page, "summary").waitFor();
  await checked(page);
  await page.keyboard.press("f");
  await page.locator('[data-advice="stamp"]').first().click();
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "stamp-source");
  await hook(page, "file-input").setInputFiles(example("legacy.onnx"));
  await page.locator(".file-name", { hasText: "legacy.onnx" }).waitFor();
  await hook(page, "migrate").click();
  await hook(page, "migration").waitFor();
  const words = await hook(page, "migration").innerText();
  assert.doesNotMatch(words, /--dynamic|--rename-inputs|--source/);
  assert.match(words, /name the source below/);
  await done(opened);
});

test("a long tensor: progress, a way to stop, and the model is still open", async () => {
  const file = join(place, "long.onnx");
  writeLargeModel(file, { tensors: 2, bytes: 256 * 1024 * 1024 });
  const opened = await withFiles(file);
  const { page } = opened;
  await page.keyboard.press("/");
  await page.keyboard.type("blocks.1.weight");
  await page.keyboard.press("Enter");
  await hook(page, "read-tensor").click();
  await hook(page, "cancel-tensor").waitFor();
  assert.ok(await hook(page, "cancel-tensor").evaluate((e) => e === document.activeElement));
  await page.waitForFunction(() => /of 268\.4 MB/.test(document.querySelector(".statistics .progress")?.textContent ?? ""));
  await picture(page, "tensor-reading-light");
  await hook(page, "cancel-tensor").click();
  await hook(page, "read-tensor").waitFor();
  assert.equal(await page.locator(".statistics .problem").count(), 0);
  assert.notEqual(await focused(page), "nothing");
  // The model was not read again: its panels answer at once.
  await page.keyboard.press("/");
  await page.keyboard.type("blocks.0.weight");
  await page.keyboard.press("Enter");
  await page.locator(".selected-title", { hasText: "blocks.0.weight" }).waitFor();
  await hook(page, "read-tensor").click();
  await page.locator(".statistics .fact", { hasText: "Zero" }).waitFor();
  assert.match(await page.locator(".statistics .fact", { hasText: "Zero" }).innerText(), /67,108,864/);
  await done(opened);
});
