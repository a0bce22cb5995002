// `modelexport view` in the browser: the page and the file from one port, data files by ranges, nothing else asked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, dist, example, hook, openPage, picture, startBrowser, web } from "./support.mjs";
import { externalModel } from "../../tests/wasm/onnx_bytes.mjs";

const binary = process.env.MODELEXPORT ?? join(web, "..", "build", "bin", "modelexport");
const skip = existsSync(binary) ? false : "the command line is not built";
const place = mkdtempSync(join(tmpdir(), "modelexport-view-"));
let browser;
before(async () => { browser = await startBrowser(); });
after(async () => {
  await browser?.close();
  rmSync(place, { recursive: true, force: true });
});

async function viewing(file, use) {
  const server = spawn(binary, ["view", file, "--no-browser"], { env: { ...process.env, MODELEXPORT_PAGE: dist }, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  try {
    const url = await new Promise((resolve, reject) => {
      server.stdout.once("data", (text) => resolve(String(text).trim()));
      server.once("exit", () => reject(new Error("the server ended")));
    });
    await use(url);
  } finally {
    server.kill("SIGINT");
  }
  assert.equal(await ended, 130);
}

test("a file on disk is shown by ranges", { skip }, async () => {
  await viewing(example("bert.onnx"), async (url) => {
    const { page, troubles } = await openPage(browser, url);
    await hook(page, "summary").waitFor();
    assert.equal(await page.locator('[data-field="opset"]').innerText(), "18");
    assert.match(await hook(page, "privacy").innerText(), /by ranges/);
    await page.locator('[data-tag="/BertForSequenceClassification/BertModel"]').click();
    await page.getByText("Operators").waitFor();
    assert.deepEqual(await axe(page), []);
    await picture(page, "view-light");
    assert.equal(await page.evaluate(() => navigator.serviceWorker.getRegistrations().then((all) => all.length)), 0);
    assert.deepEqual(troubles, []);
    await page.close();
  });
});

test("weights in a data file beside it are read", { skip }, async () => {
  const file = join(place, "a model.onnx");
  writeFileSync(file, externalModel([{ location: "w.bin", offset: 4, length: 8 }]));
  writeFileSync(join(place, "w.bin"), new Uint8Array(new Float32Array([7, 1.5, 2.5]).buffer));
  await viewing(file, async (url) => {
    const { page, troubles } = await openPage(browser, url);
    await hook(page, "summary").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("w0");
    await page.locator(".hit", { hasText: "w0" }).first().click();
    await page.locator(".statistics .fact", { hasText: "Maximum" }).waitFor();
    assert.match(await page.locator(".statistics .fact", { hasText: "Maximum" }).innerText(), /2\.5/);
    assert.deepEqual(troubles, []);
    await page.close();
  });
});
