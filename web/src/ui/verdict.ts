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

export function verdict(state: State, actions: Actions): HTMLElement[] {
  const { phase, notice } = state;
  const parts: HTMLElement[] = [];
  if (notice !== null) parts.push(problemBox(notice, () => actions.dismiss()));
  const work = phase.kind === "reading" ? phase : state.saving ?? state.reading;
  if (phase.kind === "open" && state.saving === null) parts.push(...judgement(state, actions));
  if (work !== null) parts.push(progress(work, actions));
  return parts;
}

function progress({ what, done, total }: Work, actions: Actions): HTMLElement {
  const meter = h("progress", { max: total > 0 ? total : null, value: total > 0 ? done : null, "aria-label": what });
  return h("div", { class: "progress", "data-testid": "progress" }, h("span", null, what), meter,
    total > 0 && h("span", { class: "muted" }, `${bytes(done)} of ${bytes(total)}`),
    h("button", { class: "quiet", "data-testid": "cancel", onclick: () => actions.cancel() }, "Cancel"));
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
