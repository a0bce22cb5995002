// Where outputs go: a function, a WritableStream, in Node a path. Shared by export and pack.
import { fs, isNode } from "./host.mjs";

/** A function that takes chunks. */
class CallSink {
  constructor(take) {
    this.write = take;
  }
  async finish() {}
  async abort() {}
}

class StreamSink {
  constructor(stream) {
    this.writer = stream.getWriter();
  }
  async write(chunk) {
    await this.writer.ready;
    await this.writer.write(chunk);
  }
  finish() {
    return this.writer.close();
  }
  async abort(reason) {
    await this.writer.abort(reason).catch(() => {});
  }
}

/** A file in Node that is there when it is complete, and not before. */
class PathSink {
  constructor(path, force) {
    this.path = path;
    this.force = force;
    if (!force && fs.existsSync(path)) this.refuse();
    this.temporary = `${path}.${process.pid}-${Math.random().toString(16).slice(2, 10)}.part`;
    this.descriptor = fs.openSync(this.temporary, "wx");
  }
  refuse() {
    throw Object.assign(new Error(`the output exists: ${this.path} (option force)`), { code: "EEXIST", path: this.path });
  }
  async write(chunk) {
    for (let done = 0; done < chunk.length;) done += fs.writeSync(this.descriptor, chunk, done);
  }
  async finish() {
    fs.fsyncSync(this.descriptor);
    fs.closeSync(this.descriptor);
    this.descriptor = null;
    if (!this.force && fs.existsSync(this.path)) this.refuse();
    fs.renameSync(this.temporary, this.path);
    this.temporary = null;
  }
  async abort() {
    if (this.descriptor !== null) fs.closeSync(this.descriptor);
    if (this.temporary !== null) fs.rmSync(this.temporary, { force: true });
  }
}

export function isPath(to) {
  return isNode && (typeof to === "string" || to instanceof URL);
}

export async function nodePath(to) {
  return to instanceof URL ? (await import("node:url")).fileURLToPath(to) : to;
}

export async function openSink(to, force) {
  if (typeof to === "function") return new CallSink(to);
  if (typeof to?.getWriter === "function") return new StreamSink(to);
  if (isPath(to)) return new PathSink(await nodePath(to), force);
  throw new TypeError("expected a function, a WritableStream (in Node also a path) to write to");
}

/** {outputName: ["y"]} as the JSON {"output-name": ["y"]}: the command line's names, without those in `own`. */
export function coreOptions(options, own) {
  const entries = Object.entries(options).filter(([name]) => !own.includes(name));
  const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(entries.map(([name, value]) => [dashed(name), value]));
}
