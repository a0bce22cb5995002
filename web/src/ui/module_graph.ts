// A module's direct children and the tensors between them, laid out top to bottom in layers.
import { svg } from "../dom";
import type { ModuleGraph } from "../worker/protocol";

const LIMIT = 80;
const BOX = { width: 128, height: 30, gapX: 16, gapY: 26 };

export const tooLarge = (graph: ModuleGraph): boolean => graph.vertices.length > LIMIT;

export function moduleGraph(graph: ModuleGraph, onSelect: (vertex: ModuleGraph["vertices"][number]) => void): SVGElement {
  const layer = layers(graph);
  const columns: string[][] = [];
  for (const vertex of graph.vertices) (columns[layer.get(vertex.key) ?? 0] ??= []).push(vertex.key);
  order(columns, graph);
  const widest = Math.max(...columns.map((c) => c.length));
  const width = widest * (BOX.width + BOX.gapX) + BOX.gapX;
  const height = columns.length * (BOX.height + BOX.gapY) + BOX.gapY;
  const place = new Map<string, { x: number; y: number }>();
  columns.forEach((keys, row) => keys.forEach((key, i) => place.set(key, {
    x: (width - keys.length * (BOX.width + BOX.gapX) + BOX.gapX) / 2 + i * (BOX.width + BOX.gapX),
    y: BOX.gapY / 2 + row * (BOX.height + BOX.gapY),
  })));
  const lines = graph.edges.map(({ from, to, values }) => {
    const a = place.get(from) as { x: number; y: number };
    const b = place.get(to) as { x: number; y: number };
    const x1 = a.x + BOX.width / 2;
    const x2 = b.x + BOX.width / 2;
    const y1 = a.y + BOX.height;
    const bend = Math.max(12, Math.abs(b.y - y1) / 2);
    return svg("path", { class: "edge", d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${b.y - bend} ${x2} ${b.y}` },
      svg("title", null, `${values} ${values === 1 ? "tensor" : "tensors"}`));
  });
  const boxes = graph.vertices.map((vertex) => {
    const { x, y } = place.get(vertex.key) as { x: number; y: number };
    const label = vertex.label.length > 19 ? `${vertex.label.slice(0, 18)}…` : vertex.label;
    const choose = (): void => onSelect(vertex);
    return svg("g", {
      class: vertex.module === null ? "vertex op" : "vertex", tabindex: 0, role: "button", onclick: choose,
      "aria-label": vertex.module === null ? `node ${vertex.label}` : `module ${vertex.label}, ${vertex.nodes} nodes`,
      onkeydown: (event: KeyboardEvent) => { if (event.key === "Enter") choose(); },
    },
    svg("title", null, `${vertex.label}, ${vertex.nodes} ${vertex.nodes === 1 ? "node" : "nodes"}`),
    svg("rect", { x, y, width: BOX.width, height: BOX.height, rx: vertex.module === null ? 15 : 4 }),
    svg("text", { x: x + BOX.width / 2, y: y + 19, "text-anchor": "middle" }, label));
  });
  return svg("svg", { class: "module-graph", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": "What is in this module" }, lines, boxes);
}

/** Longest path from a vertex without predecessors; calls that go back up do not count twice. */
function layers(graph: ModuleGraph): Map<string, number> {
  const before = new Map<string, string[]>(graph.vertices.map((v) => [v.key, []]));
  for (const { from, to } of graph.edges) before.get(to)?.push(from);
  const layer = new Map<string, number>();
  const visiting = new Set<string>();
  const visit = (key: string): number => {
    const known = layer.get(key);
    if (known !== undefined || visiting.has(key)) return known ?? 0;
    visiting.add(key);
    const value = Math.max(0, ...(before.get(key) ?? []).map((p) => visit(p) + 1));
    visiting.delete(key);
    layer.set(key, value);
    return value;
  };
  for (const { key } of graph.vertices) visit(key);
  return layer;
}

/** Each layer by the mean place of what feeds it: fewer crossings. */
function order(columns: string[][], graph: ModuleGraph): void {
  const at = new Map<string, number>();
  columns.forEach((keys) => {
    const mean = (key: string): number => {
      const from = graph.edges.filter((e) => e.to === key).map((e) => at.get(e.from) ?? 0);
      return from.length === 0 ? 0 : from.reduce((a, b) => a + b, 0) / from.length;
    };
    const means = new Map(keys.map((key) => [key, mean(key)]));
    keys.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
    keys.forEach((key, i) => at.set(key, i - keys.length / 2));
  });
}
