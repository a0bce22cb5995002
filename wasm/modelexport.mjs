// modelexport for Node and browsers: loads modelexport.wasm (beside this file) and reads files by ranges only.
//
//   import { open, inspect, version } from "./modelexport.mjs";
//   const report = await inspect(file);        // File, Blob, Uint8Array, ArrayBuffer; in Node also a path,
//                                              // file: URL or FileHandle
//   import { pack } from "./modelexport.mjs";   // ONNX files and their components to a package: pack.mjs
//   import { exportArchive } from "./modelexport-export.mjs";      // .pt2 to ONNX; a module of its own
//
// Nothing is sent anywhere; the only requests are those for the .wasm files.
import { Source, bytesOf, copyRange, makeReader, sharedModule } from "./host.mjs";
import { PackJob, packInto } from "./pack.mjs";
import { openSink } from "./sinks.mjs";

export { ModelExportError } from "./host.mjs";

/**
 * Starts the module; other functions do it by themselves. `wasm` (bytes or a compiled WebAssembly.Module)
 * replaces the file beside this one, for pages in a single file.
 */
export const load = sharedModule("modelexport.wasm");

/** The program's version, as `modelexport --version` prints it. */
export async function version() {
  return (await load()).call("modelexport_version").text;
}

class ModelSource extends Source {
  /** One request of core/view, {ask: NAME, ...}, and its document. */
  async ask(request) {
    return JSON.parse(await this.repeat(() => {
      const [name, length] = this.module.put(this.name);
      const [text, size] = this.module.put(JSON.stringify(request));
      const answer = this.module.call("modelexport_ask", this.handle, this.size, name, length, text, size);
      this.module.run("modelexport_release", text);
      this.module.run("modelexport_release", name);
      return answer;
    }));
  }

  /** Nodes with their inputs and outputs, stored tensors, ONNX Runtime releases. */
  graph() {
    return this.ask({ ask: "graph" });
  }

  /** Attributes and metadata of a node of graph(). */
  node({ offset, size, header }) {
    return this.ask({ ask: "node", offset, size, header });
  }

  /** What a tensor of graph() holds; of a data file, ask the source of that file. */
  statistics({ dtype, shape, offset, length, data_field = 9 }) {
    const elements = shape.reduce((product, size) => product * size, 1);
    return this.ask({ ask: "tensor", dtype, elements, offset, length, data_field });
  }

  /**
   * An edit as pieces of this file and literal bytes: {set: [{key, value}], remove: [key], repair}; `files` ({name, size})
   * lie beside it.
   */
  plan({ set = [], remove = [], repair = false, files = [] } = {}) {
    return this.ask({ ask: "plan", set, remove, repair, files });
  }

  /** Writes the edited file to a function, a WritableStream or (in Node) a path; gives the plan's notes. */
  async write(to, edits = {}, { force } = {}) {
    const plan = await this.plan(edits);
    await this.execute(plan, to, force);
    return { notes: plan.notes, unchanged: plan.unchanged };
  }

  async execute({ pieces }, to, force) {
    const sink = await openSink(to, force);
    try {
      for (const piece of pieces) {
        if ("base64" in piece) await sink.write(bytesOf(piece.base64));
        else await copyRange(this.entry.source, piece.offset, piece.size, (chunk) => sink.write(chunk));
      }
      if (this.entry.source.changed?.()) throw new Error(`the file changed while it was read: ${this.name}`);
      await sink.finish();
    } catch (error) {
      await sink.abort(error);
      throw error;
    }
  }

  /**
   * What `modelexport migrate` does to the file, as its --json prints it, with the edit as `plan`. `files` lie beside it:
   * {name, size, text of sidecars, reports and config.json}; `source` is ID@COMMIT.
   */
  async migration({ files = [], source = "", renameInputs = false, dynamic = false } = {}) {
    return this.ask({ ask: "migrate", files, source, rename_inputs: renameInputs, dynamic, version: await version() });
  }

  /** Writes what migration() planned. */
  async migrate(to, options = {}, { force } = {}) {
    const { plan, ...document } = await this.migration(options);
    await this.execute(plan, to, force);
    return document;
  }

  /** Findings, as `modelexport check --json` prints them for one file; `files` ({name, size}) lie beside it. */
  check({ files = [] } = {}) {
    return this.ask({ ask: "check", files });
  }

  /** What the command line prints for people: `modelexport inspect` and `modelexport check`. */
  inspectText({ tree = false, depth, nodes = false } = {}) {
    return this.ask({ ask: "inspect_text", tree, depth, nodes });
  }
  checkText({ files = [], infos = false } = {}) {
    return this.ask({ ask: "check_text", files, infos });
  }

  sha256() {
    return this.ask({ ask: "sha256" });
  }

  /** Facts and hierarchy, as `modelexport inspect --json` prints them. */
  async inspect({ nodes = false } = {}) {
    return JSON.parse(await this.repeat(() => {
      const [pointer, length] = this.module.put(this.name);
      const answer = this.module.call("modelexport_inspect", this.handle, this.size, pointer, length, nodes ? 1 : 0);
      this.module.run("modelexport_release", pointer);
      return answer;
    }));
  }
}

/** Opens a File, Blob, Uint8Array, ArrayBuffer; in Node also a path, file: URL or FileHandle. */
export async function open(input, { name } = {}) {
  const module = await load();
  const [reader, ownName] = makeReader(input);
  return new ModelSource(module, reader, name ?? ownName);
}

/** Long calls report (what, done, total) to `listener`; null stops that. */
export async function onProgress(listener) {
  (await load()).onProgress = listener;
}

/** Opens, inspects and closes. */
export async function inspect(input, options = {}) {
  const source = await open(input, options);
  try {
    return await source.inspect(options);
  } finally {
    source.close();
  }
}

/**
 * The plan of a package: { models, data, components } are { path: input }, options the command line's (target, source,
 * task, role, noCard, keepPaths, trustRemoteCode, output). See pack.mjs; `close()` it when done.
 */
export async function planPackage(files, options = {}) {
  return PackJob.open(await load(), files, options);
}

/**
 * Writes the zip of `modelexport pack … -o FILE.zip` to a WritableStream, a function that takes chunks, or (in Node) a
 * path. Gives what `pack --json` prints, and `warnings`.
 */
export async function pack(files, to, options = {}) {
  return packInto(await load(), files, to, options);
}
