// Export of .pt2 archives (torch.export) to ONNX, as `modelexport export` does it and with the same bytes.
// Loads modelexport-export.wasm (beside this file) when it is first used.
//
//   import { exportArchive } from "./modelexport-export.mjs";
//   await exportArchive(file, stream);                           // a WritableStream
//   await exportArchive(file, (chunk) => send(chunk));           // or a function, which may return a promise
//   await exportArchive("model.pt2", "model.onnx");              // in Node: paths; appears when it is complete
//   await exportArchive(file, { model, data }, { weights: "external", opset: 20, dynamic: ["x:1=length"] });
//
// Weights are read and given on in windows of a few MiB and are never in memory as a whole. (Of a Blob outside a
// worker, where reading cannot wait, what lowering reads is kept until lowering is done.)
import { Source, fileName, makeReader, sharedModule } from "./host.mjs";
import { coreOptions, isPath, nodePath, openSink } from "./sinks.mjs";

export { ModelExportError } from "./host.mjs";

const WINDOW = 8 * 1024 * 1024;
const PARTS = ["model", "data"];
/** Options of this function; all others go to the core by the command line's names. */
const OWN_OPTIONS = ["name", "output", "progress", "signal", "force"];

/** Starts the module, see modelexport.mjs. */
export const load = sharedModule("modelexport-export.wasm");

/** Where model and data file go; beside a model's path the data file has one as well. */
async function destinations(to, dataFile) {
  const both = to !== null && typeof to === "object" && ("model" in to || "data" in to) ? to : { model: to };
  if (dataFile === null || both.data !== undefined) return both;
  if (!isPath(both.model)) {
    throw new TypeError(`the weights go to a file of their own, ${dataFile}: give { model, data } to write to`);
  }
  const path = await nodePath(both.model);
  return { ...both, data: path.slice(0, path.length - fileName(path).length) + dataFile };
}

/** The export in the module: opened once, then written window by window. */
class Job {
  constructor(source, pointer, facts) {
    Object.assign(this, { source, module: source.module, pointer, ...facts });
  }

  static async open(source, options, output) {
    const { module } = source;
    let pointer = 0;
    const text = await source.repeat(() => {
      const texts = [source.name, options, output].map((string) => module.put(string));
      const [result] = module.put("\0\0\0\0");
      const answer = module.call("modelexport_export_open", source.handle, source.size, ...texts.flat(), result);
      pointer = module.view().getUint32(result, true);
      for (const [memory] of [...texts, [result]]) module.run("modelexport_release", memory);
      const job = pointer;
      answer.discard = () => job !== 0 && module.run("modelexport_export_close", job);
      return answer;
    });
    return new Job(source, pointer, JSON.parse(text));
  }

  /** Chunks of one window, and where it ended. */
  async window(part, start) {
    const { module, source } = this;
    const end = await source.repeat(() => {
      module.written = [];
      return module.call("modelexport_export_write", this.pointer, PARTS.indexOf(part), start, WINDOW);
    });
    const chunks = module.written;
    module.written = [];
    source.entry.source.forget?.();
    return { chunks, end: Number(end) };
  }

  close() {
    if (!this.module.broken) this.module.run("modelexport_export_close", this.pointer);
  }
}

async function writePart(job, part, sink, report) {
  const total = job[`${part}_bytes`];
  for (let at = 0; at < total;) {
    const { chunks, end } = await job.window(part, at);
    for (const chunk of chunks) {
      await sink.write(chunk);
      report(chunk.length);
    }
    at = end;
  }
}

async function writeAll(job, sinks, { progress, signal }) {
  const total = job.model_bytes + job.data_bytes;
  let done = 0;
  const report = (bytes) => {
    signal?.throwIfAborted();
    done += bytes;
    progress?.(done, total);
  };
  // The data file first: a model is never there without its weights.
  for (const part of ["data", "model"]) if (sinks[part]) await writePart(job, part, sinks[part], report);
  for (const part of ["data", "model"]) await sinks[part]?.finish();
}

async function run(source, to, options) {
  const started = performance.now();
  const both = to !== null && typeof to === "object" && "model" in to ? to.model : to;
  const output = options.output ?? (isPath(both) ? fileName(await nodePath(both)) : "model.onnx");
  const job = await Job.open(source, JSON.stringify(coreOptions(options, OWN_OPTIONS)), output);
  const sinks = {};
  try {
    const external = job.data_bytes > 0 || job.report.weights.mode === "external";
    const places = await destinations(to, external ? job.data_file : null);
    sinks.model = await openSink(places.model, options.force);
    if (external) sinks.data = await openSink(places.data, options.force);
    options.signal?.throwIfAborted();
    await writeAll(job, sinks, options);
  } catch (error) {
    for (const part of PARTS) await sinks[part]?.abort(error);
    throw error;
  } finally {
    job.close();
  }
  const report = { ...job.report, seconds: (performance.now() - started) / 1000 };
  report.peak_rss_bytes = job.module.exports.memory.buffer.byteLength;
  return { ...report, warnings: job.warnings };
}

/**
 * Exports a .pt2 archive: a File, Blob, Uint8Array, ArrayBuffer; in Node also a path, file: URL or FileHandle.
 * `to` is a WritableStream, a function that takes chunks, or (in Node) a path; `{ model, data }` where weights go to
 * a file of their own. Gives what `modelexport export --json` prints, and `warnings`.
 */
export async function exportArchive(input, to, options = {}) {
  const module = await load();
  const [reader, ownName] = makeReader(input);
  reader.maxAhead = WINDOW;
  const source = new Source(module, reader, options.name ?? ownName);
  try {
    return await run(source, to, options);
  } finally {
    source.close();
  }
}
