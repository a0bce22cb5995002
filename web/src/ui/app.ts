// The page: bar, verdict, structure on the left, the selected thing on the right, the command in the footer.
// Draws from the state; what users do goes to the actions.
import { bytes, exact, last } from "../format";
import { h, replace } from "../dom";
import { command } from "./command";
import { details } from "./details";
import { empty } from "./empty";
import { copyButton } from "./facts";
import { countOf, findings } from "./findings";
import { icon } from "./icons";
import { drawUnpressed, keepFocus } from "./focus";
import { MetadataPanel } from "./metadata";
import * as pages from "./pages";
import { Search } from "./search";
import { summary } from "./summary";
import { savedText, takeHome } from "./take_home";
import { Tree } from "./tree";
import { Treemap } from "./treemap";
import { verdict, workOf } from "./verdict";
import { WorkBar } from "./work_bar";
import type { Advised } from "./words";
import { AS_IT_SAYS } from "../actions/editing";
import type { Actions } from "../actions/actions";
import type { Selection, State, Store, Tab } from "../state";
import type { Engine } from "../worker/client";

const TABS: [Tab, string][] = [["summary", "Summary"], ["findings", "Findings"], ["metadata", "Metadata"], ["package", "Take home"]];

/** What each panel shows. */
const SHOWN_IN: Record<Tab, (keyof State)[]> = {
  summary: ["opened", "selection"],
  findings: ["opened", "findings", "checkProblem"],
  metadata: ["opened", "edits", "stamp"],
  package: ["opened", "edits", "plan", "saving", "saved", "repair", "package", "migration", "migrate"],
};

export class App {
  private readonly bar = h("header", { class: "bar" });
  private readonly verdict = h("section", { class: "verdict", "aria-label": "Verdict" });
  private readonly judgement = h("div", { class: "judgement", role: "status" });
  private readonly work: WorkBar;
  private readonly panel = h("div", { class: "panel-body", id: "panel", role: "tabpanel", tabindex: 0 });
  private readonly tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
  private readonly search = new Search({
    search: (text) => this.engine.call("search", { text }),
    take: (hit) => {
      this.actions.select(hit.kind === "module" ? { kind: "module", index: hit.index } : hit.kind === "node" ? { kind: "node", index: hit.index } : { kind: "tensor", name: hit.label });
      this.pane("details");
      this.panel.focus({ preventScroll: true });
    },
  });
  private readonly structureButtons = h("div", { class: "segmented", role: "group", "aria-label": "How the structure is shown" });
  private readonly measureButtons = h("div", { class: "segmented", role: "group", "aria-label": "What the areas of the treemap are" });
  private readonly derived = h("p", { class: "derived" });
  private readonly treeHead = h("p", { class: "tree-head", "aria-hidden": "true" }, h("span", null, "Module"), h("span", { class: "figure nodes" }, "nodes"), h("span", { class: "figure" }, "parameters"));
  private readonly body = h("div", { class: "page-body" });
  private readonly footer = h("footer", { class: "footer" });
  private readonly tree = new Tree((index, opened) => this.selectModule(index, opened));
  private readonly treemap = new Treemap((index, leaf) => this.selectModule(index, leaf));
  /** On a phone one of the two is seen. */
  private readonly panes = h("div", { class: "panes segmented", role: "group", "aria-label": "What is shown" });
  private readonly said = h("p", { class: "sr", role: "status" });
  private readonly metadata: MetadataPanel;
  private readonly workbench: HTMLElement;
  private drawing = 0;
  private drawn = { phase: "", saving: true, reading: true };
  private plan: State["plan"] = null;

  constructor(root: HTMLElement, store: Store, private readonly actions: Actions, private readonly engine: Engine, private readonly reader: Engine) {
    this.workbench = h("main", { class: "workbench", id: "main" }, this.panes,
      h("section", { class: "structure", "aria-label": "Structure" },
        h("div", { class: "structure-bar" }, this.structureButtons, this.measureButtons, this.search.element),
        this.derived, this.treeHead, this.tree.element, this.treemap.element),
      h("section", { class: "panel", "aria-label": "Selected" }, this.tabs, this.panel));
    this.work = new WorkBar(() => this.actions.cancel());
    this.verdict.append(this.judgement);
    root.replaceChildren(this.bar, this.verdict, this.body, this.footer, this.said);
    this.pane("details");
    const { editing } = actions;
    this.metadata = new MetadataPanel({
      set: (k, v) => editing.setMetadata(k, v), remove: (k) => editing.removeMetadata(k), restore: (k) => editing.restoreMetadata(k),
      showPlan: () => void editing.plan(), stamp: (source, ask) => void editing.stamp(source, ask),
    });
    drawUnpressed(store, (state, changed) => this.draw(state, changed));
    this.draw(store.state, new Set(Object.keys(store.state) as (keyof State)[]));
  }

  focusSearch(): void {
    this.pane("structure");
    this.search.focus();
  }

  pane(shown: "structure" | "details"): void {
    this.workbench.dataset["pane"] = shown;
    keepFocus(this.panes, this.panel, () => replace(this.panes,
      segment("Structure", shown === "structure", () => this.pane("structure")), segment("Details", shown === "details", () => this.pane("details"))));
  }

  private selectModule(index: number, opened: boolean): void {
    this.actions.select({ kind: "module", index });
    if (opened) this.pane("details");
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
    if (all.has("name") && state.phase.kind !== "open") this.search.clear();
    const changed = this.moved(state, all);
    const any = (...keys: (keyof State)[]): boolean => keys.some((key) => changed.has(key));
    if (any("phase", "name", "opened", "place")) this.drawBar(state);
    if (any("phase", "opened", "findings", "checkProblem", "notice", "saving", "reading", "migration", "migrate", "repair")) this.drawVerdict(state);
    if (any("phase", "opened") && this.bodyChanged(state)) this.drawBody(state);
    if (state.phase.kind !== "open" || any("phase", "opened", "offline", "update")) this.drawFooter(state);
    if (state.phase.kind !== "open" || !isOnnx(state)) return;
    // On a phone: what was asked for is what is seen.
    if (any("phase") || (any("tab") && !any("selection"))) this.pane("details");
    else if (any("structure")) this.pane("structure");
    if (any("saved")) this.said.textContent = savedText(state);
    if (any("phase", "opened", "structure", "measure", "selection")) this.drawStructure(state, changed);
    if (any("phase", "tab", "findings")) this.drawTabs(state);
    // The table of runtimes is the model's, and waits for the check.
    const judged = state.tab === "summary" && state.selection.kind === "model" && any("findings", "checkProblem");
    if (judged || any("phase", "tab", ...SHOWN_IN[state.tab])) void this.drawPanel(state, changed);
    if (any("phase", "tab", "selection", "repair", "edits", "package", "migrate")) this.drawFooter(state);
  }

  private drawBar(state: State): void {
    const open = state.phase.kind === "open";
    const several = open && (state.opened?.models.length ?? 0) > 1;
    keepFocus(this.bar, this.panel, () => replace(this.bar,
      h("a", { class: "brand", href: "#", onclick: (event: Event) => { event.preventDefault(); this.actions.close(); } }, "modelexport"),
      h("span", { class: "file" }, state.name !== "" && h(open ? "h1" : "span", { class: `file-name${several ? " sr" : ""}`, title: state.name }, last(state.name)),
        several && this.others(state),
        open && h("span", { class: "muted size" }, bytes(state.opened?.report.size ?? 0)),
        open && h("span", { class: "muted origin", "data-testid": "privacy" }, originText(state.place))),
      h("span", { class: "bar-actions" },
        open && h("button", { class: "iconic", title: "Open another file", "aria-label": "Open another file", onclick: () => this.actions.pick() }, icon("open")),
        h("button", { class: "iconic", title: "Keys (?)", "aria-label": "Keys", onclick: () => this.actions.showKeys() }, icon("keys")),
        h("button", { class: "iconic", title: "Light or dark", "aria-label": "Light or dark", onclick: () => this.actions.toggleTheme() }, icon("theme")))));
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
    keepFocus(this.judgement, this.panel, () => replace(this.judgement, parts));
    this.judgement.hidden = parts.length === 0;
    this.verdict.hidden = parts.length === 0 && workOf(state) === null;
  }

  /** The workbench stays where it is while more of a file becomes known. */
  private bodyChanged(state: State): boolean {
    return state.phase.kind !== "open" || !isOnnx(state) || !this.workbench.isConnected;
  }

  private drawBody(state: State): void {
    const { phase } = state;
    if (phase.kind === "open") replace(this.body, isOnnx(state) ? this.workbench : pages.other(state.opened));
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
    keepFocus(this.structureButtons, this.panel, () => replace(this.structureButtons,
      segment("Tree", state.structure === "tree", () => this.actions.structure("tree")),
      segment("Treemap", state.structure === "treemap", () => this.actions.structure("treemap"))));
    keepFocus(this.measureButtons, this.panel, () => replace(this.measureButtons,
      segment("bytes", state.measure === "bytes", () => this.actions.measure("bytes")), segment("parameters", state.measure === "parameters", () => this.actions.measure("parameters"))));
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
    keepFocus(this.tabs, this.panel, () => replace(this.tabs, TABS.map(([tab, label]) => h("button", {
      role: "tab", id: `tab-${tab}`, "aria-selected": String(tab === state.tab), "aria-controls": "panel", tabindex: tab === state.tab ? 0 : -1,
      onclick: () => this.actions.show(tab), onkeydown: (event: KeyboardEvent) => this.tabKey(event, tab),
    }, label, tab === "findings" && count > 0 ? h("span", { class: "badge", title: exact(count) }, count > 99 ? "99+" : String(count)) : null))));
  }

  private async drawPanel(state: State, changed: ReadonlySet<keyof State>): Promise<void> {
    const turn = ++this.drawing;
    this.reader.cancel();
    this.panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
    if (state.tab === "metadata") {
      this.metadata.show(state);
      if (this.metadata.element.parentElement !== this.panel) replace(this.panel, this.metadata.element);
      return;
    }
    const content = await this.content(state).catch((error: Error) => [h("p", { class: "problem" }, error.message)]);
    if (turn !== this.drawing) return;
    keepFocus(this.panel, this.panel, () => replace(this.panel, content));
    if (changed.has("tab") || changed.has("selection")) this.panel.scrollTop = 0;
    // What was asked for is where reading goes on.
    if (state.tab === "package" && state.plan !== null && state.plan !== this.plan) this.panel.querySelector<HTMLElement>(".plan-title")?.focus();
    this.plan = state.plan;
  }

  private async content(state: State): Promise<HTMLElement[]> {
    const opened = state.opened;
    if (opened === null) return [];
    const { editing, packaging } = this.actions;
    switch (state.tab) {
      case "summary":
        if (state.selection.kind === "model") return summary(opened, state);
        return [h("p", { class: "back" }, h("button", { class: "link", onclick: () => this.actions.select({ kind: "model" }) }, "← Summary of the model")),
          ...(await details(state.selection, { engine: this.engine, reader: this.reader, modules: opened.report.hierarchy.modules, select: (s: Selection) => this.actions.select(s), reveal: (m) => this.reveal(m) }))];
      case "findings":
        return [findings(state.findings, state.checkProblem, { show: (f) => void this.actions.showFinding(f), repair: () => void this.actions.editing.repair(), remove: (key) => void this.actions.editing.removeNow(key), advised: (what) => this.advised(what) })];
      case "metadata":
        return [this.metadata.element];
      case "package":
        return [takeHome(state, {
          plan: () => void editing.plan(), save: () => void editing.save(), discard: () => void editing.discard(), migrate: (choice) => void editing.migrate(choice),
          openSaved: () => void this.actions.openSaved(),
          target: (t) => void packaging.target(t), savePackage: () => void packaging.save(), planPackage: () => void packaging.plan(),
          fetch: (repo, revision) => void packaging.fetch(repo, revision),
          pick: () => this.actions.pick(), pickDirectory: () => this.actions.pickDirectory(),
        })];
    }
  }

  private advised(what: Advised): void {
    if (what === "stamp") {
      this.actions.show("metadata");
      queueMicrotask(() => this.metadata.focusStamp());
    } else void this.actions.editing.migrate({ ...AS_IT_SAYS, renameInputs: what === "rename", dynamic: what === "dynamic" });
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
    keepFocus(this.footer, this.panel, () => replace(this.footer, words === null ? null : h("span", { class: "command-line", "data-testid": "cli-command" }, h("code", null, `$ ${words}`), copyButton(words, "command")),
      h("span", { class: "muted version" }, state.update !== null && h("button", { class: "link", "data-testid": "update", onclick: state.update }, "A new version is ready: reload"),
        state.update !== null && " · ", `modelexport ${window.modelexport.version}`, state.offline && " · offline")));
  }
}

/** Whether there is a graph to show; of other formats only what they are is known. */
const isOnnx = ({ opened }: State): boolean => opened?.report.format === "onnx";

function segment(label: string, pressed: boolean, onclick: () => void): HTMLElement {
  return h("button", { "aria-pressed": String(pressed), onclick }, label);
}

function originText(place: State["place"]): string {
  if (place === null) return "opened from this computer, nothing is sent";
  return place.kind === "hub" ? "read from the Hub by ranges" : "read from its address by ranges";
}
