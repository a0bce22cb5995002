// What migrate does to a file of an earlier exporter: its steps by rule, what stays to be known, and what could be named.
import { h } from "../dom";
import { mark } from "./icons";
import { migrationWords } from "./words";
import type { State } from "../state";
import type { Migration, MigrateChoice } from "../worker/protocol";

export function migrationView({ migration, migrate }: State, change: (choice: MigrateChoice) => void): HTMLElement | null {
  if (migration === null || migrate === null) return null;
  return h("section", { class: "migration", "aria-label": "Migration", "data-testid": "migration" },
    h("h2", null, "Migration"),
    migration.reason !== null && h("p", { class: "muted" }, `For a complete package more must be named: ${migrationWords(migration.reason)}.`),
    h("ul", { class: "steps" }, migration.steps.map(({ rule, action }) => h("li", { "data-rule": rule }, h("span", null, action), h("code", null, rule)))),
    migration.notes.length > 0 && h("ul", { class: "warnings" }, migration.notes.map((note) => h("li", { class: note.severity, "data-rule": note.rule },
      h("p", { class: "finding-message" }, mark(note.severity), h("span", null, migrationWords(note.message))), h("p", { class: "finding-place" }, h("code", null, note.rule)),
      note.hint !== "" && h("p", { class: "hint" }, migrationWords(note.hint))))),
    loader(migration), options(migrate, change));
}

function loader({ loader: { task, class: name, problem }, errors }: Migration): HTMLElement | null {
  if (errors.left.length > 0) return h("p", { class: "problem" }, `${errors.left.length} errors stay: ${errors.left.map((e) => e.message).join("; ")}`);
  if (problem !== null) return h("p", { class: "muted" }, migrationWords(problem));
  return name === null ? null : h("p", { class: "muted" }, `Optimum opens the result as ${name}${task === null ? "" : ` (${task})`}.`);
}

function options(choice: MigrateChoice, change: (choice: MigrateChoice) => void): HTMLElement {
  const source = h("input", { type: "text", "data-testid": "migrate-source", placeholder: "org/name@commit or ./directory", "aria-label": "Source that the model was exported from", spellcheck: "false", autocomplete: "off" });
  source.value = choice.source;
  const box = (label: string, key: "renameInputs" | "dynamic"): HTMLElement => h("label", { class: "choice" },
    h("input", { type: "checkbox", checked: choice[key], onchange: (event: Event) => change({ ...choice, source: source.value.trim(), [key]: (event.target as HTMLInputElement).checked }) }), label);
  const form = h("form", { class: "adder" }, source, h("button", { class: "quiet" }, "Plan with this source"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change({ ...choice, source: source.value.trim() });
  });
  return h("div", { class: "migrate-options" }, form,
    h("p", { class: "choices-line" }, box("Rename swapped inputs", "renameInputs"), box("Free the batch size", "dynamic")));
}
