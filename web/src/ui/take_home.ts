// What will be written, before it is written: the plan as a diff, then the saved file with its size and SHA-256.
import { bytes, exact } from "../format";
import { h } from "../dom";
import { fact, facts } from "./facts";
import { icon } from "./icons";
import { migrationView } from "./migration";
import { packageView, type PackageActions } from "./package";
import { changes, type State } from "../state";
import type { MigrateChoice, PlanNote } from "../worker/protocol";

export interface TakeHomeActions extends Omit<PackageActions, "save"> {
  plan: () => void;
  save: () => void;
  discard: () => void;
  savePackage: () => void;
  migrate: (choice: MigrateChoice) => void;
}

const SHOWN = 200;

/** What concerns the whole model first, then what repeats on every node. */
const inOrder = (notes: PlanNote[]): PlanNote[] => [...notes.filter((n) => !n.path.startsWith("graph.")), ...notes.filter((n) => n.path.startsWith("graph."))];

export function takeHome(state: State, actions: TakeHomeActions): HTMLElement {
  const { opened } = state;
  if (opened?.editable !== true) {
    return h("div", { class: "take-home" }, h("p", { class: "muted" }, opened?.report.format === "onnx" ? "The file is still being read." : "Only ONNX files can be changed here."));
  }
  return h("div", { class: "take-home" }, migrationView(state, actions.migrate), model(state, actions), packageView(state, { ...actions, save: actions.savePackage }));
}

/** The changed model by itself. */
function model(state: State, actions: TakeHomeActions): HTMLElement {
  const { plan, saved, place, opened } = state;
  const box = h("section", { class: "take-home", "aria-label": "Model" }, h("h2", null, "Model"));
  const wanted = changes(state);
  if (plan === null) {
    box.append(h("p", { class: "muted" }, wanted ? "Your changes are not written yet." : "Nothing to write: change metadata, or repair what the check found."));
    if (wanted) box.append(h("button", { class: "primary", onclick: actions.plan }, "Show what will change"));
    return box;
  }
  box.append(h("div", { class: "plan", "data-testid": "plan" },
    h("h3", null, plan.unchanged ? "Nothing would change" : `${exact(plan.notes.length)} ${plan.notes.length === 1 ? "change" : "changes"}`),
    h("ul", { class: "diff" }, inOrder(plan.notes).slice(0, SHOWN).map((note) => h("li", null, h("code", { class: "path" }, note.path),
      note.before !== null && h("del", null, note.before), note.after !== null && h("ins", null, note.after)))),
    plan.notes.length > SHOWN && h("p", { class: "muted" }, `and ${exact(plan.notes.length - SHOWN)} more`),
    h("p", { class: "muted" }, `${bytes(plan.source_size)} → ${bytes(plan.output_size)}; everything else is kept byte for byte.`)));
  if (!plan.unchanged) {
    if (place !== null) box.append(h("p", { class: "muted" }, `Saving downloads the model's ${bytes(opened?.report.size ?? 0)} first, into this browser.`));
    box.append(h("p", { class: "buttons" },
      h("button", { class: "primary", "data-testid": "download-model", onclick: actions.save, disabled: state.saving !== null }, icon("save"), "Save the changed model"),
      h("button", { class: "quiet", onclick: actions.discard }, "Discard")));
  }
  if (saved !== null) {
    box.append(h("div", { class: "saved", role: "status" }, facts(fact("Saved", saved.name), fact("Size", bytes(saved.size), { title: exact(saved.size) }),
      fact("SHA-256", saved.sha256 === null ? h("span", { class: "muted" }, "reading…") : h("code", { class: "hash" }, saved.sha256),
        saved.sha256 === null ? {} : { copy: saved.sha256 }))));
  }
  return box;
}
