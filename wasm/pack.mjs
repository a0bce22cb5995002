// Packages: ONNX files and the files around them to the zip that `modelexport pack … -o FILE.zip` writes, byte for
// byte. modelexport.mjs gives this module its functions, pack() and planPackage().
//
//   const files = { models: { "model.onnx": file }, data: { "model.onnx_data": blob },
//                   components: { "config.json": blob, "tokenizer.json": blob } };
//   await pack(files, "out.zip", { target: "optimum,transformers.js" });
//
// Everything is read once for its checksums, in windows; then the zip is headers and ranges of the inputs, which are
// copied past the core, or not at all: a browser makes a Blob of slices.
import { Source, bytesOf, copyRange, makeReader, readAhead, repeat } from "./host.mjs";
import { coreOptions, isPath, nodePath, openSink } from "./sinks.mjs";

const STEP = 16 * 1024 * 1024;
/** Options of these functions; all others go to the core by the command line's names. */
const OWN_OPTIONS = ["output", "progress", "signal", "force"];
const KINDS = { models: "model", data: "data", components: "component" };

async function openFiles(module, files) {
  const opened = [];
  try {
    for (const [group, kind] of Object.entries(KINDS)) {
      for (const [path, input] of Object.entries(files[group] ?? {})) {
        const [reader] = makeReader(input);
        const source = new Source(module, kind === "component" ? await readAhead(reader) : reader, path);
        opened.push({ kind, path, input, source });
      }
    }
  } catch (error) {
    for (const { source } of opened) source.close();
    throw error;
  }
  return opened;
}

/** Lets events in, so that work can be aborted. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

export class PackJob {
  static async open(module, files, options) {
    const opened = await openFiles(module, files);
    const request = JSON.stringify({
      files: opened.map(({ kind, path, source }) => ({ kind, path, handle: source.handle, size: source.size })),
      options: coreOptions(options, OWN_OPTIONS), output: options.output ?? "model.zip",
    });
    const job = Object.assign(new PackJob(), { module, files: opened, pointer: 0 });
    try {
      job.plan = JSON.parse(await job.repeat(() => job.start(request)));
    } catch (error) {
      job.close();
      throw error;
    }
    return job;
  }

  start(request) {
    const { module } = this;
    const [text, size] = module.put(request);
    const [result] = module.put("\0\0\0\0");
    const answer = module.call("modelexport_pack_open", text, size, result);
    const pointer = module.view().getUint32(result, true);
    for (const memory of [text, result]) module.run("modelexport_release", memory);
    this.pointer = pointer;
    answer.discard = () => this.drop();
    return answer;
  }

  repeat(invoke) {
    return repeat(this.files.map(({ source }) => source), invoke);
  }

  async sum({ progress, signal }) {
    for (let complete = false; !complete;) {
      signal?.throwIfAborted();
      const state = JSON.parse(await this.repeat(() => this.module.call("modelexport_pack_sum", this.pointer, STEP)));
      for (const { source } of this.files) source.entry.source.forget?.();
      progress?.(state.done, this.plan.bytes);
      complete = state.complete;
      if (signal) await breathe();
    }
  }

  async layout(options = {}) {
    if (this.pointer === 0) throw new TypeError("the package is closed");
    await this.sum(options);
    const document = JSON.parse(await this.repeat(() => this.module.call("modelexport_pack_layout", this.pointer)));
    const pieces = document.pieces.map((piece) => ("base64" in piece ? { bytes: bytesOf(piece.base64) }
      : { file: piece.file, input: this.files[piece.file].input, offset: piece.offset, size: piece.size }));
    return { ...document, pieces };
  }

  async write(to, { progress, signal, force } = {}) {
    const sink = await openSink(to, force);
    try {
      const total = 2 * this.plan.bytes;
      const { report, text, size, pieces } = await this.layout({ signal, progress: (done) => progress?.(done, total) });
      let done = total - size;
      const put = async (chunk) => {
        signal?.throwIfAborted();
        await sink.write(chunk);
        progress?.(Math.max(0, done += chunk.length), total);
      };
      for (const { bytes, file, offset, size: length } of pieces) {
        if (bytes) await put(bytes);
        else await copyRange(this.files[file].source.entry.source, offset, length, put);
      }
      for (const { path, source } of this.files) {
        if (source.entry.source.changed?.()) throw new Error(`the file changed while it was read: ${path}`);
      }
      await sink.finish();
      return { ...report, text, warnings: this.plan.warnings };
    } catch (error) {
      await sink.abort(error);
      throw error;
    }
  }

  drop() {
    if (this.pointer !== 0 && !this.module.broken) this.module.run("modelexport_pack_close", this.pointer);
    this.pointer = 0;
  }

  close() {
    this.drop();
    for (const { source } of this.files) source.close();
    this.files = [];
  }
}

export async function packInto(module, files, to, options) {
  const output = options.output ?? (isPath(to) ? await nodePath(to) : "model.zip");
  const job = await PackJob.open(module, files, { ...options, output });
  try {
    return await job.write(to, options);
  } finally {
    job.close();
  }
}
