// Under the bar: what happens now, or whether the model loads and what can be done about it.
import { h } from "../dom";
import { mark } from "./icons";
import { problemBox } from "./problem";
import { missingText, oldestRuntime, refusals } from "./summary";
import { formatName } from "./pages";
import type { Actions } from "../actions/actions";
import type { State, Work } from "../state";
import type { Finding, Opened } from "../worker/protocol";

/** What is going on now, if anything. */
export const workOf = ({ phase, saving, reading }: State): Work | null => (phase.kind === "reading" ? phase : saving ?? reading);

export function verdict(state: State, actions: Actions): HTMLElement[] {
  const { phase, notice } = state;
  const parts: HTMLElement[] = [];
  if (notice !== null) parts.push(problemBox(notice, () => actions.dismiss()));
  if (phase.kind === "open" && state.saving === null) parts.push(...judgement(state, actions));
  return parts;
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

function loads(state: State, errors: number, actions: Actions): HTMLElement {
  const { opened, reading } = state;
  const missing = opened?.missing ?? [];
  const oldest = oldestRuntime(opened?.runtimes ?? []);
  if (missing.length > 0) return h("span", { class: "judge" }, mark("error"), ` ${wanted(missing)}`);
  if (errors > 0) {
    return h("button", { class: "judge link", onclick: () => actions.show("findings") }, mark("error"),
      ` ${many(errors, "error")}${opened !== null && refusals(opened, state).length > 0 ? ": it will not load" : ""}`);
  }
  if (oldest === null) return h("span", { class: "judge" }, mark("error"), " No ONNX Runtime release loads these versions");
  const judged = reading === null && state.findings !== null;
  return h("span", { class: "judge" }, mark(judged ? "ok" : "info"), judged ? ` Loads in ONNX Runtime ${oldest} or newer` : ` For ONNX Runtime ${oldest} or newer, by its versions`);
}

/** What to drop: files that are not here, then those that are not whole. */
function wanted(missing: Opened["missing"]): string {
  const gone = missing.filter((m) => m.size === null).map((m) => m.location);
  const short = missing.filter((m) => m.size !== null);
  return [...(gone.length > 0 ? [`Drop ${gone.join(", ")} here too: the weights are in it.`] : []),
    ...short.map((m) => `It will not load: ${missingText(m)}. Drop the whole file.`)].join(" ");
}

function repairs({ opened, migration, migrate, repair }: State, fixable: number, actions: Actions): HTMLElement[] {
  if (opened?.editable !== true) return [];
  const parts: HTMLElement[] = [];
  const old = migration !== null && migration.repairable !== "no" && migrate === null;
  if (fixable > 0 && !repair && migrate === null) {
    parts.push(h("span", { class: "judge-action" }, many(fixable, "repair"), " available",
      h("button", { class: old ? "quiet" : "primary", "data-testid": "repair", onclick: () => void actions.editing.repair() }, "Repair")));
  }
  if (old) {
    parts.push(h("span", { class: "judge-action" }, "an earlier exporter's file",
      h("button", { class: "primary", "data-testid": "migrate", onclick: () => void actions.editing.migrate({ source: "", renameInputs: false, dynamic: false }) }, "Migrate")));
  }
  return parts;
}
