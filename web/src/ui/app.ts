// The page: bar, verdict, structure on the left, the selected thing on the right, the command in the footer.
// Draws from the state; what users do goes to the actions.
import { bytes, last } from "../format";
import { h, replace } from "../dom";
import { command } from "./command";
import { details } from "./details";
import { empty } from "./empty";
import { copyButton } from "./facts";
import { countOf, findings } from "./findings";
import { icon } from "./icons";
import { metadata } from "./metadata";
import * as pages from "./pages";
import { summary } from "./summary";
import { takeHome } from "./take_home";
import { Tree } from "./tree";
import { Treemap } from "./treemap";
import { verdict, workOf, WorkBar } from "./verdict";
import type { Actions } from "../actions/actions";
import type { Selection, State, Store, Tab } from "../state";
import type { Engine } from "../worker/client";
import type { SearchHit } from "../worker/protocol";

const TABS: [Tab, string][] = [["summary", "Summary"], ["findings", "Findings"], ["metadata", "Metadata"], ["package", "Take home"]];

/** What each panel shows. Metadata are not drawn anew when more of the file is known: somebody may be typing. */
const SHOWN_IN: Record<Tab, (keyof State)[]> = {
  summary: ["opened", "selection"],
  findings: ["opened", "findings", "checkProblem"],
  metadata: ["edits", "stamp"],
  package: ["opened", "edits", "plan", "saving", "saved", "repair", "package", "migration", "migrate"],
};

export class App {
  private readonly bar = h("header", { class: "bar" });
  private readonly verdict = h("section", { class: "verdict", "aria-label": "Verdict" });
  private readonly judgement = h("div", { class: "judgement", role: "status" });
  private readonly work: WorkBar;
  private readonly panel = h("div", { class: "panel-body", id: "panel", role: "tabpanel", tabindex: 0 });
  private readonly tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
  private readonly hits = h("ul", { class: "hits", hidden: true, "aria-label": "Search results" });
  private readonly search = h("input", { type: "search", placeholder: "Search modules, nodes, tensors", "aria-label": "Search", spellcheck: "false" });
  private readonly structureButtons = h("div", { class: "segmented", role: "group", "aria-label": "How the structure is shown" });
  private readonly measureButtons = h("div", { class: "segmented", role: "group", "aria-label": "What the areas of the treemap are" });
  private readonly derived = h("p", { class: "derived" });
  private readonly treeHead = h("p", { class: "tree-head", "aria-hidden": "true" }, h("span", null, "Module"), h("span", { class: "figure nodes" }, "nodes"), h("span", { class: "figure" }, "parameters"));
  private readonly body = h("div", { class: "page-body" });
  private readonly footer = h("footer", { class: "footer" });
  private readonly tree = new Tree((index) => this.actions.select({ kind: "module", index }));
  private readonly treemap = new Treemap((index) => this.actions.select({ kind: "module", index }));
  private readonly workbench: HTMLElement;
  private drawing = 0;
  private drawn = { phase: "", saving: true, reading: true };
  private editable: boolean | undefined;

  constructor(root: HTMLElement, store: Store, private readonly actions: Actions, private readonly engine: Engine) {
    this.workbench = h("main", { class: "workbench", id: "main" },
      h("section", { class: "structure", "aria-label": "Structure" },
        h("div", { class: "structure-bar" }, this.structureButtons, this.measureButtons, h("div", { class: "search" }, icon("search"), this.search, this.hits)),
        this.derived, this.treeHead, this.tree.element, this.treemap.element),
      h("section", { class: "panel", "aria-label": "Selected" }, this.tabs, this.panel));
    this.work = new WorkBar(() => this.actions.cancel());
    this.verdict.append(this.judgement);
    root.append(this.bar, this.verdict, this.body, this.footer);
    this.search.addEventListener("input", () => void this.find());
    this.search.addEventListener("keydown", (event) => this.searchKey(event));
    this.hits.addEventListener("keydown", (event) => this.hitsKey(event));
    store.subscribe((state, changed) => this.draw(state, changed));
    this.draw(store.state, new Set(Object.keys(store.state) as (keyof State)[]));
  }

  focusSearch(): void {
    this.search.focus();
  }

  /** Progress alone draws nothing anew but the bar of it. */
  private moved(state: State, changed: ReadonlySet<keyof State>): ReadonlySet<keyof State> {
    const { phase, name, saving, reading } = state;
    const now = { phase: `${phase.kind}${phase.kind === "reading" ? name : ""}`, saving: saving === null, reading: reading === null };
    const moved = new Set(changed);
    if (phase.kind === "reading" && now.phase === this.drawn.phase) moved.delete("phase");
    for (const key of ["saving", "reading"] as const) if (now[key] === this.drawn[key]) moved.delete(key);
    this.drawn = now;
    return moved;
  }

  private draw(state: State, all: ReadonlySet<keyof State>): void {
    this.work.show(workOf(state), this.verdict);
    const changed = this.moved(state, all);
    const any = (...keys: (keyof State)[]): boolean => keys.some((key) => changed.has(key));
    if (any("phase", "name", "opened", "place")) this.drawBar(state);
    if (any("phase", "opened", "findings", "checkProblem", "notice", "saving", "reading", "migration", "migrate", "repair")) this.drawVerdict(state);
    if (any("phase", "opened") && this.bodyChanged(state)) this.drawBody(state);
    if (state.phase.kind !== "open" || any("offline", "update")) this.drawFooter(state);
    if (state.phase.kind !== "open") return;
    if (any("phase", "opened", "structure", "measure", "selection")) this.drawStructure(state, changed);
    if (any("phase", "tab", "findings")) this.drawTabs(state);
    if (any("phase", "tab", ...SHOWN_IN[state.tab]) || (state.tab === "metadata" && this.editable !== state.opened?.editable)) void this.drawPanel(state);
    this.editable = state.opened?.editable;
    if (any("phase", "tab", "selection", "repair", "edits", "package", "migrate")) this.drawFooter(state);
  }

  private drawBar(state: State): void {
    const open = state.phase.kind === "open";
    const several = open && (state.opened?.models.length ?? 0) > 1;
    replace(this.bar,
      h("a", { class: "brand", href: "#", onclick: (event: Event) => { event.preventDefault(); this.actions.close(); } }, "modelexport"),
      h("span", { class: "file" }, state.name !== "" && h(open ? "h1" : "span", { class: `file-name${several ? " sr" : ""}`, title: state.name }, last(state.name)),
        several && this.others(state),
        open && h("span", { class: "muted size" }, bytes(state.opened?.report.size ?? 0)),
        open && h("span", { class: "muted origin", "data-testid": "privacy" }, originText(state.place))),
      h("span", { class: "bar-actions" },
        open && h("button", { class: "iconic", title: "Open another file", "aria-label": "Open another file", onclick: () => this.actions.pick() }, icon("open")),
        h("button", { class: "iconic", title: "Keys (?)", "aria-label": "Keys", onclick: () => this.actions.showKeys() }, icon("keys")),
        h("button", { class: "iconic", title: "Light or dark", "aria-label": "Light or dark", onclick: () => this.actions.toggleTheme() }, icon("theme"))));
  }

  /** The ONNX files of one model: encoder and decoder, variants. */
  private others(state: State): HTMLElement {
    const select = h("select", { "aria-label": "ONNX file that is shown" }, (state.opened?.models ?? []).map((path) =>
      h("option", { value: path, selected: path === state.opened?.path }, last(path))));
    select.addEventListener("change", () => void this.actions.showModel(select.value));
    return select;
  }

  private drawVerdict(state: State): void {
    const parts = verdict(state, this.actions);
    replace(this.judgement, parts);
    this.judgement.hidden = parts.length === 0;
    this.verdict.hidden = parts.length === 0 && workOf(state) === null;
  }

  /** The workbench stays where it is while more of a file becomes known. */
  private bodyChanged(state: State): boolean {
    return state.phase.kind !== "open" || state.opened?.report.format !== "onnx" || !this.workbench.isConnected;
  }

  private drawBody(state: State): void {
    const { phase } = state;
    if (phase.kind === "open") replace(this.body, state.opened?.report.format === "onnx" ? this.workbench : pages.other(state.opened));
    else if (phase.kind === "failed") replace(this.body, pages.failed(phase.problem, this.actions));
    else if (phase.kind === "choose") replace(this.body, pages.choose(phase, this.actions));
    else if (phase.kind === "reading") replace(this.body, pages.reading(phase.name));
    else replace(this.body, empty(this.actions));
    document.documentElement.dataset["phase"] = phase.kind;
  }

  private drawStructure(state: State, changed: ReadonlySet<keyof State>): void {
    const modules = state.opened?.report.hierarchy.modules ?? [];
    if (changed.has("opened") || changed.has("phase")) this.tree.show(modules, state.opened?.report.hierarchy.derived === true);
    this.derived.hidden = state.opened?.report.hierarchy.derived !== true;
    this.derived.textContent = `Derived from ${state.opened?.report.hierarchy.form === "dynamo" ? "torch's metadata" : "node names"}: the file itself has no module tags.`;
    replace(this.structureButtons,
      segment("Tree", state.structure === "tree", () => this.actions.structure("tree")),
      segment("Treemap", state.structure === "treemap", () => this.actions.structure("treemap")));
    replace(this.measureButtons, segment("bytes", state.measure === "bytes", () => this.actions.measure("bytes")), segment("parameters", state.measure === "parameters", () => this.actions.measure("parameters")));
    this.measureButtons.hidden = state.structure !== "treemap";
    this.tree.element.hidden = this.treeHead.hidden = state.structure !== "tree";
    this.treemap.element.hidden = state.structure !== "treemap";
    if (state.structure === "treemap") this.treemap.show(modules, state.measure);
    if (state.selection.kind === "module" && (changed.has("selection") || changed.has("structure"))) {
      this.tree.reveal(state.selection.index);
      if (state.structure === "treemap") this.treemap.select(state.selection.index);
    }
  }

  /** The module of what is selected, in tree and treemap. */
  private reveal(module: number): void {
    this.tree.reveal(module);
    if (!this.treemap.element.hidden) this.treemap.select(module);
  }

  private drawTabs(state: State): void {
    const count = countOf((state.findings ?? []).filter((f) => f.severity !== "info"));
    replace(this.tabs, TABS.map(([tab, label]) => h("button", {
      role: "tab", id: `tab-${tab}`, "aria-selected": String(tab === state.tab), "aria-controls": "panel", tabindex: tab === state.tab ? 0 : -1,
      onclick: () => this.actions.show(tab), onkeydown: (event: KeyboardEvent) => this.tabKey(event, tab),
    }, label, tab === "findings" && count > 0 ? h("span", { class: "badge" }, String(count)) : null)));
  }

  private async drawPanel(state: State): Promise<void> {
    const turn = ++this.drawing;
    this.panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
    const content = await this.content(state).catch((error: Error) => [h("p", { class: "problem" }, error.message)]);
    if (turn === this.drawing) replace(this.panel, content);
  }

  private async content(state: State): Promise<HTMLElement[]> {
    const opened = state.opened;
    if (opened === null) return [];
    const { editing, packaging } = this.actions;
    switch (state.tab) {
      case "summary":
        if (state.selection.kind === "model") return summary(opened);
        return [h("p", { class: "back" }, h("button", { class: "link", onclick: () => this.actions.select({ kind: "model" }) }, "← Summary of the model")),
          ...(await details(state.selection, { engine: this.engine, modules: opened.report.hierarchy.modules, select: (s: Selection) => this.actions.select(s), reveal: (m) => this.reveal(m) }))];
      case "findings":
        return [findings(state.findings, state.checkProblem, { show: (f) => void this.actions.showFinding(f), repair: () => this.actions.editing.repair() })];
      case "metadata":
        return [metadata(state, {
          set: (k, v) => editing.setMetadata(k, v), remove: (k) => editing.removeMetadata(k), restore: (k) => editing.restoreMetadata(k),
          showPlan: () => void editing.plan(), stamp: (source, ask) => void editing.stamp(source, ask),
        })];
      case "package":
        return [takeHome(state, {
          plan: () => void editing.plan(), save: () => void editing.save(), discard: () => editing.discard(), migrate: (choice) => void editing.migrate(choice),
          target: (t) => void packaging.target(t), savePackage: () => void packaging.save(), planPackage: () => void packaging.plan(),
          fetch: (repo, revision) => void packaging.fetch(repo, revision),
          pick: () => this.actions.pick(), pickDirectory: () => this.actions.pickDirectory(),
        })];
    }
  }

  private tabKey(event: KeyboardEvent, tab: Tab): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = TABS[(TABS.findIndex(([t]) => t === tab) + step + TABS.length) % TABS.length]?.[0] as Tab;
    this.actions.show(next);
    queueMicrotask(() => document.getElementById(`tab-${next}`)?.focus());
  }

  private drawFooter(state: State): void {
    const words = command(state, this.actions.editing, this.actions.packaging);
    replace(this.footer, words === null ? null : h("span", { class: "command-line", "data-testid": "cli-command" }, h("code", null, `$ ${words}`), copyButton(words, "command")),
      h("span", { class: "muted version" }, state.update && h("button", { class: "link", onclick: () => location.reload() }, "A new version is ready: reload"),
        state.update && " · ", `modelexport ${window.modelexport.version}`, state.offline && " · offline"));
  }

  private async find(): Promise<void> {
    const text = this.search.value.trim();
    if (text.length < 2) { this.hits.hidden = true; return; }
    const hits = await this.engine.call("search", { text });
    if (text !== this.search.value.trim()) return;
    this.hits.hidden = false;
    replace(this.hits, hits.length === 0 ? h("li", { class: "muted none" }, "Nothing found.") : hits.map((hit) => h("li", null, h("button", { class: "hit", title: hit.label, onclick: () => this.take(hit) },
      h("span", { class: "kind" }, hit.kind), h("span", { class: "hit-label" }, hit.kind === "module" ? last(hit.label) : hit.label),
      h("span", { class: "hit-detail muted" }, hit.detail)))));
  }

  private take(hit: SearchHit): void {
    this.hits.hidden = true;
    this.actions.select(hit.kind === "module" ? { kind: "module", index: hit.index } : hit.kind === "node" ? { kind: "node", index: hit.index } : { kind: "tensor", name: hit.label });
  }

  private hitsKey(event: KeyboardEvent): void {
    const buttons = [...this.hits.querySelectorAll<HTMLButtonElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (step === 0) this.hits.hidden = true;
    if (step === 0 || at + step < 0) this.search.focus();
    else buttons[at + step]?.focus();
  }

  private searchKey(event: KeyboardEvent): void {
    const buttons = [...this.hits.querySelectorAll<HTMLButtonElement>("button")];
    if (event.key === "Escape") { this.hits.hidden = true; this.search.blur(); }
    else if (event.key === "Enter") { event.preventDefault(); void this.find().then(() => this.hits.querySelector("button")?.click()); }
    else if (event.key === "ArrowDown") { event.preventDefault(); buttons[0]?.focus(); }
    event.stopPropagation();
  }
}

function segment(label: string, pressed: boolean, onclick: () => void): HTMLElement {
  return h("button", { "aria-pressed": String(pressed), onclick }, label);
}

function originText(place: State["place"]): string {
  if (place === null) return "opened from this computer, nothing is sent";
  return place.kind === "hub" ? "read from the Hub by ranges" : "read from its address by ranges";
}
