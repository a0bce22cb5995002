// What users can do: each changes the state, some ask the worker.
import { EngineError, type Engine } from "./worker/client";
import type { Finding, Problem } from "./worker/protocol";
import { initial, type Selection, type State, type Store, type Structure, type Tab } from "./state";
import { fileAddress } from "./io/url_reader";
import { last } from "./format";
import { saveBlob } from "./io/save";

const unknown = (message: string): Problem => ({ code: "ME-CLI-003", message, where: null, hint: null });

export class Actions {
  readonly examples: { file: string; label: string }[];
  private files: File[] = [];

  constructor(private readonly store: Store, private readonly engine: Engine, private readonly picker: HTMLInputElement,
    private readonly keys: HTMLDialogElement, examples: { file: string; label: string }[]) {
    this.examples = examples;
    engine.onProgress = (what, done, total) => this.progress(what, done, total);
  }

  pick(): void {
    this.picker.click();
  }

  close(): void {
    this.engine.cancel();
    this.files = [];
    history.replaceState(null, "", location.pathname + location.search);
    this.store.set(initial());
  }

  async openFiles(files: File[]): Promise<void> {
    if (files.length === 0) return;
    // A data file dropped after the model joins it.
    const missing = this.store.state.phase.kind === "open" ? this.store.state.opened?.missing ?? [] : [];
    const joins = missing.length > 0 && files.every((f) => missing.some((m) => last(m.location) === f.name));
    this.files = joins ? [...this.files, ...files] : files;
    history.replaceState(null, "", location.pathname + location.search);
    await this.open((this.files.find((f) => f.name.endsWith(".onnx")) ?? this.files[0] as File).name, null);
  }

  async openUrl(text: string): Promise<void> {
    const address = fileAddress(text);
    if (address === null) {
      this.store.set({ notice: { code: "ME-CLI-001", message: `'${text.trim()}' is not the address of a file`, where: null, hint: "https://…/model.onnx, or org/name@revision/path/model.onnx" } });
      return;
    }
    this.files = [];
    history.replaceState(null, "", `#url=${encodeURIComponent(address)}`);
    await this.open(address, address);
  }

  async openExample(file: string): Promise<void> {
    try {
      const response = await fetch(file);
      if (!response.ok) throw new Error(`${response.status}`);
      await this.openFiles([new File([await response.blob()], last(file))]);
    } catch {
      this.store.set({ notice: unknown("the example could not be loaded") });
    }
  }

  private async open(name: string, url: string | null): Promise<void> {
    this.store.set({ ...initial(), phase: { kind: "reading", name, what: "opening", done: 0, total: 0 }, name, origin: url === null ? "local" : "url" });
    try {
      const opened = await this.engine.call("open", { files: this.files, url });
      this.store.set({ phase: { kind: "open" }, opened });
      if (opened.report.format === "onnx") await this.check();
    } catch (error) {
      this.store.set({ phase: { kind: "failed", name, problem: problemOf(error) } });
    }
  }

  private async check(): Promise<void> {
    try {
      this.store.set({ findings: await this.engine.call("check", null) });
    } catch (error) {
      this.store.set({ checkProblem: problemOf(error) });
    }
  }

  private progress(what: string, done: number, total: number): void {
    const { phase } = this.store.state;
    if (phase.kind === "reading") this.store.set({ phase: { ...phase, what, done, total } });
    else if (this.store.state.saving !== null) this.store.set({ saving: { what, done, total } });
  }

  cancel(): void {
    const reading = this.store.state.phase.kind === "reading";
    this.engine.cancel();
    if (reading) this.close();
    else void this.reopen();
  }

  /** After the worker was ended: the same file again, with the user's edits. */
  private async reopen(): Promise<void> {
    const { edits, tab, selection } = this.store.state;
    const { name, origin } = this.store.state;
    await this.open(name, origin === "url" ? name : null);
    this.store.set({ edits, tab, selection });
  }

  dismiss(): void {
    this.store.set({ notice: null });
  }

  select(selection: Selection): void {
    this.store.set({ selection, tab: "summary" });
  }

  show(tab: Tab): void {
    this.store.set({ tab });
  }

  structure(structure: Structure): void {
    this.store.set({ structure });
  }

  toggleMeasure(): void {
    this.store.set({ measure: this.store.state.measure === "bytes" ? "parameters" : "bytes" });
  }

  async showFinding(finding: Finding): Promise<void> {
    if (finding.where.offset === null) return;
    const index = await this.engine.call("nodeAt", { offset: finding.where.offset });
    if (index !== null) this.select({ kind: "node", index });
  }

  setMetadata(key: string, value: string): void {
    this.edit((edits) => {
      edits.remove.delete(key);
      edits.set.set(key, value);
    });
  }

  removeMetadata(key: string): void {
    this.edit((edits) => {
      edits.set.delete(key);
      edits.remove.add(key);
    });
  }

  restoreMetadata(key: string): void {
    this.edit((edits) => {
      edits.set.delete(key);
      edits.remove.delete(key);
    });
  }

  private edit(change: (edits: State["edits"]) => void): void {
    const edits = { set: new Map(this.store.state.edits.set), remove: new Set(this.store.state.edits.remove) };
    change(edits);
    this.store.set({ edits, plan: null, saved: null });
  }

  repair(): void {
    this.store.set({ repair: true });
    void this.plan();
  }

  async plan(): Promise<void> {
    const { edits, repair } = this.store.state;
    try {
      const plan = await this.engine.call("plan", {
        set: [...edits.set].map(([key, value]) => ({ key, value })), remove: [...edits.remove], repair,
      });
      this.store.set({ plan, saved: null, tab: "package" });
    } catch (error) {
      this.store.set({ notice: problemOf(error), tab: "package" });
    }
  }

  discard(): void {
    this.store.set({ plan: null, saved: null, repair: false, edits: initial().edits });
  }

  savedName(): string {
    const name = last(this.store.state.name);
    return name.endsWith(".onnx") ? `${name.slice(0, -5)}.repaired.onnx` : `${name}.onnx`;
  }

  async save(): Promise<void> {
    this.store.set({ saving: { what: "assembling", done: 0, total: 0 } });
    try {
      const { blob, sha256 } = await this.engine.call("save", null);
      const name = this.savedName();
      await saveBlob(blob, name);
      this.store.set({ saving: null, saved: { name, size: blob.size, sha256 } });
    } catch (error) {
      this.store.set({ saving: null, notice: problemOf(error) });
    }
  }

  showKeys(): void {
    this.keys.showModal();
  }

  toggleTheme(): void {
    const root = document.documentElement;
    const dark = root.dataset["theme"] === "dark" || (root.dataset["theme"] === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset["theme"] = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset["theme"]);
    } catch { /* a page opened from disk may have no storage */ }
  }
}

function problemOf(error: unknown): Problem {
  return error instanceof EngineError ? error.problem : unknown(error instanceof Error ? error.message : String(error));
}
