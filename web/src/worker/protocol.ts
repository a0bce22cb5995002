// Messages between the page and its worker: one request, one answer with the same id, progress in between.
// The worker owns the files and the WebAssembly core; the page owns what is shown.

/** Error of the core, with the command line's code, words and hint. */
export interface Problem {
  code: string;
  message: string;
  where: { path?: string; field?: string; offset?: number } | null;
  hint: string | null;
}

export interface Dimension {
  name: string;
  dtype: string | null;
  shape: (number | string | null)[] | null;
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

export interface Report {
  schema: string;
  file: string;
  format: string;
  size: number;
  producer: { name: string; version: string };
  domain: string;
  model_version: number;
  ir_version: number | null;
  opset_imports: { domain: string; version: number }[];
  metadata: { key: string; value: string }[];
  inputs: Dimension[];
  outputs: Dimension[];
  nodes: number;
  functions: number;
  initializers: { count: number; parameters: number; bytes: number };
  external_data: { location: string; bytes: number; present: boolean | null }[];
  source: { kind: "hub" | "local" | "unknown"; hub_id: string | null; revision: string | null; original_path: string | null };
  hierarchy: { form: string; derived: boolean; modules: ModuleInfo[] };
}

export interface Runtime {
  version: string;
  refusal: string | null;
}

export interface TensorInfo {
  name: string;
  dtype: string | null;
  shape: number[];
  bytes: number | null;
  where: "inline" | "external" | "fields";
  location?: string;
  offset: number;
  length: number | null;
  data_field?: number;
}

export interface NodeRow {
  index: number;
  name: string;
  op: string;
  module: number;
}

export interface Link {
  value: string;
  nodes: NodeRow[];
  /** Where no node makes the value: a graph input, or a stored tensor. */
  tensor: TensorInfo | null;
}

export interface NodeDetail {
  index: number;
  name: string;
  op: string;
  module: number;
  doc_string: string;
  attributes: { name: string; type: string; value: unknown }[];
  metadata: { key: string; value: string }[];
  inputs: Link[];
  outputs: Link[];
}

/** A module's direct children with the tensors between them. */
export interface ModuleGraph {
  vertices: { key: string; label: string; module: number | null; node: number | null; nodes: number }[];
  edges: { from: string; to: string; values: number }[];
}

export interface TensorReport {
  dtype: string | null;
  elements: number;
  supported: boolean;
  first: (number | string)[];
  min: number | null;
  max: number | null;
  mean: number | null;
  nan: number;
  inf: number;
  zero: number;
}

export interface SearchHit {
  kind: "module" | "node" | "tensor";
  label: string;
  detail: string;
  index: number;
}

export interface Finding {
  rule: string;
  severity: "error" | "warning" | "info";
  refused_by: string[];
  message: string;
  where: { path: string; field: string | null; offset: number | null; node?: string; module?: string };
  hint: string | null;
  fixable: boolean;
  /** Further places of the same rule that are not listed. */
  more?: number;
}

export interface Edits {
  set: { key: string; value: string }[];
  remove: string[];
  /** Apply every fixable finding. */
  repair: boolean;
}

export interface PlanView {
  unchanged: boolean;
  source_size: number;
  output_size: number;
  notes: { path: string; before: string | null; after: string | null }[];
}

export interface Opened {
  report: Report;
  runtimes: Runtime[];
  /** Requests and bytes that opening took. */
  read: { bytes: number; requests: number };
  missing: { location: string; bytes: number }[];
  /** Whether edits can be made: the file is ONNX. */
  editable: boolean;
}

/** What each call takes and gives. */
export interface Calls {
  version: { takes: null; gives: string };
  open: { takes: { files: File[]; url: string | null }; gives: Opened };
  nodes: { takes: { module: number; below: boolean; start: number; count: number }; gives: { total: number; rows: NodeRow[] } };
  moduleGraph: { takes: { module: number }; gives: ModuleGraph };
  node: { takes: { index: number }; gives: NodeDetail };
  /** The innermost node around a byte of the file. */
  nodeAt: { takes: { offset: number }; gives: number | null };
  tensors: { takes: { module: number; start: number; count: number }; gives: { total: number; rows: TensorInfo[] } };
  tensor: { takes: { name: string }; gives: TensorInfo | null };
  statistics: { takes: { name: string }; gives: TensorReport };
  search: { takes: { text: string }; gives: SearchHit[] };
  check: { takes: null; gives: Finding[] };
  plan: { takes: Edits; gives: PlanView };
  save: { takes: null; gives: { blob: Blob; sha256: string } };
}
export type CallName = keyof Calls;

export type Request = { [K in CallName]: { id: number; call: K; argument: Calls[K]["takes"] } }[CallName];
export type Answer =
  | { id: number; kind: "done"; result: unknown }
  | { id: number; kind: "failed"; problem: Problem }
  | { id: number; kind: "progress"; what: string; done: number; total: number };
