// The worker: files in, documents out. All reading is synchronous and by ranges; weights never enter the heap as a
// whole. Edits are plans of the core, executed here by slicing the file, so that saving a model of gigabytes copies
// nothing until the browser writes the result.
import { ModelExportError, load, onProgress, open, version } from "../../../wasm/modelexport.mjs";
import type { Source } from "../../../wasm/modelexport.mjs";
import { Graph, type GraphNode } from "./graph";
import type { Answer, CallName, Calls, Edits, Finding, Opened, PlanView, Problem, Report, Request, Runtime, TensorInfo, TensorReport } from "./protocol";
import { UrlError, UrlReader } from "../io/url_reader";

interface OpenModel {
  source: Source;
  /** null for a URL: it can be read, not saved. */
  file: File | null;
  data: Map<string, File>;
  report: Report;
  graph: Graph | null;
  plan: { view: PlanView; parts: BlobPart[] } | null;
}

interface PlanDocument extends PlanView {
  pieces: ({ offset: number; size: number } | { base64: string })[];
}

let model: OpenModel | null = null;

// A page that is one file brings the module as text; otherwise it lies beside the page.
declare const WASM_BASE64: string;
if (typeof WASM_BASE64 === "string") {
  const text = atob(WASM_BASE64);
  void load({ wasm: Uint8Array.from(text, (c) => c.charCodeAt(0)) });
}

const scope = self as unknown as { postMessage: (message: Answer) => void };
let current = 0;
let lastProgress = 0;
function progress(what: string, done: number, total: number): void {
  const now = performance.now();
  if (now - lastProgress < 50 && done < total) return;
  lastProgress = now;
  scope.postMessage({ id: current, kind: "progress", what, done, total });
}

function opened(): OpenModel {
  if (model === null) throw new Error("no file is open");
  return model;
}
function graph(): Graph {
  const { graph } = opened();
  if (graph === null) throw new Error("the file has no graph");
  return graph;
}

/** The ONNX file among several; the others may be its data files and components. */
function chooseModel(files: File[]): File {
  const first = files[0];
  if (first === undefined) throw new Error("no file");
  return files.find((f) => f.name.endsWith(".onnx")) ?? first;
}

async function openFiles({ files, url }: Calls["open"]["takes"]): Promise<Opened> {
  model?.source.close();
  model = null;
  const file = url === null ? chooseModel(files) : null;
  await onProgress(progress);
  const source = await open(file ?? new UrlReader(url as string), url === null ? {} : { name: url });
  progress("reading the structure", 0, source.size);
  const report = (await source.inspect()) as unknown as Report;
  const data = new Map(files.filter((f) => f !== file).map((f) => [f.name, f]));
  model = { source, file, data, report, graph: null, plan: null };
  if (report.format !== "onnx") {
    return { report, runtimes: [], read: source.read, missing: [], editable: false };
  }
  progress("reading the graph", 0, source.size);
  const document = (await source.graph()) as { nodes: GraphNode[]; initializers: TensorInfo[]; runtimes: Runtime[] };
  model.graph = new Graph(document.nodes, document.initializers, report.hierarchy.modules);
  const missing = report.external_data.filter((e) => (dataFile(e.location)?.size ?? -1) < e.bytes);
  return { report, runtimes: document.runtimes, read: source.read, missing, editable: file !== null };
}

/** By name: a browser gives dropped files without directories. */
function dataFile(location: string): File | undefined {
  return model?.data.get(location.slice(location.lastIndexOf("/") + 1));
}

async function node(index: number): Promise<Calls["node"]["gives"]> {
  const row = graph().row(index);
  const { offset, size, header } = graph().nodes[index] as GraphNode;
  const detail = (await opened().source.node({ offset, size, header })) as {
    doc_string: string; attributes: Calls["node"]["gives"]["attributes"];
    metadata: Calls["node"]["gives"]["metadata"]; inputs: string[]; outputs: string[];
  };
  return {
    ...row, doc_string: detail.doc_string, attributes: detail.attributes, metadata: detail.metadata,
    inputs: detail.inputs.map((v) => graph().input(v)), outputs: detail.outputs.map((v) => graph().output(v)),
  };
}

async function statistics(name: string): Promise<TensorReport> {
  const tensor = graph().tensor(name);
  if (tensor === null) throw new Error(`no tensor '${name}'`);
  if (tensor.where !== "external") return (await opened().source.statistics(tensor)) as TensorReport;
  const file = dataFile(tensor.location ?? "");
  if (file === undefined) throw new PageError("ME-IO-001", `the data file '${tensor.location}' is not open`, "drop it here together with the model");
  const source = await open(file);
  try {
    return (await source.statistics(tensor)) as TensorReport;
  } finally {
    source.close();
  }
}

async function check(): Promise<Finding[]> {
  const { source, data } = opened();
  const files = [...data.values()].map(({ name, size }) => ({ name, size }));
  return ((await source.check({ files })) as { findings: Finding[] }).findings;
}

async function plan(edits: Edits): Promise<PlanView> {
  const { source, file } = opened();
  const document = (await source.plan(edits)) as unknown as PlanDocument;
  const parts = document.pieces.map((piece): BlobPart => {
    if ("base64" in piece) return Uint8Array.from(atob(piece.base64), (c) => c.charCodeAt(0));
    if (file === null) throw new Error("a file behind a URL is read only");
    return file.slice(piece.offset, piece.offset + piece.size);
  });
  const { unchanged, source_size, output_size, notes } = document;
  const view = { unchanged, source_size, output_size, notes };
  opened().plan = { view, parts };
  return view;
}

async function save(): Promise<Calls["save"]["gives"]> {
  const { plan, file } = opened();
  if (plan === null || file === null) throw new Error("there is no plan");
  const blob = new Blob(plan.parts, { type: "application/octet-stream" });
  const written = await open(blob);
  try {
    return { blob, sha256: await written.sha256() };
  } finally {
    written.close();
  }
}

const handlers: { [K in CallName]: (argument: Calls[K]["takes"]) => Promise<Calls[K]["gives"]> | Calls[K]["gives"] } = {
  version: () => version(),
  open: openFiles,
  nodes: ({ module, below, start, count }) => graph().nodesOf(module, below, start, count),
  moduleGraph: ({ module }) => graph().moduleGraph(module),
  node: ({ index }) => node(index),
  nodeAt: ({ offset }) => graph().nodeAt(offset),
  tensors: ({ module, start, count }) => graph().tensorsOf(module, start, count),
  tensor: ({ name }) => graph().tensor(name),
  statistics: ({ name }) => statistics(name),
  search: ({ text }) => graph().search(text),
  check,
  plan,
  save,
};

/** What only a page can run into, under the command line's codes. */
class PageError extends Error {
  constructor(readonly code: string, message: string, readonly hint: string | null) {
    super(message);
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof ModelExportError) {
    return { code: error.code, message: error.message, where: error.where, hint: error.hint };
  }
  if (error instanceof PageError) return { code: error.code, message: error.message, where: null, hint: error.hint };
  if (error instanceof UrlError) return { code: "ME-IO-003", message: error.message, where: null, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  const gone = error instanceof DOMException && (error.name === "NotReadableError" || error.name === "NotFoundError");
  return {
    code: gone ? "ME-IO-003" : "ME-CLI-003",
    message: gone ? "the file cannot be read any more: it was changed or removed after it was opened" : message,
    where: null, hint: gone ? "open it again" : null,
  };
}

self.onmessage = async (event: MessageEvent<Request>) => {
  const { id, call, argument } = event.data;
  current = id;
  try {
    const result = await (handlers[call] as (argument: unknown) => unknown)(argument);
    scope.postMessage({ id, kind: "done", result });
  } catch (error) {
    scope.postMessage({ id, kind: "failed", problem: problemOf(error) });
  }
};
