// The module tree: only the rows in sight are elements, so that a hundred thousand modules scroll like ten.
// Keyboard as the ARIA tree pattern has it: arrows move, open and close; Home, End; Enter selects.
import { count, exact, last } from "../format";
import { h } from "../dom";
import { icon } from "./icons";
import type { ModuleInfo } from "../worker/protocol";

const ROW = 28;
const MARGIN = 8;

interface Row {
  index: number;
  depth: number;
  open: boolean | null;  // null: nothing below
}

export class Tree {
  readonly element = h("div", { class: "tree", role: "tree", tabindex: 0, "data-testid": "tree", "aria-label": "Modules" });
  private readonly filler = h("div", { class: "filler", role: "presentation" });
  private modules: ModuleInfo[] = [];
  private children: number[][] = [];
  private parents: number[] = [];
  private expanded = new Set<number>();
  private rows: Row[] = [];
  private active = 0;
  private derived = false;

  /** `opened`: by a click or Enter, not on the way. */
  constructor(private readonly onSelect: (module: number, opened: boolean) => void) {
    this.element.append(this.filler);
    this.element.addEventListener("scroll", () => this.draw());
    this.element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** `derived`: names were taken from nodes, and instance paths say nothing more. */
  show(modules: ModuleInfo[], derived: boolean): void {
    this.derived = derived;
    // More of the same model: what was open stays open.
    const before = new Set([...this.expanded].map((index) => this.modules[index]?.tag));
    const same = this.modules[0]?.tag === modules[0]?.tag && this.modules.length > 0;
    const active = this.modules[this.active]?.tag;
    this.modules = modules;
    this.children = modules.map(() => []);
    this.parents = [];
    const open: number[] = [];
    modules.forEach((module, index) => {
      while (open.length > 0 && !module.tag.startsWith(`${modules[open[open.length - 1] as number]?.tag}/`)) open.pop();
      const parent = open[open.length - 1];
      this.parents.push(parent ?? -1);
      if (parent !== undefined) this.children[parent]?.push(index);
      open.push(index);
    });
    this.expanded = new Set([0]);
    // A chain of single children says nothing until it forks.
    for (let i = 0; (this.children[i]?.length ?? 0) === 1;) {
      i = this.children[i]?.[0] as number;
      this.expanded.add(i);
    }
    this.active = 0;
    if (same) {
      modules.forEach(({ tag }, index) => {
        if (before.has(tag)) this.expanded.add(index);
        if (tag === active) this.active = index;
      });
    }
    this.layout();
  }

  /** Opens what is above the module and brings it into sight. */
  reveal(module: number): void {
    for (let up = this.parents[module] ?? -1; up >= 0; up = this.parents[up] ?? -1) this.expanded.add(up);
    this.active = module;
    this.layout();
    const row = this.rows.findIndex((r) => r.index === module);
    const top = row * ROW;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop || top + ROW > scrollTop + clientHeight) this.element.scrollTop = Math.max(0, top - clientHeight / 3);
    this.draw();
  }

  private layout(): void {
    this.rows = [];
    const walk = (index: number, depth: number): void => {
      const below = this.children[index]?.length ?? 0;
      const open = this.expanded.has(index);
      this.rows.push({ index, depth, open: below > 0 ? open : null });
      if (open) for (const child of this.children[index] ?? []) walk(child, depth + 1);
    };
    this.parents.forEach((parent, index) => { if (parent === -1) walk(index, 0); });
    this.filler.style.height = `${this.rows.length * ROW}px`;
    this.draw();
  }

  private draw(): void {
    const from = Math.max(0, Math.floor(this.element.scrollTop / ROW) - MARGIN);
    const to = Math.min(this.rows.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + MARGIN);
    this.filler.replaceChildren(...this.rows.slice(from, to).map((row, i) => this.row(row, from + i)));
    this.element.setAttribute("aria-activedescendant", `module-${this.active}`);
  }

  private row({ index, depth, open }: Row, position: number): HTMLElement {
    const module = this.modules[index] as ModuleInfo;
    const name = last(module.tag);
    const below = h("button", {
      class: `twist${open === true ? " open" : ""}`, tabindex: -1, "aria-hidden": "true",
      onclick: (event: Event) => { event.stopPropagation(); this.toggle(index); },
    }, open === null ? null : icon("chevron"));
    const element = h("div", {
      class: `row${index === this.active ? " active" : ""}`, role: "treeitem", id: `module-${index}`, "data-tag": module.tag,
      "aria-level": depth + 1, "aria-expanded": open === null ? null : String(open), "aria-selected": String(index === this.active),
      title: `${module.tag}\n${exact(module.nodes_total)} nodes, ${exact(module.parameters_total)} parameters, ${exact(module.bytes_total)} bytes`,
      onclick: () => this.select(index), ondblclick: () => this.toggle(index),
    },
    below,
    h("span", { class: "name" }, name),
    module.scope !== "" && !this.derived && h("span", { class: "scope" }, module.scope.slice(module.scope.lastIndexOf(".") + 1)),
    h("span", { class: "figure nodes" }, count(module.nodes_total)),
    h("span", { class: "figure" }, module.parameters_total > 0 ? count(module.parameters_total) : "–"));
    element.style.top = `${position * ROW}px`;
    element.style.paddingLeft = `${8 + depth * 14}px`;
    return element;
  }

  private toggle(index: number): void {
    if ((this.children[index]?.length ?? 0) === 0) return;
    if (!this.expanded.delete(index)) this.expanded.add(index);
    this.active = index;
    this.layout();
  }

  private select(index: number): void {
    this.active = index;
    this.draw();
    this.onSelect(index, true);
  }

  private key(event: KeyboardEvent): void {
    const at = this.rows.findIndex((r) => r.index === this.active);
    const row = this.rows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (position: number): void => {
      const target = this.rows[Math.max(0, Math.min(this.rows.length - 1, position))];
      if (target !== undefined) { this.reveal(target.index); this.onSelect(target.index, false); }
    };
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(this.rows.length - 1),
      PageDown: () => go(at + Math.floor(this.element.clientHeight / ROW)),
      PageUp: () => go(at - Math.floor(this.element.clientHeight / ROW)),
      ArrowRight: () => (row.open === false ? this.toggle(row.index) : row.open === true ? go(at + 1) : undefined),
      ArrowLeft: () => {
        const parent = this.parents[row.index] ?? -1;
        if (row.open === true) this.toggle(row.index);
        else if (parent >= 0) { this.reveal(parent); this.onSelect(parent, false); }
      },
      Enter: () => this.select(row.index),
      " ": () => this.toggle(row.index),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
