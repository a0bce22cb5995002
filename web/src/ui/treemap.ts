// The model by size: area is bytes or parameters, hue the module's class. Click or Enter goes in, Esc goes up.
import { hierarchy, treemap, treemapSquarify, type HierarchyRectangularNode } from "d3-hierarchy";
import { bytes, count, exact, last } from "../format";
import { h, svg } from "../dom";
import { keepFocus } from "./focus";
import type { ModuleInfo } from "../worker/protocol";

interface Item {
  index: number;
  own: boolean;  // the module's own share, beside its children
  children: Item[];
  value: number;
}
type Measure = "bytes" | "parameters";
const LEVELS = 3;
const HUES = 8;

/** The class, or the name without the number of a list's element. */
const kind = (module: ModuleInfo): string => module.class ?? last(module.tag).replace(/[._]?\d+$/, "");

export class Treemap {
  private readonly path = h("nav", { class: "crumbs", "aria-label": "Where the treemap is" });
  private readonly picture = svg("svg", { class: "treemap-picture", role: "group", "aria-label": "Modules by size" });
  readonly element = h("div", { class: "treemap", "data-testid": "treemap", tabindex: -1 }, this.path, this.picture);
  private modules: ModuleInfo[] = [];
  private items: Item[] = [];
  private parents: number[] = [];
  private hues = new Map<string, number>();
  private root = 0;
  private selected = 0;
  private measure: Measure = "bytes";

  /** `leaf`: there is nothing to go into. */
  constructor(private readonly onSelect: (module: number, leaf: boolean) => void) {
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  show(modules: ModuleInfo[], measure: Measure): void {
    if (modules === this.modules && measure === this.measure) return;
    if (modules !== this.modules) this.root = 0;
    this.modules = modules;
    this.measure = measure;
    this.build();
    this.draw();
  }

  select(module: number): void {
    this.selected = module;
    const inside = (index: number): boolean => {
      for (let i = index; i >= 0; i = this.parents[i] ?? -1) if (i === this.root) return true;
      return false;
    };
    if (!inside(module)) this.root = this.parents[module] ?? 0;
    this.draw();
  }

  private build(): void {
    const size = (m: ModuleInfo): number => (this.measure === "bytes" ? m.bytes_total : m.parameters_total);
    this.items = this.modules.map((m, index) => ({ index, own: false, children: [], value: size(m) }));
    this.parents = [];
    const open: number[] = [];
    this.modules.forEach((module, index) => {
      while (open.length > 0 && !module.tag.startsWith(`${this.modules[open[open.length - 1] as number]?.tag}/`)) open.pop();
      const parent = open[open.length - 1];
      this.parents.push(parent ?? -1);
      if (parent !== undefined) this.items[parent]?.children.push(this.items[index] as Item);
      open.push(index);
    });
    for (const item of this.items) {
      const below = item.children.reduce((sum, child) => sum + child.value, 0);
      if (item.children.length > 0 && item.value > below)
        item.children.push({ index: item.index, own: true, children: [], value: item.value - below });
    }
    const classes = [...new Set(this.modules.map(kind))];
    this.hues = new Map(classes.map((name, i) => [name, i % HUES]));
  }

  private draw(): void {
    const box = this.picture.getBoundingClientRect();
    const root = this.items[this.root];
    if (root === undefined || box.width < 10 || box.height < 10) return;
    const tree = hierarchy<Item>(root, (item) => item.children).sum((item) => (item.children.length === 0 ? item.value : 0))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    treemap<Item>().tile(treemapSquarify).size([box.width, box.height]).paddingInner(1).paddingTop((n) => (n.depth < LEVELS && n.children ? 18 : 0))
      .paddingLeft(1).paddingRight(1).paddingBottom(1)(tree);
    const nodes = (tree.descendants() as HierarchyRectangularNode<Item>[])
      .filter((n) => n.depth <= LEVELS && n.x1 - n.x0 > 2 && n.y1 - n.y0 > 2);
    keepFocus(this.element, this.element, () => {
      this.picture.replaceChildren(...nodes.map((n) => this.cell(n)));
      this.crumbs();
    });
  }

  private cell(n: HierarchyRectangularNode<Item>): SVGElement {
    const { index, own } = n.data;
    const module = this.modules[index] as ModuleInfo;
    const width = n.x1 - n.x0;
    const height = n.y1 - n.y0;
    const size = this.measure === "bytes" ? bytes(n.value ?? 0) : count(n.value ?? 0);
    const name = own ? "own weights" : last(module.tag);
    const leaf = n.children === undefined || n.depth === LEVELS;
    const hue = this.hues.get(kind(module)) ?? 0;
    const label = `${name} ${size}`;
    const shown = width > 46 && height > 16;
    return svg("g", {
      class: `cell hue${hue}${leaf ? " leaf" : ""}${index === this.selected && !own ? " selected" : ""}`, tabindex: n.depth === 0 ? -1 : 0,
      role: "button", "aria-label": `${label}, ${module.tag}`, "data-index": index,
      onclick: (event: Event) => { event.stopPropagation(); this.enter(index); },
    },
    svg("title", null, `${module.tag}${own ? " (own weights)" : ""}\n${exact(n.value ?? 0)} ${this.measure}`),
    svg("rect", { x: n.x0, y: n.y0, width, height, rx: 2 }),
    // Cut off at the cell, not in the text: what is read aloud begins with what is seen.
    shown && svg("svg", { x: n.x0 + 4, y: n.y0, width: width - 6, height }, svg("text", { x: 0, y: 13 }, label)));
  }

  private crumbs(): void {
    const chain: number[] = [];
    for (let i = this.root; i >= 0; i = this.parents[i] ?? -1) chain.unshift(i);
    this.path.replaceChildren(...chain.map((index, i) => h("button", {
      class: "crumb", "aria-current": i === chain.length - 1 ? "location" : null, onclick: () => this.zoom(index),
    }, last(this.modules[index]?.tag ?? ""))));
  }

  private enter(index: number): void {
    this.selected = index;
    const leaf = (this.items[index]?.children.length ?? 0) === 0;
    this.onSelect(index, leaf);
    if (index !== this.root && !leaf) this.zoom(index);
    else this.draw();
  }

  private zoom(index: number): void {
    const before = this.root;
    this.root = index;
    this.draw();
    // Up: where one came from; in: the largest part.
    const cells = [...this.picture.querySelectorAll<SVGElement>("[tabindex='0']")];
    (cells.find((c) => c.getAttribute("data-index") === String(before)) ?? cells[0] ?? this.element).focus({ preventScroll: true });
  }

  private key(event: KeyboardEvent): void {
    const focused = (event.target as Element).closest("[data-index]");
    if (event.key === "Escape" && this.root !== 0) {
      event.preventDefault();
      event.stopPropagation();
      this.zoom(this.parents[this.root] ?? 0);
    } else if ((event.key === "Enter" || event.key === " ") && focused !== null) {
      event.preventDefault();
      this.enter(Number(focused.getAttribute("data-index")));
    } else if (/^Arrow/.test(event.key)) {
      const cells = [...this.picture.querySelectorAll<SVGElement>("[tabindex='0']")];
      const at = focused === null ? -1 : cells.indexOf(focused as SVGElement);
      const step = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1;
      event.preventDefault();
      event.stopPropagation();
      cells[(at + step + cells.length) % cells.length]?.focus();
    }
  }
}
