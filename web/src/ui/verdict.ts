// Under the bar: what happens now, or whether the model loads and what can be done about it.
import { bytes } from "../format";
import { h } from "../dom";
import { mark } from "./icons";
import { problemBox } from "./problem";
import { oldestRuntime } from "./summary";
import { formatName } from "./pages";
import type { Actions } from "../actions/actions";
import type { State, Work } from "../state";
import type { Finding } from "../worker/protocol";

/** What is going on now, if anything. */
export const workOf = ({ phase, saving, reading }: State): Work | null => (phase.kind === "reading" ? phase : saving ?? reading);

export function verdict(state: State, actions: Actions): HTMLElement[] {
  const { phase, notice } = state;
  const parts: HTMLElement[] = [];
  if (notice !== null) parts.push(problemBox(notice, () => actions.dismiss()));
  if (phase.kind === "open" && state.saving === null) parts.push(...judgement(state, actions));
  return parts;
}

/** Stays the same element while it advances: its button keeps the focus, and a press is a press. */
export class WorkBar {
  private readonly what = h("span");
  private readonly meter = h("progress");
  private readonly figures = h("span", { class: "muted" });
  readonly element = h("div", { class: "progress", "data-testid": "progress" });

  constructor(cancel: () => void) {
    this.element.append(this.what, this.meter, this.figures, h("button", { class: "quiet", "data-testid": "cancel", onclick: cancel }, "Cancel"));
  }

  show(work: Work | null, place: HTMLElement): void {
    if (work === null) return this.element.remove();
    if (!this.element.isConnected) place.append(this.element);
    const { what, done, total } = work;
    this.what.textContent = what;
    this.meter.setAttribute("aria-label", what);
    this.figures.textContent = total > 0 ? `${bytes(done)} of ${bytes(total)}` : "";
    if (total > 0) {
      this.meter.max = total;
      this.meter.value = Math.min(done, total);
    } else this.meter.removeAttribute("value");
  }
}

const many = (count: number, what: string): string => (count === 1 ? `1 ${what}` : `${count} ${what}s`);

function judgement(state: State, actions: Actions): HTMLElement[] {
  const { opened, findings } = state;
  if (opened === null) return [];
  if (opened.report.format !== "onnx") {
    return [h("span", { class: "judge" }, mark("info"), ` This is ${formatName(opened.report.format)}, not an ONNX model.`)];
  }
  if (opened.partial !== null && !opened.partial.values) return [];
  const count = (wanted: (f: Finding) => boolean): number => (findings ?? []).filter(wanted).reduce((sum, f) => sum + 1 + (f.more ?? 0), 0);
  const warnings = count((f) => f.severity === "warning");
  const parts = [loads(state, count((f) => f.severity === "error"), actions)];
  if (findings === null && state.checkProblem === null && state.reading === null) parts.push(h("span", { class: "muted" }, "checking…"));
  if (warnings > 0) parts.push(h("button", { class: "judge link", onclick: () => actions.show("findings") }, mark("warning"), ` ${many(warnings, "warning")}`));
  return [...parts, ...repairs(state, count((f) => f.fixable), actions)];
}

function loads({ opened, reading }: State, errors: number, actions: Actions): HTMLElement {
  const missing = opened?.missing ?? [];
  const oldest = oldestRuntime(opened?.runtimes ?? []);
  if (missing.length > 0) return h("span", { class: "judge" }, mark("error"), ` Drop ${missing.map((m) => m.location).join(", ")} here too: the weights are in it.`);
  if (errors > 0) return h("button", { class: "judge link", onclick: () => actions.show("findings") }, mark("error"), ` ${many(errors, "error")}: it will not load`);
  if (oldest === null) return h("span", { class: "judge" }, mark("error"), " No ONNX Runtime release loads these versions");
  return h("span", { class: "judge" }, mark(reading === null ? "ok" : "info"), reading === null ? ` Loads in ONNX Runtime ${oldest} or newer` : ` For ONNX Runtime ${oldest} or newer, by its versions`);
}

function repairs({ opened, migration, migrate, repair }: State, fixable: number, actions: Actions): HTMLElement[] {
  if (opened?.editable !== true) return [];
  const parts: HTMLElement[] = [];
  const old = migration !== null && migration.repairable !== "no" && migrate === null;
  if (fixable > 0 && !repair && migrate === null) {
    parts.push(h("span", { class: "judge-action" }, many(fixable, "repair"), " available",
      h("button", { class: old ? "quiet" : "primary", "data-testid": "repair", onclick: () => actions.editing.repair() }, "Repair")));
  }
  if (old) {
    parts.push(h("span", { class: "judge-action" }, "an earlier exporter's file",
      h("button", { class: "primary", "data-testid": "migrate", onclick: () => void actions.editing.migrate({ source: "", renameInputs: false, dynamic: false }) }, "Migrate")));
  }
  return parts;
}
