// What users can do: each changes the state, some ask the worker.
import { EngineError, type Engine } from "./worker/client";
import type { Finding, PackageChoice, PickedFile, Problem } from "./worker/protocol";
import { initial, type Selection, type State, type Store, type Structure, type Tab } from "./state";
import { fileAddress } from "./io/url_reader";
import { last } from "./format";
import { saveBlob } from "./io/save";

const unknown = (message: string): Problem => ({ code: "ME-CLI-003", message, where: null, hint: null });

export class Actions {
  readonly examples: { file: string; label: string }[];
  private files: PickedFile[] = [];

  constructor(private readonly store: Store, private readonly engine: Engine, private readonly pickers: { files: HTMLInputElement; directory: HTMLInputElement },
    private readonly keys: HTMLDialogElement, examples: { file: string; label: string }[]) {
    this.examples = examples;
    engine.onProgress = (what, done, total) => this.progress(what, done, total);
  }

  pick(): void {
    this.pickers.files.click();
  }

  pickDirectory(): void {
    this.pickers.directory.click();
  }

  close(): void {
    this.engine.cancel();
    this.files = [];
    history.replaceState(null, "", location.pathname + location.search);
    this.store.set(initial());
  }

  async openFiles(files: PickedFile[]): Promise<void> {
    if (files.length === 0) return;
    // What cannot be opened by itself joins the model that is open: its data, its configuration.
    const { phase, origin, opened } = this.store.state;
    const joins = phase.kind === "open" && origin === "local" && opened?.report.format === "onnx" && !files.some(({ path }) => this.opensAlone(path));
    history.replaceState(null, "", location.pathname + location.search);
    if (!joins) {
      this.files = files;
      return this.open((files.find(({ path }) => path.endsWith(".onnx")) ?? files[0] as PickedFile).path, null);
    }
    const known = new Set(files.map((f) => f.path));
    this.files = [...this.files.filter((f) => !known.has(f.path)), ...files];
    await this.reopen();
  }

  private opensAlone(path: string): boolean {
    const wanted = this.store.state.opened?.missing.some((m) => last(m.location) === last(path)) === true;
    return !wanted && /\.(onnx|pt2?|pth|ort|zip|gguf|safetensors)$/.test(path);
  }

  /** Another of several ONNX files. */
  async showModel(path: string): Promise<void> {
    await this.open(path, null, path);
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
      await this.openFiles([{ path: last(file), file: new File([await response.blob()], last(file)) }]);
    } catch {
      this.store.set({ notice: unknown("the example could not be loaded") });
    }
  }

  private async open(name: string, url: string | null, shown: string | null = null): Promise<void> {
    this.store.set({ ...initial(), phase: { kind: "reading", name, what: "opening", done: 0, total: 0 }, name, origin: url === null ? "local" : "url" });
    try {
      const opened = await this.engine.call("open", { files: this.files, url, shown });
      this.store.set({ phase: { kind: "open" }, opened, ...(url === null && { name: opened.path }) });
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

  /** After the worker was ended, or with more files: the same model again, with the user's edits. */
  private async reopen(): Promise<void> {
    const { edits, repair, tab, selection, name, origin, package: { target } } = this.store.state;
    await this.open(name, origin === "url" ? name : null, origin === "url" ? null : name);
    this.store.set({ edits, repair, selection, package: { ...initial().package, target } });
    this.show(tab);
  }

  dismiss(): void {
    this.store.set({ notice: null });
  }

  select(selection: Selection): void {
    this.store.set({ selection, tab: "summary" });
  }

  show(tab: Tab): void {
    this.store.set({ tab });
    const { package: { plan, problem }, opened } = this.store.state;
    if (tab === "package" && opened?.complete === true && plan === null && problem === null) void this.planPackage();
  }

  async target(target: PackageChoice["target"]): Promise<void> {
    this.store.set({ package: { ...initial().package, target } });
    await this.planPackage();
  }

  packageName(): string {
    return `${last(this.store.state.name).replace(/\.onnx$/, "")}.zip`;
  }

  async planPackage(): Promise<void> {
    const { target } = this.store.state.package;
    const show = (change: Partial<State["package"]>): void => {
      if (this.store.state.package.target === target) this.store.set({ package: { ...initial().package, target, ...change } });
    };
    try {
      show({ plan: await this.engine.call("packagePlan", { target, output: this.packageName() }) });
    } catch (error) {
      show({ problem: problemOf(error) });
    }
  }

  async savePackage(): Promise<void> {
    this.store.set({ saving: { what: "checksums", done: 0, total: 0 } });
    try {
      const { blob, report } = await this.engine.call("packageSave", null);
      await saveBlob(blob, this.packageName());
      this.store.set({ saving: null, package: { ...this.store.state.package, report } });
    } catch (error) {
      this.store.set({ saving: null, ...(!wasDismissed(error) && { notice: problemOf(error) }) });
    }
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
      this.store.set({ plan, saved: null, package: { ...initial().package, target: this.store.state.package.target } });
      this.show("package");
    } catch (error) {
      this.store.set({ notice: problemOf(error), tab: "package" });
    }
  }

  discard(): void {
    this.store.set({ repair: false, edits: initial().edits });
    void this.plan().then(() => this.store.set({ plan: null }));
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
      this.store.set({ saving: null, ...(!wasDismissed(error) && { notice: problemOf(error) }) });
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

/** The user closed the dialog that asks where to save. */
const wasDismissed = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

function problemOf(error: unknown): Problem {
  return error instanceof EngineError ? error.problem : unknown(error instanceof Error ? error.message : String(error));
}
