// A Hub on loopback as browsers see the real one: https (HTTP/2), CORS on every answer, redirects of large files to another
// origin, error codes in headers. Every request is noted. Chromium finds it under the Hub's names.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HOST = "huggingface.co";
const CDN = "cdn.modelexport.test";
const EXPOSED = "X-Repo-Commit, X-Request-Id, X-Error-Code, X-Error-Message, X-Total-Count, ETag, Link, Accept-Ranges, Content-Range, X-Linked-Size, X-Linked-ETag, X-Xet-Hash";

function certificate() {
  const place = mkdtempSync(join(tmpdir(), "modelexport-tls-"));
  const [key, cert] = [join(place, "key.pem"), join(place, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
    "-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST},DNS:${CDN}`], { stdio: "pipe" });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(place, { recursive: true, force: true });
  return made;
}

const sha1 = (text) => createHash("sha1").update(text).digest("hex");

class Repository {
  constructor(name, files, { license, task, private: hidden = false } = {}) {
    Object.assign(this, { name, files: new Map(Object.entries(files)), license, task, hidden });
    this.head = sha1(`${name} ${[...this.files.keys()].join(" ")}`);
    this.revisions = new Map([["main", this.head], [this.head, this.head], ["v1", this.head], ["refs/pr/1", this.head], [this.head.slice(0, 8), this.head]]);
  }

  info() {
    const siblings = [...this.files.keys()].map((rfilename) => ({ rfilename }));
    return { _id: "1", id: this.name, sha: this.head, private: this.hidden, gated: false, siblings, pipeline_tag: this.task, tags: this.license ? [`license:${this.license}`] : [] };
  }

  size(path) {
    const file = this.files.get(path);
    return typeof file === "string" ? statSync(file).size : file.length;
  }

  /** Large files, and ONNX, are not in Git. */
  large(path) {
    return path.endsWith(".onnx") || path.endsWith(".onnx_data");
  }

  tree() {
    return [...this.files.keys()].map((path) => {
      const size = this.size(path);
      const file = this.files.get(path);
      const blob = typeof file === "string" ? "" : file;
      if (this.large(path)) return { type: "file", path, size, oid: sha1(path), lfs: { oid: createHash("sha256").update(blob).digest("hex"), size, pointerSize: 130 } };
      return { type: "file", path, size, oid: createHash("sha1").update(`blob ${size}\0`).update(blob).digest("hex") };
    });
  }
}

function send(response, repository, path, request) {
  const file = repository.files.get(path);
  const size = repository.size(path);
  response.setHeader("Accept-Ranges", "bytes");
  const body = (start, end) => (typeof file === "string" ? createReadStream(file, { start, end }).pipe(response) : response.end(file.subarray(start, end + 1)));
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (request.method === "HEAD") return response.writeHead(200, { "Content-Length": size }).end();
  if (range === null) {
    response.writeHead(200, { "Content-Length": size });
    return body(0, size - 1);
  }
  const end = Math.min(size - 1, range[2] === "" ? size - 1 : Number(range[2]));
  response.writeHead(206, { "Content-Range": `bytes ${range[1]}-${end}/${size}`, "Content-Length": end - Number(range[1]) + 1 });
  return body(Number(range[1]), end);
}

/** `add(name, files, {license, task})`: files are Buffers or paths. `damage`: path whose bytes arrive changed. */
export class Hub {
  repositories = new Map();
  requests = [];
  damage = null;
  /** Signed addresses of the other origin end after so many uses. */
  uses = Infinity;
  signature = 0;
  /** Requests beyond this many wait for release(). */
  most = Infinity;
  waiting = [];
  /** Milliseconds before stored bytes come; how many requests waited for them at once. */
  delay = 0;
  together = 0;
  /** Milliseconds before any answer. */
  latency = 0;
  /** How often somebody waited for that: requests that come together are one wait. */
  waits = 0;
  asked = 0;
  mostTogether = 0;

  static async start() {
    const hub = new Hub();
    const listener = (request, response) => hub.later(() => (hub.requests.length < hub.most ? hub.answer(request, response) : hub.waiting.push(() => hub.answer(request, response))));
    hub.secure = createSecureServer({ ...certificate(), allowHTTP1: true }, listener);
    hub.plain = createServer(listener);
    for (const server of [hub.secure, hub.plain]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return hub;
  }

  /** For Chromium: the Hub's names lead here. */
  get arguments() {
    const { port } = this.secure.address();
    return [`--host-resolver-rules=MAP ${HOST} 127.0.0.1:${port}, MAP ${CDN} 127.0.0.1:${port}`];
  }
  /** For the command line. */
  get endpoint() {
    return `http://127.0.0.1:${this.plain.address().port}`;
  }
  get hosts() {
    return [HOST, CDN];
  }

  /** Networks take their time. */
  later(answer) {
    if (this.latency === 0) return answer();
    if (performance.now() - this.asked > this.latency / 2) this.waits += 1;
    this.asked = performance.now();
    setTimeout(answer, this.latency);
    return undefined;
  }

  release() {
    this.most = Infinity;
    for (const answer of this.waiting.splice(0)) answer();
  }

  add(name, files, about) {
    const repository = new Repository(name, files, about);
    this.repositories.set(name, repository);
    return repository;
  }

  close() {
    this.secure.close();
    this.plain.close();
  }

  answer(request, response) {
    const authority = request.headers.host ?? request.headers[":authority"];
    const url = new URL(request.url, `https://${authority}`);
    this.requests.push({ host: url.hostname, path: url.pathname, range: request.headers.range ?? null, cookie: request.headers.cookie ?? null, referrer: request.headers.referer ?? null });
    if (url.hostname === CDN) return this.stored(url, request, response);
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? `https://${HOST}`);
    response.setHeader("Vary", "Origin");
    response.setHeader("Access-Control-Expose-Headers", EXPOSED);
    const path = decodeURIComponent(url.pathname);
    const api = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(revision|tree)\/(.+))?$/.exec(path);
    if (api !== null) return this.api(api, response);
    const file = /^\/([^/]+\/[^/]+)\/resolve\/(refs\/pr\/\d+|[^/]+)\/(.+)$/.exec(path);
    return file === null ? refuse(response, 404, "", "not here") : this.resolve(file, request, response, authority);
  }

  find(name, revision, response) {
    const repository = this.repositories.get(name);
    if (repository === undefined || repository.hidden) return void refuse(response, 401, "RepoNotFound", "Invalid username or password.");
    if (repository.revisions.has(revision)) return repository;
    return void refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
  }

  api([, name, kind, revision = "main"], response) {
    const repository = this.find(name, revision, response);
    if (repository === undefined) return;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(kind === "tree" ? repository.tree() : repository.info()));
  }

  resolve([, name, revision, path], request, response, authority) {
    const repository = this.find(name, revision, response);
    if (repository === undefined) return;
    response.setHeader("X-Repo-Commit", repository.head);
    if (!repository.files.has(path)) return refuse(response, 404, "EntryNotFound", "Entry not found");
    const entry = repository.tree().find((item) => item.path === path);
    response.setHeader("ETag", `"${entry.lfs?.oid ?? entry.oid}"`);
    if (repository.large(path) && authority.startsWith(HOST)) {
      this.signature += 1;
      response.setHeader("X-Linked-Size", repository.size(path));
      return response.writeHead(302, { Location: `https://${CDN}/${name}/${path}?signature=${this.signature}` }).end();
    }
    if (this.damage === path) return response.end(Buffer.alloc(repository.size(path)));
    send(response, repository, path, request);
  }

  stored(url, request, response) {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Expose-Headers", "*");
    const used = this.requests.filter((r) => r.host === CDN).length;
    if (Number(url.searchParams.get("signature")) * this.uses < used) return refuse(response, 403, "", "expired");
    const [, org, name, ...path] = decodeURIComponent(url.pathname).split("/");
    this.mostTogether = Math.max(this.mostTogether, ++this.together);
    setTimeout(() => {
      this.together -= 1;
      send(response, this.repositories.get(`${org}/${name}`), path.join("/"), request);
    }, this.delay);
    return undefined;
  }
}

const refuse = (response, status, code, message) => response.writeHead(status, { ...(code !== "" && { "X-Error-Code": code, "X-Error-Message": message }), "Content-Type": "application/json" }).end(JSON.stringify({ error: message }));
