// The graph in the worker: who makes and who uses each value, what is in each module. Built once per file from the
// core's graph document; the page asks for the part that it shows.
import type { Link, ModuleGraph, ModuleInfo, NodeRow, SearchHit, TensorInfo } from "./protocol";

export interface GraphNode {
  name: string;
  op: string;
  module: number;
  inputs: string[];
  outputs: string[];
  offset: number;
  size: number;
  header: number;
}

const HITS = 200;
const LINKED = 20;

export class Graph {
  private readonly producers = new Map<string, number>();
  private readonly users = new Map<string, number[]>();
  private readonly tensors = new Map<string, TensorInfo>();
  private readonly parents: number[];
  /** Modules are in pre-order: those below one are a run. */
  private readonly ends: number[];

  constructor(
    readonly nodes: GraphNode[], readonly initializers: TensorInfo[], private readonly modules: ModuleInfo[],
  ) {
    nodes.forEach((node, index) => {
      for (const value of node.outputs) if (value !== "") this.producers.set(value, index);
      for (const value of new Set(node.inputs)) {
        if (value === "") continue;
        const users = this.users.get(value);
        if (users === undefined) this.users.set(value, [index]);
        else users.push(index);
      }
    });
    for (const tensor of initializers) this.tensors.set(tensor.name, tensor);
    [this.parents, this.ends] = nesting(modules);
  }

  row(index: number): NodeRow {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`node ${index}`);
    return { index, name: node.name, op: node.op, module: node.module };
  }

  /** Bodies lie inside their nodes and come after them: the last one around the byte is the innermost. */
  nodeAt(byte: number): number | null {
    let found: number | null = null;
    this.nodes.forEach(({ offset, header, size }, index) => {
      if (byte >= offset && byte < offset + header + size) found = index;
    });
    return found;
  }

  private within(module: number, below: boolean): (node: GraphNode) => boolean {
    const end = this.ends[module] ?? module + 1;
    return below ? (n) => n.module >= module && n.module < end : (n) => n.module === module;
  }

  nodesOf(module: number, below: boolean, start: number, count: number): { total: number; rows: NodeRow[] } {
    const inside = this.within(module, below);
    const rows: NodeRow[] = [];
    let total = 0;
    this.nodes.forEach((node, index) => {
      if (!inside(node)) return;
      if (total >= start && rows.length < count) rows.push(this.row(index));
      total += 1;
    });
    return { total, rows };
  }

  /** Stored tensors that nodes in or below the module use. */
  tensorsOf(module: number, start: number, count: number): { total: number; rows: TensorInfo[]; dtypes: [string, number][] } {
    const inside = this.within(module, true);
    const names = new Set<string>();
    for (const node of this.nodes) {
      if (!inside(node)) continue;
      for (const input of node.inputs) if (this.tensors.has(input)) names.add(input);
    }
    const all = module === 0 ? this.initializers : this.initializers.filter((t) => names.has(t.name));
    const dtypes = new Map<string, number>();
    for (const { dtype, bytes } of all) dtypes.set(dtype ?? "unknown", (dtypes.get(dtype ?? "unknown") ?? 0) + (bytes ?? 0));
    return { total: all.length, rows: all.slice(start, start + count), dtypes: [...dtypes].sort((a, b) => b[1] - a[1]) };
  }

  tensor(name: string): TensorInfo | null {
    return this.tensors.get(name) ?? null;
  }

  input(value: string): Link {
    const producer = this.producers.get(value);
    return { value, nodes: producer === undefined ? [] : [this.row(producer)], tensor: this.tensor(value) };
  }

  output(value: string): Link {
    return { value, nodes: (this.users.get(value) ?? []).slice(0, LINKED).map((i) => this.row(i)), tensor: null };
  }

  /** Direct children of a module (and its own nodes) as vertices, tensors between them as edges. */
  moduleGraph(module: number): ModuleGraph {
    const vertices = new Map<string, ModuleGraph["vertices"][number]>();
    const vertexOf = new Map<number, string>();
    const inside = this.within(module, true);
    this.nodes.forEach((node, index) => {
      if (!inside(node)) return;
      const child = this.childToward(module, node.module);
      const key = child === null ? `n${index}` : `m${child}`;
      vertexOf.set(index, key);
      const known = vertices.get(key);
      if (known !== undefined) known.nodes += 1;
      else {
        vertices.set(key, {
          key, module: child, node: child === null ? index : null, nodes: 1,
          label: child === null ? node.op : (this.modules[child]?.tag ?? "").split("/").pop() ?? "",
        });
      }
    });
    const edges = new Map<string, ModuleGraph["edges"][number]>();
    for (const [index, to] of vertexOf) {
      for (const value of this.nodes[index]?.inputs ?? []) {
        const producer = this.producers.get(value);
        const from = producer === undefined ? undefined : vertexOf.get(producer);
        if (from === undefined || from === to) continue;
        const edge = edges.get(`${from}>${to}`);
        if (edge !== undefined) edge.values += 1;
        else edges.set(`${from}>${to}`, { from, to, values: 1 });
      }
    }
    return { vertices: [...vertices.values()], edges: [...edges.values()] };
  }

  private childToward(ancestor: number, module: number): number | null {
    if (module === ancestor) return null;
    let child = module;
    while (this.parents[child] !== ancestor) child = this.parents[child] ?? ancestor;
    return child;
  }

  search(text: string): SearchHit[] {
    const wanted = text.toLowerCase();
    const hits: SearchHit[] = [];
    const add = (kind: SearchHit["kind"], label: string, detail: string, index: number): void => {
      if (hits.length < HITS && `${label} ${detail}`.toLowerCase().includes(wanted)) hits.push({ kind, label, detail, index });
    };
    this.modules.forEach((m, i) => add("module", m.tag, m.scope, i));
    this.initializers.forEach((t, i) => add("tensor", t.name, t.dtype ?? "", i));
    this.nodes.forEach((n, i) => add("node", n.name, n.op, i));
    return hits;
  }
}

/** Parents and ends of the runs below each module, from the tags' pre-order. */
function nesting(modules: ModuleInfo[]): [number[], number[]] {
  const parents: number[] = [];
  const ends = modules.map(() => modules.length);
  const open: number[] = [];
  modules.forEach((module, index) => {
    while (open.length > 0) {
      const top = open[open.length - 1] as number;
      if (module.tag.startsWith(`${modules[top]?.tag}/`)) break;
      ends[top] = index;
      open.pop();
    }
    parents.push(open[open.length - 1] ?? 0);
    open.push(index);
  });
  return [parents, ends];
}
