// A static server for web/dist on loopback and a Chromium that opens it; every request of the page is noted.
import { createServer } from "node:http";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const web = fileURLToPath(new URL("..", import.meta.url));
export const dist = join(web, "dist");
export const examples = join(web, "examples");
/** Pictures of every state, for people to look at. */
export const pictures = join(web, "..", "build", "page-pictures");

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json" };

/** `roots`: directories looked up in order. Ranges and CORS as file servers have them; faults by path. */
export async function serve(...roots) {
  const requests = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://x");
    requests.push({ path: url.pathname, range: request.headers.range ?? null });
    if (!url.searchParams.has("nocors")) response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Expose-Headers", "Content-Range");
    if (url.searchParams.has("hang")) return undefined;
    if (url.searchParams.has("html")) return response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Sign in</title>");
    const name = normalize(decodeURIComponent(url.pathname)).replace(/\/$/, "/index.html");
    const file = roots.map((root) => join(root, name)).find((f) => existsSync(f) && statSync(f).isFile());
    if (file === undefined) return response.writeHead(404).end("not here");
    const size = statSync(file).size;
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    if (range === null || url.searchParams.has("noranges")) return createReadStream(file).pipe(response.writeHead(200));
    if (Number(range[1]) >= size) return response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
    const end = Math.min(size - 1, range[2] === "" ? size - 1 : Number(range[2]));
    response.writeHead(206, { "Content-Range": `bytes ${range[1]}-${end}/${size}`, "Content-Length": end - Number(range[1]) + 1 });
    if (!url.searchParams.has("cut")) return createReadStream(file, { start: Number(range[1]), end }).pipe(response);
    response.write(readFileSync(file).subarray(Number(range[1]), Math.floor((Number(range[1]) + end) / 2)), () => response.destroy());
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();  // a test that fails does not wait for it
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close: () => { server.close(); server.closeAllConnections(); } };
}

/** `words`: further arguments; downloads are files unless a test brings a file picker. */
export async function startBrowser(...words) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const profile = mkdtempSync(join(tmpdir(), "modelexport-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, acceptDownloads: true, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability", "--disable-default-apps", "--no-pings", ...words],
  });
  context.setDefaultTimeout(60_000);  // machines are slow; what fails, fails all the same
  // Nobody answers the dialog here.
  await context.addInitScript(() => { delete window.showSaveFilePicker; });
  return { context, profile, close: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

/** A page that fails the test when it asks another host than `hosts`, throws, or breaks its own content policy. */
export async function openPage(browser, url, hosts = []) {
  const page = await browser.context.newPage();
  const troubles = [];
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (target.protocol.startsWith("http") && target.hostname !== "127.0.0.1" && !hosts.includes(target.hostname)) troubles.push(`request to ${target.host}`);
  });
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") troubles.push(`console: ${message.text()}`); });
  await page.goto(url);
  return { page, troubles };
}

/**
 * Makes the worker of the pages that open next slow: milliseconds by call, which a test may change while it runs, until
 * an answer reaches the page. What is asked for first is then not answered first.
 */
export async function slowWorker(page, delays) {
  await page.addInitScript((given) => {
    window.delays = given;
    const calls = new Map();
    window.Worker = class extends Worker {
      postMessage(message, ...rest) {
        if (message?.call !== undefined) calls.set(message.id, window.delays[message.call] ?? 0);
        super.postMessage(message, ...rest);
      }
      set onmessage(listener) {
        super.onmessage = (event) => {
          const wait = event.data.kind === "done" ? calls.get(event.data.id) ?? 0 : 0;
          if (wait > 0) setTimeout(() => listener(event), wait);
          else listener(event);
        };
      }
    };
  }, delays);
}

export async function picture(page, name) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

export const hook = (page, name) => page.locator(`[data-testid="${name}"]`).first();
export const example = (name) => join(examples, name);
export const bytesOf = (name) => readFileSync(example(name));

const axeSource = readFileSync(join(web, "node_modules", "axe-core", "axe.min.js"), "utf8");
/** Violations that axe-core finds, as short texts. */
export async function axe(page) {
  // evaluate() runs outside the page's policy, so that the policy stays as strict as users have it.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], rules: { "label-content-name-mismatch": { enabled: true } } }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary?.split("\n")[1] ?? ""}`));
}
