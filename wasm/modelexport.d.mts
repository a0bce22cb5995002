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
  /** What the command line's exit code would be. */
  readonly exitCode: number;
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

export interface Edits {
  set?: { key: string; value: string }[];
  remove?: string[];
  /** Every fixable finding of check(). */
  repair?: boolean;
  /** What lies beside the model: for repairs of names of data files. */
  files?: { name: string; size: number }[];
}

export interface MigrationOptions {
  /** What lies beside the model; `text` of sidecars, reports and config.json. */
  files?: { name: string; size: number; text?: string }[];
  /** ID@COMMIT that the model was exported from. */
  source?: string;
  renameInputs?: boolean;
  dynamic?: boolean;
}

export interface Migration {
  path: string;
  from: { form: string; nodes: Record<string, number>; class: string | null; sidecar: string | null; named_source: string | null };
  steps: { rule: string; action: string }[];
  unchanged: boolean;
  notes: { rule: string; severity: "error" | "warning" | "info"; message: string; hint: string }[];
  loader: { task: string | null; class: string | null; problem: string | null };
  repairable: "yes" | "needs source" | "no";
  reason: string | null;
  errors: { before: number; left: { rule: string; message: string }[] };
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
  plan(edits: Edits): Promise<unknown>;
  check(options?: { files?: { name: string; size: number }[] }): Promise<unknown>;
  inspectText(options?: { tree?: boolean; depth?: number; nodes?: boolean }): Promise<string>;
  checkText(options?: { files?: { name: string; size: number }[]; infos?: boolean }): Promise<string>;
  /** The edited file; a path appears when it is complete. */
  write(to: Output, edits: Edits, options?: { force?: boolean }): Promise<{ unchanged: boolean; notes: { path: string; before: string | null; after: string | null }[] }>;
  /** As the elements of `modelexport migrate --json` `files`, and the edit as `plan`. */
  migration(options?: MigrationOptions): Promise<Migration & { plan: unknown }>;
  /** The migrated file; a path appears when it is complete. */
  migrate(to: Output, options?: MigrationOptions, write?: { force?: boolean }): Promise<Migration>;
  sha256(): Promise<string>;
  close(): void;
}

/** What a package is made from: paths as they lie (or are named) beside each other, and where their bytes are. */
export interface PackageInputs {
  /** ONNX files. */
  models: Record<string, Input>;
  /** Their data files, by location; the name alone will do. */
  data?: Record<string, Input>;
  /** The model's directory: config.json, tokenizer.json, … */
  components: Record<string, Input>;
}

/** The command line's options of `pack`. */
export interface PackageOptions {
  /** "optimum" (default), "transformers.js", or both with a comma. */
  target?: string;
  /** What the components are from: a directory as it is named, or ID@COMMIT. Default: what the stamp says. */
  source?: string;
  task?: string;
  /** "FILE=ROLE", … */
  role?: string[];
  noCard?: boolean;
  keepPaths?: boolean;
  trustRemoteCode?: boolean;
  /** Name of the zip, for the card's title and the snippets. */
  output?: string;
}

export interface Problem {
  code: ErrorCode;
  message: string;
  where: Where | null;
  hint: string | null;
}

export interface PackageSource {
  kind: "hub" | "local" | "unknown";
  hub_id?: string;
  revision?: string;
  path?: string;
}

/** As `pack --dry-run --json`, and what surrounds it. */
export interface PackagePlan {
  schema: "modelexport/pack/1";
  dry_run: true;
  plan: { path: string; action: "copy" | "edit" | "make"; bytes: number; from: string; reason: string; edits?: string[] }[];
  left_out: { path: string; reason: string }[];
  task: string;
  source: PackageSource;
  choices: string[];
  loader: { python: string; javascript: string };
  bytes: number;
  warnings: Problem[];
}

/** As `pack --json`. */
export interface PackageReport {
  schema: "modelexport/pack/1";
  directory: string;
  model: string;
  files: { path: string; bytes: number; sha256: string; from: string }[];
  source: PackageSource;
  config: { model_type: string; architectures: string[] };
  preprocessors: string[];
  task: string;
  left_out: { path: string; reason: string }[];
  choices: string[];
  loader: { python: string | null; javascript: string | null };
}

/** `text` is what `pack` prints. */
export type Packed = PackageReport & { text: string; warnings: Problem[] };

export interface WorkOptions {
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export type PackagePiece = { input: Input; offset: number; size: number } | { bytes: Uint8Array };

/** A planned package. */
export interface PackageJob {
  readonly plan: PackagePlan;
  /** Reads everything once for its checksums, then says what the zip consists of, in order. Nothing is copied. */
  layout(options?: WorkOptions): Promise<{ report: PackageReport; text: string; size: number; pieces: PackagePiece[] }>;
  write(to: Output, options?: WorkOptions & { force?: boolean }): Promise<Packed>;
  close(): void;
}

/** In Node also a path. */
export type Output = WritableStream<Uint8Array> | ((chunk: Uint8Array) => void | Promise<void>) | string | URL;

export function load(options?: { wasm?: BufferSource | WebAssembly.Module }): Promise<unknown>;
export function version(): Promise<string>;
export function onProgress(listener: ((what: string, done: number, total: number) => void) | null): Promise<void>;
export function open(input: Input, options?: OpenOptions): Promise<Source>;
export function inspect(input: Input, options?: OpenOptions & InspectOptions): Promise<InspectReport | OtherReport>;
export function planPackage(files: PackageInputs, options?: PackageOptions): Promise<PackageJob>;
export function pack(files: PackageInputs, to: Output, options?: PackageOptions & WorkOptions & { force?: boolean }): Promise<Packed>;
