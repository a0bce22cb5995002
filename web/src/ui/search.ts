// The search: a field with the list of what it found below it (ARIA's combobox: the focus stays in the field, arrows
// move a marker through the list, Enter takes it).
//
// The worker may be slower than the fingers: the list that is seen can still be that of an earlier text. Keys that mean
// the list wait for the results of the text that stands in the field; answers to earlier texts, and those that come after
// the list was closed, are dropped.
import { exact, last } from "../format";
import { h, replace } from "../dom";
import { icon } from "./icons";
import type { SearchHit } from "../worker/protocol";

export interface SearchActions {
  search: (text: string) => Promise<SearchHit[]>;
  take: (hit: SearchHit) => void;
}

type ListKey = "ArrowDown" | "ArrowUp" | "Enter";
const isListKey = (key: string): key is ListKey => key === "ArrowDown" || key === "ArrowUp" || key === "Enter";

export class Search {
  private readonly field = h("input", {
    type: "search", placeholder: "Search modules, nodes, tensors", "aria-label": "Search", spellcheck: "false", autocomplete: "off",
    role: "combobox", "aria-expanded": "false", "aria-controls": "search-hits", "aria-autocomplete": "list",
  });
  private readonly list = h("ul", { class: "hits", id: "search-hits", role: "listbox", "aria-label": "Search results", hidden: true });
  private readonly note = h("p", { class: "hits none muted", hidden: true });
  private readonly said = h("span", { class: "sr", role: "status" });
  readonly element = h("div", { class: "search" }, icon("search"), this.field, this.list, this.note, this.said);
  private hits: SearchHit[] = [];
  private marked = -1;
  /** The text that `hits` are of; null while the list is closed. */
  private shown: string | null = null;
  /** Pressed before the results came that they mean. */
  private waiting: ListKey[] = [];
  /** The text that the worker was asked for and has not answered. */
  private asked: string | null = null;
  /** Answers to earlier questions are dropped. */
  private turn = 0;

  constructor(private readonly actions: SearchActions) {
    this.field.addEventListener("input", () => this.find());
    this.field.addEventListener("focus", () => this.find());
    this.field.addEventListener("blur", () => this.close());
    this.field.addEventListener("keydown", (event) => this.key(event));
    // A press on the list must not take the focus from the field, which would close the list before the click.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  /** Another file: what was searched in the last one is forgotten. */
  clear(): void {
    this.field.value = "";
    this.close();
  }

  private get text(): string {
    return this.field.value.trim();
  }

  private find(): void {
    this.waiting = [];
    const { text } = this;
    if (text === "") return this.close();
    if (text === this.asked) return;
    const turn = ++this.turn;
    this.asked = text === this.shown ? null : text;
    if (this.asked === null) return;
    this.actions.search(text).then((hits) => { if (turn === this.turn) this.show(text, hits); }, () => { if (turn === this.turn) this.close(); });
  }

  private show(text: string, hits: SearchHit[]): void {
    this.hits = hits;
    this.shown = text;
    this.asked = null;
    this.marked = -1;
    const none = hits.length === 0;
    replace(this.list, hits.map((hit, i) => this.option(hit, i)));
    this.list.scrollTop = 0;
    this.list.hidden = none;
    this.note.hidden = !none;
    this.note.textContent = none ? `Nothing is called “${text}”.` : "";
    this.said.textContent = none ? "Nothing found" : `${exact(hits.length)} found`;
    this.field.setAttribute("aria-expanded", String(!none));
    this.mark(-1);
    for (const key of this.waiting.splice(0)) this.act(key);
  }

  private option(hit: SearchHit, position: number): HTMLElement {
    return h("li", { class: "hit", role: "option", id: `hit-${position}`, "aria-selected": "false", title: hit.label, onclick: () => this.take(hit) },
      h("span", { class: "kind" }, hit.kind), h("span", { class: "hit-label" }, hit.kind === "module" ? last(hit.label) : hit.label),
      h("span", { class: "hit-detail muted" }, hit.detail));
  }

  private mark(position: number): void {
    this.list.children[this.marked]?.setAttribute("aria-selected", "false");
    this.marked = position;
    const option = this.list.children[position];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option === undefined) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", option.id);
  }

  private close(): void {
    this.turn += 1;
    this.waiting = [];
    this.shown = this.asked = null;
    this.hits = [];
    this.list.hidden = this.note.hidden = true;
    this.list.replaceChildren();
    this.said.textContent = "";
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  private take(hit: SearchHit): void {
    this.close();
    this.actions.take(hit);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.shown !== null || this.text === "") this.field.blur();
      else this.field.value = "";
      return this.close();
    }
    if (!isListKey(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || this.text === "") return;
    event.preventDefault();
    if (this.text === this.shown) return this.act(event.key);
    const keys = [...this.waiting, event.key];
    this.find();  // nothing new when the worker works on it; otherwise the list was closed
    this.waiting = keys;
  }

  /** A key that means the list, when the list is that of the text. */
  private act(key: ListKey): void {
    const most = this.hits.length - 1;
    if (key === "ArrowDown") this.mark(Math.min(most, this.marked + 1));
    else if (key === "ArrowUp") this.mark(Math.max(-1, this.marked - 1));
    else {
      const hit = this.hits[Math.max(0, this.marked)];
      if (hit !== undefined) this.take(hit);
    }
  }
}
