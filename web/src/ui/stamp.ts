// Where the model comes from: a stamp that loaders follow. The Hub is asked only by the button that says so.
import { hubFile, isCommit } from "../io/hub";
import { h, replace } from "../dom";
import { mark } from "./icons";
import { problemBox } from "./problem";
import type { State } from "../state";
import type { Problem } from "../worker/protocol";

export type StampAction = (source: string, ask: boolean) => void;

/** Whether a name could be a Hub model whose commit is not in it. */
function needsHub(text: string): boolean {
  const hub = hubFile(text);
  return hub !== null && hub.path === "" && !isCommit(hub.revision);
}

/** Stays the same elements, like the table above it. */
export class StampForm {
  private readonly input = h("input", { type: "text", "data-testid": "stamp-source", placeholder: "org/name, org/name@commit or ./directory", "aria-label": "Where the model comes from", spellcheck: "false", autocomplete: "off" });
  private readonly plain = h("button", { class: "quiet", type: "submit", "data-testid": "stamp" }, "Stamp");
  private readonly ask = h("button", { class: "quiet", type: "button", "data-testid": "stamp-ask", onclick: () => this.act(true) }, "Ask the Hub for its commit and stamp");
  private readonly note = h("p", { class: "muted" });
  private readonly results = h("div", { class: "stamp-results", "aria-live": "polite" });
  readonly element: HTMLElement;
  private suggested = "";
  private shown: State["stamp"] | null = null;
  private asking = false;

  constructor(private readonly action: StampAction) {
    const form = h("form", { class: "adder stamp-form" }, this.input, this.ask, this.plain);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act(false);
    });
    this.input.addEventListener("input", () => this.adapt());
    this.element = h("section", { class: "panel-section", "aria-label": "Source" }, h("h2", null, "Source"), form, this.note, this.results);
    this.adapt();
  }

  show({ stamp, opened, place }: State): void {
    const suggested = opened?.report.source?.hub_id ?? (place?.kind === "hub" ? `${place.file.repo}@${opened?.hub?.commit ?? ""}` : "");
    if (this.input.value === this.suggested) this.input.value = suggested;  // nobody typed
    this.suggested = suggested;
    this.asking = stamp.asking;
    for (const button of [this.ask, this.plain]) button.setAttribute("aria-disabled", String(stamp.asking));
    if (stamp !== this.shown) {
      this.shown = stamp;
      replace(this.results, stamp.asking && h("p", { class: "muted" }, "Asking…"), stamp.problem !== null && problemBox(stamp.problem), stamp.warnings.length > 0 && warningList(stamp.warnings));
    }
    this.adapt();
  }

  focus(): void {
    this.element.scrollIntoView({ block: "nearest" });
    this.input.focus();
  }

  private adapt(): void {
    const wanted = needsHub(this.input.value.trim());
    this.ask.hidden = !wanted;
    this.plain.textContent = wanted ? "Stamp as a directory" : "Stamp";
    this.note.textContent = wanted ? "Asking sends the model's name to huggingface.co, nothing else."
      : "Loaders take configuration and tokenizer from there.";
  }

  private act(ask: boolean): void {
    const source = this.input.value.trim();
    if (source !== "" && !this.asking) this.action(source, ask);
  }
}

export const warningList = (list: Problem[]): HTMLElement => h("ul", { class: "warnings" }, list.map((w) => h("li", { "data-rule": w.code },
  h("p", { class: "finding-message" }, mark("warning"), h("span", null, w.message)),
  h("p", { class: "finding-place" }, h("code", null, w.code), w.where?.path !== undefined && h("span", { class: "muted" }, w.where.path)),
  w.hint !== null && h("p", { class: "hint" }, w.hint))));
