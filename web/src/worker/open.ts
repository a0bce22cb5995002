// Opening: a file on this computer, or one behind an address, whose facts come from its beginning and its end before
// everything between is walked.
import { ModelExportError, onProgress, open, type Source } from "../../../wasm/modelexport.mjs";
import { FIRST, UrlError, UrlReader } from "../io/url_reader";
import { fileUrl, isCommit } from "../io/hub";
import { arrange, type Arranged } from "./arrange";
import { Graph, type GraphNode } from "./graph";
import { guess } from "./guess";
import { modelInfo } from "./hub";
import { closeModel, dataFile, lastPart, remoteData, setModel, type OpenModel } from "./model";
import { progress, publish } from "./progress";
import { PageError } from "./problem";
import type { Calls, Finding, Opened, Place, Report, Runtime, TensorInfo } from "./protocol";
import { filesInZip } from "./unzip";

type Where = Pick<Opened, "path" | "models" | "hub">;

export async function openModel(argument: Calls["open"]["takes"]): Promise<Opened> {
  closeModel();
  await onProgress(progress);
  return argument.place === null ? openFiles(argument) : openPlace(argument.place);
}

async function openFiles({ files, shown, place }: Calls["open"]["takes"]): Promise<Opened> {
  const arranged = arrange(files, shown);
  const { file } = arranged.shown;
  const source = await open(file);
  progress("reading the structure", 0, source.size);
  const facts = await factsOf(source);
  const { report } = facts;
  if (report.format === "zip") {
    const inside = await filesInZip(file, source);
    if (inside.some((f) => f.path.endsWith(".onnx"))) {
      source.close();
      return openFiles({ files: inside, shown, place });
    }
  }
  const ready = later<Graph>();
  const model = made({ source, file, files: arranged, report, graph: ready.promise });
  setModel(model);
  return finish(model, facts.runtimes, ready, { path: arranged.shown.path, models: arranged.models.map((m) => m.path), hub: null });
}

const made = (parts: Pick<OpenModel, "source" | "report" | "graph"> & Partial<OpenModel>): OpenModel =>
  ({ file: null, reader: null, url: null, files: null, hub: null, plan: null, package: null, remote: new Map(), downloads: new Map(), fetched: null, ...parts });

interface Facts {
  report: Report;
  runtimes: Runtime[];
}

/** Of what is no readable model `check` knows more than who wanted to open it: what it is instead, and what helps. */
async function factsOf(source: Source): Promise<Facts> {
  try {
    return (await source.ask({ ask: "facts" })) as Facts;
  } catch (error) {
    if (!(error instanceof ModelExportError)) throw error;
    const { findings } = (await source.check().catch(() => ({ findings: [] }))) as { findings: Finding[] };
    const found = findings.find((f) => f.severity === "error");
    if (found === undefined) throw error;
    const { path, field, offset } = found.where;
    throw new PageError(found.rule, found.message, found.hint, { path, ...(field !== null && { field }), ...(offset !== null && { offset }) }, found.fixable);
  }
}

interface Later<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
}
function later<T>(): Later<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => { resolve = done; });
  return { promise, resolve };
}

/** The facts are shown while nodes and tensors are listed. */
async function finish(model: OpenModel, runtimes: Runtime[], ready: Later<Graph>, where: Where): Promise<Opened> {
  const { source, report, files } = model;
  const known = { report, runtimes, read: readOf(model), missing: [], editable: false, complete: false, partial: null, ...where };
  if (report.format !== "onnx") return known;
  publish({ ...known, editable: true, partial: { nodes: true, values: true, weights: true } });
  progress("reading the graph", 0, 0);
  const document = (await source.graph()) as { nodes: GraphNode[]; initializers: TensorInfo[] };
  ready.resolve(new Graph(document.nodes, document.initializers, report.hierarchy.modules));
  const missing: Opened["missing"] = [];
  for (const { location, bytes } of report.external_data) {
    const there = files === null ? await remoteData(location) : dataFile(location);
    if ((there?.size ?? -1) < bytes) missing.push({ location, bytes, size: there?.size ?? null });
  }
  return { ...known, read: readOf(model), missing, editable: true, complete: isComplete(files) };
}

const isComplete = (files: Arranged | null): boolean => files?.components.some((f) => f.path === "config.json") === true;
const readOf = ({ reader, source }: OpenModel): Opened["read"] => (reader === null ? source.read : { bytes: reader.bytes, requests: reader.requests });

// --- Behind an address.

async function openPlace(place: Place): Promise<Opened> {
  const hub = place.kind === "hub" ? await atCommit(place.file) : null;
  const url = hub !== null ? fileUrl({ ...hub, revision: hub.commit }) : (place as { url: string }).url;
  progress("reading the beginning", 0, FIRST);
  const reader = await UrlReader.open(url).catch((error: unknown) => {
    if (hub !== null && error instanceof UrlError && error.code === "ME-IO-001") throw missingFile(hub);
    throw error;
  });
  const name = hub?.path ?? url;
  const source = await open(reader, { name });
  const ready = later<Graph>();
  const model = made({ source, reader, url, hub, report: { format: "" } as Report, graph: ready.promise });
  setModel(model);
  const where: Where = { path: name, models: [], hub };
  await sketches(model, where);
  const facts = await factsOf(source);
  model.report = facts.report;
  return finish(model, facts.runtimes, ready, where);
}

async function atCommit(file: NonNullable<Opened["hub"]> | Omit<NonNullable<Opened["hub"]>, "commit">): Promise<NonNullable<Opened["hub"]>> {
  if (isCommit(file.revision)) return { ...file, commit: file.revision };
  progress("asking the Hub", 0, 0);
  return { ...file, commit: (await modelInfo(file.repo, file.revision)).commit };
}

const missingFile = ({ repo, revision, path }: NonNullable<Opened["hub"]>): PageError =>
  new PageError("ME-HUB-008", `${repo}${revision === "" ? "" : `@${revision}`} has no file '${path}'`, `open ${repo} to choose among its ONNX files`);

interface SketchDocument extends Facts {
  complete: boolean;
  nodes: boolean;
  tail: boolean;
  reached: number;
  /** Where the large tensors begin that were visited. */
  large: number[];
}

const MOST_HEAD = 256 * 1024 * 1024;
const STEP = 4;
/** Large weights that are visited one after the other before it is looked whether layers repeat. */
const FIRST_JUMPS = 16;

/** Facts first, then the nodes, then more and more of the weights' headers: each as soon as it is known. */
async function sketches(model: OpenModel, where: Where): Promise<void> {
  let head = FIRST / 2;
  let jumps = 0;
  let reached = 0;
  while (head < MOST_HEAD) {
    const sketch = (await model.source.ask({ ask: "sketch", head, jumps })) as SketchDocument | null;
    if (sketch === null || sketch.complete) return;
    model.report = sketch.report;
    publish({ report: sketch.report, runtimes: sketch.runtimes, read: readOf(model), missing: [], editable: false, complete: false, partial: { nodes: sketch.nodes, values: sketch.tail, weights: false }, ...where });
    progress("reading the structure", sketch.reached, model.source.size);
    // Reading on while there are nodes or small tensors; from one large tensor to the next after that.
    if (sketch.nodes && sketch.reached > reached) {
      const next = guess(sketch.large, model.source.size);
      await model.reader?.prefetch(next);
      jumps = Math.max(FIRST_JUMPS, next.length > 0 ? sketch.large.length + next.length : jumps + FIRST_JUMPS);
    } else head *= STEP;
    reached = sketch.reached;
  }
}

/** The ONNX files of a model on the Hub. */
export async function hubFiles({ repo, revision }: Calls["hubFiles"]["takes"]): Promise<Calls["hubFiles"]["gives"]> {
  const { commit, files } = await modelInfo(repo, revision);
  return { commit, files: files.filter((f) => f.endsWith(".onnx")).sort((a, b) => a.split("/").length - b.split("/").length || (lastPart(a) === "model.onnx" ? -1 : lastPart(b) === "model.onnx" ? 1 : a < b ? -1 : 1)) };
}
