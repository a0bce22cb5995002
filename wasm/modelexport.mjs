// modelexport for Node and browsers: loads modelexport.wasm (beside this file) and reads files by ranges only.
//
//   import { open, inspect, version } from "./modelexport.mjs";
//   const report = await inspect(file);        // File, Blob, Uint8Array, ArrayBuffer; in Node also a path,
//                                              // file: URL or FileHandle
//   import { exportArchive } from "./modelexport-export.mjs";      // .pt2 to ONNX; a module of its own
//
// Nothing is sent anywhere; the only requests are those for the .wasm files.
import { Source, makeReader, sharedModule } from "./host.mjs";

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

/** Opens, inspects and closes. */
export async function inspect(input, options = {}) {
  const source = await open(input, options);
  try {
    return await source.inspect(options);
  } finally {
    source.close();
  }
}
