// Packages in the page: files dropped one after the other, a directory, a package zip; the plan, the zip's bytes, what is
// refused. Where the command line is built, the bytes are compared with its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, dist, example, hook, openPage, picture, serve, startBrowser, web } from "./support.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const fixture = join(web, "..", "tests", "fixtures", "models", "bert-seqcls");
const COMPONENTS = ["config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"];
const place = mkdtempSync(join(tmpdir(), "modelexport-page-package-"));
const source = join(place, "bert");

let server;
let browser;
before(async () => {
  mkdirSync(source);
  cpSync(example("bert.onnx"), join(source, "model.onnx"));
  for (const name of COMPONENTS) cpSync(join(fixture, name), join(source, name));
  server = await serve(dist);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(place, { recursive: true, force: true });
});

const all = (directory) => readdirSync(directory).map((name) => join(directory, name));
async function withFiles(...files) {
  const opened = await openPage(browser, `${server.url}/index.html`);
  await hook(opened.page, "file-input").setInputFiles(files);
  await hook(opened.page, "summary").waitFor();
  return opened;
}
const done = async ({ page, troubles }) => {
  assert.deepEqual(troubles, []);
  await page.close();
};
async function download(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), hook(page, button).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}
const target = (page, name) => page.locator(`[data-target="${name}"]`).click();
const planned = async (page) => {
  await hook(page, "download-package").waitFor();
  return page.locator("[data-testid=package-files] > li").evaluateAll((rows) => rows.map((row) => row.dataset.path));
};
/** What the command line writes from the same files. */
function native(name, words = []) {
  const out = join(place, name);
  execFileSync(binary, ["pack", "model.onnx", "-o", out, "--quiet", "--force", ...words], { cwd: source, stdio: "pipe" });
  return readFileSync(out);
}
const noBinary = existsSync(binary) ? false : "the command line is not built";

test("a model alone says what a package needs; files that follow join it", async () => {
  const opened = await withFiles(join(source, "model.onnx"));
  const { page } = opened;
  await page.keyboard.press("p");
  assert.match(await page.locator(".package").innerText(), /config\.json/);
  assert.deepEqual(await axe(page), []);
  await picture(page, "package-wants-light");
  await hook(page, "file-input").setInputFiles(COMPONENTS.map((name) => join(source, name)));
  assert.deepEqual(await planned(page), ["README.md", ...COMPONENTS.slice(0, 1), "model.onnx", ...COMPONENTS.slice(1)].sort());
  assert.match(await page.locator(".package").innerText(), /text-classification/);
  await done(opened);
});

test("the zip is the command line's, for every target", { skip: noBinary }, async () => {
  const opened = await withFiles(...all(source));
  const { page } = opened;
  await page.keyboard.press("p");
  for (const loader of ["optimum", "transformers.js", "optimum,transformers.js"]) {
    await target(page, loader);
    await page.locator(`[data-target="${loader}"][aria-pressed="true"]`).waitFor();
    await planned(page);
    const words = loader === "optimum" ? [] : ["-t", loader];
    const command = await hook(page, "cli-command").innerText();
    assert.ok(command.startsWith(`$ modelexport pack model.onnx ${words.length > 0 ? `-t ${loader} ` : ""}-o model.zip`), command);
    const zip = await download(page, "download-package");
    assert.equal(zip.name, "model.zip");
    assert.ok(zip.bytes.equals(native("model.zip", words)), loader);
    await page.locator(".package .saved").waitFor();
    assert.equal(await page.locator(".sum").count(), (await planned(page)).length);
  }
  assert.deepEqual(await axe(page), []);
  await page.locator(".package").evaluate((e) => e.scrollIntoView());
  await picture(page, "package-saved-light");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual(await axe(page), []);
  await picture(page, "package-saved-dark");
  await page.setViewportSize({ width: 320, height: 640 });
  await page.locator(".package").evaluate((e) => e.scrollIntoView());
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector(".page-body").scrollWidth <= innerWidth));
  await picture(page, "phone-package");
  await done(opened);
});

test("a directory that is chosen, and the package zip itself, are the same model", { skip: noBinary }, async () => {
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  await hook(page, "directory-input").setInputFiles(source);
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  const names = await planned(page);
  const first = await download(page, "download-package");
  assert.ok(first.bytes.equals(native("model.zip")));
  const zip = join(place, "dropped.zip");
  writeFileSync(zip, first.bytes);
  await hook(page, "file-input").setInputFiles(zip);
  await page.locator(".file-name", { hasText: "model.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  assert.deepEqual(await planned(page), names);
  execFileSync("python3", ["-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); o = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED); [o.writestr('deep/' + n, z.read(n)) for n in z.namelist()]", zip, join(place, "deflated.zip")]);
  await hook(page, "file-input").setInputFiles(join(place, "deflated.zip"));
  await page.locator(".file-name", { hasText: "model.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await page.keyboard.press("p");
  assert.deepEqual(await planned(page), names);
  await done(opened);
});

test("an edit goes into the package: the bytes of stamp, then pack", { skip: noBinary }, async () => {
  const opened = await withFiles(...all(source));
  const { page } = opened;
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("hf_license");
  await hook(page, "metadata-value").fill("apache-2.0");
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await planned(page);
  const zip = await download(page, "download-package");
  const kept = readFileSync(join(source, "model.onnx"));
  execFileSync(binary, ["stamp", "model.onnx", "--set", "hf_license=apache-2.0", "--in-place"], { cwd: source, stdio: "pipe" });
  const expected = native("model.zip");
  writeFileSync(join(source, "model.onnx"), kept);
  assert.ok(zip.bytes.equals(expected));
  await done(opened);
});

test("an edit that was taken back after its plan is not in the package", { skip: noBinary }, async () => {
  const opened = await withFiles(...all(source));
  const { page } = opened;
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("note");
  await hook(page, "metadata-value").fill("not for anybody");
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await planned(page);
  await page.keyboard.press("m");
  await page.getByRole("button", { name: "Remove note" }).click();
  await page.locator('[data-key="note"]').waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "Take home" }).click();
  await planned(page);
  const zip = await download(page, "download-package");
  assert.ok(!zip.bytes.includes("not for anybody"));
  assert.ok(zip.bytes.equals(native("model.zip")));
  await done(opened);
});

test("the command in the footer makes the zip that was saved, changes included", { skip: noBinary }, async () => {
  const old = join(place, "old");
  mkdirSync(old);
  cpSync(example("legacy.onnx"), join(old, "legacy.onnx"));
  for (const name of COMPONENTS) cpSync(join(fixture, name), join(old, name));
  const opened = await withFiles(...all(old));
  const { page } = opened;
  await hook(page, "migrate").click();
  await hook(page, "plan").waitFor();
  await page.keyboard.press("m");
  await hook(page, "metadata-key").fill("hf_license");
  await hook(page, "metadata-value").fill("apache-2.0");
  await hook(page, "metadata-add").click();
  await hook(page, "metadata-save").click();
  await planned(page);
  const zip = await download(page, "download-package");
  await page.locator(".package .saved").waitFor();
  const command = (await hook(page, "cli-command").innerText()).trim();
  assert.match(command, /^\$ modelexport migrate legacy\.onnx -o legacy\.migrated\.onnx && modelexport stamp .* --in-place && modelexport pack legacy\.migrated\.onnx -o legacy\.zip$/);
  execFileSync("sh", ["-ec", `modelexport() { "${binary}" "$@"; }\n${command.slice(2)}`], { cwd: old, stdio: "pipe", env: { ...process.env, HF_HUB_OFFLINE: "1" } });
  assert.ok(zip.bytes.equals(readFileSync(join(old, "legacy.zip"))));
  await done(opened);
});

test("what makes no package is explained, and the page stays usable", async () => {
  const bad = join(place, "config.json");
  writeFileSync(bad, "{ not json");
  const opened = await withFiles(join(source, "model.onnx"), bad);
  const { page } = opened;
  await page.keyboard.press("p");
  await hook(page, "error").waitFor();
  assert.equal(await hook(page, "error").getAttribute("data-code"), "ME-PACK-002");
  assert.deepEqual(await axe(page), []);
  await picture(page, "package-error-light");
  await hook(page, "file-input").setInputFiles(COMPONENTS.map((name) => join(source, name)));
  await planned(page);
  const broken = join(place, "broken.zip");
  writeFileSync(broken, Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(64)]));
  await hook(page, "file-input").setInputFiles(broken);
  await page.waitForFunction(() => document.documentElement.dataset.phase !== "reading");
  assert.match(await page.locator("#app").innerText(), /ME-[A-Z]+-\d+|zip archive/);
  await done(opened);
});

test("two thousand files, and several ONNX files of one model", async () => {
  const many = join(place, "many");
  mkdirSync(join(many, "notes"), { recursive: true });
  for (let i = 0; i < 2000; ++i) writeFileSync(join(many, "notes", `${i}.txt`), "x");
  cpSync(source, many, { recursive: true });
  cpSync(join(source, "model.onnx"), join(many, "model_quantized.onnx"));
  const opened = await openPage(browser, `${server.url}/index.html`);
  const { page } = opened;
  await hook(page, "directory-input").setInputFiles(many);
  await hook(page, "summary").waitFor({ timeout: 20_000 });
  await page.keyboard.press("p");
  const names = await planned(page);
  assert.ok(names.includes("model_quantized.onnx"), names.join(" "));
  assert.match(await page.locator(".package details summary").innerText(), /left out/);
  await page.getByLabel("ONNX file that is shown").selectOption("model_quantized.onnx");
  await page.locator(".file-name", { hasText: "model_quantized.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  await picture(page, "several-models-light");
  await done(opened);
});
