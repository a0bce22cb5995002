/** modelexport for Node and browsers. See modelexport.mjs for how files are read. */

export type ErrorCode = `ME-${string}-${string}`;

export interface Where {
  path?: string;
  field?: string;
  offset?: number;
}

export class ModelExportError extends Error {
  readonly code: ErrorCode;
  readonly where: Where | null;
  readonly hint: string | null;
}

/** A size, a symbol, or unknown. */
export type Dimension = number | string | null;

export interface ValueInfo {
  name: string;
  dtype: string | null;
  shape: Dimension[] | null;
}

export interface ModuleInfo {
  tag: string;
  class: string | null;
  scope: string;
  nodes_direct: number;
  nodes_total: number;
  parameters_direct: number;
  parameters_total: number;
  bytes_total: number;
  ops: Record<string, number>;
}

export interface NodeInfo {
  name: string;
  op: string;
  tag: string;
  scope: string;
}

/** What `modelexport inspect --json` prints (schema "modelexport/inspect/1"). */
export interface InspectReport {
  schema: "modelexport/inspect/1";
  file: string;
  format: "onnx";
  size: number;
  producer: { name: string; version: string };
  domain: string;
  model_version: number;
  ir_version: number | null;
  opset_imports: { domain: string; version: number }[];
  metadata: { key: string; value: string }[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  nodes: number;
  functions: number;
  initializers: { count: number; parameters: number; bytes: number };
  /** `present` is null: the module sees one file only. */
  external_data: { location: string; bytes: number; present: boolean | null }[];
  source: {
    kind: "hub" | "local" | "unknown";
    hub_id: string | null;
    revision: string | null;
    original_path: string | null;
  };
  hierarchy: { form: string; derived: boolean; modules: ModuleInfo[] };
  read: { bytes: number; requests: number };
  /** With the option `nodes`. */
  node_list?: NodeInfo[];
}

/** What is known of a file that is not ONNX. */
export interface OtherReport {
  schema: "modelexport/inspect/1";
  file: string;
  format: "ort" | "pt2" | "torchscript" | "safetensors" | "gguf" | "zip" | "unknown";
  size: number;
}

/** Synchronous reading by ranges: fills `target` from `offset`. */
export interface Reader {
  readonly size: number;
  readInto(offset: number, target: Uint8Array): boolean;
  close(): void;
}

/** In Node also a path, a file: URL or a FileHandle. */
export type Input = Reader | Blob | ArrayBuffer | ArrayBufferView | string | URL | { readonly fd: number };

export interface InspectOptions {
  /** Adds name, operator and tag of every node. */
  nodes?: boolean;
}

export interface OpenOptions {
  /** What messages call the input; by default the file's name. */
  name?: string;
}

export interface Source {
  readonly name: string;
  readonly size: number;
  readonly read: { bytes: number; requests: number };
  inspect(options?: InspectOptions): Promise<InspectReport | OtherReport>;
  /** One request of core/view/requests.h and its document. */
  ask(request: { ask: string } & Record<string, unknown>): Promise<unknown>;
  /** Schema "modelexport/graph/1": core/report/graph_report.h. */
  graph(): Promise<unknown>;
  node(place: { offset: number; size: number; header: number }): Promise<unknown>;
  statistics(tensor: { dtype: string | null; shape: number[]; offset: number; length: number | null; data_field?: number }): Promise<unknown>;
  /** Schema "modelexport/plan/1": core/report/plan_json.h. */
  plan(edits: { set?: { key: string; value: string }[]; remove?: string[]; repair?: boolean }): Promise<unknown>;
  check(options?: { files?: { name: string; size: number }[] }): Promise<unknown>;
  sha256(): Promise<string>;
  close(): void;
}

export function load(options?: { wasm?: BufferSource | WebAssembly.Module }): Promise<unknown>;
export function version(): Promise<string>;
export function onProgress(listener: ((what: string, done: number, total: number) => void) | null): Promise<void>;
export function open(input: Input, options?: OpenOptions): Promise<Source>;
export function inspect(input: Input, options?: OpenOptions & InspectOptions): Promise<InspectReport | OtherReport>;
