// Panels of what is selected: a module, a node, a tensor.
import { bytes, count, exact, number, shape } from "../format";
import { h, replace } from "../dom";
import { bars, fact, facts, section } from "./facts";
import { moduleGraph, tooLarge } from "./module_graph";
import { problemOf } from "../problem";
import { keepFocus } from "./focus";
import { WorkBar } from "./work_bar";
import type { Engine } from "../worker/client";
import type { Link, ModuleInfo, NodeRow, TensorInfo, TensorReport } from "../worker/protocol";
import type { Selection } from "../state";

const PAGE = 100;

export interface Shown {
  engine: Engine;
  /** For reading that takes long. */
  reader: Engine;
  modules: ModuleInfo[];
  select: (selection: Selection) => void;
  /** Shows where a node's module is. */
  reveal: (module: number) => void;
}

/** What fills the panel; asked again for every selection. */
export async function details(selection: Selection, shown: Shown): Promise<HTMLElement[]> {
  switch (selection.kind) {
    case "module":
      return moduleDetails(selection.index, shown);
    case "node":
      return nodeDetails(selection.index, shown);
    case "tensor":
      return tensorDetails(selection.name, shown);
    case "model":
      return [];
  }
}

function title(kind: string, name: string): HTMLElement {
  return h("h2", { class: "selected-title" }, h("span", { class: "kind" }, kind), h("span", { class: "selected-name" }, name));
}

async function moduleDetails(index: number, shown: Shown): Promise<HTMLElement[]> {
  const module = shown.modules[index];
  if (module === undefined) return [];
  const ops = Object.entries(module.ops).sort((a, b) => b[1] - a[1]);
  const [graph, tensors] = await Promise.all([
    shown.engine.call("moduleGraph", { module: index }),
    shown.engine.call("tensors", { module: index, start: 0, count: PAGE }),
  ]);
  return [
    title("Module", module.tag),
    facts(
      fact("Tag", module.tag, { copy: module.tag }),
      fact("Instance", module.scope === "" ? "the root" : module.scope, { copy: module.scope }),
      fact("Class", module.class),
      fact("Nodes", `${exact(module.nodes_total)} (${exact(module.nodes_direct)} of its own)`),
      fact("Parameters", count(module.parameters_total), { title: `${exact(module.parameters_total)}, ${exact(module.parameters_direct)} of its own` }),
      fact("Bytes", bytes(module.bytes_total), { title: exact(module.bytes_total) }),
      tensors.dtypes.length > 0 ? fact("Element types", tensors.dtypes.map(([name, size]) => `${name} ${bytes(size)}`).join(", ")) : null),
    ops.length > 0 ? section("Operators", bars(ops.slice(0, 12), exact)) : null,
    graph.vertices.length > 1 ? section("Inside", tooLarge(graph)
      ? h("p", { class: "muted" }, `${graph.vertices.length} parts: too many for a picture; choose a module below it.`)
      : h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Picture of the module" }, moduleGraph(graph, (v) => shown.select(
        v.module !== null ? { kind: "module", index: v.module } : { kind: "node", index: v.node as number })))) : null,
    await nodeList(index, shown),
    tensors.total > 0 ? section(`Stored tensors (${exact(tensors.total)})`, tensorList(tensors.rows, tensors.total, shown)) : null,
  ].filter((e): e is HTMLElement => e !== null);
}

async function nodeList(module: number, shown: Shown): Promise<HTMLElement> {
  const list = h("ol", { class: "items" });
  const more = h("button", { class: "quiet" }, "Show more");
  let loaded = 0;
  const load = async (): Promise<number> => {
    const { total, rows } = await shown.engine.call("nodes", { module, below: true, start: loaded, count: PAGE });
    loaded += rows.length;
    list.append(...rows.map((row) => h("li", null, nodeButton(row, shown))));
    more.hidden = loaded >= total;
    return total;
  };
  more.addEventListener("click", () => void load());
  const total = await load();
  return section(`Nodes (${exact(total)})`, list, more);
}

function nodeButton(row: NodeRow, shown: Shown): HTMLElement {
  return h("button", { class: "item", onclick: () => shown.select({ kind: "node", index: row.index }), title: row.name },
    h("span", { class: "op" }, row.op), h("span", { class: "item-name" }, row.name === "" ? `node ${row.index}` : row.name));
}

function tensorButton(tensor: TensorInfo, shown: Shown): HTMLElement {
  return h("button", { class: "item", onclick: () => shown.select({ kind: "tensor", name: tensor.name }), title: tensor.name },
    h("span", { class: "item-name" }, tensor.name), h("span", { class: "muted" }, `${tensor.dtype ?? "?"}${shape(tensor.shape)}`));
}

function tensorList(rows: TensorInfo[], total: number, shown: Shown): HTMLElement {
  return h("div", null, h("ol", { class: "items" }, rows.map((t) => h("li", null, tensorButton(t, shown)))),
    total > rows.length && h("p", { class: "muted" }, `the first ${rows.length} of ${exact(total)}; search finds the others`));
}

async function nodeDetails(index: number, shown: Shown): Promise<HTMLElement[]> {
  const node = await shown.engine.call("node", { index });
  const module = shown.modules[node.module];
  shown.reveal(node.module);
  return [
    title(node.op, node.name === "" ? `node ${index}` : node.name),
    facts(
      fact("Operator", node.op),
      fact("Name", node.name, { copy: node.name }),
      fact("Module", module === undefined ? null : h("button", { class: "link", onclick: () => shown.select({ kind: "module", index: node.module }) }, module.tag)),
      node.doc_string !== "" ? fact("Documentation", node.doc_string) : null),
    node.attributes.length > 0 ? section("Attributes", facts(...node.attributes.map((a) => fact(a.name, attributeText(a.value), { title: a.type })))) : null,
    section("Inputs", links(node.inputs, shown, "input of the model")),
    section("Outputs", links(node.outputs, shown, "output of the model")),
    node.metadata.length > 0 ? section("Metadata", facts(...node.metadata.map((m) => fact(m.key, m.value)))) : null,
  ].filter((e): e is HTMLElement => e !== null);
}

function attributeText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(", ")}${value.length === 64 ? ", …" : ""}]`;
  if (value !== null && typeof value === "object") {
    const t = value as { dtype?: string; shape?: number[]; nodes?: number; name?: string };
    return t.nodes !== undefined ? `graph '${t.name ?? ""}' with ${t.nodes} nodes` : `${t.dtype ?? "tensor"}${shape(t.shape ?? null)}`;
  }
  return String(value);
}

function links(list: Link[], shown: Shown, otherwise: string): HTMLElement {
  if (list.length === 0) return h("p", { class: "muted" }, "none");
  return h("ol", { class: "links" }, list.map((link) => h("li", null,
    h("code", { class: "value" }, link.value === "" ? "(left out)" : link.value),
    link.tensor !== null ? tensorButton(link.tensor, shown)
      : link.nodes.length > 0 ? link.nodes.map((n) => nodeButton(n, shown))
        : link.value === "" ? null : h("span", { class: "muted" }, otherwise))));
}

/** So many bytes are read without being asked. */
const AT_ONCE = 4_000_000;

async function tensorDetails(name: string, shown: Shown): Promise<HTMLElement[]> {
  const tensor = await shown.engine.call("tensor", { name });
  if (tensor === null) return [h("p", { class: "muted" }, `There is no stored tensor '${name}'.`)];
  const numbers = h("div", { class: "statistics", "aria-live": "polite", tabindex: -1 });
  const read = h("button", { class: "quiet", "data-testid": "read-tensor" }, `Read the values (${bytes(tensor.length ?? tensor.bytes ?? 0)})`);
  const load = async (make: () => Promise<TensorReport>): Promise<void> => {
    try {
      const read = statistics(await make());
      keepFocus(numbers, numbers, () => replace(numbers, read));
    } catch (error) {
      const failed = problemOf(error);
      keepFocus(numbers, read, () => replace(numbers, failed.code === "ME-CLI-002" ? null : h("p", { class: "problem" }, `${failed.message}${failed.hint === null ? "" : `. ${failed.hint}`}`), read));
    }
  };
  if ((tensor.bytes ?? 0) <= AT_ONCE) {
    replace(numbers, h("p", { class: "muted" }, "Reading…"));
    void load(() => shown.engine.call("statistics", { name }));
  } else numbers.append(read);
  read.addEventListener("click", () => void load(() => readLong(name, numbers, shown)));
  return [
    title("Tensor", name),
    facts(
      fact("Name", name, { copy: name }), fact("Type", tensor.dtype), fact("Shape", shape(tensor.shape)),
      fact("Bytes", tensor.bytes === null ? null : bytes(tensor.bytes), { title: tensor.bytes === null ? "" : exact(tensor.bytes) }),
      fact("Lies in", tensor.where === "external" ? `${tensor.location} at ${exact(tensor.offset)}` : `the model at ${exact(tensor.offset)}`)),
    section("Values", numbers),
  ];
}

/** In a worker of its own, which can be ended without the model. */
async function readLong(name: string, numbers: HTMLElement, { engine, reader }: Shown): Promise<TensorReport> {
  const bar = new WorkBar(() => reader.cancel(), "cancel-tensor");
  replace(numbers);
  bar.show({ what: "reading the tensor", done: 0, total: 0 }, numbers);
  bar.focus();
  return reader.call("statisticsOf", await engine.call("tensorPlace", { name }), (what, done, total) => bar.show({ what, done, total }, numbers));
}

function statistics(s: TensorReport): HTMLElement {
  if (!s.supported) return h("p", { class: "muted" }, `No statistics for ${s.dtype ?? "this type"}.`);
  return h("div", null,
    facts(fact("Minimum", number(s.min)), fact("Maximum", number(s.max)), fact("Mean", number(s.mean)), fact("Zero", exact(s.zero)),
      fact("NaN", exact(s.nan)), fact("Infinite", exact(s.inf))),
    section("First values", h("p", { class: "numbers" }, s.first.map(number).join("  "))));
}
