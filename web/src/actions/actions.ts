// What users do: opening, selecting, showing. Each changes the state, some ask the worker; edits and packages are beside.
import { EngineError, type Engine } from "../worker/client";
import type { Finding, Opened, PickedFile, Place } from "../worker/protocol";
import { initial, unsaved, type Selection, type State, type Store, type Structure, type Tab } from "../state";
import { decode, hubFile, hubName, type HubFile } from "../io/hub";
import { webAddress } from "../io/url_reader";
import { exact, last } from "../format";
import { problem, problemOf } from "../problem";
import { Editing } from "./editing";
import { Packaging } from "./packaging";
import { save, stopSaving } from "./saving";
import { confirmed } from "../ui/confirm";

const OPENS_ALONE = /\.(onnx|pt2?|pth|ort|zip|gguf|safetensors)$/;

/** Fewer files without a known ending are looked at. */
const MANY = 20;

/** As at the beginning, but for what does not concern a file. */
const fresh = ({ offline, update }: State): State => ({ ...initial(), offline, update });

export class Actions {
  readonly editing: Editing;
  readonly packaging: Packaging;
  private files: PickedFile[] = [];
  private turn = 0;

  constructor(private readonly store: Store, private readonly engine: Engine, private readonly pickers: { files: HTMLInputElement; directory: HTMLInputElement },
    private readonly keys: HTMLDialogElement, readonly examples: { file: string; label: string }[]) {
    this.editing = new Editing(store, engine, (tab) => this.show(tab));
    this.packaging = new Packaging(store, engine);
    engine.onProgress = (what, done, total) => this.progress(what, done, total);
    engine.onPartial = (opened) => this.partly(opened);
  }

  pick(): void {
    this.pickers.files.click();
  }

  pickDirectory(): void {
    this.pickers.directory.click();
  }

  /** Asks before changes are lost that no file has. */
  private async leave(): Promise<boolean> {
    return !unsaved(this.store.state) || await confirmed(this.store.state);
  }

  async close(): Promise<void> {
    if (await this.leave()) this.reset();
  }

  private reset(): void {
    this.turn += 1;
    this.engine.cancel();
    this.files = [];
    this.address(null);
    this.store.set(fresh(this.store.state));
  }

  // --- Opening.

  async openFiles(files: PickedFile[]): Promise<void> {
    if (files.length === 0) return;
    // What cannot be opened by itself joins the model that is open: its data, its configuration.
    const { phase, place, opened } = this.store.state;
    const joins = phase.kind === "open" && place === null && opened?.report.format === "onnx" && !files.some(({ path }) => this.opensAlone(path));
    if (!joins) {
      if (files.length > MANY && !files.some(({ path }) => OPENS_ALONE.test(path))) {
        this.store.set({ notice: problem("ME-IO-001", `none of the ${exact(files.length)} files is a model`, "drop an .onnx file with its data files, or the directory that has it") });
        return;
      }
      if (!(await this.leave())) return;
      this.address(null);
      this.files = files;
      return this.open((files.find(({ path }) => path.endsWith(".onnx")) ?? files[0] as PickedFile).path, null);
    }
    const known = new Set(files.map((f) => f.path));
    this.files = [...this.files.filter((f) => !known.has(f.path)), ...files];
    await this.reopen();
  }

  private opensAlone(path: string): boolean {
    const wanted = this.store.state.opened?.missing.some((m) => last(m.location) === last(path)) === true;
    return !wanted && OPENS_ALONE.test(path);
  }

  /** Another of several ONNX files. */
  async showModel(path: string): Promise<void> {
    if (await this.leave()) await this.open(path, null, path);
    else this.store.set({ opened: this.store.state.opened });  // the choice goes back to the file that is shown
  }

  /** Saves what a repair makes of a file that does not open, and opens that. */
  async mend(): Promise<void> {
    const { name, place } = this.store.state;
    const broken = this.files.find(({ path }) => path === name || path.endsWith(`/${name}`));
    if (broken === undefined || place !== null) return;
    const repaired = this.editing.savedName();
    const blob = await save(this.store, repaired, "repairing", () => this.engine.call("mend", { file: broken.file, name }));
    if (blob === null) return;
    const path = `${broken.path.slice(0, broken.path.length - last(broken.path).length)}${repaired}`;
    this.files = [...this.files.filter((f) => f !== broken), { path, file: new File([blob], repaired) }];
    await this.open(repaired, null);
  }

  /** The file that was saved, in place of the one that it was made of; what lay beside that stays. */
  async openSaved(): Promise<void> {
    const { saved, name, place } = this.store.state;
    if (saved === null) return;
    const beside = (path: string): string => `${path.slice(0, path.length - last(path).length)}${saved.name}`;
    // Of an address, or out of a zip, it is alone.
    const before = place !== null ? undefined : this.files.find(({ path }) => path === name || path.endsWith(`/${name}`));
    const file = new File([saved.file], saved.name);
    this.address(null);
    this.files = before === undefined ? [{ path: saved.name, file }] : [...this.files.filter((f) => f !== before), { path: beside(before.path), file }];
    await this.open(saved.name, null, beside(name));
  }

  /** Anything that is pasted or typed: an address, a link of the Hub, a Hub id. */
  async openUrl(text: string): Promise<void> {
    const hub = hubFile(text);
    if (hub !== null) return this.openHub(hub);
    const url = webAddress(text);
    if (url === null) {
      const words = text.trim();
      this.store.set({ notice: problem("ME-CLI-001", `'${words.length > 80 ? `${words.slice(0, 80)}…` : words}' is not the address of a file`, "https://…/model.onnx, or org/name@revision/path/model.onnx") });
      return;
    }
    if (!(await this.leave())) return;
    this.files = [];
    this.address(`#url=${encodeURIComponent(url)}`);
    await this.open(decode(new URL(url).pathname), { kind: "url", url });
  }

  async openHub(file: HubFile): Promise<void> {
    if (!(await this.leave())) return;
    this.files = [];
    this.address(`#hf=${hubName(file)}`);
    if (file.path !== "") return this.open(file.path, { kind: "hub", file });
    const turn = this.begin(file.repo, null);
    try {
      const { files } = await this.engine.call("hubFiles", file);
      if (turn !== this.turn) return;
      const only = files.length === 1 ? files[0] : undefined;
      if (only !== undefined) return await this.openHub({ ...file, path: only });
      if (files.length === 0) throw new EngineError(problem("ME-HUB-008", `${hubName(file)} has no ONNX file`, "modelexport export makes one from its weights"));
      this.store.set({ phase: { kind: "choose", name: file.repo, repo: file.repo, revision: file.revision, files } });
    } catch (error) {
      this.fail(turn, file.repo, error);
    }
  }

  async openExample(file: string): Promise<void> {
    try {
      const response = await fetch(file);
      if (!response.ok) throw new Error(`${response.status}`);
      await this.openFiles([{ path: last(file), file: new File([await response.blob()], last(file)) }]);
    } catch {
      this.store.set({ notice: problem("ME-IO-003", "the example could not be loaded", "it is not kept for offline use: connect, and try again") });
    }
  }

  private address(hash: string | null): void {
    history.replaceState(null, "", hash ?? location.pathname + location.search);
  }

  private begin(name: string, place: Place | null): number {
    this.editing.forget();
    this.store.set({ ...fresh(this.store.state), phase: { kind: "reading", name, what: "opening", done: 0, total: 0 }, name, place });
    return ++this.turn;
  }

  private fail(turn: number, name: string, error: unknown): void {
    if (turn === this.turn) this.store.set({ phase: { kind: "failed", name, problem: problemOf(error) } });
  }

  private async open(name: string, place: Place | null, shown: string | null = null): Promise<void> {
    const turn = this.begin(name, place);
    try {
      const opened = await this.engine.call("open", { files: this.files, place, shown });
      if (turn !== this.turn) return;
      this.store.set({ phase: { kind: "open" }, opened, reading: null, ...(place === null && { name: opened.path }) });
      if (opened.report.format !== "onnx") return;
      await this.check();
      if (place === null) await this.editing.look();
    } catch (error) {
      this.fail(turn, name, error);
    }
  }

  /** More of a large file is known. */
  private partly(opened: Opened): void {
    if (this.store.state.phase.kind === "empty") return;
    this.store.set({ phase: { kind: "open" }, opened, reading: this.store.state.reading ?? { what: "reading the structure", done: 0, total: 0 } });
  }

  private async check(): Promise<void> {
    try {
      this.store.set({ findings: await this.engine.call("check", null) });
    } catch (error) {
      this.store.set({ checkProblem: problemOf(error) });
    }
  }

  private progress(what: string, done: number, total: number): void {
    const { phase, reading, saving, tab } = this.store.state;
    if (phase.kind === "reading") this.store.set({ phase: { ...phase, what, done, total } });
    else if (reading !== null) this.store.set({ reading: { what, done, total } });
    else if (saving !== null || (tab === "package" && what.startsWith("downloading"))) this.store.set({ saving: { what, done, total } });
  }

  cancel(): void {
    if (stopSaving()) return;
    const reading = this.store.state.phase.kind === "reading" || this.store.state.reading !== null;
    this.engine.cancel();
    if (reading) this.reset();
    else void this.reopen();
  }

  /** After the worker was ended, or with more files: the same model again, with the user's edits. */
  private async reopen(): Promise<void> {
    const { edits, repair, migrate, tab, selection, name, place, package: { target } } = this.store.state;
    await this.open(name, place, place === null ? name : null);
    this.store.set({ edits, repair, migrate, selection, saving: null, package: { ...initial().package, target } });
    this.show(tab);
  }

  // --- Looking.

  dismiss(): void {
    this.store.set({ notice: null });
  }

  select(selection: Selection): void {
    this.store.set({ selection, tab: "summary" });
  }

  show(tab: Tab): void {
    this.store.set({ tab });
    if (tab !== "package") return;
    const { place, migrate } = this.store.state;
    // Of an address, what needs its bytes waits for a button that says so.
    if (this.editing.behind && (place === null || migrate === null)) void this.editing.plan();
    else if (place === null) this.packaging.planIfNeeded();
  }

  structure(structure: Structure): void {
    this.store.set({ structure });
  }

  measure(measure: State["measure"]): void {
    this.store.set({ measure });
  }

  async showFinding(finding: Finding): Promise<void> {
    if (finding.where.offset === null) return;
    const index = await this.engine.call("nodeAt", { offset: finding.where.offset });
    if (index !== null) this.select({ kind: "node", index });
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
