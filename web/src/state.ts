// What the page shows, in one object; views subscribe and draw from it. No view talks to another.
import type { Finding, MigrateChoice, Migration, Opened, PackageChoice, PackagePlan, PackageReport, Place, PlanView, Problem, Runtime } from "./worker/protocol";

export type Tab = "summary" | "findings" | "metadata" | "package";
export type Structure = "tree" | "treemap";
export type Selection =
  | { kind: "model" }
  | { kind: "module"; index: number }
  | { kind: "node"; index: number }
  | { kind: "tensor"; name: string };

export type Phase =
  | { kind: "empty" }
  | { kind: "reading"; name: string; what: string; done: number; total: number }
  /** A Hub model with several ONNX files. */
  | { kind: "choose"; name: string; repo: string; revision: string; files: string[] }
  | { kind: "open" }
  | { kind: "failed"; name: string; problem: Problem };

export interface MetadataEdits {
  set: Map<string, string>;
  remove: Set<string>;
}

export interface Work {
  what: string;
  done: number;
  total: number;
}

export interface PackageState {
  /** Components that came from the Hub: "ID@COMMIT". */
  fetched: string | null;
  target: PackageChoice["target"];
  plan: PackagePlan | null;
  problem: Problem | null;
  /** After saving: the checksums of what was written. */
  report: PackageReport | null;
}

export interface State {
  phase: Phase;
  name: string;
  /** Where the file is; null: on this computer. */
  place: Place | null;
  opened: Opened | null;
  /** While more of a large file is read. */
  reading: Work | null;
  findings: Finding[] | null;
  checkProblem: Problem | null;
  selection: Selection;
  tab: Tab;
  structure: Structure;
  measure: "bytes" | "parameters";
  edits: MetadataEdits;
  repair: boolean;
  /** What migrate would do; null: not known, or nothing. */
  migration: Migration | null;
  migrate: MigrateChoice | null;
  stamp: { source: string; problem: Problem | null; warnings: Problem[]; asking: boolean };
  plan: PlanView | null;
  saving: Work | null;
  /** The checksum comes after the file. */
  /** What was written; its checksum and what the check says about it come after it. */
  saved: { name: string; file: Blob; sha256: string | null; judged: { runtimes: Runtime[]; findings: Finding[] } | null } | null;
  package: PackageState;
  notice: Problem | null;
  offline: boolean;
  /** A new version of the page is there: this loads it. */
  update: (() => void) | null;
}

export const noStamp: State["stamp"] = { source: "", problem: null, warnings: [], asking: false };

export const initial = (): State => ({
  phase: { kind: "empty" }, name: "", place: null, opened: null, reading: null, findings: null, checkProblem: null,
  selection: { kind: "model" }, tab: "summary", structure: "tree", measure: "bytes",
  edits: { set: new Map(), remove: new Set() }, repair: false, migration: null, migrate: null, stamp: noStamp, plan: null, saving: null, saved: null,
  package: { target: "optimum", plan: null, problem: null, report: null, fetched: null }, notice: null, offline: false, update: null,
});

export const changes = ({ edits, repair, migrate }: State): boolean => edits.set.size + edits.remove.size > 0 || repair || migrate !== null;

/** Changes that no file has. */
export const unsaved = (state: State): boolean => changes(state) && state.saved === null && state.package.report === null;

type Listener = (state: State, changed: ReadonlySet<keyof State>) => void;

export class Store {
  state: State = initial();
  private listeners: Listener[] = [];
  private changed = new Set<keyof State>();
  private scheduled = false;

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Several changes in a row are one redraw. */
  set(change: Partial<State>): void {
    Object.assign(this.state, change);
    for (const key of Object.keys(change)) this.changed.add(key as keyof State);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      const changed = this.changed;
      this.changed = new Set();
      for (const listener of this.listeners) listener(this.state, changed);
    });
  }
}
