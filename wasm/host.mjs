// What the loaders share: reading files by ranges, the memory of a module, errors as the command line reports them.
//
// Where reading is synchronous (memory, a path in Node, a Blob in a worker) the core reads as it goes. Where it
// is not (a Blob outside a worker) a call that needs bytes which are not there yet ends, the bytes are fetched,
// and the call is made again: the core's functions only read, so that repeating them is safe.

export const isNode = typeof process === "object" && Boolean(process.versions?.node) && typeof window === "undefined";
export const fs = isNode ? await import("node:fs") : null;

/** A failure as the command line reports it: stable `code`, `message`, `where`, `hint`, and its exit code. */
export class ModelExportError extends Error {
  constructor({ code, message, where, hint }, exitCode) {
    super(message);
    this.name = "ModelExportError";
    this.code = code;
    this.where = where;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

const READ_DONE = 0;
const READ_FAILED = 1;
const BLOCK = 4096;
const MAX_AHEAD = 256 * 1024;

/** Bytes in memory. */
class MemoryReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.size = bytes.byteLength;
  }
  readInto(offset, target) {
    target.set(this.bytes.subarray(offset, offset + target.length));
    return true;
  }
  close() {}
}

/** A file descriptor in Node, with its own position-free reads. */
class DescriptorReader {
  constructor(descriptor, owned) {
    this.descriptor = descriptor;
    this.owned = owned;
    const status = fs.fstatSync(descriptor);
    this.size = status.size;
    this.time = status.mtimeMs;
    if (!status.isFile()) {
      this.close();
      throw new TypeError("not a regular file");
    }
  }
  readInto(offset, target) {
    let done = 0;
    while (done < target.length) {
      const count = fs.readSync(this.descriptor, target, done, target.length - done, offset + done);
      if (count === 0) throw new Error("the file became shorter while it was read");
      done += count;
    }
    return true;
  }
  /** True if somebody wrote to the file since it was opened. (Blobs fail to read then.) */
  changed() {
    const status = fs.fstatSync(this.descriptor);
    return status.size !== this.size || status.mtimeMs !== this.time;
  }
  close() {
    if (this.owned) fs.closeSync(this.descriptor);
    this.owned = false;
  }
}

const LARGEST_READ = 4 * 1024 * 1024;
const MAX_KEPT = 48 * 1024 * 1024;

/**
 * A Blob in a worker, where FileReaderSync gives a slice at once. Each slice costs a question to the browser, so reading
 * on takes more and more at a time, and what was read is kept for a while: structure is walked several times.
 */
class WorkerBlobReader {
  constructor(blob) {
    this.blob = blob;
    this.size = blob.size;
    this.pieces = [];
    this.kept = 0;
    this.next = 0;
    this.ahead = BLOCK;
    /** What the browser was asked for. */
    this.taken = { bytes: 0, requests: 0 };
  }
  readInto(offset, target) {
    if (target.length >= LARGEST_READ) {
      target.set(this.slice(offset, offset + target.length));
      return true;
    }
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      const { start, bytes } = this.pieceAt(at) ?? this.fetch(at, target.length - done);
      const part = bytes.subarray(at - start, at - start + target.length - done);
      target.set(part, done);
      done += part.length;
    }
    return true;
  }
  slice(start, end) {
    this.taken = { bytes: this.taken.bytes + Math.min(end, this.size) - start, requests: this.taken.requests + 1 };
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.blob.slice(start, end)));
  }
  /** The last piece that begins at or before `at`, if it reaches there; pieces are in order. */
  pieceAt(at) {
    let low = 0;
    for (let high = this.pieces.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.pieces[middle].start <= at) low = middle + 1;
      else high = middle;
    }
    const piece = this.pieces[low - 1];
    this.after = low;
    return piece !== undefined && at < piece.start + piece.bytes.length ? piece : null;
  }
  fetch(start, wanted) {
    this.ahead = start === this.next ? Math.min(this.ahead * 4, LARGEST_READ) : BLOCK;
    const bytes = this.slice(start, Math.min(this.size, start + Math.max(wanted, this.ahead)));
    const piece = { start, bytes };
    if (bytes.length === 0) throw new Error("the file became shorter while it was read");
    if (this.kept + bytes.length > MAX_KEPT) this.forget();
    this.pieces.splice(Math.min(this.after, this.pieces.length), 0, piece);
    this.kept += bytes.length;
    this.next = start + bytes.length;
    return piece;
  }
  forget() {
    this.pieces = [];
    this.kept = 0;
  }
  close() {
    this.forget();
  }
}

/** A Blob elsewhere: answers from what was fetched, else notes what to fetch before the call is repeated. */
class AsyncBlobReader {
  constructor(blob) {
    this.blob = blob;
    this.size = blob.size;
    this.pieces = [];
    this.wanted = null;
    this.ahead = BLOCK;
    this.maxAhead = MAX_AHEAD;
  }
  readInto(offset, target) {
    const piece = this.pieces.find((p) => p.start <= offset && offset + target.length <= p.end);
    if (piece) {
      target.set(piece.bytes.subarray(offset - piece.start, offset - piece.start + target.length));
      return true;
    }
    this.wanted ??= { start: offset, end: offset + target.length };
    return false;
  }
  async fetchWanted() {
    const { start, end } = this.wanted;
    this.wanted = null;
    // Reading on where the last piece ended is sequential: fetch further ahead each time, else little.
    const last = this.pieces.at(-1);
    this.ahead = last && start >= last.start && start <= last.end ? Math.min(this.ahead * 2, this.maxAhead) : BLOCK;
    const stop = Math.min(this.size, Math.max(end, start + this.ahead));
    const bytes = new Uint8Array(await this.blob.slice(start, stop).arrayBuffer());
    this.pieces.push({ start, end: stop, bytes });
    return bytes.length;
  }
  /** Lets go of what was fetched. */
  forget() {
    this.pieces = [];
  }
  close() {
    this.forget();
  }
}

const SMALL = 4 << 20;

/** A reader that need not wait for a small Blob: its bytes are fetched now. */
export async function readAhead(reader) {
  if (!(reader instanceof AsyncBlobReader) || reader.size > SMALL) return reader;
  return new MemoryReader(new Uint8Array(await reader.blob.arrayBuffer()));
}

const WINDOW = 8 * 1024 * 1024;

/** Passes bytes of a reader on in windows, past the core. */
export async function copyRange(reader, offset, size, take) {
  for (let at = 0; at < size; at += WINDOW) {
    const length = Math.min(WINDOW, size - at);
    const slice = reader instanceof AsyncBlobReader ? await reader.blob.slice(offset + at, offset + at + length).arrayBuffer() : null;
    const bytes = new Uint8Array(slice ?? length);
    if (slice === null) reader.readInto(offset + at, bytes);
    await take(bytes);
  }
}

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

function isBlob(input) {
  return typeof Blob === "function" && input instanceof Blob;
}

export function makeReader(input) {
  if (input instanceof ArrayBuffer) return [new MemoryReader(new Uint8Array(input)), "(memory)"];
  if (ArrayBuffer.isView(input)) {
    return [new MemoryReader(new Uint8Array(input.buffer, input.byteOffset, input.byteLength)), "(memory)"];
  }
  if (isBlob(input)) {
    const Reader = typeof FileReaderSync === "function" ? WorkerBlobReader : AsyncBlobReader;
    return [new Reader(input), input.name || "(blob)"];
  }
  if (isNode && (typeof input === "string" || input instanceof URL)) {
    return [new DescriptorReader(fs.openSync(input, "r"), true), String(input)];
  }
  if (isNode && typeof input?.fd === "number") return [new DescriptorReader(input.fd, false), `fd ${input.fd}`];
  // Anything with a size that fills `target` from `offset`: ranges of a URL, for example.
  if (typeof input?.readInto === "function") return [input, input.url ?? "(reader)"];
  throw new TypeError("expected a File, Blob, Uint8Array or ArrayBuffer (in Node also a path or FileHandle)");
}

/** A module with its memory. One is shared by all calls; calls do not run inside one another. */
export class Module {
  /** `file` is the .wasm beside this file. */
  constructor(file) {
    this.file = file;
    this.readers = new Map();
    this.nextHandle = 1;
    this.written = [];
    /** Called with (what, done, total) during long calls. */
    this.onProgress = null;
  }

  async start(wasm) {
    const modelexport = {
      modelexport_host_read: (...args) => this.read(...args),
      modelexport_host_progress: (what, size, done, total) => this.onProgress?.(this.text(what, size), done, total),
      modelexport_host_write: (pointer, size) => this.written.push(this.bytes(pointer, size).slice()),
    };
    const { instance } = await instantiate(this.file, wasm, { modelexport, ...this.system() });
    this.exports = instance.exports;
    this.exports._initialize?.();
    return this;
  }

  view() {
    return new DataView(this.exports.memory.buffer);
  }

  read(handle, offset, pointer, size) {
    const reader = this.readers.get(handle);
    const target = new Uint8Array(this.exports.memory.buffer, pointer >>> 0, size >>> 0);
    try {
      if (!reader.source.readInto(offset, target)) return READ_FAILED;
      reader.bytes += target.length;
      reader.requests += 1;
      return READ_DONE;
    } catch (error) {
      reader.failure = error;
      return READ_FAILED;
    }
  }

  // What the C library of a stand-alone module may ask of its host: no files, no clock, no environment. Only
  // the last words of a failing assertion come through fd_write.
  system() {
    const nothing = () => 0;
    const unsupported = () => 52;
    const write = (descriptor, vectors, count, written) => this.lastWords(vectors, count, written);
    const proc_exit = (code) => {
      throw new Error(`${this.file} stopped (${code}) ${this.words ?? ""}`.trim());
    };
    return {
      env: { emscripten_notify_memory_growth: nothing },
      wasi_snapshot_preview1: {
        proc_exit, fd_write: write, fd_close: nothing, fd_seek: unsupported, fd_read: unsupported,
        environ_sizes_get: (count, size) => this.writeWords(count, size), environ_get: nothing,
        clock_time_get: unsupported,
      },
    };
  }

  writeWords(...pointers) {
    for (const pointer of pointers) this.view().setUint32(pointer, 0, true);
    return 0;
  }

  lastWords(vectors, count, written) {
    const view = this.view();
    let total = 0;
    this.words = "";
    for (let i = 0; i < count; ++i) {
      const size = view.getUint32(vectors + 8 * i + 4, true);
      this.words += this.text(view.getUint32(vectors + 8 * i, true), size);
      total += size;
    }
    view.setUint32(written, total, true);
    return 0;
  }

  bytes(pointer, size) {
    return new Uint8Array(this.exports.memory.buffer, pointer >>> 0, size >>> 0);
  }

  text(pointer, size) {
    return new TextDecoder().decode(this.bytes(pointer, size));
  }

  /** Copies a string into the module's memory; gives [pointer, size]. */
  put(string) {
    const bytes = new TextEncoder().encode(string);
    const pointer = this.exports.modelexport_allocate(bytes.length + 1) >>> 0;
    if (pointer === 0) throw new RangeError("out of memory");
    new Uint8Array(this.exports.memory.buffer, pointer, bytes.length).set(bytes);
    return [pointer, bytes.length];
  }

  /** Runs an export. A module that stopped inside one (out of memory, a failed assertion) is not used again. */
  run(name, ...args) {
    try {
      return this.exports[name](...args);
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }

  /** Calls an export that returns a Text and takes it over: { ok, text, exitCode }. */
  call(name, ...args) {
    const pointer = this.run(name, ...args) >>> 0;
    const view = this.view();
    const data = view.getUint32(pointer, true);
    const status = view.getInt32(pointer + 8, true);
    const answer = {
      ok: status === 1,
      exitCode: -status,
      text: this.text(data, view.getUint32(pointer + 4, true)),
    };
    this.exports.modelexport_free_text(pointer);
    return answer;
  }
}

async function instantiate(file, wasm, imports) {
  if (wasm instanceof WebAssembly.Module) {
    return { instance: await WebAssembly.instantiate(wasm, imports) };
  }
  if (wasm) return WebAssembly.instantiate(wasm, imports);
  const url = new URL(file, import.meta.url);
  if (isNode) return WebAssembly.instantiate(fs.readFileSync(url), imports);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}

/** A module that is started once, and again after it broke. `wasm` (bytes or a WebAssembly.Module) replaces the file. */
export function sharedModule(file) {
  let shared = null;
  return async ({ wasm } = {}) => {
    if (shared?.module.broken) shared = null;
    if (shared === null) {
      const module = new Module(file);
      shared = { module, started: module.start(wasm) };
    }
    const { started } = shared;
    try {
      return await started;
    } catch (error) {
      if (shared?.started === started) shared = null;
      throw error;
    }
  };
}

/** An open file. `close()` it when done; the input itself stays the caller's. */
export class Source {
  constructor(module, reader, name) {
    this.module = module;
    this.name = name;
    this.entry = { source: reader, bytes: 0, requests: 0, failure: null };
    this.handle = module.nextHandle++;
    module.readers.set(this.handle, this.entry);
  }

  get size() {
    return this.entry.source.size;
  }

  /** What has been read so far: `{bytes, requests}`. */
  get read() {
    return this.entry.source.taken ?? { bytes: this.entry.bytes, requests: this.entry.requests };
  }

  repeat(invoke) {
    return repeat([this], invoke);
  }

  close() {
    this.module.readers.delete(this.handle);
    this.entry.source.close();
  }
}

/**
 * Makes a call that reads open sources, `invoke() => {ok, text}`, and makes it again as long as bytes were missing,
 * whatever it answered without them.
 */
export async function repeat(sources, invoke) {
  for (;;) {
    for (const source of sources) {
      if (!source.module.readers.has(source.handle)) throw new TypeError("the source is closed");
      source.entry.failure = null;
    }
    const answer = invoke();
    const failed = sources.find(({ entry }) => entry.failure);
    if (failed) {
      answer.discard?.();
      throw failed.entry.failure;
    }
    const waiting = sources.filter(({ entry }) => entry.source.wanted);
    if (waiting.length === 0) {
      if (answer.ok) return answer.text;
      throw new ModelExportError(JSON.parse(answer.text).error, answer.exitCode);
    }
    answer.discard?.();
    for (const { entry } of waiting) await entry.source.fetchWanted();
  }
}

/** The last part of a path or URL. */
export function fileName(name) {
  return name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
}
