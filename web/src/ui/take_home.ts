// What will be written, before it is written: the plan as a diff, then the saved file with its size and SHA-256.
import { bytes, exact } from "../format";
import { h } from "../dom";
import { fact, facts } from "./facts";
import { countOf } from "./findings";
import { icon, mark } from "./icons";
import { migrationView } from "./migration";
import { packageView, type PackageActions } from "./package";
import { oldestRuntime } from "./summary";
import { changes, type State } from "../state";
import type { MigrateChoice, PlanNote } from "../worker/protocol";

export interface TakeHomeActions extends Omit<PackageActions, "save"> {
  plan: () => void;
  save: () => void;
  discard: () => void;
  openSaved: () => void;
  savePackage: () => void;
  migrate: (choice: MigrateChoice) => void;
}

const LISTED = 200;
/** With fewer changes nothing is folded. */
const FEW = 6;

export function takeHome(state: State, actions: TakeHomeActions): HTMLElement {
  const { opened } = state;
  if (opened?.editable !== true) {
    return h("div", { class: "take-home" }, h("p", { class: "muted" }, opened?.report.format === "onnx" ? "The file is still being read." : "Only ONNX files can be changed here."));
  }
  return h("div", { class: "take-home" }, migrationView(state, actions.migrate), model(state, actions), packageView(state, { ...actions, save: actions.savePackage }));
}

/** The changed model by itself: what can be done with it first, then what changes, by kind. */
function model(state: State, actions: TakeHomeActions): HTMLElement {
  const { plan, place, opened } = state;
  const box = h("section", { class: "take-home", "aria-label": "Model" }, h("h2", null, "Model"));
  const wanted = changes(state);
  if (plan === null) {
    box.append(h("p", { class: "muted" }, wanted ? "Your changes are not written yet." : "Nothing to write: change metadata, or repair what the check found."));
    if (wanted) box.append(h("p", { class: "buttons" }, h("button", { class: "primary", onclick: actions.plan }, "Show what will change")));
    return box;
  }
  const count = `${exact(plan.notes.length)} ${plan.notes.length === 1 ? "change" : "changes"}`;
  box.append(h("div", { class: "save-bar" },
    h("h3", { class: "plan-title", tabindex: -1 }, plan.unchanged ? "Nothing would change" : count),
    !plan.unchanged && h("p", { class: "buttons" },
      h("button", { class: "primary", "data-testid": "download-model", onclick: actions.save, "aria-disabled": state.saving !== null ? "true" : null }, icon("save"), "Save the changed model"),
      h("button", { class: "quiet", onclick: actions.discard }, "Discard"))));
  if (!plan.unchanged && place !== null) box.append(h("p", { class: "muted" }, `Saving downloads the model's ${bytes(opened?.report.size ?? 0)} first, into this browser.`));
  box.append(saved(state, actions));
  box.append(h("div", { class: "plan", "data-testid": "plan" }, diff(plan.notes),
    h("p", { class: "muted" }, `${bytes(plan.source_size)} → ${bytes(plan.output_size)}; everything else is kept byte for byte.`)));
  return box;
}

// --- The diff.

/** Changes of one kind: of the same place in every node, attribute or entry. */
export function kinds(notes: PlanNote[]): Map<string, PlanNote[]> {
  const found = new Map<string, PlanNote[]>();
  for (const note of notes) {
    const verb = note.before === null ? "added" : note.after === null ? "removed" : "changed";
    const place = note.path.replace(/^.*\b(node|function|initializer|input|output|value_info|attribute)\[[^\]]*\]/, "$1").replace(/\[\d+\]/g, "");
    // "hierarchy_tag = /Net": which attribute it is says its text.
    const name = /^([\w.]+) = /.exec(note.before ?? note.after ?? "")?.[1];
    const key = `${place}${name === undefined ? "" : ` ${name}`} ${verb}`;
    const list = found.get(key);
    if (list === undefined) found.set(key, [note]);
    else list.push(note);
  }
  return found;
}

function diff(notes: PlanNote[]): HTMLElement {
  if (notes.length <= FEW) return list(notes);
  const groups = [...kinds(notes)].map(([kind, some]) => ({ kind, some }));
  // What concerns the whole model first, then what repeats on every node.
  groups.sort((a, b) => a.some.length - b.some.length);
  return h("div", { class: "kinds" }, groups.map(({ kind, some }) => (some.length === 1 ? list(some) : folded(kind, some))));
}

const list = (notes: PlanNote[]): HTMLElement => h("ul", { class: "diff" }, notes.map((note) => h("li", null, h("code", { class: "path" }, note.path),
  note.before !== null && h("del", null, note.before), note.after !== null && h("ins", null, note.after))));

/** Filled when it is opened: there may be thousands. */
function folded(kind: string, notes: PlanNote[]): HTMLElement {
  const box = h("details", { class: "kind-of-change" }, h("summary", null, h("code", null, kind), h("span", { class: "figure" }, `${exact(notes.length)} times`)));
  box.addEventListener("toggle", () => {
    if (box.childElementCount > 1) return;
    box.append(list(notes.slice(0, LISTED)));
    if (notes.length > LISTED) box.append(h("p", { class: "muted" }, `and ${exact(notes.length - LISTED)} more`));
  });
  return box;
}

// --- After saving.

function saved({ saved: file }: State, actions: TakeHomeActions): HTMLElement {
  const box = h("div", { class: "saved", role: "status", "data-testid": "saved" });
  if (file === null) return box;
  const { name, sha256, judged } = file;
  box.append(h("p", { class: "verdict-of-saved" }, ...verdictOf(name, judged)),
    facts(fact("Saved", name), fact("Size", bytes(file.file.size), { title: exact(file.file.size) }),
      fact("SHA-256", sha256 === null ? h("span", { class: "muted" }, "reading…") : h("code", { class: "hash" }, sha256),
        sha256 === null ? {} : { copy: sha256 })),
    h("p", { class: "buttons" }, h("button", { class: "quiet", "data-testid": "open-saved", onclick: actions.openSaved }, icon("open"), `Open ${name}`)));
  return box;
}

/** What is read out when a file was written, and again when it was checked. */
export const savedText = ({ saved: file }: State): string =>
  (file === null ? "" : verdictOf(file.name, file.judged).map((part) => (typeof part === "string" ? part : "")).join("").trim());

function verdictOf(name: string, judged: NonNullable<State["saved"]>["judged"]): (Node | string)[] {
  if (judged === null) return [`${name} is written; it is being checked…`];
  const errors = judged.findings.filter((f) => f.severity === "error");
  const oldest = oldestRuntime(judged.runtimes);
  if (errors.length > 0) return [mark("error"), ` ${name}: ${exact(countOf(errors))} ${countOf(errors) === 1 ? "error stays" : "errors stay"}: ${errors[0]?.message ?? ""}`];
  if (oldest === null) return [mark("error"), ` ${name}: no ONNX Runtime release loads these versions`];
  return [mark("ok"), ` ${name} loads in ONNX Runtime ${oldest} or newer`];
}
