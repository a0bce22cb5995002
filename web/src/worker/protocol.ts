// Messages between the page and its worker: one request, one answer with the same id, progress in between.
// The worker owns the files and the WebAssembly core; the page owns what is shown.

import type { HubFile } from "../io/hub";
import type { InspectReport, ModuleInfo, PackagePlan, PackageReport, Problem as CoreProblem } from "../../../wasm/modelexport.mjs";

export type { ModuleInfo, PackagePlan, PackageReport };

/** Error of the core, with the command line's code, words and hint; some are the page's own. */
export type Problem = Omit<CoreProblem, "code"> & { code: string; /** A repair makes a model of the file. */ fixable?: boolean };

/** What is known of a file; of other formats than ONNX only `file`, `format` and `size`. */
export type Report = Omit<InspectReport, "schema" | "format"> & { schema: string; format: string };

/** A file with its place among those it was dropped with. */
export interface PickedFile {
  path: string;
  file: File;
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

/** Where a tensor's bytes are, so that another worker can read them: a part of a file, or a range of an address. */
export interface TensorPlace {
  tensor: TensorInfo;
  blob: Blob | null;
  remote: { url: string; direct: string | null } | null;
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

export interface MigrateChoice {
  /** Directory or ID@COMMIT that the model was exported from; "" as the file says. */
  source: string;
  renameInputs: boolean;
  dynamic: boolean;
}

export interface Edits {
  set: { key: string; value: string }[];
  remove: string[];
  /** Apply every fixable finding. */
  repair: boolean;
  /** Before the other edits: what `migrate` does. */
  migrate: MigrateChoice | null;
}

export interface PlanNote {
  path: string;
  before: string | null;
  after: string | null;
}

export interface PlanView {
  unchanged: boolean;
  source_size: number;
  output_size: number;
  notes: PlanNote[];
}

/** As the elements of `migrate --json` `files`. */
export interface Migration {
  from: { form: string; class: string | null; sidecar: string | null };
  steps: { rule: string; action: string }[];
  notes: { rule: string; severity: Finding["severity"]; message: string; hint: string }[];
  unchanged: boolean;
  repairable: "yes" | "needs source" | "no";
  reason: string | null;
  loader: { task: string | null; class: string | null; problem: string | null };
  errors: { before: number; left: { rule: string; message: string }[] };
}

/** What `stamp --source` writes. */
export interface StampEntries {
  set: { key: string; value: string }[];
  remove: string[];
  warnings: Problem[];
  /** What the Hub said, when it was asked. */
  commit: string | null;
}

/** Where a file that is not on this computer is. */
export type Place = { kind: "url"; url: string } | { kind: "hub"; file: HubFile };

export interface Opened {
  report: Report;
  runtimes: Runtime[];
  /** Requests and bytes that opening took. */
  read: { bytes: number; requests: number };
  /** Data files that are not there (`size` null), or end before the last weight in them. */
  missing: { location: string; bytes: number; size: number | null }[];
  /** Whether edits can be made: the file is ONNX. */
  editable: boolean;
  /** Path of the file that is shown, and of the ONNX files that belong to it. */
  path: string;
  models: string[];
  /** The model's configuration is among the files. */
  complete: boolean;
  /** Of a file from the Hub: the commit that is read. */
  hub: (HubFile & { commit: string }) | null;
  /** More is being read: what is known so far. `values`: inputs, outputs, opset and stamp are. */
  partial: { nodes: boolean; values: boolean; weights: boolean } | null;
}

export interface PackageChoice {
  target: "optimum" | "transformers.js" | "optimum,transformers.js";
  /** Name of the zip. */
  output: string;
}

export interface ComponentsFetched {
  source: string;
  files: { path: string; bytes: number }[];
}

/** What each call takes and gives. */
export interface Calls {
  version: { takes: null; gives: string };
  /** `shown`: path of one of several ONNX files. */
  open: { takes: { files: PickedFile[]; place: Place | null; shown: string | null }; gives: Opened };
  /** The ONNX files of a Hub model. */
  hubFiles: { takes: { repo: string; revision: string }; gives: { commit: string; files: string[] } };
  nodes: { takes: { module: number; below: boolean; start: number; count: number }; gives: { total: number; rows: NodeRow[] } };
  moduleGraph: { takes: { module: number }; gives: ModuleGraph };
  node: { takes: { index: number }; gives: NodeDetail };
  /** The innermost node around a byte of the file. */
  nodeAt: { takes: { offset: number }; gives: number | null };
  /** `dtypes`: bytes by element type, of all of them. */
  tensors: { takes: { module: number; start: number; count: number }; gives: { total: number; rows: TensorInfo[]; dtypes: [string, number][] } };
  tensor: { takes: { name: string }; gives: TensorInfo | null };
  statistics: { takes: { name: string }; gives: TensorReport };
  tensorPlace: { takes: { name: string }; gives: TensorPlace };
  statisticsOf: { takes: TensorPlace; gives: TensorReport };
  search: { takes: { text: string }; gives: SearchHit[] };
  check: { takes: null; gives: Finding[] };
  plan: { takes: Edits; gives: PlanView };
  /** What migrate would do; nothing is planned by that. */
  migration: { takes: MigrateChoice; gives: Migration };
  /** `ask`: the Hub may be asked for the commit. */
  stamp: { takes: { source: string; ask: boolean }; gives: StampEntries };
  save: { takes: null; gives: Blob };
  sha256: { takes: { blob: Blob }; gives: string };
  /** Of a file that does not open: what a repair makes of it. */
  mend: { takes: { file: Blob; name: string }; gives: Blob };
  /** What the check says about a file that was made of the open one. */
  judge: { takes: { blob: Blob; name: string }; gives: { runtimes: Runtime[]; findings: Finding[] } };
  /** A package of the files that are open; with the edits of the last plan. */
  packagePlan: { takes: PackageChoice; gives: PackagePlan };
  /** The components of a Hub model, from the Hub, for the package. */
  fetchComponents: { takes: { repo: string; revision: string }; gives: ComponentsFetched };
  packageSave: { takes: null; gives: { blob: Blob; report: PackageReport } };
}
export type CallName = keyof Calls;

export type Request = { [K in CallName]: { id: number; call: K; argument: Calls[K]["takes"] } }[CallName];
export type Answer =
  | { id: number; kind: "done"; result: unknown }
  | { id: number; kind: "failed"; problem: Problem }
  | { id: number; kind: "partial"; opened: Opened }
  | { id: number; kind: "progress"; what: string; done: number; total: number };
