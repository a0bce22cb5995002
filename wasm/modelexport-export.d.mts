/** Export of .pt2 archives in Node and browsers. See modelexport-export.mjs. */
import type { Dimension, ErrorCode, Input, ValueInfo, Where } from "./modelexport.js";

export { ModelExportError } from "./modelexport.js";

/** Takes the output in order; a promise is waited for. */
export type ChunkFunction = (chunk: Uint8Array) => void | Promise<void>;
/** In Node also a path or file: URL; the file appears when it is complete. */
export type Destination = ChunkFunction | WritableStream<Uint8Array> | string | URL;

/** The options of `modelexport export`, by its names. */
export interface ExportOptions {
  /** 17 to 21; default 18. */
  opset?: number;
  /** NAME:DTYPE[D0,D1] or NAME:DTYPE:D0xD1 */
  input?: string | string[];
  /** NAME:AXIS=SYMBOL */
  dynamic?: string | string[];
  static?: boolean;
  outputName?: string | string[];
  hierarchy?: "full" | "tag" | "none";
  torchModules?: boolean;
  weights?: "auto" | "inline" | "external" | "reference";
  /** A Hub id with its commit, or a directory as it shall be named; nothing is looked up. */
  source?: string;
  task?: string;
  keepPaths?: boolean;
  allowUnpinned?: boolean;

  /** What messages call the archive; by default the file's name. */
  name?: string;
  /** Name of the ONNX file, after which the data file is called; default "model.onnx". */
  output?: string;
  /** Replace existing files (paths in Node). */
  force?: boolean;
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface Warning {
  code: ErrorCode;
  message: string;
  where: Where | null;
  hint: string | null;
}

/** What `modelexport export --json` prints (schema "modelexport/export/1"), and the warnings. */
export interface ExportReport {
  schema: "modelexport/export/1";
  output: string;
  opset: number;
  ir_version: number;
  nodes: number;
  initializers: number;
  parameters: number;
  weights: { mode: "inline" | "external" | "reference"; bytes: number; file: string | null };
  inputs: (ValueInfo & { shape: Dimension[] })[];
  outputs: (ValueInfo & { shape: Dimension[] })[];
  hierarchy: {
    modules: number;
    called: number;
    nodes_tagged: number;
    direct: number;
    parent: number;
    root_own: number;
    fallback: number;
  };
  source: Record<string, unknown> & { kind: "hub" | "local" | "unknown" };
  components: string[];
  verified: { status: "not verified"; max_abs: null; max_rel: null };
  seconds: number;
  /** Memory of the module. */
  peak_rss_bytes: number;
  loader: string | null;
  warnings: Warning[];
}

export function load(options?: { wasm?: BufferSource | WebAssembly.Module }): Promise<unknown>;
export function exportArchive(
  input: Input,
  to: Destination | { model: Destination; data?: Destination },
  options?: ExportOptions,
): Promise<ExportReport>;
