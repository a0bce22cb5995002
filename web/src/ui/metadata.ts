// The metadata table: every entry can be changed or removed; nothing is written before the plan is shown.
import { h } from "../dom";
import { icon } from "./icons";
import { copyButton } from "./facts";
import { stampForm, type StampAction } from "./stamp";
import type { MetadataEdits, State } from "../state";

export interface MetadataActions {
  set: (key: string, value: string) => void;
  remove: (key: string) => void;
  restore: (key: string) => void;
  showPlan: () => void;
  stamp: StampAction;
}

export function metadata(state: State, actions: MetadataActions): HTMLElement {
  const { edits, opened } = state;
  const entries = opened?.report.metadata ?? [];
  const editable = opened?.editable === true;
  const known = new Set(entries.map((e) => e.key));
  const added = [...edits.set].filter(([key]) => !known.has(key)).map(([key, value]) => ({ key, value }));
  const rows = [...entries, ...added].map((e) => row(e, edits, known.has(e.key), editable, actions));
  return h("div", { class: "metadata-panel" },
    rows.length === 0 ? h("p", { class: "muted" }, "The file has no metadata.")
      : h("table", { class: "metadata", "data-testid": "metadata" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "Key"), h("th", { scope: "col" }, "Value"), h("th", { scope: "col" }, h("span", { class: "sr" }, "Actions")))),
        h("tbody", null, rows)),
    editable ? adder(actions) : h("p", { class: "muted" }, "The file is still being read."),
    edits.set.size + edits.remove.size > 0 && h("p", null, h("button", { class: "primary", "data-testid": "metadata-save", onclick: actions.showPlan }, "Show what will change")),
    editable && stampForm(state, actions.stamp));
}

function row(entry: { key: string; value: string }, edits: MetadataEdits, original: boolean, editable: boolean, actions: MetadataActions): HTMLElement {
  const removed = edits.remove.has(entry.key);
  const value = edits.set.get(entry.key) ?? entry.value;
  const changed = edits.set.has(entry.key);
  const cell = h("textarea", { rows: Math.min(6, Math.max(1, Math.ceil(value.length / 48))), spellcheck: "false", "aria-label": `Value of ${entry.key}`,
    readonly: !editable || removed, onchange: (event: Event) => actions.set(entry.key, (event.target as HTMLTextAreaElement).value) });
  cell.value = value;
  return h("tr", { "data-key": entry.key, class: removed ? "removed" : changed ? "changed" : null },
    h("th", { scope: "row" }, h("code", null, entry.key)), h("td", null, cell),
    h("td", { class: "row-actions" }, copyButton(value, `value of ${entry.key}`),
      editable && (removed || changed
        ? h("button", { class: "quiet", onclick: () => actions.restore(entry.key) }, original ? "Undo" : "Drop")
        : h("button", { class: "iconic", title: `Remove ${entry.key}`, "aria-label": `Remove ${entry.key}`, onclick: () => actions.remove(entry.key) }, icon("close")))));
}

function adder(actions: MetadataActions): HTMLElement {
  const key = h("input", { type: "text", "data-testid": "metadata-key", placeholder: "key", "aria-label": "New key", spellcheck: "false" });
  const value = h("input", { type: "text", "data-testid": "metadata-value", placeholder: "value", "aria-label": "New value", spellcheck: "false" });
  const form = h("form", { class: "adder" }, key, value, h("button", { class: "quiet", "data-testid": "metadata-add" }, "Add"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (key.value.trim() === "") return key.focus();
    actions.set(key.value.trim(), value.value);
  });
  return form;
}
