// The worker: files in, documents out. All reading is synchronous and by ranges; weights never enter the heap as a
// whole. Edits are plans of the core, executed here by slicing the file, so that saving a model of gigabytes copies
// nothing until the browser writes the result.
import { ModelExportError, load, onProgress, open, planPackage, version } from "../../../wasm/modelexport.mjs";
import type { PackageJob, Source } from "../../../wasm/modelexport.mjs";
import { arrange, type Arranged } from "./arrange";
import { Graph, type GraphNode } from "./graph";
import type { Answer, CallName, Calls, Edits, Finding, Opened, PlanView, Problem, Report, Request, Runtime, TensorInfo, TensorReport } from "./protocol";
import { filesInZip } from "./unzip";
import { UrlError, UrlReader } from "../io/url_reader";

interface OpenModel {
  source: Source;
  /** null for a URL: it can be read, not saved. */
  file: File | null;
  files: Arranged | null;
  report: Report;
  graph: Graph | null;
  plan: { view: PlanView; parts: BlobPart[] } | null;
  package: PackageJob | null;
  /** Data files beside a file behind an address, by location. */
  remote: Map<string, UrlReader>;
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

function closeModel(): void {
  model?.package?.close();
  model?.source.close();
  model = null;
}

async function openFiles({ files, url, shown }: Calls["open"]["takes"]): Promise<Opened> {
  closeModel();
  await onProgress(progress);
  const arranged = url === null ? arrange(files, shown) : null;
  const file = arranged?.shown.file ?? null;
  const source = await open(file ?? new UrlReader(url as string), url === null ? {} : { name: url });
  progress("reading the structure", 0, source.size);
  const report = (await source.inspect()) as unknown as Report;
  if (report.format === "zip" && file !== null) {
    const inside = await filesInZip(file, source);
    if (inside.some((f) => f.path.endsWith(".onnx"))) {
      source.close();
      return openFiles({ files: inside, url, shown });
    }
  }
  model = { source, file, files: arranged, report, graph: null, plan: null, package: null, remote: new Map() };
  const place = { path: arranged?.shown.path ?? url ?? "", models: arranged?.models.map((m) => m.path) ?? [] };
  if (report.format !== "onnx") {
    return { report, runtimes: [], read: source.read, missing: [], editable: false, complete: false, ...place };
  }
  progress("reading the graph", 0, source.size);
  const document = (await source.graph()) as { nodes: GraphNode[]; initializers: TensorInfo[]; runtimes: Runtime[] };
  model.graph = new Graph(document.nodes, document.initializers, report.hierarchy.modules);
  const missing = report.external_data.filter((e) => ((url === null ? dataFile(e.location) : remoteData(url, e.location))?.size ?? -1) < e.bytes);
  const complete = arranged?.components.some((f) => f.path === "config.json") === true;
  return { report, runtimes: document.runtimes, read: source.read, missing, editable: file !== null, complete, ...place };
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** By its place, or by name alone: a browser may give files without directories. */
function dataFile(location: string): File | undefined {
  const { files } = opened();
  if (files === null) return undefined;
  const beside = files.shown.path.slice(0, files.shown.path.length - lastPart(files.shown.path).length) + location.replace(/^\.\//, "");
  const found = (path: string): File | undefined => files.data.find((f) => f.path === path)?.file;
  return found(beside) ?? found(lastPart(location));
}

/** A data file beside the address of its model; null where there is none that may be read. */
function remoteData(model: string, location: string): UrlReader | null {
  const beside = new URL(".", model);
  const address = new URL(location.split("/").map(encodeURIComponent).join("/"), beside);
  if (!address.href.startsWith(beside.href) || address.href === model) return null;
  try {
    const reader = new UrlReader(address.href);
    opened().remote.set(location, reader);
    return reader;
  } catch (error) {
    if (error instanceof UrlError) return null;
    throw error;
  }
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
  const file = dataFile(tensor.location ?? "") ?? opened().remote.get(tensor.location ?? "");
  if (file === undefined) throw new PageError("ME-IO-001", `the data file '${tensor.location}' is not open`, "drop it here together with the model");
  const source = await open(file);
  try {
    return (await source.statistics(tensor)) as TensorReport;
  } finally {
    source.close();
  }
}

async function check(): Promise<Finding[]> {
  const { source, files: arranged } = opened();
  const files = (arranged?.data ?? []).map(({ path, file }) => ({ name: lastPart(path), size: file.size }));
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

/** The files' paths with what to read; the model that is shown with its planned edits. */
function packageInputs({ files, plan }: OpenModel): Parameters<typeof planPackage>[0] {
  if (files === null) throw new PageError("ME-CLI-004", "a file behind an address cannot be packed", "download it and drop it here with the other files of the model");
  const group = (list: { path: string; file: Blob }[]): Record<string, Blob> => Object.fromEntries(list.map(({ path, file }) => [path, file]));
  const edited = plan === null || plan.view.unchanged ? null : new Blob(plan.parts);
  const models = files.models.map(({ path, file }) => ({ path, file: path === files.shown.path ? edited ?? file : file }));
  return { models: group(models), data: group(files.data), components: group(files.components) };
}

async function packagePlan({ target, output }: Calls["packagePlan"]["takes"]): Promise<Calls["packagePlan"]["gives"]> {
  const current = opened();
  current.package?.close();
  current.package = null;
  current.package = await planPackage(packageInputs(current), { target, output });
  return current.package.plan;
}

async function packageSave(): Promise<Calls["packageSave"]["gives"]> {
  const job = opened().package;
  if (job === null) throw new Error("there is no plan");
  const { report, pieces } = await job.layout({ progress: (done, total) => progress("checksums", done, total) });
  const parts = pieces.map((piece): BlobPart => ("bytes" in piece ? (piece.bytes as Uint8Array<ArrayBuffer>) : (piece.input as Blob).slice(piece.offset, piece.offset + piece.size)));
  return { blob: new Blob(parts, { type: "application/zip" }), report };
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
  packagePlan,
  packageSave,
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
