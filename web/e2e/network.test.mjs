// The browser's own network log of everything that people do with a file of theirs: it names one host, where the page is.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dist, example, hook, openPage, serve, startBrowser, web } from "./support.mjs";

const place = mkdtempSync(join(tmpdir(), "modelexport-netlog-"));
after(() => rmSync(place, { recursive: true, force: true }));
const fixture = join(web, "..", "tests", "fixtures", "models", "bert-seqcls");

/** Addresses that the page and its workers asked for. What the browser asks by itself (updates, forms) has no origin. */
function asked(file, origin) {
  const log = JSON.parse(readFileSync(file, "utf8"));
  const begun = log.events.filter(({ type, params }) => type === log.constants.logEventTypes.URL_REQUEST_START_JOB && params?.initiator === origin);
  return begun.map(({ params }) => new URL(params.url));
}

test("nobody is asked but the server of the page", async () => {
  const file = join(place, "netlog.json");
  const server = await serve(dist);
  const browser = await startBrowser(`--log-net-log=${file}`);
  const { page, troubles } = await openPage(browser, `${server.url}/index.html`);
  const save = async (button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), hook(page, button).click()]);
    await download.path();
  };
  await page.locator(".examples button").first().click();
  await hook(page, "summary").waitFor();
  await hook(page, "file-input").setInputFiles(example("legacy.onnx"));
  await hook(page, "migrate").click();
  await hook(page, "plan").waitFor();
  await save("download-model");
  await hook(page, "file-input").setInputFiles([example("bert.onnx"), ...readdirSync(fixture).filter((n) => /\.(json|txt)$/.test(n)).map((n) => join(fixture, n))]);
  await page.locator(".file-name", { hasText: "bert.onnx" }).waitFor();
  await hook(page, "summary").waitFor();
  for (const key of ["t", "f", "m", "p"]) await page.keyboard.press(key);
  await hook(page, "download-package").waitFor();
  await save("download-package");
  await page.locator(".package .saved").waitFor();
  assert.deepEqual(troubles, []);
  await browser.close();
  server.close();
  const addresses = asked(file, server.url);
  assert.ok(addresses.some(({ pathname }) => pathname === "/modelexport.wasm"), "the log shows the page's requests");
  assert.deepEqual([...new Set(addresses.map(({ origin }) => origin))], [server.url]);
});
