// The page: bar, verdict, structure on the left, the selected thing on the right, the command in the footer.
// Draws from the state; what users do goes to the actions.
import { bytes, last, shellWord } from "../format";
import { h, replace } from "../dom";
import { details } from "./details";
import { empty } from "./empty";
import { copyButton } from "./facts";
import { findings } from "./findings";
import { icon, mark } from "./icons";
import { metadata } from "./metadata";
import { problemBox } from "./problem";
import { summary, oldestRuntime } from "./summary";
import { takeHome } from "./take_home";
import { Tree } from "./tree";
import { Treemap } from "./treemap";
import type { Actions } from "../actions";
import type { Selection, State, Store, Tab } from "../state";
import type { Engine } from "../worker/client";
import type { Finding, Problem, SearchHit } from "../worker/protocol";

const TABS: [Tab, string][] = [["summary", "Summary"], ["findings", "Findings"], ["metadata", "Metadata"], ["package", "Take home"]];

export class App {
  private readonly bar = h("header", { class: "bar" });
  private readonly verdict = h("div", { class: "verdict", role: "status", "aria-live": "polite" });
  private readonly panel = h("div", { class: "panel-body", id: "panel", role: "tabpanel", tabindex: 0 });
  private readonly tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
  private readonly hits = h("ul", { class: "hits", hidden: true, "aria-label": "Search results" });
  private readonly search = h("input", { type: "search", placeholder: "Search modules, nodes, tensors", "aria-label": "Search", spellcheck: "false" });
  private readonly structureButtons = h("div", { class: "segmented", role: "group", "aria-label": "How the structure is shown" });
  private readonly derived = h("p", { class: "derived" });
  private readonly body = h("div", { class: "page-body" });
  private readonly footer = h("footer", { class: "footer" });
  private readonly tree = new Tree((index) => this.actions.select({ kind: "module", index }));
  private readonly treemap = new Treemap((index) => this.actions.select({ kind: "module", index }));
  private readonly workbench: HTMLElement;
  private drawing = 0;

  constructor(root: HTMLElement, store: Store, private readonly actions: Actions, private readonly engine: Engine) {
    this.workbench = h("main", { class: "workbench", id: "main" },
      h("section", { class: "structure", "aria-label": "Structure" },
        h("div", { class: "structure-bar" }, this.structureButtons, h("div", { class: "search" }, icon("search"), this.search, this.hits)),
        this.derived, this.tree.element, this.treemap.element),
      h("section", { class: "panel", "aria-label": "Selected" }, this.tabs, this.panel));
    root.append(this.bar, this.verdict, this.body, this.footer);
    this.search.addEventListener("input", () => void this.find());
    this.search.addEventListener("keydown", (event) => this.searchKey(event));
    store.subscribe((state, changed) => this.draw(state, changed));
    this.draw(store.state, new Set(Object.keys(store.state) as (keyof State)[]));
  }

  focusSearch(): void {
    this.search.focus();
  }

  private draw(state: State, changed: ReadonlySet<keyof State>): void {
    const any = (...keys: (keyof State)[]): boolean => keys.some((key) => changed.has(key));
    if (any("phase", "name", "opened", "origin")) this.drawBar(state);
    if (any("phase", "opened", "findings", "checkProblem", "notice", "saving")) this.drawVerdict(state);
    if (any("phase", "opened")) this.drawBody(state);
    if (state.phase.kind !== "open") return this.drawFooter(state);
    if (any("phase", "opened", "structure", "measure", "selection")) this.drawStructure(state, changed);
    if (any("phase", "opened", "tab", "selection", "findings", "checkProblem", "edits", "plan", "saving", "saved", "repair", "package")) void this.drawPanel(state);
    if (any("phase", "tab", "selection", "repair", "edits", "package")) this.drawFooter(state);
  }

  private drawBar(state: State): void {
    const open = state.phase.kind === "open";
    const several = open && (state.opened?.models.length ?? 0) > 1;
    replace(this.bar,
      h("a", { class: "brand", href: "#", onclick: (event: Event) => { event.preventDefault(); this.actions.close(); } }, "modelexport"),
      h("span", { class: "file" }, state.name !== "" && h(open ? "h1" : "span", { class: `file-name${several ? " sr" : ""}`, title: state.name }, last(state.name)),
        several && this.others(state),
        open && h("span", { class: "muted size" }, bytes(state.opened?.report.size ?? 0)),
        open && h("span", { class: "muted origin", "data-testid": "privacy" }, state.origin === "local" ? "opened from this computer, nothing is sent" : "read from its address by ranges")),
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
    const { phase, notice } = state;
    const parts: HTMLElement[] = [];
    if (notice !== null) parts.push(problemBox(notice, () => this.actions.dismiss()));
    if (phase.kind === "reading" || state.saving !== null) parts.push(this.progress(state));
    else if (phase.kind === "open") parts.push(...this.judgement(state));
    replace(this.verdict, parts);
    this.verdict.hidden = parts.length === 0;
  }

  private progress(state: State): HTMLElement {
    const work = state.phase.kind === "reading" ? state.phase : state.saving;
    const { what, done, total } = work as { what: string; done: number; total: number };
    const meter = h("progress", { max: total > 0 ? total : null, value: total > 0 ? done : null, "aria-label": what });
    return h("div", { class: "progress", "data-testid": "progress" }, h("span", null, what), meter,
      total > 0 && h("span", { class: "muted" }, `${bytes(done)} of ${bytes(total)}`),
      h("button", { class: "quiet", "data-testid": "cancel", onclick: () => this.actions.cancel() }, "Cancel"));
  }

  private judgement(state: State): HTMLElement[] {
    const opened = state.opened;
    if (opened === null) return [];
    if (opened.report.format !== "onnx") {
      return [h("span", { class: "judge" }, mark("info"), ` This is ${formatName(opened.report.format)}, not an ONNX model.`)];
    }
    const parts: HTMLElement[] = [];
    const count = (wanted: (f: Finding) => boolean): number => (state.findings ?? []).filter(wanted).reduce((sum, f) => sum + 1 + (f.more ?? 0), 0);
    const errors = count((f) => f.severity === "error");
    const warnings = count((f) => f.severity === "warning");
    const fixable = count((f) => f.fixable);
    const oldest = oldestRuntime(opened.runtimes);
    if (opened.missing.length > 0) {
      parts.push(h("span", { class: "judge" }, mark("error"), ` Drop ${opened.missing.map((m) => m.location).join(", ")} here too: the weights are in it.`));
    } else if (errors > 0) {
      parts.push(h("button", { class: "judge link", onclick: () => this.actions.show("findings") }, mark("error"), ` ${errors === 1 ? "1 error" : `${errors} errors`}: it will not load`));
    } else if (oldest === null) {
      parts.push(h("span", { class: "judge" }, mark("error"), " No ONNX Runtime release loads these versions"));
    } else {
      parts.push(h("span", { class: "judge" }, mark("ok"), ` Loads in ONNX Runtime ${oldest} or newer`));
    }
    if (state.findings === null && state.checkProblem === null) parts.push(h("span", { class: "muted" }, "checking…"));
    if (warnings > 0) parts.push(h("button", { class: "judge link", onclick: () => this.actions.show("findings") }, mark("warning"), ` ${warnings === 1 ? "1 warning" : `${warnings} warnings`}`));
    if (fixable > 0 && opened.editable) {
      parts.push(h("span", { class: "judge" }, `${fixable === 1 ? "1 repair" : `${fixable} repairs`} available`),
        h("button", { class: "primary", "data-testid": "repair", onclick: () => this.actions.repair() }, "Repair"));
    }
    return parts;
  }

  private drawBody(state: State): void {
    if (state.phase.kind === "open") replace(this.body, state.opened?.report.format === "onnx" ? this.workbench : this.other(state));
    else if (state.phase.kind === "failed") replace(this.body, this.failed(state.phase.problem));
    else if (state.phase.kind === "reading") replace(this.body, h("main", { class: "reading", id: "main" }, h("h1", null, last(state.phase.name)), h("p", { class: "muted" }, "Only what is needed is read.")));
    else replace(this.body, empty(this.actions));
    document.documentElement.dataset["phase"] = state.phase.kind;
  }

  private other(state: State): HTMLElement {
    return h("main", { class: "empty", id: "main" }, h("div", { class: "welcome" },
      h("div", { "data-testid": "summary" }, state.opened === null ? null : summary(state.opened)),
      h("p", null, hintFor(state.opened?.report.format ?? ""))));
  }

  private failed(problem: Problem): HTMLElement {
    return h("main", { class: "empty", id: "main" }, h("div", { class: "welcome" }, h("h1", null, "This file cannot be opened"),
      problemBox(problem), h("p", null, h("button", { class: "primary", onclick: () => this.actions.pick() }, "Choose another file"))));
  }

  private drawStructure(state: State, changed: ReadonlySet<keyof State>): void {
    const modules = state.opened?.report.hierarchy.modules ?? [];
    if (changed.has("opened") || changed.has("phase")) this.tree.show(modules);
    this.derived.hidden = state.opened?.report.hierarchy.derived !== true;
    this.derived.textContent = `Derived from ${state.opened?.report.hierarchy.form === "dynamo" ? "torch's metadata" : "node names"}: the file itself has no module tags.`;
    replace(this.structureButtons,
      segment("Tree", state.structure === "tree", () => this.actions.structure("tree")),
      segment("Treemap", state.structure === "treemap", () => this.actions.structure("treemap")),
      state.structure === "treemap" && segment(state.measure === "bytes" ? "by bytes" : "by parameters", false, () => this.actions.toggleMeasure()));
    this.tree.element.hidden = state.structure !== "tree";
    this.treemap.element.hidden = state.structure !== "treemap";
    if (state.structure === "treemap") this.treemap.show(modules, state.measure);
    if (state.selection.kind === "module" && changed.has("selection")) {
      this.tree.reveal(state.selection.index);
      if (state.structure === "treemap") this.treemap.select(state.selection.index);
    }
  }

  private async drawPanel(state: State): Promise<void> {
    const turn = ++this.drawing;
    const count = (state.findings ?? []).filter((f) => f.severity !== "info").length;
    replace(this.tabs, TABS.map(([tab, label]) => h("button", {
      role: "tab", id: `tab-${tab}`, "aria-selected": String(tab === state.tab), "aria-controls": "panel", tabindex: tab === state.tab ? 0 : -1,
      onclick: () => this.actions.show(tab), onkeydown: (event: KeyboardEvent) => this.tabKey(event, tab),
    }, label, tab === "findings" && count > 0 ? h("span", { class: "badge" }, String(count)) : null)));
    this.panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
    const content = await this.content(state).catch((error: Error) => [h("p", { class: "problem" }, error.message)]);
    if (turn === this.drawing) replace(this.panel, content);
  }

  private async content(state: State): Promise<HTMLElement[]> {
    const opened = state.opened;
    if (opened === null) return [];
    switch (state.tab) {
      case "summary":
        if (state.selection.kind === "model") return summary(opened);
        return [h("p", { class: "back" }, h("button", { class: "link", onclick: () => this.actions.select({ kind: "model" }) }, "← Summary of the model")),
          ...(await details(state.selection, { engine: this.engine, modules: opened.report.hierarchy.modules, select: (s: Selection) => this.actions.select(s) }))];
      case "findings":
        return [findings(state.findings, state.checkProblem, { show: (f) => void this.actions.showFinding(f), repair: () => this.actions.repair(), command: "" })];
      case "metadata":
        return [metadata(opened.report.metadata, state.edits, {
          editable: opened.editable, set: (k, v) => this.actions.setMetadata(k, v), remove: (k) => this.actions.removeMetadata(k),
          restore: (k) => this.actions.restoreMetadata(k), showPlan: () => this.actions.plan(),
        })];
      case "package":
        return [takeHome(state, {
          plan: () => this.actions.plan(), save: () => this.actions.save(), discard: () => this.actions.discard(),
          target: (t) => void this.actions.target(t), savePackage: () => void this.actions.savePackage(),
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
    const command = this.command(state);
    replace(this.footer, command === null ? null : h("span", { class: "command-line", "data-testid": "cli-command" }, h("code", null, `$ ${command}`), copyButton(command, "command")),
      h("span", { class: "muted version" }, `modelexport ${window.modelexport.version}`));
  }

  private command(state: State): string | null {
    if (state.phase.kind !== "open") return null;
    const file = shellWord(state.origin === "url" ? state.name : last(state.name));
    if (state.tab === "findings") return `modelexport check ${file}`;
    const changed = state.repair || state.edits.set.size + state.edits.remove.size > 0;
    if (state.tab === "package" && state.opened?.complete === true && !changed) {
      const { target } = state.package;
      return `modelexport pack ${file}${target === "optimum" ? "" : ` -t ${target}`} -o ${shellWord(this.actions.packageName())}`;
    }
    if (state.tab === "metadata" || state.tab === "package") {
      if (state.repair) return `modelexport check ${file} --fix -o ${shellWord(this.actions.savedName())}`;
      const set = [...state.edits.set].map(([k, v]) => ` --set ${shellWord(`${k}=${v}`)}`).join("");
      const remove = [...state.edits.remove].map((k) => ` --remove ${shellWord(k)}`).join("");
      return `modelexport stamp ${file}${set}${remove}${set + remove === "" ? "" : ` -o ${shellWord(this.actions.savedName())}`}`;
    }
    return `modelexport inspect ${file}${state.selection.kind === "module" ? " --tree" : ""}`;
  }

  private async find(): Promise<void> {
    const text = this.search.value.trim();
    if (text.length < 2) { this.hits.hidden = true; return; }
    const hits = await this.engine.call("search", { text });
    if (text !== this.search.value.trim()) return;
    this.hits.hidden = false;
    replace(this.hits, hits.length === 0 ? h("li", { class: "muted none" }, "Nothing found.") : hits.map((hit) => h("li", null, h("button", { class: "hit", onclick: () => this.take(hit) },
      h("span", { class: "kind" }, hit.kind), h("span", { class: "hit-label" }, hit.label), h("span", { class: "muted" }, hit.detail)))));
  }

  private take(hit: SearchHit): void {
    this.hits.hidden = true;
    this.actions.select(hit.kind === "module" ? { kind: "module", index: hit.index } : hit.kind === "node" ? { kind: "node", index: hit.index } : { kind: "tensor", name: hit.label });
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

const FORMATS: Record<string, string> = {
  torchscript: "a TorchScript archive", pt2: "a torch.export archive", safetensors: "a safetensors file: weights without a program",
  gguf: "a GGUF file", zip: "a zip archive", ort: "a model in ORT format",
};
const formatName = (format: string): string => FORMATS[format] ?? `a ${format} file`;

function hintFor(format: string): string {
  if (format === "torchscript" || format === "pt2") return "Turn it into ONNX with: modelexport export FILE --source MODEL_DIR -o OUT";
  if (format === "safetensors") return "Weights alone cannot be exported; capture the model first: python3 -m modelexport.capture MODEL_DIR -o model.pt2";
  return "This page shows ONNX models.";
}
