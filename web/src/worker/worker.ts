// The worker: files in, documents out. All reading is synchronous and by ranges; weights never enter the heap as a
// whole. This file is the table of calls; what they do is beside it.
import { load, onProgress, open, version } from "../../../wasm/modelexport.mjs";
import { section } from "../io/url_reader";
import { edited, mend, migration, plan, sha256, stamp } from "./edit";
import type { GraphNode } from "./graph";
import { beside, dataFile, graph, opened } from "./model";
import { hubFiles, openModel } from "./open";
import { fetchFor, packagePlan, packageSave } from "./package";
import { answer, begin, progress } from "./progress";
import { PageError, problemOf } from "./problem";
import type { CallName, Calls, Finding, Request, TensorPlace, TensorReport } from "./protocol";

// A page that is one file brings the module as text; otherwise it lies beside the page.
declare const WASM_BASE64: string;
if (typeof WASM_BASE64 === "string") {
  const text = atob(WASM_BASE64);
  void load({ wasm: Uint8Array.from(text, (c) => c.charCodeAt(0)) });
} else {
  void load();
}

async function node({ index }: { index: number }): Promise<Calls["node"]["gives"]> {
  const all = await graph();
  const row = all.row(index);
  const { offset, size, header } = all.nodes[index] as GraphNode;
  const detail = (await opened().source.node({ offset, size, header })) as {
    doc_string: string; attributes: Calls["node"]["gives"]["attributes"];
    metadata: Calls["node"]["gives"]["metadata"]; inputs: string[]; outputs: string[];
  };
  return {
    ...row, doc_string: detail.doc_string, attributes: detail.attributes, metadata: detail.metadata,
    inputs: detail.inputs.map((v) => all.input(v)), outputs: detail.outputs.map((v) => all.output(v)),
  };
}

/** Where the tensor's bytes are, and nothing else. */
async function tensorPlace({ name }: { name: string }): Promise<TensorPlace> {
  const tensor = (await graph()).tensor(name);
  if (tensor === null) throw new Error(`no tensor '${name}'`);
  const { offset, length } = tensor;
  const outside = tensor.where === "external";
  const local = outside ? dataFile(tensor.location ?? "") : opened().file;
  if (local instanceof Blob) return { tensor, blob: length === null ? local.slice(offset) : local.slice(offset, offset + length), remote: null };
  const reader = outside ? opened().remote.get(tensor.location ?? "") : opened().reader;
  if (reader === null || reader === undefined) throw new PageError("ME-IO-001", `the data file '${tensor.location}' is not open`, "drop it here together with the model");
  return { tensor: { ...tensor, length: length ?? reader.size - offset }, blob: null, remote: reader.place };
}

async function statisticsOf({ tensor, blob, remote }: TensorPlace): Promise<TensorReport> {
  const end = tensor.offset + (tensor.length ?? 0);
  const bytes = blob ?? await section(remote ?? { url: "", direct: null }, tensor.offset, end, (done) => progress("reading the tensor", done, end - tensor.offset));
  const part = await open(bytes);
  await onProgress((_, done, total) => progress("reading the tensor", done, total));
  try {
    return (await part.statistics({ ...tensor, offset: 0 })) as TensorReport;
  } finally {
    part.close();
    await onProgress(progress);
  }
}

const check = async (): Promise<Finding[]> => ((await opened().source.check({ files: beside() })) as { findings: Finding[] }).findings;

async function judge({ blob, name }: Calls["judge"]["takes"]): Promise<Calls["judge"]["gives"]> {
  const written = await open(blob, { name });
  try {
    const { runtimes } = (await written.ask({ ask: "facts" })) as Calls["judge"]["gives"];
    return { runtimes, findings: ((await written.check({ files: beside() })) as { findings: Finding[] }).findings };
  } finally {
    written.close();
  }
}

const handlers: { [K in CallName]: (argument: Calls[K]["takes"]) => Promise<Calls[K]["gives"]> } = {
  version,
  open: openModel,
  hubFiles,
  nodes: async ({ module, below, start, count }) => (await graph()).nodesOf(module, below, start, count),
  moduleGraph: async ({ module }) => (await graph()).moduleGraph(module),
  node,
  nodeAt: async ({ offset }) => (await graph()).nodeAt(offset),
  tensors: async ({ module, start, count }) => (await graph()).tensorsOf(module, start, count),
  tensor: async ({ name }) => (await graph()).tensor(name),
  tensorPlace,
  statisticsOf,
  statistics: async ({ name }) => statisticsOf(await tensorPlace({ name })),
  search: async ({ text }) => (await graph()).search(text),
  check,
  plan,
  migration,
  stamp,
  save: edited,
  sha256,
  judge,
  mend,
  packagePlan,
  fetchComponents: fetchFor,
  packageSave,
};

/** Plans and what is made of them follow one another: a plan must not change under the file that is written by it. */
const IN_ORDER: ReadonlySet<CallName> = new Set(["plan", "save", "packagePlan", "packageSave"]);
let last: Promise<unknown> = Promise.resolve();

self.onmessage = async (event: MessageEvent<Request>) => {
  const { id, call, argument } = event.data;
  const run = async (): Promise<void> => {
    begin(id);
    try {
      const result = await (handlers[call] as (argument: unknown) => unknown)(argument);
      answer({ id, kind: "done", result });
    } catch (error) {
      answer({ id, kind: "failed", problem: problemOf(error) });
    }
  };
  if (IN_ORDER.has(call)) last = last.then(run);
  else await run();
};
