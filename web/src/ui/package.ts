// A package for a loader: what goes into it, what is edited and why, what is left out; then the zip.
import { bytes, exact, last } from "../format";
import { h } from "../dom";
import { copyButton, fact, facts } from "./facts";
import { icon, mark } from "./icons";
import { problemBox } from "./problem";
import { warningList } from "./stamp";
import type { HubFile } from "../io/hub";
import { isPart } from "../worker/set";
import { Packaging } from "../actions/packaging";
import type { State } from "../state";
import type { PackageChoice, PackagePlan, PackageReport } from "../worker/protocol";

export interface PackageActions {
  target: (target: PackageChoice["target"]) => void;
  save: () => void;
  planPackage: () => void;
  fetch: (repo: string, revision: string) => void;
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
  if (!Packaging.possible(state)) {
    box.append(incomplete(state, actions));
    return box;
  }
  box.append(targets(state.package.target, actions));
  if (problem !== null) box.append(problemBox(problem), addMore(actions));
  else if (plan !== null) box.append(...planned(plan, report, state, actions));
  else if (state.place !== null && state.saving === null) box.append(h("p", null, `A package holds the model: its ${bytes(state.opened?.report.size ?? 0)} are downloaded first, into this browser.`),
    h("p", { class: "buttons" }, h("button", { class: "primary", "data-testid": "plan-package", onclick: actions.planPackage }, "Download and plan")));
  else box.append(h("p", { class: "muted", role: "status" }, "Planning…"));
  return box;
}

/** Where the components could come from: the stamp as it is edited, else the repository that the file lies in. */
function hubSource({ opened, edits, place }: State): { repo: string; revision: string } | null {
  const entry = (key: string): string | undefined => (edits.remove.has(key) ? undefined : edits.set.get(key) ?? opened?.report.metadata.find((m) => m.key === key)?.value);
  const [repo, revision] = [entry("hf_hub_id"), entry("hf_hub_revision")];
  if (entry("hf_model_type") === "hub" && repo !== undefined) return { repo, revision: revision ?? "" };
  return place?.kind === "hub" ? { repo: place.file.repo, revision: opened?.hub?.commit ?? place.file.revision } : null;
}

/** A file of a set on the Hub. */
const place = (state: State): HubFile | null => (state.place?.kind === "hub" && isPart(state.place.file.path) ? state.place.file : null);

function incomplete(state: State, actions: PackageActions): HTMLElement {
  const hub = hubSource(state);
  const fetching = hub === null ? null : h("div", { class: "package-wants" },
    h("p", null, "They are on the Hub: ", h("code", null, `${hub.repo}${hub.revision === "" ? "" : ` @ ${hub.revision.slice(0, 12)}`}`), ". Fetching sends the model's name to huggingface.co, nothing else."),
    place(state) !== null && h("p", { class: "muted" }, `${last(place(state)?.path ?? "")} is one of several files of a model: the others of its kind are fetched with it.`),
    h("p", { class: "buttons" }, h("button", { class: "primary", "data-testid": "fetch-components", "aria-disabled": state.saving !== null ? "true" : null, onclick: () => actions.fetch(hub.repo, hub.revision) }, "Fetch configuration and tokenizer from the Hub")));
  return h("div", { class: "package-wants" },
    h("p", null, "Loaders need the model's configuration beside it. Drop the model's directory here, or its files: ",
      h("code", null, "config.json"), ", ", h("code", null, "tokenizer.json"), ", ", h("code", null, "tokenizer_config.json"), ", ",
      h("code", null, "preprocessor_config.json"), ", …"),
    fetching, addMore(actions));
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
    plan.warnings.length > 0 ? warningList(plan.warnings) : null,
    facts(fact("Source", sourceText(plan)), fact("Task", plan.task), fact("Opens", h("ul", null, plan.choices.map((c) => h("li", null, c)))),
      fact("Size", bytes(plan.bytes), { title: exact(plan.bytes) })),
    h("p", { class: "buttons" }, h("button", { class: "primary", "data-testid": "download-package", "aria-disabled": state.saving !== null ? "true" : null, onclick: actions.save }, icon("save"), `Save ${name}`)),
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
