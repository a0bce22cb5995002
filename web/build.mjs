// Builds web/dist: the page as files, and modelexport.html, the same in one file that opens from disk.
// The Content-Security-Policy names the hashes of the inline script and style of the single file; nothing else is inline.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const wasm = join(here, "..", "build", "wasm", "modelexport.wasm");
if (!existsSync(wasm)) {
  console.error("build/wasm/modelexport.wasm is missing: sh toolchains/build.sh --wasm");
  process.exit(1);
}
const version = /project\(modelexport VERSION ([\d.]+)/.exec(readFileSync(join(here, "..", "CMakeLists.txt"), "utf8"))[1];

const common = { bundle: true, minify: true, target: "es2022", write: false, legalComments: "none", logLevel: "warning", platform: "browser", external: ["node:fs", "node:url"] };
const script = async (entry, format, define = {}) => {
  const result = await build({ ...common, entryPoints: [join(here, "src", entry)], format, define: { VERSION: JSON.stringify(version), ...define } });
  return result.outputFiles[0].text;
};
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
// A URL that the user opens may be anywhere: connect-src. Blobs are workers and downloads of the single file.
const policy = (scripts, workers, styles) =>
  `default-src 'none'; script-src ${scripts} 'wasm-unsafe-eval'; worker-src ${workers}; style-src ${styles}; img-src 'self' data:; connect-src 'self' blob: data: https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'`;

const template = readFileSync(join(here, "src", "index.html"), "utf8");
const css = (await build({ ...common, entryPoints: [join(here, "src", "styles", "page.css")] })).outputFiles[0].text;
const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b63c5"/><path d="M4 4h4M4 4v8M4 8h5M4 12h5M11 8h1M11 12h1" stroke="#fff" stroke-width="1.6" fill="none"/></svg>')}`;
const page = (csp, head, body) => template
  .replace("<!--csp-->", () => `<meta http-equiv="Content-Security-Policy" content="${csp}">`)
  .replace("<!--head-->", () => `<link rel="icon" href="${icon}">\n${head}`)
  .replace("<!--body-->", () => body);

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "examples"), { recursive: true });
const files = {
  "main.js": await script("main.ts", "esm", { WORKER_TEXT: "null" }),
  "worker.js": await script("worker/worker.ts", "esm", { WASM_BASE64: "undefined" }),
  "page.css": css,
  "manifest.webmanifest": JSON.stringify({ name: "modelexport", short_name: "modelexport", start_url: ".", display: "standalone", icons: [{ src: icon, sizes: "any" }] }),
};
files["index.html"] = page(`${policy("'self'", "'self'", "'self'")}; manifest-src 'self'`,
  '<link rel="stylesheet" href="page.css">\n<link rel="manifest" href="manifest.webmanifest">', '<script type="module" src="main.js"></script>');
for (const [name, text] of Object.entries(files)) writeFileSync(join(dist, name), text);
const wasmBytes = readFileSync(wasm);
writeFileSync(join(dist, "modelexport.wasm"), wasmBytes);
for (const name of readdirSync(join(here, "examples")).filter((n) => n.endsWith(".onnx"))) {
  cpSync(join(here, "examples", name), join(dist, "examples", name));
}

const kept = ["./", "index.html", "main.js", "worker.js", "page.css", "modelexport.wasm", "manifest.webmanifest"];
const stamp = createHash("sha256").update(Object.values(files).join("")).update(wasmBytes).digest("hex").slice(0, 12);
writeFileSync(join(dist, "sw.js"), await script("sw.ts", "iife", { CACHE: JSON.stringify(`modelexport-${stamp}`), FILES: JSON.stringify(kept) }));

// One file: the worker's text with the module as base64 inside, in an element that the browser does not run.
// A page from disk may not load module workers, so that the worker is a classic script there: its top-level awaits
// stand in a function.
const workerText = await script("worker/worker.ts", "esm", { WASM_BASE64: JSON.stringify(wasmBytes.toString("base64")), "import.meta.url": '""' });
const inlineWorker = `(async () => {${workerText}})();`.replaceAll("</script", "<\\/script");
const inlineMain = (await script("main.ts", "esm", { WORKER_TEXT: '"worker-text"' })).replaceAll("</script", "<\\/script");
writeFileSync(join(dist, "modelexport.html"), page(policy(hash(inlineMain), "blob:", hash(css)), `<style>${css}</style>`,
  `<script type="text/plain" id="worker-text">${inlineWorker}</script>\n<script type="module">${inlineMain}</script>`));

const zipped = (text) => gzipSync(text).length;
const shell = Object.entries(files).reduce((sum, [, text]) => sum + zipped(text), 0);
console.log(`web/dist: page ${(shell / 1000).toFixed(0)} kB and module ${(zipped(wasmBytes) / 1000).toFixed(0)} kB gzipped`);
