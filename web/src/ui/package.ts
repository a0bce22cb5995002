// A package for a loader: what goes into it, what is edited and why, what is left out; then the zip.
import { bytes, exact } from "../format";
import { h } from "../dom";
import { copyButton, fact, facts } from "./facts";
import { icon, mark } from "./icons";
import { problemBox } from "./problem";
import type { State } from "../state";
import type { PackageChoice, PackagePlan, PackageReport } from "../worker/protocol";

export interface PackageActions {
  target: (target: PackageChoice["target"]) => void;
  save: () => void;
  pick: () => void;
  pickDirectory: () => void;
}

const TARGETS: [PackageChoice["target"], string][] = [
  ["optimum", "Optimum"], ["transformers.js", "transformers.js"], ["optimum,transformers.js", "both"],
];
const ACTIONS = { copy: "copied", edit: "edited", make: "made" } as const;

export function packageView(state: State, actions: PackageActions): HTMLElement {
  const { plan, problem, report } = state.package;
  const box = h("section", { class: "package", "aria-label": "Package" }, h("h2", null, "Package"));
  if (state.opened?.complete !== true) {
    box.append(incomplete(actions));
    return box;
  }
  box.append(targets(state.package.target, actions));
  if (problem !== null) box.append(problemBox(problem), addMore(actions));
  else if (plan === null) box.append(h("p", { class: "muted", role: "status" }, "Planning…"));
  else box.append(...planned(plan, report, state, actions));
  return box;
}

function incomplete(actions: PackageActions): HTMLElement {
  return h("div", { class: "package-wants" },
    h("p", null, "Loaders need the model's configuration beside it. Drop the model's directory here, or its files: ",
      h("code", null, "config.json"), ", ", h("code", null, "tokenizer.json"), ", ", h("code", null, "tokenizer_config.json"), ", ",
      h("code", null, "preprocessor_config.json"), ", …"),
    addMore(actions));
}

const addMore = (actions: PackageActions): HTMLElement => h("p", { class: "buttons" },
  h("button", { class: "quiet", onclick: actions.pick }, "Add files"), h("button", { class: "quiet", onclick: actions.pickDirectory }, "Add a directory"));

function targets(chosen: PackageChoice["target"], actions: PackageActions): HTMLElement {
  return h("div", { class: "segmented", role: "group", "aria-label": "Loader that opens the package" }, TARGETS.map(([target, label]) =>
    h("button", { "aria-pressed": String(target === chosen), "data-target": target, onclick: () => actions.target(target) }, label)));
}

function planned(plan: PackagePlan, report: PackageReport | null, state: State, actions: PackageActions): HTMLElement[] {
  const name = `${(state.name.split("/").pop() ?? "model").replace(/\.onnx$/, "")}.zip`;
  return [
    warnings(plan),
    facts(fact("Source", sourceText(plan)), fact("Task", plan.task), fact("Opens", h("ul", null, plan.choices.map((c) => h("li", null, c)))),
      fact("Size", bytes(plan.bytes), { title: exact(plan.bytes) })),
    h("p", { class: "buttons" }, h("button", { class: "primary", "data-testid": "download-package", disabled: state.saving !== null, onclick: actions.save }, icon("save"), `Save ${name}`)),
    report === null ? null : h("div", { class: "saved", role: "status" }, h("p", null, mark("ok"), ` ${report.files.length + 1} files are in ${report.directory}; modelexport.json in it lists their checksums.`)),
    files(plan, report),
    plan.left_out.length === 0 ? null : leftOut(plan),
    snippet("Python", plan.loader.python),
    snippet("JavaScript", plan.loader.javascript),
  ].filter((e) => e !== null);
}

function sourceText({ source }: PackagePlan): string {
  if (source.kind === "hub") return `${source.hub_id}${source.revision === undefined ? "" : ` @ ${source.revision.slice(0, 12)}`}`;
  return source.kind === "local" ? `local${source.path === undefined ? "" : `: ${source.path}`}` : "not stamped";
}

function warnings({ warnings: list }: PackagePlan): HTMLElement | null {
  if (list.length === 0) return null;
  return h("ul", { class: "warnings" }, list.map((w) => h("li", { "data-rule": w.code },
    h("p", { class: "finding-message" }, mark("warning"), h("span", null, w.message)),
    h("p", { class: "finding-place" }, h("code", null, w.code), w.where?.path !== undefined && h("span", { class: "muted" }, w.where.path)),
    w.hint !== null && h("p", { class: "hint" }, w.hint))));
}

function files(plan: PackagePlan, report: PackageReport | null): HTMLElement {
  const sums = new Map((report?.files ?? []).map((f) => [f.path, f.sha256]));
  return h("ul", { class: "package-files", "data-testid": "package-files" }, plan.plan.map((file) => {
    const sum = sums.get(file.path);
    return h("li", { "data-path": file.path },
      h("p", { class: "package-file" }, h("code", null, file.path), h("span", { class: `action ${file.action}` }, ACTIONS[file.action]),
        h("span", { class: "muted figure", title: exact(file.bytes) }, bytes(file.bytes))),
      h("p", { class: "muted" }, file.reason),
      file.edits !== undefined && h("ul", { class: "edits" }, file.edits.map((edit) => h("li", null, edit))),
      sum !== undefined && h("p", { class: "sum" }, h("code", { class: "hash" }, sum), copyButton(sum, `SHA-256 of ${file.path}`)));
  }));
}

function leftOut({ left_out: left }: PackagePlan): HTMLElement {
  return h("details", null, h("summary", null, `${exact(left.length)} left out`),
    h("ul", { class: "values" }, left.map(({ path, reason }) => h("li", null, h("code", null, path), h("span", { class: "muted" }, ` ${reason}`)))));
}

function snippet(title: string, code: string): HTMLElement | null {
  if (code === "") return null;
  return h("div", { class: "snippet" }, h("p", { class: "snippet-title" }, h("span", null, title), copyButton(code, `${title} code`)), h("pre", { tabindex: 0, "aria-label": `${title} code` }, h("code", null, code)));
}
