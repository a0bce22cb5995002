// What the page shows, in one object; views subscribe and draw from it. No view talks to another.
import type { Finding, Opened, PackageChoice, PackagePlan, PackageReport, PlanView, Problem } from "./worker/protocol";

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
  | { kind: "open" }
  | { kind: "failed"; name: string; problem: Problem };

export interface MetadataEdits {
  set: Map<string, string>;
  remove: Set<string>;
}

export interface PackageState {
  target: PackageChoice["target"];
  plan: PackagePlan | null;
  problem: Problem | null;
  /** After saving: the checksums of what was written. */
  report: PackageReport | null;
}

export interface State {
  phase: Phase;
  name: string;
  /** Where the file came from: this computer, or a URL. */
  origin: "local" | "url";
  opened: Opened | null;
  findings: Finding[] | null;
  checkProblem: Problem | null;
  selection: Selection;
  tab: Tab;
  structure: Structure;
  measure: "bytes" | "parameters";
  edits: MetadataEdits;
  repair: boolean;
  plan: PlanView | null;
  saving: { what: string; done: number; total: number } | null;
  saved: { name: string; size: number; sha256: string } | null;
  package: PackageState;
  notice: Problem | null;
}

export const initial = (): State => ({
  phase: { kind: "empty" }, name: "", origin: "local", opened: null, findings: null, checkProblem: null,
  selection: { kind: "model" }, tab: "summary", structure: "tree", measure: "bytes",
  edits: { set: new Map(), remove: new Set() }, repair: false, plan: null, saving: null, saved: null,
  package: { target: "optimum", plan: null, problem: null, report: null }, notice: null,
});

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
