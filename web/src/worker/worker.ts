// The worker: files in, documents out. All reading is synchronous and by ranges; weights never enter the heap as a
// whole. This file is the table of calls; what they do is beside it.
import { load, open, version } from "../../../wasm/modelexport.mjs";
import { edited, migration, plan, sha256, stamp } from "./edit";
import type { GraphNode } from "./graph";
import { dataFile, graph, lastPart, opened } from "./model";
import { hubFiles, openModel } from "./open";
import { fetchFor, packagePlan, packageSave } from "./package";
import { answer, begin } from "./progress";
import { PageError, problemOf } from "./problem";
import type { CallName, Calls, Finding, Request, TensorReport } from "./protocol";

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

/** Reads the tensor's bytes and nothing else, wherever they lie. */
async function statistics({ name }: { name: string }): Promise<TensorReport> {
  const tensor = (await graph()).tensor(name);
  if (tensor === null) throw new Error(`no tensor '${name}'`);
  const { offset, length } = tensor;
  const outside = tensor.where === "external";
  const local = outside ? dataFile(tensor.location ?? "") : opened().file;
  if (local instanceof Blob) {
    const part = await open(length === null ? local.slice(offset) : local.slice(offset, offset + length));
    try {
      return (await part.statistics({ ...tensor, offset: 0 })) as TensorReport;
    } finally {
      part.close();
    }
  }
  const reader = outside ? opened().remote.get(tensor.location ?? "") : opened().reader;
  if (reader === null || reader === undefined) throw new PageError("ME-IO-001", `the data file '${tensor.location}' is not open`, "drop it here together with the model");
  const source = outside ? await open(reader) : opened().source;
  reader.limit = length === null ? Infinity : offset + length;
  try {
    return (await source.statistics(tensor)) as TensorReport;
  } finally {
    reader.limit = Infinity;
  }
}

async function check(): Promise<Finding[]> {
  const { source, files: arranged, remote } = opened();
  const files = (arranged?.data ?? []).map(({ path, file }) => ({ name: lastPart(path), size: file.size }));
  for (const [location, { size }] of remote) files.push({ name: lastPart(location), size });
  return ((await source.check({ files })) as { findings: Finding[] }).findings;
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
  statistics,
  search: async ({ text }) => (await graph()).search(text),
  check,
  plan,
  migration,
  stamp,
  save: edited,
  sha256,
  packagePlan,
  fetchComponents: fetchFor,
  packageSave,
};

self.onmessage = async (event: MessageEvent<Request>) => {
  const { id, call, argument } = event.data;
  begin(id);
  try {
    const result = await (handlers[call] as (argument: unknown) => unknown)(argument);
    answer({ id, kind: "done", result });
  } catch (error) {
    answer({ id, kind: "failed", problem: problemOf(error) });
  }
};
