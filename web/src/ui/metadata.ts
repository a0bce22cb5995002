// The metadata table: every entry can be changed or removed; nothing is written before the plan is shown.
// Rows stay the same elements while they are edited, so that neither the focus nor a click gets lost.
import { h } from "../dom";
import { icon } from "./icons";
import { copyButton } from "./facts";
import { StampForm, type StampAction } from "./stamp";
import type { MetadataEdits, State } from "../state";

export interface MetadataActions {
  set: (key: string, value: string) => void;
  remove: (key: string) => void;
  restore: (key: string) => void;
  showPlan: () => void;
  stamp: StampAction;
}

export class MetadataPanel {
  private readonly body = h("tbody");
  private readonly table = h("table", { class: "metadata", "data-testid": "metadata" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Key"), h("th", { scope: "col" }, "Value"), h("th", { scope: "col" }, h("span", { class: "sr" }, "Actions")))),
    this.body);
  private readonly none = h("p", { class: "muted" }, "The file has no metadata.");
  private readonly waiting = h("p", { class: "muted" }, "The file is still being read.");
  private readonly adder: Adder;
  private readonly plan: HTMLElement;
  private readonly stamp: StampForm;
  readonly element: HTMLElement;
  private rows = new Map<string, Row>();
  /** The file and its entries; more of a large file becomes known without a change of these. */
  private of = "";

  constructor(private readonly actions: MetadataActions) {
    this.adder = new Adder((key, value) => this.add(key, value));
    this.plan = h("p", null, h("button", { class: "primary", "data-testid": "metadata-save", onclick: () => actions.showPlan() }, "Show what will change"));
    this.stamp = new StampForm(actions.stamp);
    this.element = h("div", { class: "metadata-panel" }, this.none, this.table, this.adder.element, this.waiting, this.plan, this.stamp.element);
  }

  show(state: State): void {
    const { edits, opened } = state;
    const of = JSON.stringify([state.name, opened?.report.metadata]);
    if (this.of !== of) {
      this.of = of;
      this.body.replaceChildren();
      this.rows.clear();
    }
    const editable = opened?.editable === true;
    const original = new Map((opened?.report.metadata ?? []).map((e) => [e.key, e.value]));
    const keys = [...original.keys(), ...[...edits.set.keys()].filter((key) => !original.has(key))];
    for (const [key, row] of this.rows) if (!keys.includes(key)) this.drop(key, row);
    for (const key of keys) {
      let row = this.rows.get(key);
      if (row === undefined) {
        row = new Row(key, original.get(key) ?? null, this.actions);
        this.rows.set(key, row);
        this.body.append(row.element);
      }
      row.show(edits, editable);
    }
    this.table.hidden = keys.length === 0;
    this.none.hidden = keys.length > 0;
    this.adder.element.hidden = this.stamp.element.hidden = !editable;
    this.waiting.hidden = editable;
    this.plan.hidden = edits.set.size + edits.remove.size === 0;
    this.stamp.show(state);
  }

  focusStamp(): void {
    this.stamp.focus();
  }

  private drop(key: string, row: Row): void {
    const focused = row.element.contains(document.activeElement);
    row.element.remove();
    this.rows.delete(key);
    if (focused) this.adder.focus();
  }

  /** What would overwrite an entry is said, not done. */
  private add(key: string, value: string): void {
    const there = this.rows.get(key);
    if (there === undefined || there.removed) {
      this.actions.set(key, value);
      return this.adder.clear();
    }
    this.adder.refuse(`${key} is in the table already: change its value there.`);
    there.attract();
  }
}

class Row {
  private readonly cell: HTMLTextAreaElement;
  private readonly undo: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  readonly element: HTMLElement;
  removed = false;

  /** `original`: the value in the file; null for an entry that was added. */
  constructor(key: string, private readonly original: string | null, actions: MetadataActions) {
    this.cell = h("textarea", { spellcheck: "false", "aria-label": `Value of ${key}`,
      oninput: () => (this.cell.value === original ? actions.restore(key) : actions.set(key, this.cell.value)) });
    this.undo = h("button", { class: "quiet undo", "aria-label": `Undo the change of ${key}`, onclick: () => {
      actions.restore(key);
      this.cell.focus();
    } }, "Undo");
    this.remove = h("button", { class: "iconic", title: `Remove ${key}`, "aria-label": `Remove ${key}`, onclick: () => {
      if (original === null) return actions.restore(key);
      actions.remove(key);
    } }, icon("close"));
    this.element = h("tr", { "data-key": key }, h("th", { scope: "row" }, h("code", null, key)), h("td", null, this.cell),
      h("td", { class: "row-actions" }, copyButton(() => this.cell.value, `value of ${key}`), this.remove, this.undo));
  }

  private get key(): string {
    return this.element.dataset["key"] ?? "";
  }

  show(edits: MetadataEdits, editable: boolean): void {
    const focused = document.activeElement === this.remove;
    const changed = edits.set.has(this.key);
    this.removed = edits.remove.has(this.key);
    const value = edits.set.get(this.key) ?? this.original ?? "";
    if (this.cell.value !== value) this.cell.value = value;
    this.cell.rows = Math.min(6, Math.max(1, Math.ceil(value.length / 48)));
    this.cell.readOnly = !editable || this.removed;
    this.element.className = this.removed ? "removed" : changed ? "changed" : "";
    this.undo.hidden = !editable || this.original === null || !(this.removed || changed);
    this.remove.hidden = !editable || this.removed;
    if (focused && this.remove.hidden) this.undo.focus();
  }

  /** Where a value is that somebody wanted to add again. */
  attract(): void {
    this.element.scrollIntoView({ block: "nearest" });
    this.cell.focus();
    this.cell.select();
  }
}

class Adder {
  private readonly key = h("input", { type: "text", "data-testid": "metadata-key", placeholder: "key", "aria-label": "New key", spellcheck: "false", autocomplete: "off" });
  private readonly value = h("input", { type: "text", "data-testid": "metadata-value", placeholder: "value", "aria-label": "New value", spellcheck: "false", autocomplete: "off" });
  private readonly problem = h("p", { class: "problem", role: "alert", "data-testid": "metadata-problem", hidden: true });
  readonly element = h("form", { class: "adding" }, h("div", { class: "adder" }, this.key, this.value, h("button", { class: "quiet", "data-testid": "metadata-add" }, "Add")), this.problem);

  constructor(add: (key: string, value: string) => void) {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const key = this.key.value.trim();
      if (key === "") return this.focus();
      this.refuse("");
      add(key, this.value.value);
    });
  }

  refuse(words: string): void {
    this.problem.textContent = words;
    this.problem.hidden = words === "";
  }

  clear(): void {
    this.key.value = this.value.value = "";
    this.focus();
  }

  focus(): void {
    this.key.focus();
  }
}
